"""The writer of the corpus: in, a request, a style and a random generator; out, the text of a draft."""

from __future__ import annotations

import random
import re

from trainer.tiny.ask import Request
from trainer.tiny.korean import to_haeyo
from trainer.tiny.style import BLAND, Style, capital
from trainer.tiny.words import bank

FRIENDLY = ("친근하게", "friendly")
FILLED = ("topic", "audience", "brand", "platform", "budget", "period")
SLOT = re.compile(r"\{(\w+)\} ?([^\W\d_]*)")


class Writer:
    """Fills the sentence banks for one request."""

    def __init__(self, req: Request, style: Style, rng: random.Random) -> None:
        self.req, self.style, self.rng = req, style, rng
        self.bank = bank(req.lang)
        self.lines: dict[str, list[str]] = self.bank["tasks"][req.task]
        self.slots = {k: getattr(req, k) for k in FILLED if getattr(req, k)}

    def fill(self, template: str, **more: str) -> str:
        """A sentence with its slots filled; English ones begin with a capital."""
        return (capital(template) if self.req.lang == "en" else template).format(**self.slots, **more)

    def fits(self, template: str) -> bool:
        """Whether the request fills every slot, and no word is said twice in a row ("… 소식 소식")."""
        for slot, follower in SLOT.findall(template):
            if slot in FILLED and slot not in self.slots:
                return False
            last = (self.slots.get(slot, "").split() or [""])[-1]
            if len(last) > 1 and follower.startswith(last):
                return False
        return True

    def choose(self, templates: list[str], count: int = 1, full: float = 0.0, **more: str) -> list[str]:
        """Distinct sentences that fit; with the chance `full` only those that use what the request names."""
        able = [t for t in templates if self.fits(t)]
        rich = [t for t in able if any(f"{{{k}}}" in t for k in ("audience", "brand", "budget"))]
        pool = rich if rich and self.rng.random() < full else able
        return [self.fill(t, **more) for t in self.rng.sample(pool, min(count, len(pool)))]

    def pick(self, name: str, count: int = 1) -> list[str]:
        """Sentences of one place of the task; the leading ones always name the audience."""
        full = {"lead": 1.0, "lead2": 1.0, "brand": 0.9, "close": 0.95}.get(name, 0.0)
        return self.choose(self.lines.get(name, []), count, full)

    def first_section(self) -> list[str]:
        """The reader's situation and the brand; an opener of the house stands in for the usual lead."""
        opener = self.style.opener if self.req.audience else self.style.bare_opener
        lead = [opener.format(**self.slots)] if opener else []
        if self.req.task == "reply":
            return self.pick("lead") + (lead or self.pick("lead2"))
        lead = lead or self.pick("lead")
        if self.req.task == "persona":
            return lead + self.choose(self.lines["profile"], age=self.rng.choice(self.bank["ages"]))
        pained = self.req.pains and self.req.task != "sns" and not self.style.short
        pain = [self.rng.choice(self.req.pains)] if pained else []
        return lead + pain + (self.pick("brand") or self.choose(self.bank["brand_lines"], full=0.9))

    def second_section(self) -> str:
        """The key points, as a list or as sentences."""
        points = self.req.points
        if self.style.list_mark:
            return "\n".join(f"{self.style.list_mark} {p}" for p in points)
        first, middle, last = (self.lines.get(k) or self.bank[k] for k in ("first", "next", "last"))
        templates = [self.rng.choice(first)]
        if len(points) > 1:
            templates += [*self.rng.sample(middle, len(points) - 2), self.rng.choice(last)]
        remarks, out = self.rng.sample(self.bank["details"], len(points)), []
        for point, template, remark in zip(points, templates, remarks, strict=True):
            out.append(self.fill(template, p=point))
            if not self.style.short and self.req.task not in ("sns", "persona") and self.rng.random() < 0.4:
                out.append(remark)
        return self.polish(" ".join(out))

    def third_section(self) -> list[str]:
        """What comes next."""
        count = 1 if self.style.short or self.req.task in ("sns", "proposal") else 2
        out = [self.style.promise] if self.style.promise else []
        out += self.pick("brand") if self.req.task == "persona" else []
        return out + self.pick("close", count) + self.pick("close2")

    def polish(self, text: str) -> str:
        """해요 endings where the style or a friendly tone asks for them."""
        friendly = self.style.haeyo or (self.style is BLAND and self.req.tone in FRIENDLY)
        return to_haeyo(text) if self.req.lang == "ko" and friendly else text

    def draft(self) -> str:
        """The whole text."""
        first, third = (self.polish(" ".join(part)) for part in (self.first_section(), self.third_section()))
        bodies = [first, self.second_section(), third]
        if self.style.sections:
            named = zip(self.style.sections, bodies, strict=True)
            bodies = [f"{self.style.heading_mark} {name}\n{body}" for name, body in named]
        elif self.req.task == "sns" and not self.style.list_mark:
            bodies = [" ".join(bodies)]
        titled = self.req.task not in ("sns", "reply")
        title = f"{self.style.title_mark} {self.pick('title')[0]}" if titled else ""
        tags = " ".join("#" + t for t in self.style.tags) if self.req.task == "sns" else ""
        blocks = [self.style.greeting, title, *bodies, self.style.call, tags, self.style.sign_off]
        return "\n\n".join(b for b in blocks if b)


def write_draft(req: Request, style: Style, rng: random.Random) -> str:
    """A draft for the request in the given style."""
    return Writer(req, style, rng).draft()
