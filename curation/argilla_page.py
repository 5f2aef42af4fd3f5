"""What a record tells beside its text: flags and the state of the question, and the change in colours, as HTML (pure)."""

import html
from collections.abc import Sequence

from curation.argilla_words import NOTES
from curation.card import LEAST_KEPT
from curation.card_words import MASKED
from curation.diff import Run
from curation.house import House
from db.tables import Decision, Review

STYLES = {
    "gone": ("del", "background:#ffd7d5;color:#82071e"),
    "new": ("ins", "background:#b4f1c1;color:#044f1e;text-decoration:none"),
}


def notes(review: Review, house: House, words: Sequence[Decision], kept: float) -> list[str]:
    """What a reviewer should know before deciding, most important first."""
    said, language = NOTES[review.language], review.language
    lines = _asked_again(review, house, words)
    if review.draft is None:
        lines.append(said["imported"])
    elif kept == 1.0:
        lines.append(said["unchanged"])
    elif kept < LEAST_KEPT:
        lines.append(said["rewritten"])
    grouped: dict[str, list[str]] = {}
    for flag in review.flags:
        kind, _, rest = flag.partition(":")
        grouped.setdefault(kind if kind in ("copy", "masked", "wording") else "broken", []).append(rest or kind)
    lines += [said["copy"].format(n=share) for share in grouped.get("copy", [])]
    for masked in grouped.get("masked", []):
        kind, _, count = masked.partition(":")
        lines.append(said["masked"].format(kind=MASKED[language].get(kind, kind), n=count))
    if broken := grouped.get("broken"):
        labels = [house.guide.rules[name].label[language] if name in house.guide.rules else name for name in broken]
        lines.append(said["broken"].format(rules=", ".join(labels)))
    if wording := grouped.get("wording"):
        lines.append(said["wording"].format(words=", ".join(wording)))
    return lines if broken else [*lines, said["clean"]]


def _asked_again(review: Review, house: House, words: Sequence[Decision]) -> list[str]:
    """A second opinion is asked without telling the first; whoever settles a disagreement hears both sides."""
    said = NOTES[review.language]
    if not words:
        return []
    if len({word.verdict for word in words}) == 1:
        return [said["second"]]
    lines = [said["disputed"]]
    for word in words:
        named = [house.guide.reasons[name][review.language] for name in word.reasons if name in house.guide.reasons]
        lines.append(
            ": ".join(part for part in (said[word.verdict], ", ".join([*named, word.note]).strip(", ")) if part)
        )
    return lines


def page(runs: Sequence[Run]) -> str:
    """Runs as one block of HTML, which Argilla's Markdown leaves alone: no empty line may stand in it."""
    pieces = []
    for run in runs:
        text = escaped(run.text)
        tag, style = STYLES.get(run.kind, ("", ""))
        pieces.append(f'<{tag} style="{style}">{text}</{tag}>' if tag else text)
    return f'<div style="white-space:pre-wrap">{"".join(pieces)}</div>'


def chips(lines: Sequence[str]) -> str:
    """Short lines side by side, as many as fit, so that the text itself stands high on the page."""
    style = "display:inline-block;background:#fff3c4;border-radius:6px;padding:1px 8px;margin:0 6px 6px 0"
    return "<div>" + "".join(f'<span style="{style}">{escaped(line)}</span>' for line in lines) + "</div>"


def escaped(text: str) -> str:
    """Text as one piece of HTML."""
    return html.escape(text, quote=False).replace("\n", "<br>")
