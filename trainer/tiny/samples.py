"""The shipped samples: in, a fixed seed; out, posts.jsonl (past posts in the house style) and heldout.jsonl (requests).

`python -m trainer.tiny.samples` writes both beside this file. No held-out request is in the corpus or in the posts.
"""

from __future__ import annotations

import json
import random
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from trainer.tiny.ask import TASKS, Request, field_prompt, numbered_point
from trainer.tiny.house_style import house_post
from trainer.tiny.words import LANGS, bank, brand_name

HERE = Path(__file__).parent
POSTS, SEED = 240, 7
TRADES = "trades"  # the sector of topics that the banks do not know
Row = dict[str, Any]


def clients(lang: str) -> Row:
    """Names and everyday trades for the posts, written by hand, and the held-out requests."""
    found: Row = tomllib.loads((HERE / "words" / "clients.toml").read_text(encoding="utf-8"))[lang]
    return found


def subjects(lang: str, rng: random.Random) -> Iterator[tuple[str, str]]:
    """Topics without end, none twice: every subject of the banks with its sector, mixed with trades of no sector."""
    b, names = bank(lang), clients(lang)
    known = [(s, name) for name, sector in b["sectors"].items() for s in sector["subjects"]]
    trades = [f"{thing} {work}" for thing in names["things"] for work in names["works"]]
    rng.shuffle(known)
    rng.shuffle(trades)
    for (subject, name), trade in zip(known, trades, strict=False):
        place = rng.choice(b["places"])
        local = f"{place} {subject}" if lang == "ko" else f"{subject} in {place}"
        yield (local if rng.random() < 0.25 else subject), name
        yield trade, TRADES


def natural_request(lang: str, task: str, topic: str, name: str, rng: random.Random) -> Request:
    """A request as a real client might send it; now and then a field is missing."""
    b, names = bank(lang), clients(lang)
    sector = b["sectors"].get(name, names)
    pool = sector["points"]
    usual = rng.sample([*pool, *(b["persona_points"] if task == "persona" else [])], rng.choice((2, 3, 3, 4)))
    points = dict.fromkeys(numbered_point(lang, rng) if rng.random() < 0.4 else point for point in usual)
    readers = [
        *sector["audiences"],
        *(f"{rng.choice(names['situations'])} {rng.choice(names['people'])}" for _ in range(12)),
    ]
    brands = [*names["brands"][name], *(brand_name(lang, rng) for _ in range(4))]
    amount, months = rng.randint(4, 60), rng.randint(2, 9)
    priced, bare = task == "proposal" and rng.random() < 0.7, rng.random() < 0.08
    return Request(
        lang,
        task,
        topic,
        audience="" if rng.random() < 0.08 else rng.choice(readers),
        brand="" if bare or rng.random() < 0.15 else rng.choice(brands),
        points=tuple(points),
        given=not bare,
        pains=tuple(sector.get("pains", ())),
        platform=rng.choice(b["platforms"]) if task == "sns" and rng.random() < 0.6 else "",
        budget=(f"{amount}00만 원" if lang == "ko" else f"{amount},000 dollars") if priced else "",
        period=(f"{months}개월" if lang == "ko" else f"{months} months") if priced else "",
        question=rng.choice(b["questions"]).format(topic=topic) if task == "reply" and rng.random() < 0.6 else "",
    )


def natural_requests(count: int, seed: int) -> list[Request]:
    """Requests in both languages and all tasks in turn, no topic twice."""
    rng = random.Random(seed)
    streams = {lang: subjects(lang, rng) for lang in LANGS}
    out = []
    for i in range(count):
        lang, task = LANGS[i % 2], TASKS[i // 2 % len(TASKS)]
        topic, name = next(streams[lang])
        out.append(natural_request(lang, task, topic, name, rng))
    return out


def posts(count: int = POSTS, seed: int = SEED) -> list[Row]:
    """Past posts in the contract's import form."""
    rng = random.Random(seed)
    rows = []
    for req in natural_requests(count, seed):
        turns = (("user", field_prompt(req)), ("assistant", house_post(req, rng)))
        rows.append({"messages": [{"role": role, "content": text} for role, text in turns]})
    return rows


def heldout() -> list[Request]:
    """Requests with topics, audiences, brands and points that neither corpus nor posts contain."""
    out = []
    for lang in LANGS:
        for row in clients(lang)["heldout"]:
            fields = {**row, "points": tuple(row.get("points", ())), "given": "points" in row}
            out.append(Request(lang, **fields))
    return out


def write(path: Path, rows: list[Row]) -> None:
    """One JSON object a line."""
    path.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows), encoding="utf-8")


if __name__ == "__main__":
    write(HERE / "posts.jsonl", posts())
    held = [(req, house_post(req, random.Random(i))) for i, req in enumerate(heldout())]
    asked = [{"role": "user", "content": field_prompt(req)} for req, _ in held]
    write(
        HERE / "heldout.jsonl",
        [
            {"messages": [user, {"role": "assistant", "content": post}]}
            for user, (_, post) in zip(asked, held, strict=True)
        ],
    )
