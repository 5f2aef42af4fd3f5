"""A review in, the Slack blocks of its card out (pure). Long texts go on in further messages of the card's thread.

Texts of people stand in rich text: it shows every character as it is, pings nobody and needs no escaping.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from curation.checks import Text, check, wording
from curation.diff import Run, changes, share_kept
from curation.house import House
from curation.mask import PLACEHOLDER
from db.tables import Review

Block = dict[str, Any]
FIRST_BYTES, NEXT_BYTES = 5_000, 8_000  # of text in the card, in a message of its thread: Slack breaks off above 9,000
RUN_BYTES = 70  # what Slack's notation adds to each run of text
LEAST_KEPT = 0.2  # an edit that kept less is shown as two texts
WORDS = {
    "ko": {
        "title": "검토", "edited": "고친 글", "accepted": "그대로 쓴 초안", "human": "가져온 글",
        "draft": "봇의 초안", "final": "고친 글", "masked": "가린 것", "broken": "체크리스트에서 어긋난 것",
        "kept": "체크리스트를 모두 지켰습니다.", "terms": "말", "approve": "승인", "edit": "고쳐서 승인",
        "reject": "빼기", "approved": "승인했습니다", "rejected": "뺐습니다",
        "withdrawn": "글쓴이가 거둬들여 글을 지웠습니다.",
    },
    "en": {
        "title": "Review", "edited": "edited draft", "accepted": "draft used as is", "human": "imported text",
        "draft": "The bot's draft", "final": "The edited text", "masked": "Masked", "broken": "Off the checklist",
        "kept": "Everything on the checklist is kept.", "terms": "Wording", "approve": "Approve",
        "edit": "Edit and approve", "reject": "Leave out", "approved": "Approved", "rejected": "Left out",
        "withdrawn": "Its author took the text back; it is gone from here.",
    },
}  # fmt: skip
MASKED = {
    "ko": {
        "PHONE": "전화번호", "EMAIL": "이메일", "KR_RRN": "주민등록번호", "BUSINESS_NO": "사업자번호",
        "CARD": "카드 번호", "ACCOUNT": "계좌번호", "SECRET": "비밀 값", "IP": "IP 주소", "SLACK_ID": "슬랙 사용자",
        "URL_WITH_TOKEN": "비밀 링크",
    },
    "en": {
        "PHONE": "phone number", "EMAIL": "e-mail address", "KR_RRN": "resident number",
        "BUSINESS_NO": "business number", "CARD": "card number", "ACCOUNT": "account number", "SECRET": "secret",
        "IP": "IP address", "SLACK_ID": "Slack user", "URL_WITH_TOKEN": "secret link",
    },
}  # fmt: skip


def heading(review: Review, house: House) -> str:
    """One plain line that names a review: also what notifications show."""
    words = WORDS[review.language]
    name = house.tasks[review.task].name[review.language] if review.task in house.tasks else review.task
    return f"{words['title']} #{review.id} · {name} · {words[review.origin]}"


def card(review: Review, house: House) -> list[list[Block]]:
    """The blocks of the card, then those of each further message of its thread."""
    if review.state == "withdrawn":  # nobody reads any more what its author took back
        return [[_section(f"*{escaped(heading(review, house))}*"), _context([WORDS[review.language]["withdrawn"]])]]
    parts = [_rich(part) for part in _portions(_text_runs(review))]
    title = _section(f"*{escaped(heading(review, house))}*")
    closing = {"pending": _buttons, "pushed": _buttons, "approved": _decision, "rejected": _decision}.get(review.state)
    first = [title, _quote(review), *parts[:1], _context(_flags(review, house))]
    return [[*first, *([closing(review)] if closing else [])], *([part] for part in parts[1:])]


def escaped(text: str) -> str:
    """Text that Slack's own markup leaves alone."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _text_runs(review: Review) -> list[Run]:
    """What to read: the difference to the draft, or the whole text where there is none or hardly a word stayed."""
    words, final = WORDS[review.language], review.text or review.proposed
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


def _flags(review: Review, house: House) -> list[str]:
    words, language, final = WORDS[review.language], review.language, review.text or review.proposed
    text = Text(review.task, language, final, review.fields)
    broken = [problem.message[language] for problem in check(text, house)]
    lines = [f"{words['broken']}: {', '.join(broken)}" if broken else words["kept"]]
    if terms := [problem.message[language] for problem in wording(text, house)]:
        lines.append(f"{words['terms']}: {', '.join(terms)}")
    if masked := Counter(match[1] for match in PLACEHOLDER.finditer(final)):
        names = MASKED[language]
        lines.append(f"{words['masked']}: " + ", ".join(f"{names.get(k, k)} {n}" for k, n in sorted(masked.items())))
    return [escaped(line) for line in lines]


def _decision(review: Review) -> Block:
    words = WORDS[review.language]
    who = f"<@{review.decided_by}>" if re.fullmatch(r"[UW][A-Z0-9]{2,}", review.decided_by) else review.decided_by
    line = f"*{words[review.state]}* · {who if who.startswith('<@') else escaped(who)}"
    return _context([line, *([escaped(review.note)] if review.note else [])])


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
