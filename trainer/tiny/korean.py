"""Korean endings: in, sentences in the 습니다 form; out, the same in the 해요 form."""

import re

_DIGIT_FINALS = {"0": 21, "1": 8, "3": 16, "6": 1, "7": 8, "8": 8}
_LATIN_FINALS = {"l": 8, "m": 16, "n": 4, "g": 21, "b": 17, "k": 1, "t": 7, "p": 17, "c": 1}
_BASE = 0xAC00


def final_consonant(word: str) -> int:
    """Index of the final consonant of the last spoken syllable (0: none; 8: ㄹ)."""
    stripped = re.sub(r"[^0-9A-Za-z가-힣]+$", "", word) or "가"
    last = stripped[-1]
    if "가" <= last <= "힣":
        return (ord(last) - _BASE) % 28
    return _DIGIT_FINALS.get(last) or _LATIN_FINALS.get(last.lower(), 0)


_IRREGULAR = {
    "다릅니다": "달라요", "고릅니다": "골라요", "흐릅니다": "흘러요", "쉽습니다": "쉬워요",
    "어렵습니다": "어려워요", "가깝습니다": "가까워요", "반갑습니다": "반가워요", "고맙습니다": "고마워요",
    "돕습니다": "도와요", "아닙니다": "아니에요", "낫습니다": "나아요", "번거롭습니다": "번거로워요",
    "듣습니다": "들어요", "묻습니다": "물어요", "놓칩니다": "놓쳐요", "큽니다": "커요", "새롭습니다": "새로워요",
    "눈에 띕니다": "눈에 띄어요", "띕니다": "띄어요", "낯섭니다": "낯설어요", "깁니다": "길어요",
    "보입니다": "보여요", "쓰입니다": "쓰여요", "살펴보겠습니다": "살펴볼게요", "연락드리겠습니다": "연락드릴게요",
}  # fmt: skip
_OPEN = {0: 0, 1: 1, 4: 4, 5: 5, 8: 9, 13: 14, 18: 4, 20: 6, 11: 10, 6: 6}


def _contract(stem: str) -> str:
    """Polite ending of an open stem: 하 -> 해, 보 -> 봐, 지 -> 져."""
    code = ord(stem[-1]) - _BASE
    onset, vowel = code // 588, code % 588 // 28
    vowel = 1 if (onset, vowel) == (18, 0) else _OPEN.get(vowel, vowel)
    return stem[:-1] + chr(_BASE + onset * 588 + vowel * 28)


def _ending(match: re.Match[str]) -> str:
    word = match.group(0)
    for formal, polite in _IRREGULAR.items():
        if word.endswith(formal):
            return word[: -len(formal)] + polite
    if word.endswith("입니다"):
        return word[:-3] + ("이에요" if final_consonant(word[:-3]) else "예요")
    if word.endswith("습니다"):
        vowel = (ord(word[-4]) - _BASE) % 588 // 28
        return word[:-3] + ("아요" if vowel in (0, 8) and (ord(word[-4]) - _BASE) % 28 != 20 else "어요")
    stem = chr(ord(word[-3]) - 17)
    return _contract(word[:-3] + stem) + "요"


def to_haeyo(text: str) -> str:
    """Turn 습니다-style sentences into 해요-style ones."""
    text = re.sub(r"시기 바랍니다", "세요", text).replace("지 않으세요", "지 마세요")
    return re.sub(r"[가-힣]+니다(?=[.\s,]|$)", _ending, text)
