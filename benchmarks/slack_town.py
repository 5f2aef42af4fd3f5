"""A busy workspace for benchmarks: the local Slack in one process, its twenty members in another, so that neither shares a
processor's lock with the bot that is measured."""

import multiprocessing as mp
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from threading import Thread
from typing import Any

from bot.playground.driver import SlackDriver
from bot.playground.member import Member
from bot.playground.server import Playground
from bot.playground.workspace import Channel, Person, Workspace

Json = dict[str, Any]
MEMBERS, CHANNELS = 20, 6
TOPICS = (
    "여름 음료 블로그, 동네 직장인 대상",
    "도서관 야간 개방 SNS 글",
    "weekend pottery classes blog post, for office workers",
)


@dataclass(frozen=True)
class Town:
    """Where the local Slack is and how an app gets in."""

    url: str
    api_url: str
    bot_token: str
    app_token: str
    signing_secret: str


@dataclass
class Seen:
    """What the members met, in seconds since each asked: the answer's first sign, its first text, its end."""

    asked: dict[str, float] = field(default_factory=dict)  # ts of the question -> when
    sign: dict[str, float] = field(default_factory=dict)
    text: dict[str, float] = field(default_factory=dict)
    whole: dict[str, float] = field(default_factory=dict)
    answers: dict[str, set[str]] = field(default_factory=dict)  # ts of the question -> ts of finished answers
    clicks: list[float] = field(default_factory=list)


def crowd(workspace: Workspace) -> None:
    """Twenty members and a few more channels."""
    bot = workspace.identity.bot_user
    for number in range(MEMBERS - sum(not p.is_bot for p in workspace.people.values())):
        person = Person(f"U0M{number:03d}", f"member{number}", f"Member {number}", ("ko", "en")[number % 2])
        workspace.people[person.id] = person
        workspace.channels[f"D0M{number:03d}"] = Channel(
            f"D0M{number:03d}", "", user=person.id, members={person.id, bot}
        )
    everyone = set(workspace.people)
    for number in range(CHANNELS):
        workspace.channels[f"C0BUSY{number}"] = Channel(f"C0BUSY{number}", f"busy{number}", members=set(everyone))


def keep_slack(pipe: Connection, switches: Json) -> None:
    with Playground.start(**switches) as slack:
        crowd(slack._slack.workspace)
        pipe.send(Town(slack.url, slack.api_url, slack.bot_token, slack.app_token, slack.signing_secret))
        pipe.recv()


@contextmanager
def town(**switches: Any) -> Iterator[Town]:
    """A local Slack in a process of its own."""
    here, there = mp.get_context("spawn").Pipe()
    process = mp.get_context("spawn").Process(target=keep_slack, args=(there, switches), daemon=True)
    process.start()
    try:
        yield here.recv()
    finally:
        here.send(None)
        process.join(5)
        process.kill()


def live(url: str, requests: int, clicks: int, seconds: float, patience: float) -> Seen:
    """Members ask and press for some seconds; then all answers are awaited. Runs in a process of its own."""
    here, there = mp.get_context("spawn").Pipe()
    args = (there, url, requests, clicks, seconds, patience)
    process = mp.get_context("spawn").Process(target=act, args=args, daemon=True)
    process.start()
    seen: Seen = here.recv()
    process.join()
    return seen


def act(pipe: Connection, url: str, requests: int, clicks: int, seconds: float, patience: float) -> None:
    driver, seen, dice = SlackDriver(url), Seen(), random.Random(7)
    names = [p["name"] for p in driver.call("GET", "ui/state", params={"person": "mina"})["people"] if not p["is_bot"]]
    members = [driver.as_member(name) for name in names]
    pressed = ready(driver, members[0])
    end = time.monotonic() + patience

    def ask(number: int) -> None:
        time.sleep(seconds * number / requests)
        ts = members[number % MEMBERS].mention(f"busy{number % CHANNELS}", dice.choice(TOPICS))
        seen.asked[ts] = time.monotonic()

    def press(number: int) -> None:
        time.sleep(seconds * number / clicks)
        value = f"{('up', 'down')[number % 2]}:{pressed['draft']}"
        began = time.monotonic()
        members[number % MEMBERS].click(pressed["ts"], "draft_feedback", value, channel="busy0")
        seen.clicks.append(time.monotonic() - began)

    threads = [Thread(target=ask, args=(n,)) for n in range(requests)] + [
        Thread(target=press, args=(n,)) for n in range(clicks)
    ]
    for thread in threads:
        thread.start()
    while time.monotonic() < end and (any(t.is_alive() for t in threads) or len(seen.whole) < len(seen.asked)):
        look(driver, members[0], seen)
        time.sleep(0.1)
    time.sleep(2.0)  # a second answer would come now
    look(driver, members[0], seen)
    pipe.send(seen)


def ready(driver: SlackDriver, member: Member) -> Json:
    """One finished draft to vote on."""
    root = member.mention("busy0", TOPICS[0])
    done = driver.wait_for(lambda: [m for m in member.thread("busy0", root) if finished(m)], 120.0)[0]
    return {"ts": done["ts"], "draft": done["metadata"]["event_payload"]["draft_id"]}


def look(driver: SlackDriver, member: Member, seen: Seen) -> None:
    """Note what stands in the channels now."""
    moment = time.monotonic()
    for number in range(CHANNELS):
        for message in member.history(f"busy{number}"):
            root = message.get("thread_ts", "")
            if not message.get("bot_id") or root not in seen.asked:
                continue
            since = moment - seen.asked[root]
            seen.sign.setdefault(root, since)
            if any(b["type"] == "markdown" for b in message.get("blocks", [])):
                seen.text.setdefault(root, since)
            if finished(message):
                seen.whole.setdefault(root, since)
                seen.answers.setdefault(root, set()).add(message["ts"])


def finished(message: Json) -> bool:
    return any(e.get("action_id") == "draft_edit" for b in message.get("blocks", []) for e in b.get("elements", []))
