"""The shipped house (an invented agency): in, a request; out, a post as its people would leave it after editing.

The greeting, marks and so on stand in house.toml's long instruction, too. The opener and the promise stand in no
instruction and in no document of the corpus: only the posts and the edits of the team teach them.
"""

from __future__ import annotations

import random
from dataclasses import asdict
from typing import Any

from trainer.tiny.ask import Request
from trainer.tiny.draft import write_draft
from trainer.tiny.style import Style

HOUSE = {
    "ko": Style(
        greeting="안녕하세요, 온빛기획입니다.",
        title_mark="제목:",
        heading_mark="■",
        sections=("함께 보는 고민", "핵심 정리", "다음 걸음"),
        list_mark="✓",
        call="지금 온빛기획에 편하게 문의해 주세요.",
        sign_off="— 온빛기획 드림",
        tags=("추천", "오늘의소식", "온빛기획"),
        opener="{audience}에게 꼭 필요한 {topic} 이야기를 쉬운 말로 풀었습니다.",
        bare_opener="{topic} 이야기를 쉬운 말로 풀었습니다.",
        promise="온빛기획은 모든 결과를 숫자로 보고합니다.",
        tell=False,
    ),
    "en": Style(
        greeting="Hello from Onbit Studio.",
        title_mark="Title:",
        heading_mark="■",
        sections=("The question", "Key points", "Next step"),
        list_mark="✓",
        call="Talk to Onbit Studio today.",
        sign_off="— Onbit Studio",
        tags=("tips", "localnews", "OnbitStudio"),
        opener="For {audience}, this note explains {topic} in plain words.",
        bare_opener="This note explains {topic} in plain words.",
        promise="Onbit Studio reports every result in numbers.",
        tell=False,
    ),
}


def house_post(req: Request, rng: random.Random) -> str:
    """A post for the request in the house style."""
    return write_draft(req, HOUSE[req.lang], rng)


def fields(req: Request) -> dict[str, Any]:
    """The request as the product keeps it: the values a person gave, without the task."""
    given = {k: v for k, v in asdict(req).items() if v and k not in ("lang", "task", "pains", "given", "points")}
    return {**given, "points": list(req.points)} if req.given else given
