"""A draft in, exactly one visible answer in Slack out: found again after a crash, split if long, brought into one form.

The first message of a request is its anchor (`Request.message_ts`). Where the text was streamed, its parts are messages of
their own: in the end the anchor goes, and part 0 takes its place.
"""

from functools import cached_property

from slack_sdk.errors import SlackApiError
from sqlmodel import select

from bot.blocks import drafts, pieces
from bot.messages import say
from bot.placing import GONE, Standing
from bot.standing import code
from bot.text import safe
from db.queries import audit
from db.session import transaction
from db.tables import Audit, Draft, Part, Person

NOTICE = 3000  # characters of the plain text beside blocks: what notifications show
OUTSIDE = ("not_in_channel", "channel_not_found")  # the bot can't write where the command was typed
MOVED = "answered elsewhere"  # the audit's word for an answer that stands in a direct message instead


class Answer(Standing):
    """One request's answer. Its calls may raise bot.standing.TROUBLE, or Cancelled if the request isn't ours any more."""

    @cached_property
    def head(self) -> list[pieces.Block]:
        """What stands above the text: a word about why it stands here, if it was asked for elsewhere."""
        with transaction(self.engine) as session:
            moved = select(Audit.id).where(Audit.subject == f"request:{self.number}", Audit.action == MOVED)
            there = session.exec(moved.limit(1)).first() is not None
        return [pieces.context(say(self.request.language, "answered_here"))] if there else []

    def place(self, line: str) -> None:
        """Make sure there is a message to grow; after a crash the one that stands there is taken."""
        if self.request.message_ts:
            return
        try:
            self.note(0, self.found().get(0) or self._post(0, line, self.waiting(line)))
        except SlackApiError as error:
            if self.request.source not in ("command", "form") or code(error) not in OUTSIDE or self.head:
                raise
            self._move()
            self.place(line)

    def waiting(self, line: str, text: str = "") -> list[pieces.Block]:
        """The anchor while the text is awaited, or grows in it."""
        return [*self.head, *drafts.growing(text, line, self.number, self.request.language)]

    def finish(self, draft: Draft, line: str) -> None:
        """The whole text with its buttons; what does not fit goes on below, in order."""
        self._lay(draft.text, drafts.finished(self.number, self.request.language, line))

    def stop(self, text: str) -> None:
        """What was written so far, and that it was stopped."""
        self._lay(text, drafts.stopped(self.number, self.request.language), say(self.request.language, "stopped"))

    def fail(self, reason: str) -> None:
        """One sentence instead of a draft."""
        words = say(self.request.language, "failed", reason=reason)
        self._lay("", [pieces.section(safe(words))], words)

    def _lay(self, text: str, foot: list[pieces.Block], notice: str = "") -> None:
        """Bring all messages into their last form: the parts in order, `foot` under the last, and nothing else."""
        anchor, shown = self.request.message_ts, drafts.laid(text, self.head, foot)
        there = {**({0: anchor} if anchor else {}), **self.found(), **self.parts()}
        stand = [
            self._bring(number, there.get(number), notice or part, blocks)
            for number, (part, blocks) in enumerate(shown)
        ]
        for number in sorted(there.keys() - set(range(len(shown)))):
            self.end_stream(there[number])
            self.delete(there[number])
        if anchor and anchor != stand[0]:
            self.delete(anchor)
        with transaction(self.engine) as session:
            self.ours(session).message_ts = self.request.message_ts = stand[0]
            for row in session.exec(select(Part).where(Part.request_id == self.number, Part.number >= len(shown))):
                session.delete(row)

    def _bring(self, number: int, ts: str | None, text: str, blocks: list[pieces.Block]) -> str:
        """One part in its last form; one that is gone is posted again, but not a draft that somebody took away whole."""
        anchored = ts == self.request.message_ts
        if ts and not anchored:
            self.end_stream(ts, self.metadata(number))
        shape = {"text": safe(text)[:NOTICE], "blocks": blocks, "metadata": self.metadata(number)}
        gone = () if anchored else GONE
        if not ts or not self.unless(lambda error: code(error) in gone, self.client.chat_update, ts=ts, **shape):
            ts = self._post(number, text, blocks)
        self.note(number, ts)
        return ts

    def _post(self, number: int, text: str, shown: list[pieces.Block]) -> str:
        answer = self.must(
            self.client.chat_postMessage,
            text=safe(text)[:NOTICE],
            blocks=shown,
            metadata=self.metadata(number),
            thread_ts=self.thread() or None,
            unfurl_links=False,
            unfurl_media=False,
        )
        return str(answer["ts"])

    def _move(self) -> None:
        """The answer goes to a direct message, for the bot is not where it was asked for."""
        with transaction(self.engine) as session:
            user = session.get_one(Person, self.request.person_id).user_id
        opened = str(self.client.conversations_open(users=user)["channel"]["id"])
        with transaction(self.engine) as session:
            row = self.ours(session)
            audit(session, "bot", MOVED, f"request:{self.number}", row.channel_id)
            row.channel_id, row.thread_ts = opened, ""
        self.request.channel_id, self.request.thread_ts = opened, ""
        del self.head
