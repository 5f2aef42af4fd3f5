"""The corpus: in, a random generator; out, one document (a chat) after the other, made on the fly and never repeated.

A document is a system prompt (short, or long with a description of the style), a request and a draft. With a short
prompt the draft is mostly bland; with a long one it follows the description. Drills practise copying alone.
"""

from __future__ import annotations

import random

from trainer.tiny.ask import LABELS, field_prompt, make_request, numbered_point
from trainer.tiny.draft import write_draft
from trainer.tiny.style import BLAND, LIST_MARKS, SLOTS, describe, frame, random_style
from trainer.tiny.words import LANGS, bank, brand_name, odd_phrase

Messages = list[dict[str, str]]


def chat(system: str, user: str, assistant: str | None = None) -> Messages:
    """A conversation in the usual form."""
    turns = [("system", system), ("user", user), ("assistant", assistant)]
    return [{"role": role, "content": text} for role, text in turns if text is not None]


def short_system(lang: str, rng: random.Random) -> str:
    """The product's own short instruction more than half of the time, else another of its kind."""
    first, *others = bank(lang)["short_system"]
    return str(first if rng.random() < 0.6 else rng.choice(others))


def document(rng: random.Random) -> Messages:
    """A request with its draft: half with a long instruction, half with the short one and mostly the bland style."""
    req = make_request(rng)
    system, long = short_system(req.lang, rng), rng.random() < 0.5
    style = random_style(req.lang, rng) if long or rng.random() < 0.03 else BLAND
    if long:
        system = f"{system}\n{describe(style, req.lang, rng)}"
    return chat(system, field_prompt(req, bullets=rng.random() < 0.08), write_draft(req, style, rng))


def frame_drill(lang: str, rng: random.Random) -> Messages:
    """An invented sentence with slots, and the words to put into them."""
    topic, audience = odd_phrase(lang, rng), odd_phrase(lang, rng)
    label, text = LABELS[lang], frame(lang, rng)[0]
    name = "첫 문장" if lang == "ko" else "First sentence"
    ask = f"{name}: {text.format(**SLOTS[lang])}\n{label['topic']}: {topic}\n{label['audience']}: {audience}"
    return chat(short_system(lang, rng), ask, text.format(topic=topic, audience=audience))


def copy_drill(rng: random.Random) -> Messages:
    """A short exercise in copying given phrases: as a list, in a row, inside known or inside invented sentences."""
    lang, kind = rng.choice(LANGS), rng.random()
    if kind > 0.65:
        return frame_drill(lang, rng)
    b, mark = bank(lang), rng.choice(LIST_MARKS)
    kinds = (odd_phrase, odd_phrase, numbered_point, brand_name)
    items = [rng.choice(kinds)(lang, rng) for _ in range(rng.randint(1, 4))]
    given = " / ".join(items)
    if kind < 0.3:
        ask = f"목록으로 옮기세요, 표시: {mark}" if lang == "ko" else f"Copy as a list, mark: {mark}"
        answer = "\n".join(f"{mark} {i}" for i in items)
    elif kind < 0.45:
        ask, answer = ("그대로 옮기세요" if lang == "ko" else "Copy exactly"), given
    else:
        ask = "문장으로 쓰세요" if lang == "ko" else "Write sentences"
        answer = " ".join(rng.choice(b["first"] + b["next"] + b["last"]).format(p=i) for i in items)
    return chat(short_system(lang, rng), f"{ask}\n{LABELS[lang]['points']}: {given}", answer)
