"""The turns of phrase around what people mean, in Korean and English: patterns for `asking`."""

import re
from functools import cache

BULLET = re.compile(r"^\s*[-•*·✓]\s+")
LABEL = re.compile(r"^\s*(?P<label>[^:：]+?)\s*[:：]\s*(?P<value>.*?)\s*$")
SLASH = re.compile(r"(?<=[^\s\d]{2})/(?=[^\s\d]{2})")  # between two words; "A/B", "24/7" and "5/10" stay whole
PART = r"(?:[^,，]|,(?=\d{3}))"  # no comma, but 3,000 is one word
# "…, 관공서 담당자 대상" and "… for public officers" name the reader at the end of what people type; "tips for saving
# water" names none.
AUDIENCE = {
    "ko": [
        re.compile(
            rf"^(?P<rest>.+)[,，](?!\d{{3}})\s*(?P<audience>{PART}+?)\s*(?:대상(?:으로)?|에게|[을를] 위[한해])\s*[.!]?$"
        ),
        re.compile(rf"^(?P<audience>{PART}+?)[을를]?\s*대상으로\s+(?P<rest>.+)$"),
    ],
    "en": [
        re.compile(r"^for\s+(?P<audience>.+?)\s+(?:about|on|regarding)\s+(?P<rest>.+)$", re.I),
        re.compile(rf"^(?P<rest>.+?\S),?\s+for\s+(?P<audience>(?!\w+ing\b)(?:(?!\bfor\b){PART})+?)\s*[.!?]*$", re.I),
    ],
}
# Courtesies around what is meant. A verb alone is none: "draft beer festival", "관심이 적어".
PLEASE = {
    "ko": re.compile(
        r"^안녕하(?:세요|십니까)[\s.,!~]+|(?:\s+(?:초안|글))?[을를]?(?:\s*(?:하나|한 편|좀))*\s*"
        r"(?:(?:써|적어|작성해|만들어)\s*(?:주세요|주실래요|주시겠어요|줄래요?|줘요?)|부탁(?:해요?|드려요|드립니다|합니다)?)\s*[.!~?]*$"
    ),
    "en": re.compile(
        r"^(?:hi|hello|hey)\s*[,!.]+\s*|,?\s+please\s*[.!?]*$"
        r"|(?:(?<=[,!.]\s)|^)(?:(?:please|(?:can|could|would) you)\s+)+"
        r"(?:(?:write|draft|make|create|prepare)\s+(?:(?:me|us)\s+)?(?:(?:an?|the)\s+)?)?"
        r"|^(?:write|draft|make|create|prepare)\s+(?:me|us)\s+(?:(?:an?|the)\s+)?|^(?:write|draft)\s+an?\s+",
        re.I,
    ),
}
# The language the answer is wanted in, at an end of what people type: "…, 영어로", "in Korean, …". "영어로 말하는 카페" and
# "signs in Korean restaurants" want none.
NAMES = {"ko": r"(?:한국어|한글|국문|korean)", "en": r"(?:영어|영문|english)"}
WANTED = {
    language: re.compile(
        rf"^{name}로(?:\s+된)?[\s,]+(?!말|대화|배우|배운|읽|듣|소통|진행|하는|일하|가르|부르)|^in\s+{name}\s*[,:]\s*"
        rf"|(?:^|[\s,]+){name}로(?:\s*(?:바꿔|번역해|다시\s*써)\s*(?:줘요?|주세요))?\s*[.!]?$|(?:^|,?\s+)in(?:to)?\s+{name}\s*[.!]?$",
        re.I,
    )
    for language, name in NAMES.items()
}
# What joins the topic to the task word: "여름 음료에 대한 블로그", "a blog post about summer drinks".
JOINT = {
    "ko": re.compile(r"\s*(?:에 대한|에 대해서?|에 관한|에 관해서?)$"),
    "en": re.compile(r"^(?:on|about|of|to|:)\s+", re.I),
}
VERB = r"(?:(?:write|draft|make|create|prepare)\s+)?"
TAIL = {
    "ko": r"(?:\s*(?:글|게시물|포스트|게시글))?(?:에|로|용)?[을를]?(?:\s*(?:써|적어|작성|작성해|만들어))?",
    "en": r"(?:\s+post)?",
}  # what may follow a task word at the end


@cache
def whole(word: str) -> str:
    """A pattern that finds an English word only as a whole ("particle" holds no "article"), a Korean one anywhere."""
    escaped = re.escape(word)
    return rf"(?<![A-Za-z]){escaped}s?(?![A-Za-z])" if word.isascii() else escaped


@cache
def named(word: str) -> re.Pattern[str]:
    """A pattern that finds a task by one of its words; kept, since every message is searched for all of them."""
    return re.compile(rf"{whole(word)}(?:\s+post\b)?(?:\s+about\b)?", re.I)
