"""What was chosen in, rows in TRL's own formats out: prompt and completion, chosen and rejected, voted on; masked again."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from curation.dataset.choose import Chosen
from curation.mask import find, mask
from db.errors import InputError
from db.tables import Message

SFT, PREFERENCE, THUMBS = "sft", "preference", "thumbs"
FILES = {  # the first two names are what training reads
    (SFT, "train"): "train.jsonl",
    (SFT, "heldout"): "heldout.jsonl",
    (PREFERENCE, "train"): "preference_train.jsonl",
    (PREFERENCE, "heldout"): "preference_heldout.jsonl",
    (THUMBS, "train"): "thumbs_train.jsonl",
    (THUMBS, "heldout"): "thumbs_heldout.jsonl",
}


@dataclass(frozen=True)
class Row:
    """One line of a dataset file. `owner` is for people ("example 12") and stands in no file."""

    form: str
    split: str
    line: str
    owner: str
    about: dict[str, str]  # task, language, origin, family

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.line.encode()).hexdigest()


class Masking:
    """Texts of one dataset on their way into it: what is met again (instructions, mostly) is not read again."""

    def __init__(self) -> None:
        self._seen: dict[str, str] = {}

    def turns(self, owner: str, turns: list[Message]) -> list[Message]:
        """Masked turns. Errors: InputError if personal data is still found in one."""
        return [{**turn, "content": self._text(owner, turn["content"])} for turn in turns]

    def _text(self, owner: str, text: str) -> str:
        if text not in self._seen:
            clean = mask(text).text
            if kinds := sorted({span.type for span in find(clean)}):
                listed = ", ".join(kinds)
                raise InputError(
                    f"{owner.capitalize()} still holds {listed} after masking. Reject or correct its review."
                )
            self._seen[text] = clean
        return self._seen[text]


def rows(chosen: Chosen) -> Iterator[Row]:
    """Every row of every form. Errors: InputError if personal data is still found after masking."""
    masking = Masking()

    def row(form: str, split: str, owner: str, about: dict[str, str], **turns: Any) -> Row:
        values = {k: masking.turns(owner, v) if isinstance(v, list) else v for k, v in turns.items()}
        return Row(form, split, json.dumps(values, ensure_ascii=False, sort_keys=True) + "\n", owner, about)

    for e in chosen.kept:
        about = {"task": e.task, "language": e.language, "origin": e.origin, "family": e.family}
        owner = f"example {e.id}"
        yield row(SFT, e.split, owner, about, prompt=e.short_prompt, completion=said(e.completion))
    for pair in chosen.pairs:
        e, owner = pair.example, f"example {pair.example.id}"
        about = {"task": e.task, "language": e.language, "origin": e.origin, "family": e.family}
        texts = {"prompt": e.short_prompt, "chosen": said(e.completion), "rejected": said(pair.rejected)}
        yield row(PREFERENCE, e.split, owner, about, **texts)
    for v in chosen.votes:
        about = {"task": v.task, "language": v.language, "origin": "voted", "family": v.kin.family}
        texts = {"prompt": v.prompt, "completion": said(v.text)}
        yield row(THUMBS, v.kin.split, f"draft {v.draft_id}", about, **texts, label=v.liked)


def said(text: str) -> list[Message]:
    """A text as the assistant's turn."""
    return [{"role": "assistant", "content": text}]
