"""Addresses of Korea and of English-speaking letters as patterns: a street with its number, a lot, a flat.

A place in general talk (서울 시장, 테헤란로 맛집) has no number behind it and stays.
"""

CITY = (
    r"(?:서울|부산|대구|인천|광주|대전|울산|세종|경기|강원|충북|충남|전북|전남|경북|경남|제주|충청[북남]|전라[북남]|경상[북남])"
    r"(?:특별자치시|특별자치도|특별시|광역시|도|시)?"
)
DISTRICT = r"(?:[가-힣]{1,4}(?:시|군|구)\s?)"
TOWN = r"(?:[가-힣]{1,5}(?:읍|면)\s?)"
COUNTED = r"(?!\s?(?:개|명|곳|년|월|일|시간|분|원|%|배|호점|위|차|회|km|m\b|번\s?출구|만|천|백|여|가지|호선|가|길|번길|박|대\b|건|팀|층))"
LOT = r"\d{1,4}(?:-\d{1,4})?" + "(?![0-9,.-]\\d|\\d)" + COUNTED
ROAD = rf"[가-힣0-9·]{{1,12}}(?:로|길)\s?(?:\d{{1,4}}(?:번)?[가-하]?길\s?)?{LOT}"
FIELD = rf"[가-힣]{{1,5}}\d{{0,2}}(?:동|가|리)\s?(?:산\s?)?{LOT}(?:번지)?"
INSIDE = (
    r"(?:,?\s?\(?[가-힣0-9]{1,10}동\)?(?=,|\s\d|$))?(?:,?\s?(?:[가-힣A-Za-z]{1,12}(?:아파트|빌라|빌딩|타워|오피스텔)\s?)?"
    r"(?:(?:지하\s?|B)?\d{1,4}\s?(?:층|동|호)\s?){1,3})?"
)
KOREAN = rf"(?<![가-힣])(?:{CITY}\s?{DISTRICT}{{0,2}}|{DISTRICT}{{1,2}}){TOWN}?(?:{FIELD}|{ROAD}){INSIDE}"
LABELLED = rf"(?:주소|배송지|소재지|오시는 길)(?:는|가|:)?\s?(?P<value>(?:{FIELD}|{ROAD}){INSIDE})"
FLAT = r"(?<![가-힣0-9])(?:[가-힣A-Za-z0-9]{2,12}\s)?\d{2,4}동\s?\d{2,4}호(?![가-힣]선)"

WORD = r"[A-Z][A-Za-z'.-]{1,20}"
STREET = r"(?:Street|St|Avenue|Ave|Road|Rd|Lane|Ln|Drive|Dr|Boulevard|Blvd|Way|Court|Ct|Place|Pl|Square|Terrace|Highway|Parkway|Crescent)\b\.?(?!\s(?:Show|Trip|Race|Map|Festival|Market|Food|Shop|Cafe|Station|View)\b)(?:\s(?:NE|NW|SE|SW|N|S|E|W)\b)?"
ROOM = r"(?:,?\s(?:Apt|Apartment|Suite|Unit|Floor|Room|#)\.?\s?\w{1,6})?"
POST = r"(?:,?\s(?:[A-Z]{2}\s\d{5}(?:-\d{4})?|[A-Z]{1,2}\d{1,2}[A-Z]?\s\d[A-Z]{2}|\d{5}(?!\d)))?"
ENGLISH = rf"(?<![A-Za-z0-9-])\d{{1,5}}[A-Z]?,?\s(?:{WORD}\s){{1,4}}{STREET}{ROOM}(?:,\s{WORD}(?:\s{WORD}(?![A-Za-z0-9]))?(?![A-Za-z0-9])){{0,3}}{POST}"
ROMAN = (
    r"(?<![A-Za-z0-9-])(?:\d{1,3}F,?\s|#\d{1,4},?\s)?\d{1,4}(?:-\d{1,4})?,?\s[A-Z][a-z]{1,20}(?:-?[a-z]{1,12}){0,2}-(?:ro|gil|daero)\b(?:\s\d{1,3}(?:beon)?-gil)?"
    r"(?:,?\s[A-Z][a-z]{1,15}-(?:gu|si|dong|do|eup|myeon|gun)\b){0,3}(?:,?\s(?:Seoul|Busan|Daegu|Incheon|Gwangju|Daejeon|Ulsan|Sejong|Jeju)\b)?(?:,?\s\d{5}(?!\d))?"
)
PLACES = [KOREAN, LABELLED, FLAT, ENGLISH, ROMAN]
