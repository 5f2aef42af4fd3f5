"""Requests: in, a random generator; out, what a person might ask for, and the lines the model reads."""

from __future__ import annotations

import random
from calendar import month_name
from dataclasses import dataclass
from typing import Any

from trainer.tiny.words import LANGS, bank, brand_name, odd_phrase, odd_word

TASKS = ("blog", "persona", "reply", "proposal", "sns")
TAILS = {
    "ko": ("손님", "회원", "담당자", "방문객", "운영자"),
    "en": ("guests", "members", "managers", "visitors", "owners"),
}
# the labels and their order are the product's (house.toml, [fields])
LABELS = {
    "ko": {
        "task": "작업", "topic": "주제", "audience": "독자", "brand": "브랜드", "points": "핵심",
        "tone": "말투", "platform": "플랫폼", "budget": "예산", "period": "기간", "question": "문의",
    },
    "en": {
        "task": "Task", "topic": "Topic", "audience": "Audience", "brand": "Brand",
        "points": "Key points", "tone": "Tone", "platform": "Platform", "budget": "Budget",
        "period": "Period", "question": "Question",
    },
}  # fmt: skip


@dataclass(frozen=True)
class Request:
    """What a person asks the bot for; an empty string is a field left out."""

    lang: str
    task: str
    topic: str
    audience: str = ""
    brand: str = ""
    points: tuple[str, ...] = ()
    tone: str = ""
    platform: str = ""
    budget: str = ""
    period: str = ""
    question: str = ""
    given: bool = True  # whether the request names its key points; if not, the draft brings its own
    pains: tuple[str, ...] = ()  # sentences that name a problem of the sector, for the writer alone


def make_topic(lang: str, subjects: list[str], rng: random.Random) -> str:
    """A subject of the sector, often widened with a prefix, a place or an aspect, or an odd phrase."""
    b, subject, kind = bank(lang), rng.choice(subjects), rng.random()
    if kind < 0.20:
        return subject
    if kind < 0.30:
        return f"{rng.choice(b['prefixes'])} {subject}"
    if kind < 0.40:
        return f"{subject} {rng.choice(b['aspects'])}"
    if kind < 0.48:
        return f"{rng.choice(b['places'])} {subject}"
    if kind < 0.56:
        return f"{odd_word(lang, rng)} {subject}"
    if kind < 0.62:
        return f"{odd_word(lang, rng)} {rng.choice(b['things'])}" + ("s" if lang == "en" else "")
    return odd_phrase(lang, rng)


def make_audience(lang: str, audiences: list[str], rng: random.Random) -> str:
    """Who the text is for."""
    b, kind = bank(lang), rng.random()
    if kind < 0.42:
        return rng.choice(audiences)
    if kind < 0.56:
        place, who = rng.choice(b["places"]), rng.choice(rng.choice(list(b["sectors"].values()))["audiences"])
        return f"{place}의 {who}" if lang == "ko" else f"{who} in {place}"
    phrase = odd_phrase(lang, rng)
    return f"{phrase} {rng.choice(TAILS[lang])}" if rng.random() < 0.6 else phrase


def numbered_point(lang: str, rng: random.Random) -> str:
    """A key point with figures, dates or places."""
    b, n, day, month, hour = bank(lang), rng.randint(2, 99), rng.randint(1, 30), rng.randint(1, 12), rng.randint(1, 11)
    one, two = rng.sample(b["things"], 2)
    place, article = rng.choice(b["places"]), "an" if one[0] in "aeiou" else "a"
    if lang == "ko":
        return rng.choice((
            f"{month}월 {day}일까지 {one} {n}% 할인", f"{one} {n}개 무료", f"선착순 {n}명 {one} 증정",
            f"{place} 지점 {one} 제공", f"오후 {hour}시 이후 {one} 가능", f"{one} {n}천 원", f"{one} {n},{hour}00원",
            f"{month}월 {day}일 {one} 시작", f"{one} 및 {two} 함께 제공", f"{one} 신청 {n}분 안에 완료",
        ))  # fmt: skip
    return rng.choice((
        f"a {n}% discount on every {one} until {month_name[month]} {day}", f"a free {one} for the first {n} guests",
        f"one {one} for {n} dollars", f"a new {one} in {place}", f"{article} {one} after {hour} o'clock",
        f"{article} {one} with every {two}", f"{n} places for the {one}", f"the {one} on {month_name[month]} {day}",
        f"{n} copies of the {one}",
    ))  # fmt: skip


def make_points(lang: str, task: str, sector: dict[str, Any], topic: str, given: bool, rng: random.Random) -> list[str]:
    """Distinct key points: as a person gives them, or as the draft brings its own for a topic."""
    b, chosen = bank(lang), []
    pool = sector["points"] if any(s in topic for s in sector["subjects"]) else b["generic_points"]
    own = b["persona_points"] if task == "persona" else pool
    if not given:
        return rng.sample(own, 3)
    for _ in range(rng.choice((1, 2, 2, 3, 3, 3, 3, 4, 4, 5))):
        kind = rng.random()
        known = rng.choice(own if kind < 0.2 else sector["points"])
        point = known if kind < 0.4 else numbered_point(lang, rng) if kind < 0.62 else odd_phrase(lang, rng)
        if point not in chosen:
            chosen.append(point)
    return chosen


def make_request(rng: random.Random, lang: str = "", task: str = "") -> Request:
    """A random request; any field but the topic may be missing."""
    lang, task = lang or rng.choice(LANGS), task or rng.choice(TASKS)
    b = bank(lang)
    sector = rng.choice(list(b["sectors"].values()))
    topic, sparse = make_topic(lang, sector["subjects"], rng), rng.random() < 0.12
    given = not sparse and rng.random() < 0.78
    amount, months, priced = rng.randint(2, 90), rng.randint(2, 9), task == "proposal" and rng.random() < 0.6
    return Request(
        lang, task, topic,
        audience="" if sparse or rng.random() < 0.12 else make_audience(lang, sector["audiences"], rng),
        brand="" if sparse or rng.random() < 0.3 else brand_name(lang, rng),
        points=tuple(make_points(lang, task, sector, topic, given, rng)), given=given,
        pains=tuple(sector["pains"]) if any(s in topic for s in sector["subjects"]) else (),
        tone=rng.choice(b["tones"]) if rng.random() < 0.25 else "",
        platform=rng.choice(b["platforms"]) if task == "sns" and rng.random() < 0.6 else "",
        budget=(f"{amount}00만 원" if lang == "ko" else f"{amount},000 dollars") if priced else "",
        period=(f"{months}개월" if lang == "ko" else f"{months} months") if priced else "",
        question=rng.choice(b["questions"]).format(topic=topic) if task == "reply" and rng.random() < 0.6 else "",
    )  # fmt: skip


def field_prompt(req: Request, bullets: bool = False) -> str:
    """The request as labelled lines: the form the product sends."""
    label = LABELS[req.lang]
    values = {k: getattr(req, k) for k in label}
    values["task"] = bank(req.lang)["task_names"][req.task]
    values["points"] = ("".join(f"\n- {p}" for p in req.points) if bullets else " / ".join(req.points)) * req.given
    return "\n".join(f"{label[k]}:{'' if v[0] == chr(10) else ' '}{v}" for k, v in values.items() if v)
