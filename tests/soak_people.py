"""People who work with a bot that dies all the time: whoever is not answered tries again."""

import random
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from bot.demo.team import draft_id, has_action
from bot.playground.member import Member, NoAnswerError, NotAllowedError
from bot.playground.server import Playground

Json = dict[str, Any]
PATIENCE = 420.0  # seconds for one answer
SUBJECTS = (
    "주말",
    "골목",
    "도서관",
    "축제",
    "체험",
    "산책",
    "공방",
    "음악",
    "사진",
    "야간",
    "청년",
    "시장",
    "정원",
    "여름",
    "책",
)


class People:
    """What all of them did, and whether it is time to go home."""

    def __init__(self, slack: Playground) -> None:
        self.slack = slack
        self.asked: list[str] = []  # ts of every mention
        self.edits: list[str] = []  # every text that was saved in a form
        self.quiet = threading.Event()  # nobody is killed any more: finish what you began
        self.over = threading.Event()
        self._one_form: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

    def work(self, name: str, dice: random.Random) -> None:
        """Ask, wait, vote, edit; again and again."""
        who = self.slack.as_member(name)
        channel = "초안" if who.language == "ko" else "drafts"
        while not self.quiet.is_set():
            thread = who.mention(channel, f"{' '.join(dice.sample(SUBJECTS, 3))} 블로그, 동네 직장인 대상")
            self.asked.append(thread)
            if not (answer := self.answer(who, channel, thread)):
                return
            self.vote(who, channel, answer)
            with self._one_form[name]:  # a person who does two things at a time has one form open
                self.edit(who, channel, answer, dice)

    def answer(self, who: Member, channel: str, thread: str) -> Json | None:
        """The finished answer, once it is there."""

        def finished() -> Json | None:
            return next((m for m in who.thread(channel, thread) if has_action(m, "draft_edit")), None)

        found: Json | None = self.until(finished, PATIENCE)
        return found

    def vote(self, who: Member, channel: str, answer: Json) -> None:
        value = f"up:{draft_id(answer)}"
        self.insist(lambda: who.click(answer["ts"], "draft_feedback", value, channel=channel), 1)

    def edit(self, who: Member, channel: str, answer: Json, dice: random.Random) -> None:
        """Open the form, write something else, save; each step until Slack says it went through."""

        def opened() -> Json:
            who.click(answer["ts"], "draft_edit", channel=channel)
            return who.open_view(5.0, "draft_edit")

        text = f"{draft_id(answer)}번 글. " + " ".join(dice.choice(SUBJECTS) for _ in range(60))
        view = self.insist(opened)
        values = {block["block_id"]: text if i == 0 else "" for i, block in enumerate(view["blocks"])}
        self.insist(lambda: who.submit(view["id"], values) or True)
        self.edits.append(text)
        for left in who.views():  # of clicks that opened a form and were not acked
            who.close_view(left["id"])

    def review(self, name: str) -> None:
        """Approve every card that waits."""
        who = self.slack.as_member(name)
        while not self.over.wait(0.5):
            for ts in [card["ts"] for card in who.history("review") if has_action(card, "review_approve")]:
                self.insist(lambda ts=ts: who.click(ts, "review_approve", channel="review"), 1)  # type: ignore[misc]

    def insist(self, act: Callable[[], Any], tries: int = 300) -> Any:
        """Do it again until the app acks in time. Errors: TimeoutError if it never did (but for a single try)."""
        for _ in range(tries):
            try:
                return act()
            except (NoAnswerError, NotAllowedError, TimeoutError):
                time.sleep(0.5)
        if tries > 1:
            raise TimeoutError("the app never acked")
        return None

    def until(self, predicate: Callable[[], Any], seconds: float, every: float = 0.3) -> Any:
        """The first true value, or None when time is up."""
        try:
            return self.slack.wait_for(predicate, seconds, every)
        except TimeoutError:
            return None
