"""The parts of a running bot in a local Slack, and what its people see there; tests/bot_bench.py gives it to tests."""

from functools import partial
from typing import Any, TypeVar

from slack_bolt import App, BoltRequest
from sqlmodel import SQLModel, col, select

from bot.acquaint import Acquaintance
from bot.app import build_app
from bot.clients import Clients
from bot.drafting import Worker
from bot.forgetting import Closing
from bot.intake import Office
from bot.listeners import home
from bot.news import Herald
from bot.playground.member import Member
from bot.playground.server import Playground
from bot.transports import socket_mode
from bot.writing import Studio
from curation import priority, reviews
from curation.examples import collect
from curation.house import House
from curation.slack_desk import SlackDesk, slack_client
from db import schema
from db.artifacts import Artifacts
from db.people import person
from db.session import connect, transaction
from db.settings import Settings
from db.tables import Draft, Request, Review
from tests.rows import LONG, PROMPT, fresh
from trainer.runtime import Runtime
from trainer.settings import TrainSettings

Json = dict[str, Any]
Row = TypeVar("Row", bound=SQLModel)
TEAM, DRAFTS, REVIEW, NEWS = "T0ONBIT", {"ko": "초안", "en": "drafts"}, "review", "flywheel"
SHORT = 60  # tokens: what is drafted here need not be long


class Bench:
    """The parts of a running bot, and what its people see."""

    def __init__(self, slack: Playground, settings: Settings, runtime: Runtime, house: House) -> None:
        self.slack, self.settings, self.house = slack, settings, house
        self.engine = connect(settings.url)
        schema.upgrade(self.engine)
        self.client = slack_client(settings)
        self.clients = Clients(self.client)
        self.app: App = build_app(settings, self.engine, house, self.clients)
        self.handler = socket_mode(self.app, slack.app_token)
        studio = Studio(self.engine, runtime, house, Artifacts(settings.home), TrainSettings(max_tokens=SHORT))
        self.worker = Worker(studio, self.clients, "bench")
        refresh = partial(home.show, Office(self.engine, house, settings))
        self.herald = Herald(self.engine, self.clients, settings, house, refresh)
        self.acquaintance = Acquaintance(self.engine, self.clients)
        self.closing = Closing(self.engine, self.clients, every=0.1)
        self.handler.connect()
        self.worker.start()
        self.herald.start()
        self.acquaintance.start()
        self.closing.start()
        slack.wait_connected()

    def stop(self) -> None:
        """Closing the socket alone waits three seconds for it to say something; hanging up first spares them."""
        self.handler.client.auto_reconnect_enabled = False
        self.slack.cut_sockets()
        self.slack.wait_for(lambda: not self.handler.client.is_connected())
        self.handler.close()
        self.acquaintance.stop()
        self.closing.stop()
        self.herald.stop()
        self.worker.stop()
        self.engine.dispose()

    def member(self, name: str) -> Member:
        return self.slack.as_member(name)

    def rows(self, kind: type[Row], *where: Any) -> list[Row]:
        with transaction(self.engine) as session:
            return list(session.exec(select(kind).where(*where).order_by(kind.id)))  # type: ignore[attr-defined]

    def newest(self, kind: type[Row]) -> int:
        """The highest id so far: what a test makes comes after it."""
        return max((row.id for row in self.rows(kind)), default=0)  # type: ignore[attr-defined]

    def speak(self, name: str, language: str) -> None:
        """As if this person had last written in this language."""
        with transaction(self.engine) as session:
            person(session, TEAM, self.member(name).id).language = language

    def answers(self, who: Member, channel: str, thread: str = "") -> list[Json]:
        """Finished drafts this person sees in a thread, or in the channel."""
        seen = who.thread(channel, thread) if thread else who.history(channel)
        return [message for message in seen if "draft_edit" in actions(message)]

    def versions(self, who: Member, channel: str, thread: str, count: int) -> list[Json]:
        """The last messages of so many drafts of a thread, once all but the newest are folded and that one is whole."""
        seen = [m for m in who.thread(channel, thread) if {"draft_edit", "draft_unfold"} & set(actions(m))]
        folded = ["draft_unfold" in actions(message) for message in seen]
        return seen if folded == [True] * (count - 1) + [False] else []

    def answer(self, who: Member, channel: str, thread: str) -> Json:
        return self.slack.wait_for(lambda: self.answers(who, channel, thread), 60)[0]

    def draft(self, text: str, name: str = "mina", language: str = "ko", **more: Any) -> tuple[Json, str]:
        """A draft of exactly this text, asked for by this person and delivered by the worker: message and thread."""
        who, channel = self.member(name), DRAFTS[language]
        thread = who.say(channel, "…")
        with transaction(self.engine) as session:
            asked = person(session, TEAM, who.id, language=language)
            place: Json = {
                "fields": {"topic": "여름 음료"},
                "team_id": TEAM,
                "channel_id": who.history(channel)[0]["channel"],
                "thread_ts": thread,
            }
            request = Request(
                person_id=asked.id or 0,
                key=fresh(),
                source="mention",
                task="blog",
                language=language,
                text="여름 음료 블로그",
                **{**place, **more},
            )
            session.add(request)
            session.flush()
            made = {"base_model": "tiny", "runtime": "local", "sampling": {"seed": 7}, "stop": "end", "tokens": 5}
            prompts = {"messages": LONG, "short_prompt": PROMPT, "long_prompt": LONG, "instruction": "long"}
            seconds = {"seconds": 0.1, "first_token_seconds": 0.1}
            session.add(Draft(id=request.id, text=text, **made, **prompts, **seconds))
        return self.answer(who, channel, thread), thread

    def whispers(self, who: Member, channel: str) -> list[str]:
        """What the bot told this person alone in a channel, oldest first."""
        return [message["text"] for message in who.history(channel) if message["viewer"]]

    def told(self, who: Member, channel: str, words: str) -> bool:
        """Waits until the newest line for this person alone is exactly this."""
        return self.slack.wait_for(lambda: self.whispers(who, channel)[-1:] == [words])

    def deliver(self, body: Json, headers: Json | None = None) -> int:
        """One envelope handed to the unmodified app as the socket hands it over; the status (200: acked)."""
        status: int = self.app.dispatch(BoltRequest(mode="socket_mode", body=body, headers=headers)).status
        return status

    def gather(self) -> list[Review]:
        """What a turn does with feedback: reviews are opened and pushed to the review channel."""
        before = self.newest(Review)
        self.acquaintance.look()  # nothing is reviewed of people and channels not known yet
        with transaction(self.engine) as session:
            reviews.open_reviews(session, self.house)
        priority.appraise(self.engine, self.house, second_opinions=0.0)
        reviews.exchange(self.engine, SlackDesk(self.client, self.settings.review_channel, self.house))
        return self.rows(Review, col(Review.id) > before)

    def collect(self) -> None:
        with transaction(self.engine) as session:
            collect(session)

    def card(self, who: Member, review: Review) -> Json:
        """The card of a review in the review channel."""
        return next(
            message
            for message in who.history(REVIEW)
            if message.get("metadata", {}).get("event_payload") == {"review_id": review.id, "part": 0}
        )


def actions(message: Json) -> list[str]:
    """Action ids of what can be pressed in a message."""
    return [e["action_id"] for b in message.get("blocks", []) for e in b.get("elements", []) if "action_id" in e]


def shown(message: Json, kind: str) -> list[str]:
    """The texts of a message's blocks of one type, as sent."""
    blocks = [block for block in message.get("blocks", []) if block["type"] == kind]
    if kind == "context":
        return [element["text"] for block in blocks for element in block["elements"]]
    return [block["text"] if kind == "markdown" else block["text"]["text"] for block in blocks]
