"""A review in, the Slack blocks of its card out (pure). Long texts go on in further messages of the card's thread.

Texts of people stand in rich text: it shows every character as it is, pings nobody and needs no escaping.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from curation.card_words import MASKED, WORDS
from curation.checks import Text, check, wording
from curation.diff import Run, changes, share_kept
from curation.house import House
from curation.mask import PLACEHOLDER
from curation.opinions import latest_wording, standing
from db.tables import Decision, Review

Block = dict[str, Any]
FIRST_BYTES, NEXT_BYTES = 5_000, 8_000  # of text in the card, in a message of its thread: Slack breaks off above 9,000
RUN_BYTES = 70  # what Slack's notation adds to each run of text
LEAST_KEPT = 0.2  # an edit that kept less is shown as two texts
OPEN = ("pending", "pushed", "disputed")  # a reviewer may decide
VERDICTS = {"approve": "approved", "reject": "rejected"}


def heading(review: Review, house: House) -> str:
    """One plain line that names a review: also what notifications show."""
    words = WORDS[review.language]
    name = house.tasks[review.task].name[review.language] if review.task in house.tasks else review.task
    return f"{words['title']} #{review.id} · {name} · {words[review.origin]}"


def card(review: Review, house: House, words: Sequence[Decision] = ()) -> list[list[Block]]:
    """The blocks of the card, then those of each further message of its thread. `words`: each reviewer's last one."""
    if review.state == "withdrawn":  # nobody reads any more what its author took back
        return [[_section(f"*{escaped(heading(review, house))}*"), _context([WORDS[review.language]["withdrawn"]])]]
    final = final_text(review, words)
    parts = [_rich(part) for part in _portions(_text_runs(review, final))]
    title = _section(f"*{escaped(heading(review, house))}*")
    first = [title, _quote(review), *parts[:1], _context(_flags(review, house, final))]
    if said := _opinions(review, house, words):
        first.append(_context(said))
    if review.state in OPEN:
        first.append(_buttons(review))
    return [first, *([part] for part in parts[1:])]


def final_text(review: Review, words: Sequence[Decision]) -> str:
    """The text as reviewers left it so far: whoever is asked next decides on that."""
    return review.text or latest_wording(words) or review.proposed


def escaped(text: str) -> str:
    """Text that Slack's own markup leaves alone."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _text_runs(review: Review, final: str) -> list[Run]:
    """What to read: the difference to the draft, or the whole text where there is none or hardly a word stayed."""
    words = WORDS[review.language]
    if review.draft is None or review.draft == final:
        return [Run("same", final)]
    runs = changes(review.draft, final)
    if share_kept(runs) >= LEAST_KEPT:
        return runs
    return [
        Run("new", words["draft"] + "\n"),
        Run("same", review.draft + "\n\n"),
        Run("new", words["final"] + "\n"),
        Run("same", final),
    ]


def _portions(runs: Sequence[Run]) -> list[list[Run]]:
    """The runs in portions that fit a message each, cut at the end of a line or word."""
    portions: list[list[Run]] = [[]]
    room = FIRST_BYTES
    for run in runs:
        for piece in re.findall(r"\S*\s*", run.text):
            for bit in _bits(piece):
                last = portions[-1]
                size = len(bit.encode()) + (0 if last and last[-1].kind == run.kind else RUN_BYTES)
                if size > room and last:
                    portions.append(last := [])
                    room, size = NEXT_BYTES, len(bit.encode()) + RUN_BYTES
                room -= size
                if last and last[-1].kind == run.kind:
                    last[-1] = Run(run.kind, last[-1].text + bit)
                else:
                    last.append(Run(run.kind, bit))
    return portions


def _bits(word: str, most: int = 500) -> Iterator[str]:
    """A word as it is, or in pieces if it is absurdly long."""
    for start in range(0, len(word), most):
        yield word[start : start + most]


def _rich(runs: Sequence[Run]) -> Block:
    styles = {"gone": {"strike": True}, "new": {"bold": True}}
    texts = [{**_plain(run.text), **({"style": styles[run.kind]} if run.kind in styles else {})} for run in runs]
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": texts or [_plain(" ")]}]}


def _quote(review: Review) -> Block:
    asked = next((turn["content"] for turn in review.short_prompt if turn["role"] == "user"), "")
    shown = asked if len(asked) <= 600 else asked[:599] + "…"
    return {"type": "rich_text", "elements": [{"type": "rich_text_quote", "elements": [_plain(shown or " ")]}]}


def _plain(text: str) -> Block:
    return {"type": "text", "text": text}


def _flags(review: Review, house: House, final: str) -> list[str]:
    words, language = WORDS[review.language], review.language
    text = Text(review.task, language, final, review.fields)
    broken = [problem.message[language] for problem in check(text, house)]
    lines = [f"{words['broken']}: {', '.join(broken)}" if broken else words["kept"]]
    if terms := [problem.message[language] for problem in wording(text, house)]:
        lines.append(f"{words['terms']}: {', '.join(terms)}")
    if masked := Counter(match[1] for match in PLACEHOLDER.finditer(final)):
        names = MASKED[language]
        lines.append(f"{words['masked']}: " + ", ".join(f"{names.get(k, k)} {n}" for k, n in sorted(masked.items())))
    lines += [words["copy"].format(n=flag.removeprefix("copy:")) for flag in review.flags if flag.startswith("copy:")]
    return [escaped(line) for line in lines]


def _opinions(review: Review, house: House, words: Sequence[Decision]) -> list[str]:
    """What is still wanted, then who said what and why."""
    shown, lines = WORDS[review.language], []
    if words and review.state in OPEN:
        stands = standing(words, review.opinions)
        lines.append(f"*{shown[stands.state].format(n=stands.wanted)}*")
    elif not words and review.state in VERDICTS.values():  # an import, or one from the days of a single word
        return [line for line in (_said(shown[review.state], review.decided_by), escaped(review.note)) if line]
    for word in words:
        lines.append(_said(shown[VERDICTS[word.verdict]], word.reviewer))
        named = [house.guide.reasons[name][review.language] for name in word.reasons if name in house.guide.reasons]
        lines += [escaped(why) for why in (", ".join(named), word.note) if why]
    return lines


def _said(what: str, reviewer: str) -> str:
    who = f"<@{reviewer}>" if re.fullmatch(r"[UW][A-Z0-9]{2,}", reviewer) else escaped(reviewer)
    return f"*{what}* · {who}"


def _buttons(review: Review) -> Block:
    words = WORDS[review.language]

    def button(action: str, label: str, **more: str) -> Block:
        text = {"type": "plain_text", "text": label}
        return {"type": "button", "action_id": action, "text": text, "value": str(review.id), **more}

    buttons = [
        button("review_approve", words["approve"], style="primary"),
        button("review_edit", words["edit"]),
        button("review_reject", words["reject"], style="danger"),
    ]
    return {"type": "actions", "elements": buttons}


def _section(text: str) -> Block:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def _context(lines: Sequence[str]) -> Block:
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": line[:1_900]} for line in lines[:10]]}
