"""Nothing in; out, one real turn of the wheel: a local Slack and Argilla, bot, trainer and a team at work, on this machine.

The same processes and paths as in production. The team is scripted; drafts, training, scores and the verdict are not.
"""

import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from bot.cli.argilla import entrance, start
from bot.cli.children import Children
from bot.cli.out import show_json
from bot.cli.shop import Parts
from bot.demo import wheel
from bot.demo.office import NAMES, Office
from bot.demo.scene import environment, local_slack
from bot.demo.show import Screen
from bot.demo.story import Story, read_story, shuffled
from bot.demo.team import Team, draft_id
from bot.playground.server import Playground
from curation.argilla_local.server import LocalArgilla, opened
from curation.argilla_local.venv import place
from curation.importers import import_file
from db.errors import FlywheelError
from trainer.tiny import POSTS

HOME = Path(".flywheel/demo")
LIMIT = 600.0  # seconds for training and evaluation together
PLAY = 3  # approvals that start the next training while a person plays
TOY = {
    "ko": "장난감 크기의 모델이 쓰고 있어요. FLYWHEEL_BASE_MODEL 설정으로 진짜 모델을 연결할 수 있어요.",
    "en": "A toy-sized model is writing. The setting FLYWHEEL_BASE_MODEL brings a real one.",
}
DESK = {"ko": "글은 Argilla에서 검토해요: {}", "en": "Texts are reviewed in Argilla: {}"}
Json = dict[str, Any]


class Demo:
    """One telling of the story."""

    def __init__(
        self, slack: Playground, local: LocalArgilla | None, children: Children, screen: Screen, garbage: bool
    ) -> None:
        self.slack, self.children, self.screen, self.garbage = slack, children, screen, garbage
        self.office = Office(local) if local else None
        self.story: Story = read_story(garbage)
        self.team = Team(slack)
        self.own = Parts()
        self.took: list[tuple[str, float]] = []
        self.began = time.monotonic()

    @contextmanager
    def stage(self, name: str, total: float | None = None) -> Iterator[Any]:
        """One line of progress; yields a function that moves it."""
        began = time.monotonic()
        task = self.screen.progress.add_task(name, total=total, note="")
        yield lambda **change: self.screen.progress.update(task, **change)
        spent = time.monotonic() - began
        self.took.append((name, spent))
        self.screen.progress.update(task, total=1, completed=1, note=f"{spent:.1f} s")

    def tell(self) -> Json:
        """The whole story; returns what `--json` prints."""
        self.own.engine  # noqa: B018  the database is there before two processes meet in it
        self.children.environment["FLYWHEEL_TRAIN_AFTER"] = str(
            PLAY
        )  # what the bot's pages say holds for whoever stays
        self.children.start("bot")
        if self.office:
            with self.stage("Argilla starts"):
                start(self.children, self.office.local)
                self.office.hire()
        with self.stage("first draft visible in Slack"):
            thread = self.team.ask(self.story.again)
            self.team.growing(self.story.again, thread)
        with self.stage("past posts imported, approved"):
            accepted = self._import_posts()
        os.environ["FLYWHEEL_TRAIN_AFTER"] = str(accepted + sum(e.approve for e in self.story.edits))
        self.children.environment = dict(os.environ)
        self.children.start("trainer")
        before = self._team_works(thread)
        evaluation, adapter = self._watch()
        after, voice, last = before, "base model", None
        if wheel.promoted(self.own.engine, evaluation):
            voice = f"our voice v{adapter.version}, short prompt"
            with self.stage("the same request again, no restart"):
                again = self.team.ask(self.story.again)
                answer = self.team.answer(self.story.again, again)
                last = draft_id(answer)
                after = wheel.draft_text(self.own.engine, last)
        else:
            self.screen.line("[yellow]The gate said no: the base model goes on serving.[/yellow]")
        total = time.monotonic() - self.began
        self.screen.progress.stop()
        self.screen.before_after(self.story.again.text, before, after, voice)
        self.screen.scores(evaluation.summary, evaluation.verdict)
        self.screen.closing(self.took, total)
        turn = wheel.last_turn(self.own.engine) or {}
        took = [{"name": name, "seconds": round(seconds, 1)} for name, seconds in self.took]
        return {**turn, "before": before, "after": after, "draft": last, "seconds": round(total, 1), "took": took}

    def _import_posts(self) -> int:
        path = Path(POSTS)
        if self.garbage:
            path = HOME / "garbage.jsonl"
            rows = [json.loads(line) for line in Path(POSTS).read_text(encoding="utf-8").splitlines()]
            for i, row in enumerate(rows):
                row["messages"][-1]["content"] = shuffled(row["messages"][-1]["content"], i)
            path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        report = import_file(self.own.engine, path, self.own.house, approved=True)
        return report.accepted

    def _team_works(self, thread: str) -> str:
        """Everybody asks, votes and edits; the reviewer decides. Returns the first draft of the repeated request."""
        story, team = self.story, self.team
        with self.stage("the team asks, votes and edits", total=len(story.edits) + 1) as moved:
            threads = [(edit, team.ask(edit)) for edit in story.edits]
            first = team.answer(story.again, thread)
            team.agree(story.again)
            team.vote(story.again, first, "down")
            for done, (edit, place) in enumerate(threads, 1):
                answer = team.answer(edit, place)
                team.agree(edit)
                team.vote(edit, answer, "up" if edit.approve else "down")
                team.edit(edit, answer)
                moved(completed=done, note=f"{edit.member} edited")
        if self.office:
            with self.stage("reviewers decide in Argilla"):
                self.office.review(story.edits, self._decided, self.screen.line)
        else:
            with self.stage("the reviewer decides"):
                team.review("eun", story.edits, self.screen.line)
        return wheel.draft_text(self.own.engine, draft_id(first))

    def _decided(self) -> bool:
        return wheel.edits_decided(self.own.engine) == len(self.story.edits)

    def _watch(self) -> tuple[Any, Any]:
        """The trainer notices by itself; show how far it is."""
        end = time.monotonic() + LIMIT
        with self.stage("the trainer noticed and trains") as moved:
            while True:
                run = wheel.run_of(self.own.engine)
                if run and run.state in ("done", "failed"):
                    break
                if run and run.progress:
                    at = run.progress
                    moved(total=at["steps"], completed=at["step"], note=f"loss {at['loss']:.2f}")
                self._patience(end)
        if run.state == "failed":
            raise FlywheelError(f"The training failed: {run.error}")
        with self.stage("champion against challenger, held-out"):
            while not (turn := wheel.last_turn(self.own.engine)) or not turn["evaluation"]:
                self._patience(end)  # the trainer writes its turn down last, after the promotion
        found = wheel.evaluation_of(self.own.engine)
        assert found is not None
        return found

    def stay(self) -> None:
        """Leave the wheel to the person at the page: from now on a few approvals start a training."""
        trainer = self.children.running.pop("trainer")
        trainer.terminate()
        trainer.wait()
        self.children.environment["FLYWHEEL_TRAIN_AFTER"] = str(PLAY)
        self.children.start("trainer")
        self.screen.line(
            f"\nIt stays up at [bold]{self.slack.url}[/bold] : act as anyone, ask, edit, review. "
            f"{PLAY} more approved texts start the next training. Ctrl-C ends it."
        )
        if self.office:
            self.screen.line(f"Decide on texts at {self.office.page()} : log in as above.")
        self.children.keep()

    def _patience(self, end: float) -> None:
        self.children.revive()
        if time.monotonic() > end:
            raise FlywheelError(f"The demo waited too long. See the logs in {HOME}.")
        time.sleep(0.4)


def run(*, once: bool, port: int, garbage: bool, in_argilla: bool, as_json: bool) -> None:
    """Set up, tell the story, then stay for the person to play (unless `once`). Errors: SettingsError if the port is taken."""
    screen = Screen(quiet=as_json)
    with ExitStack() as stack:
        slack = stack.enter_context(local_slack(port))
        shutil.rmtree(HOME, ignore_errors=True)
        HOME.mkdir(parents=True)
        local = stack.enter_context(opened(HOME / "argilla", place(), None, screen.line)) if in_argilla else None
        os.environ.update(environment(slack, HOME) | (local.settings if local else {}))
        slack.banner(**{lang: f"{TOY[lang]} {DESK[lang].format(local.url) if local else ''}".strip() for lang in TOY})
        screen.line(f"A local Slack is open at [bold]{slack.url}[/bold] : watch the team there, or play along.")
        if local:
            screen.line(f"Reviewers decide in Argilla at {entrance(local)} (or as {', '.join(NAMES)})")
        children = stack.enter_context(Children(dict(os.environ), log_folder=HOME))
        stack.enter_context(screen.progress)
        demo = Demo(slack, local, children, screen, garbage)
        told = demo.tell()
        if as_json:
            show_json(told)
        if not once:
            demo.stay()
