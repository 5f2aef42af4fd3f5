"""The scripted members at work in the local Slack: they ask, vote, edit and review as people do, through the page's own API."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from bot.demo.story import Ask, Edit
from bot.playground.driver import SlackDriver
from bot.playground.member import Member, NoAnswerError

CHANNELS = {"ko": "초안", "en": "drafts"}
REVIEW = "review"
PATIENCE = 90.0  # seconds for one answer of the bot
Json = dict[str, Any]


class Team:
    """Members by handle, and what they see."""

    def __init__(self, slack: SlackDriver) -> None:
        self.slack = slack
        self._members: dict[str, Member] = {}

    def member(self, name: str) -> Member:
        if name not in self._members:
            self._members[name] = self.slack.as_member(name)
        return self._members[name]

    def ask(self, ask: Ask) -> str:
        """Mention the bot in the member's channel; returns the thread."""
        who = self.member(ask.member)
        return who.mention(CHANNELS[who.language], ask.text)

    def growing(self, ask: Ask, thread: str) -> float:
        """Wait until the first words of an answer can be read; returns seconds waited."""
        began = time.monotonic()
        self.slack.wait_for(lambda: self._answer(ask, thread, "markdown"), PATIENCE)
        return time.monotonic() - began

    def answer(self, ask: Ask, thread: str) -> Json:
        """Wait for the finished answer: the message one can vote on."""
        return self.slack.wait_for(lambda: self._answer(ask, thread, "context_actions"), PATIENCE) or {}

    def _answer(self, ask: Ask, thread: str, block: str) -> Json | None:
        who = self.member(ask.member)
        for message in who.thread(CHANNELS[who.language], thread):
            if any(b["type"] == block for b in message.get("blocks", [])) and not message.get("viewer"):
                return message
        return None

    def agree(self, ask: Ask) -> None:
        """Answer the question about learning, if it was asked."""
        who = self.member(ask.member)
        for message in who.history(CHANNELS[who.language]):
            if message.get("viewer") and has_action(message, "consent_yes"):
                with patient():
                    who.click(message["ts"], "consent_yes", channel=CHANNELS[who.language])
                return

    def vote(self, ask: Ask, answer: Json, kind: str) -> None:
        who = self.member(ask.member)
        number = draft_id(answer)
        with patient():
            who.click(answer["ts"], "draft_feedback", value=f"{kind}:{number}", channel=CHANNELS[who.language])

    def edit(self, edit: Edit, answer: Json) -> None:
        """Open the form, put the edited text in, save."""
        who = self.member(edit.member)
        view = form(who, answer, "draft_edit", CHANNELS[who.language])
        fields = [block["block_id"] for block in view["blocks"]]
        with patient():
            who.submit(view["id"], {field: edit.edited if i == 0 else "" for i, field in enumerate(fields)})

    def cards(self, name: str) -> list[Json]:
        """Review cards that wait for a decision."""
        return [m for m in self.member(name).history(REVIEW) if has_action(m, "review_approve")]

    def review(self, name: str, edits: list[Edit], told: Callable[[str], None]) -> None:
        """Decide every edit once its card is there; the card is known by words of the edit."""
        waiting = list(edits)
        while waiting:
            cards = self.slack.wait_for(lambda: self.cards(name), PATIENCE, every=0.3)
            for card in cards:
                edit = next((e for e in waiting if mark(e) in card_text(card)), None)
                if edit is None:
                    continue
                self._decide(self.member(name), card, edit)
                waiting.remove(edit)
                told(f"{name} {'approved' if edit.approve else 'rejected'} {edit.member}'s edit")

    def _decide(self, reviewer: Member, card: Json, edit: Edit) -> None:
        if edit.approve:
            with patient():
                reviewer.click(card["ts"], "review_approve", channel=REVIEW)
            return
        view = form(reviewer, card, "review_reject", REVIEW)
        with patient():
            reviewer.submit(view["id"], {"note": edit.reason})


@contextmanager
def patient() -> Iterator[None]:
    """On a busy machine the bot's answer comes late; it keeps what was pressed before it answers, so pressing once is right."""
    with suppress(NoAnswerError):
        yield


def form(who: Member, message: Json, action: str, channel: str) -> Json:
    """The form behind a button, pressed again if it did not open in time. Errors: TimeoutError."""
    for _ in range(2):
        with patient(), suppress(TimeoutError):
            who.click(message["ts"], action, channel=channel)
            return who.open_view(callback_id=action)
    return who.open_view(callback_id=action)


def mark(ask: Ask) -> str:
    """Words by which a request is known again in its review card: its line about the brand."""
    return ask.text.splitlines()[1]


def draft_id(message: Json) -> int:
    return int(message["metadata"]["event_payload"]["draft_id"])


def card_text(message: Json) -> str:
    return str(message.get("blocks", ""))


def has_action(message: Json, action_id: str) -> bool:
    return any(
        element.get("action_id") == action_id
        for block in message.get("blocks", [])
        for element in block.get("elements", [])
    )
