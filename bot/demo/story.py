"""story.toml in, what the scripted team will do out."""

import random
import tomllib
from dataclasses import dataclass
from pathlib import Path

STORY = Path(__file__).with_name("story.toml")


@dataclass(frozen=True)
class Ask:
    """A member asks for a draft."""

    member: str
    text: str


@dataclass(frozen=True)
class Edit(Ask):
    """A member asks, then repairs what came; the reviewer approves it or gives a reason."""

    edited: str
    approve: bool
    reason: str = ""


@dataclass(frozen=True)
class Story:
    """The whole script; `again` is asked at the beginning and at the end."""

    again: Ask
    edits: list[Edit]


def read_story(garbage: bool = False) -> Story:
    """The shipped story; with `garbage` every edit is shuffled words, which the gate should refuse to learn from."""
    told = tomllib.loads(STORY.read_text(encoding="utf-8"))
    edits = [Edit(**{"reason": "", **edit}) for edit in told["edits"]]
    if garbage:
        edits = [Edit(e.member, e.text, shuffled(e.edited), True) for e in edits]
    return Story(Ask(**told["again"]), edits)


def shuffled(text: str, seed: int = 1) -> str:
    """The same words in a senseless order."""
    words = text.split()
    random.Random(seed).shuffle(words)
    return " ".join(words)
