"""What personal data looks like that is known by its form or by the label before it: numbers, mail, secrets, birth dates.

Each row: its type, the check in values.VALID it must pass (or none), its pattern. Where a pattern names a `value`, only
that part goes ("비밀번호: …" keeps its label). Repetitions are bounded, so that no text makes them slow.
"""

from typing import NamedTuple

from curation.guide import Personal


class Shape(NamedTuple):
    """One row: `pattern` may name the part to hide `value`."""

    type: Personal
    check: str
    pattern: str


# Not inside a longer run of digits, Latin letters or dashes: "2024-010-1234-5678" is an order number, not a phone.
# Korean letters may touch it ("010-1234-5678로").
BEFORE, AFTER = r"(?<![A-Za-z0-9_-])", r"(?![A-Za-z0-9_]|-\d)"
GAP = r"(?: ?[-.] ?| )?"
SIGN = r"[^\s가-힣\ue000]"  # of a password: no Korean, and nothing hidden
IS = r"\s{0,2}(?:[:=]|은|는|이|가|is)?\s{0,2}"  # between a label and its value
AREA = rf"(?:(?:\+|00)?82{GAP}(?:\(0\))?|0)"
URL = r"https?://"
SPOKEN = r"[공영일이삼사오육륙칠팔구\d]"
NUMBER_WORD = r"(?:zero|oh|one|two|three|four|five|six|seven|eight|nine)"
BANKS = r"(?:계좌(?:번호)?|은행|뱅크|카뱅|농협|수협|신협|새마을금고|우체국|국민|신한|우리|하나|기업|토스|account(?: (?:number|no\.?))?)"
DAY = (
    r"(?:(?:19|20)?\d\d\s?[-./년]\s?\d{1,2}\s?[-./월]\s?\d{1,2}일?|\d{1,2}[-./]\d{1,2}[-./](?:19|20)\d\d|(?:19|20)?\d{6}(?!\d)|"
    r"\d{1,2}(?:st|nd|rd|th)? [A-Z][a-z]{2,8}\.?,? (?:19|20)\d\d|[A-Z][a-z]{2,8}\.? \d{1,2}(?:st|nd|rd|th)?,? (?:19|20)\d\d)"
)
AT, DOT = (
    r"\s?(?:\(at\)|\[at\]|\{at\}|\(골뱅이\)|골뱅이|@)\s?",
    r"\s?(?:\(dot\)|\[dot\]|\{dot\}|\(점\)|점|닷|쩜|dot|\.)\s?",
)
HOST = r"[A-Za-z0-9-]{1,63}"

SHAPES: list[Shape] = [
    Shape("SECRET", "", BEFORE + r"(?:xox[abeprs]-[A-Za-z0-9_-]{10,}|xapp-[A-Za-z0-9_-]{10,}|sk-[A-Za-z0-9_-]{16,})"),
    Shape("SECRET", "", BEFORE + r"(?:gh[opsur]_[A-Za-z0-9_]{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|npm_\w{30,}|hf_\w{20,})"),
    Shape("SECRET", "", BEFORE + r"(?:(?:AKIA|ASIA)[0-9A-Z]{16}|AIza[\w-]{30,}|[srp]k_(?:live|test)_\w{16,}|pypi-[\w-]{30,})"),
    Shape("SECRET", "", BEFORE + r"eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}"),
    Shape("SECRET", "", r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[A-Za-z0-9+/=\s]{1,8000}(?:-----END [A-Z ]{0,30}PRIVATE KEY-----)?"),
    Shape("SECRET", "", rf"(?:비밀번호|비번|패스워드|암호)\s{{0,2}}[:=]\s{{0,2}}(?P<value>{SIGN}{{6,}})"),
    Shape("SECRET", "password", rf"(?:비밀번호|비번|패스워드|암호){IS}(?P<value>{SIGN}{{6,}})"),
    Shape("SECRET", "password", rf"(?i)(?<![?&A-Za-z])(?:password|passwd|pwd|pw|passcode|api[_ -]?key|access[_ -]?token){IS}(?P<value>(?![](>]){SIGN}{{6,}})"),
    Shape("SECRET", "password", rf"\b[Bb]earer\s(?P<value>{SIGN}{{16,}})"),
    Shape("SECRET", "", rf"(?i)secret(?:_access)?(?:_key)?\s{{0,2}}[:=]\s{{0,2}}(?P<value>(?={SIGN}{{0,40}}\d){SIGN}{{6,}})"),
    Shape("SECRET", "", rf"(?:인증\s?번호|인증\s?코드|보안\s?코드|OTP|verification code){IS}(?P<value>\d{{4,8}})(?!\d|자리|개|명|건|회)"),
    Shape(
        "URL_WITH_TOKEN",
        "",
        URL + r"(?:(?!https?://)[^\s<>?#\ue000가-힣]){1,300}[?#](?:(?!https?://)[^\s<>\ue000가-힣]){0,300}?(?<=[?&#])"
        r"(?:token|key|api_?key|signature|sig|access_token|auth|code|pwd|password|secret|X-Amz-Signature)="
        r"(?!\[)[^\s<>\ue000가-힣]{0,2000}[^\s<>\ue000가-힣).,]",
    ),
    Shape("URL_WITH_TOKEN", "", URL + r"[^\s/@:<>\ue000가-힣]{1,100}:[^\s/@<>\ue000가-힣]{1,100}@[^\s<>\ue000가-힣]{1,500}"),
    Shape("URL_WITH_TOKEN", "", URL + r"(?:hooks\.slack\.com/[A-Za-z]{1,20}|discord(?:app)?\.com/api/webhooks)/[\w/-]{8,200}"),
    Shape(
        "EMAIL",
        "",
        rf"(?<![A-Za-z0-9_.+%-])[A-Za-z0-9_.+%-]{{1,64}}@(?:{HOST}\.){{1,6}}[A-Za-z]{{2,24}}(?![A-Za-z0-9@])",
    ),
    Shape("EMAIL", "", rf"(?<![A-Za-z0-9_.+%-])[A-Za-z0-9_.+%-]{{1,64}}{AT}{HOST}(?:{DOT}[A-Za-z]{{2,24}}){{1,3}}(?![A-Za-z0-9@])"),
    Shape("EMAIL", "", rf"(?i)\b[a-z0-9_.+-]{{2,64}} at {HOST} dot (?:com|net|org|io|kr|co dot kr|co|edu)\b"),
    Shape("EMAIL", "", r"[A-Za-z0-9_.+가-힣-]{2,30}\s?골뱅이\s?(?:네이버|지메일|다음|한메일|카카오)(?:\s?(?:점|닷|쩜)\s?(?:컴|콤|넷|com|net))?"),
    Shape("KR_RRN", "resident", BEFORE + r"\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?: ?- ?| )?[1-8](?:\d{6}|\*{6})" + AFTER),
    Shape("KR_RRN", "", r"(?:주민|외국인|거소)(?:등록)?\s?번호" + IS + r"(?P<value>\d{6}[1-8]\d{6})(?!\d)"),
    Shape("CARD", "luhn", BEFORE + r"\d{4}(?:[- ]?\d{4}){2}[- ]?\d{3,4}" + AFTER),
    Shape("CARD", "luhn", BEFORE + r"3[47]\d{2}[- ]?\d{6}[- ]?\d{5}" + AFTER),
    Shape("BUSINESS_NO", "", BEFORE + r"\d{3}-\d{2}-\d{5}" + AFTER),
    Shape("BUSINESS_NO", "", r"(?i)(?:사업자(?:\s?등록)?\s?번호|registration n(?:umber|o\.?))" + IS + r"(?P<value>\d{3}[- ]?\d{2}[- ]?\d{5})" + AFTER),
    Shape("PHONE", "", BEFORE + rf"{AREA}(?:10|1[16-9]){GAP}\d{{3,4}}{GAP}\d{{4}}" + AFTER),
    Shape("PHONE", "", BEFORE + rf"{AREA}(?:2|[3-6][1-5]|70|50\d?){GAP}\d{{3,4}}(?: ?[-.] ?| )\d{{4}}" + AFTER),
    Shape("PHONE", "", BEFORE + r"\(?0(?!80)\d{1,2}\)\s?\d{3,4}[-. ]?\d{4}" + AFTER),
    Shape("PHONE", "", r"(?i)(?:전화|연락처|팩스|휴대폰|tel|phone|fax)[^\d\n\ue000]{0,6}(?P<value>0(?!80)\d{8,10})" + AFTER),
    Shape("PHONE", "", BEFORE + r"(?:\+1[-. ]?)?(?:\(\d{3}\)\s?|\d{3}[-. ](?=\d{3}-))\d{3}[-.]\d{4}" + AFTER),
    Shape("PHONE", "", BEFORE + r"\+1[-. ]?\d{3}[-. ]\d{3}[-. ]\d{4}" + AFTER),
    Shape("PHONE", "abroad", BEFORE + r"\+[1-9](?:[ .()-]{0,2}\d){7,14}" + AFTER),
    Shape("PHONE", "", rf"(?<![가-힣\d])(?=[\d\s.-]{{0,12}}[가-힣])[공영0]\s?[일1]\s?[공영일육칠팔구016789](?:[-\s.]{{0,2}}{SPOKEN}){{8}}(?!\d)"),
    Shape("PHONE", "", rf"(?i)\b(?:zero|oh)[\s,-]{{1,2}}one[\s,-]{{1,2}}(?:{NUMBER_WORD}[\s,-]{{1,2}}){{7,8}}{NUMBER_WORD}\b"),
    Shape(
        "IP",
        "address",
        r"(?<![A-Za-z0-9_.-])(?<!버전)(?<!버전 )(?i:(?<!version )(?<!\bver )(?<!\bver\. ))"
        r"(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![A-Za-z0-9_]|\.\d)",
    ),
    Shape("IP", "address", r"(?<![A-Za-z0-9:.])(?=[0-9a-fA-F:]{0,38}\d)[0-9a-fA-F]{1,4}(?:::?[0-9a-fA-F]{1,4}){2,7}(?![A-Za-z0-9:])"),
    Shape("SLACK_ID", "", r"<@[UW][A-Z0-9]{5,}(?:\|[^>\ue000]{0,80})?>"),
    Shape("SLACK_ID", "", BEFORE + r"[UW]0[A-Z0-9]{7,10}" + AFTER),
    Shape("ACCOUNT", "account", rf"(?i){BANKS}[^\d\n\ue000]{{0,10}}(?P<value>\d{{2,6}}(?:-\d{{2,8}}){{1,3}}|\d{{10,14}})" + AFTER),
    Shape(
        "DATE_OF_BIRTH",
        "birthday",
        r"(?i:생년월일|생일|출생일?|태어난 날|\bDOB\b|date of birth|born(?: on)?|birthday|birth date)"
        rf"(?:\s?(?:[:(=은는이가]|is|was)){{0,2}}\s?(?P<value>{DAY})(?!\s?[까부])",
    ),
    Shape("DATE_OF_BIRTH", "", r"(?P<value>(?:19|20)\d\d\s?[-./년]\s?\d{1,2}\s?[-./월]\s?\d{1,2}일?)\.?\s?(?:생(?![가-힣]|일)|생이|생입|출생|에 태어|태생)"),
    Shape("DATE_OF_BIRTH", "", r"생일(?:은|이|:)?\s?(?P<value>\d{1,2}월\s?\d{1,2}일|\d{1,2}/\d{1,2})(?=이[에야래다었]|입|예|인\s|[.,!]?$|[.,!]\s)"),
]  # fmt: skip
