"""A review in, the record reviewers see out; a response in, the word it says out (pure)."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from curation.argilla_page import chips, notes, page
from curation.card import LEAST_KEPT, final_text
from curation.desk import Verdict
from curation.diff import Run, changes, share_kept
from curation.house import House
from db.tables import Decision, Review

Json = dict[str, Any]
OURS = re.compile(r"(?P<base>(?P<review>\d+)-[0-9a-f]{16})(?:-\d+)?")
SIGNALS: dict[str, dict[str, str]] = {"feedback": {"edited": "edit", "accepted": "accept"}, "message": {}, "import": {}}


def external_id(review: Review) -> str:
    """Names one immutable draft: the review's number and a hash of what people decide on."""
    if review.external_id and OURS.fullmatch(review.external_id):
        return review.external_id
    told = "\x00".join([review.key, _asked(review), review.draft or "", review.proposed])
    return f"{review.id}-{_hash(told)}"


def numbered(base: str, opinion: int) -> str:
    """The record that asks for a review's n-th opinion."""
    return base if opinion == 1 else f"{base}-{opinion}"


def base_of(record: Json) -> tuple[int, str]:
    """The review's number and external id that a record was made from; (0, "") for one that is not ours."""
    found = OURS.fullmatch(record.get("external_id") or "")
    return (int(found["review"]), found["base"]) if found else (0, "")


def belongs(record: Json, known: Mapping[int, tuple[str | None, str]]) -> bool:
    """Whether a record asks about one of our reviews, of which `known` has the external id and the state by number.

    Another installation's records, or those of an older database, may stand there under equal numbers.
    """
    number, base = base_of(record)
    noted, state = known.get(number, (f"{number}-{0:016x}", ""))
    return state == "withdrawn" or noted == base or not OURS.fullmatch(noted or "")


def record(
    review: Review,
    house: House,
    questions: Mapping[str, str],
    adapter: str,
    words: Sequence[Decision] = (),
    opinion: int = 1,
) -> Json:
    """The record as the bulk API takes it, metadata complete. `words` are what other reviewers said so far."""
    text = _sound(final_text(review, words))
    draft = None if review.draft is None else _sound(review.draft)
    runs = changes(draft, text) if draft is not None else [Run("same", text)]
    kept = share_kept(runs)
    rewritten = kept < LEAST_KEPT
    return {
        "external_id": numbered(external_id(review), opinion),
        "fields": {
            "prompt": [{"role": "user", "content": _sound(_asked(review)) or " "}],
            "notes": chips(notes(review, house, words, kept)),
            "change": page([Run("same", text)] if rewritten else runs),
            "draft": draft or None,
        },
        "metadata": {
            "priority": round(review.priority, 4),
            "task": review.task,
            "language": review.language,
            "signal": signal(review),
            "edit": round(1 - kept, 4),
            "adapter": adapter,
            "flags": sorted({_kind(flag) for flag in review.flags}),
            "opinion": opinion,
            "review": review.id,
            "shown": _hash(_plain(text)),
        },
        "suggestions": [{"question_id": questions["edited"], "value": text, "agent": "flywheel"}],
    }


def signal(review: Review) -> str:
    """What somebody did that made the text: edit, accept, import or message."""
    way = review.key.partition(":")[0]
    return SIGNALS.get(way, {}).get(review.origin, way)


def word(record: Json, response: Json, reviewer: str) -> Verdict | None:
    """What a response says; None for one that is no verdict (a skip, a draft)."""
    values = {name: given["value"] for name, given in (response.get("values") or {}).items()}
    verdict = values.get("verdict")
    if response["status"] != "submitted" or verdict not in ("approve", "reject"):
        return None
    number, _ = base_of(record)
    written = _plain(values.get("edited") or "")
    changed = written and _hash(written) != record["metadata"].get("shown")
    return Verdict(
        review_id=number,
        key=f"argilla:{response['id']}:{response['updated_at']}",
        reviewer=reviewer,
        verdict="approve" if verdict == "approve" else "reject",
        decided_at=moment(response["updated_at"]),
        text=written if changed else None,
        note=(values.get("note") or "").strip(),
        response=response["id"],
        quality=values.get("quality"),
        reasons=tuple(values.get("reasons") or ()),
    )


def moment(told: str) -> datetime:
    """A time as the server tells it: UTC without saying so."""
    return datetime.fromisoformat(told).replace(tzinfo=UTC)


def _asked(review: Review) -> str:
    return "\n".join(turn["content"] for turn in review.short_prompt if turn["role"] == "user")


def _sound(text: str) -> str:
    """A text without the one character Argilla's Postgres can't hold: all records sent together would fail with it."""
    return text.replace("\x00", "")


def _kind(flag: str) -> str:
    """The kind of a flag, for a filter: "copy", "masked:PHONE", "wording", a rule's name."""
    kind, _, rest = flag.partition(":")
    return f"masked:{rest.partition(':')[0]}" if kind == "masked" else kind


def _plain(text: str) -> str:
    """A text without what a browser's editor adds or takes: ends of lines, outer spaces, hard spaces."""
    lines = text.replace("\r\n", "\n").replace("\xa0", " ").split("\n")
    return "\n".join(line.rstrip() for line in lines).strip()


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
