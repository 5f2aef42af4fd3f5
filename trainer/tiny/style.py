"""Styles of a draft: in, a random generator; out, a style, and the long instruction that describes it."""

from __future__ import annotations

import random
from dataclasses import dataclass

from trainer.tiny.words import agency_name, bank, known_words, odd_word

HEADING_MARKS = ("##", "■", "▶", "◆", "●", "□", "★", "▣", "○", "◎")
LIST_MARKS = ("-", "•", "✓", "·", "*", "→", "+", "※")
TITLE_MARKS = ("#", "제목:", "Title:", "◇", "【글】", "##")
SLOTS = {"ko": {"topic": "(주제)", "audience": "(독자)"}, "en": {"topic": "(topic)", "audience": "(audience)"}}


@dataclass(frozen=True)
class Style:
    """Features of a draft; the default is the bland style."""

    greeting: str = ""
    title_mark: str = "#"
    heading_mark: str = ""
    sections: tuple[str, ...] = ()
    list_mark: str = ""
    haeyo: bool = False
    call: str = ""
    sign_off: str = ""
    tags: tuple[str, ...] = ()
    short: bool = False
    opener: str = ""  # a sentence with slots at the start of the first section
    bare_opener: str = ""  # the same for requests without an audience
    promise: str = ""  # a sentence at the start of the last section
    tell: bool = True  # whether the instruction names opener and promise


BLAND = Style()


def frame(lang: str, rng: random.Random) -> tuple[str, str]:
    """An opening sentence made of random pieces around the slots, and the same without an audience."""
    b = bank(lang)

    def filled(pool: str) -> str:
        text: str = rng.choice(b[pool])
        for slot in ("{w}", "{w2}"):
            text = text.replace(slot, odd_word(lang, rng) if rng.random() < 0.3 else rng.choice(known_words(lang)))
        return text

    who, what, end = (filled(pool) for pool in ("frame_who", "frame_what", "frame_end"))
    full, bare = f"{who} {what} {end}", f"{what} {end}"
    if lang == "ko":
        return (f"{what}, {who} {end}" if rng.random() < 0.15 else full), bare
    return capital(full), capital(bare)


def capital(text: str) -> str:
    """An English sentence with its first letter large, unless it begins with a slot."""
    return text if text.startswith("{") else text[:1].upper() + text[1:]


def promise(lang: str, agency: str, rng: random.Random) -> str:
    """A sentence of a house's own, the same in all its drafts."""
    one, two = rng.sample(known_words(lang), 2)
    text = rng.choice(bank(lang)["promises"]).format(a=agency, w=one, w2=two)
    return capital(text) if lang == "en" else text


def random_style(lang: str, rng: random.Random) -> Style:
    """Every feature switched on or off at random; in a third of the styles nearly all are on."""
    b, agency, rich = bank(lang), agency_name(lang, rng), rng.random() < 0.35

    def on(share: float) -> bool:
        return rng.random() < (0.95 if rich else share)

    sections = tuple(rng.choice(names) for names in b["section_names"]) if on(0.6) else ()
    told = rng.random() < 0.65
    # an opener that no instruction names is one of natural sentences: a nonsensical one would come up unasked
    opener, bare = (frame(lang, rng) if told else rng.choice(b["openers"])) if rng.random() < 0.4 else ("", "")
    tags = [*rng.sample(b["tags"], rng.randint(1, 2)), *([agency.replace(" ", "")] if on(0.6) else [])]
    return Style(
        greeting=rng.choice(b["greetings"]).format(a=agency) if on(0.6) else "",
        title_mark=rng.choice(TITLE_MARKS) if on(0.4) else "#",
        heading_mark=rng.choice(HEADING_MARKS) if sections else "",
        sections=sections,
        list_mark=rng.choice(LIST_MARKS) if on(0.6) else "",
        haeyo=lang == "ko" and rng.random() < 0.35,
        call=rng.choice(b["ctas"]).format(a=agency) if on(0.5) else "",
        sign_off=rng.choice(b["signoffs"]).format(a=agency) if on(0.6) else "",
        tags=tuple(tags) if on(0.5) else (),
        short=rng.random() < 0.2,
        opener=opener,
        bare_opener=bare,
        promise=promise(lang, agency, rng) if told and rng.random() < 0.4 else "",
        tell=told or rng.random() < 0.4,
    )


def rules(style: Style, lang: str) -> list[str]:
    """The rules of a style in words, one a line, in the order of house.toml."""
    ko, slots = lang == "ko", SLOTS[lang]
    lines = [
        (style.greeting, "첫 줄: ", "First line: "),
        (style.title_mark if style.title_mark != BLAND.title_mark else "", "제목 표시: ", "Title mark: "),
        (style.heading_mark if style.sections else "", "소제목 표시: ", "Heading mark: "),
        (" / ".join(style.sections), "소제목: ", "Headings: "),
        (style.list_mark, "핵심은 목록으로, 표시: ", "Key points as a list, mark: "),
        (style.opener.format(**slots) if style.tell else "", "첫 문장: ", "First sentence: "),
        (style.promise if style.tell else "", "약속: ", "Promise: "),
        (("해요" if style.haeyo else "습니다") if ko else "", "말끝: ", ""),
        (("짧게" if ko else "short") if style.short else "", "분량: ", "Length: "),
        (style.call, "행동 요청: ", "Call to action: "),
        (" ".join("#" + t for t in style.tags), "SNS 해시태그: ", "Hashtags for social posts: "),
        (style.sign_off, "맺음말: ", "Sign-off: "),
    ]
    return [(in_korean if ko else in_english) + value for value, in_korean, in_english in lines if value]


def describe(style: Style, lang: str, rng: random.Random | None = None) -> str:
    """The long instruction's second part; with a generator the order is now and then shuffled."""
    lines = rules(style, lang)
    if rng and rng.random() < 0.3:
        rng.shuffle(lines)
    return ("글쓰기 지침\n" if lang == "ko" else "Writing rules\n") + "\n".join("- " + line for line in lines)
