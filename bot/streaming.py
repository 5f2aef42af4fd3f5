"""A growing text in, messages of Slack that stream it in the thread out: one for each part, noted as soon as it stands.

Streaming is decoration: nothing here is the answer, `bot.delivery` brings every message into its last form.
"""

import time

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.blocks import pieces
from bot.delivery import NOTICE, Answer
from bot.standing import TROUBLE, code, passing
from bot.text import safe, split
from db.session import transaction
from db.tables import Person

LONGEST = 240.0  # seconds; Slack closes a stream after about 300
OF_PLACE = ("channel_not_found", "not_in_channel", "is_archived", "thread_not_found", "invalid_thread_ts")


class Streamed:
    """One answer's streams. Errors of `show`: TROUBLE, Cancelled."""

    def __init__(self, answer: Answer, client: WebClient) -> None:
        self.answer, self.client = answer, client
        self.number, self.ts = -1, ""  # the part that grows, and its message
        self._open, self._sent, self._since = False, "", 0.0

    def show(self, text: str) -> bool:
        """Bring the thread to this text of whole words, as far as Slack's pace allows; whether it is there."""
        parts = split(text)
        if self.number >= len(parts):
            return True
        while self.number < len(parts) - 1:
            if self._open:
                self._end(parts[self.number])
            if not self._begin(parts[self.number + 1]):
                return False
        self._go_on(parts[-1])
        return self._sent == safe(parts[-1])

    def _begin(self, part: str) -> bool:
        before, self.answer.stray = self.answer.stray, True  # until we know where it stands
        try:
            made = self.answer.may(
                self.client.chat_startStream,
                thread_ts=self.answer.request.thread_ts,
                markdown_text=safe(part),
                **self._reader(),
            )
        except SlackApiError as error:
            if not passing(error) or code(error) == "ratelimited":
                self.answer.stray = before
            if not passing(error) and code(error) not in OF_PLACE:
                self.answer.pace.without_streams.add(self.answer.request.team_id)
            raise
        if made:
            self.answer.note(self.number + 1, str(made["ts"]))
            self.number, self.ts = self.number + 1, str(made["ts"])
            self._open, self._sent, self._since = True, safe(part), time.monotonic()
        self.answer.stray = before
        return made is not None

    def _reader(self) -> dict[str, str]:
        """Outside direct messages Slack wants to know whom a stream answers."""
        if self.answer.request.channel_id.startswith("D"):
            return {}
        with transaction(self.answer.engine) as session:
            who = session.get_one(Person, self.answer.request.person_id)
        return {"recipient_user_id": who.user_id, "recipient_team_id": who.team_id}

    def _go_on(self, part: str) -> None:
        if self._open and time.monotonic() > self._since + LONGEST:
            self._stop()
        if not self._open:
            self._update(part)
            return
        new = safe(part)
        more = new.removeprefix(self._sent) if new.startswith(self._sent) else ""
        if not more:
            return
        try:
            if self.answer.may(self.client.chat_appendStream, ts=self.ts, markdown_text=more):
                self._sent = new
        except TROUBLE as error:
            if code(error) != "ratelimited":  # it is closed, or nobody knows what of it arrived: it grows by updates
                self._stop()
            raise

    def _end(self, part: str) -> None:
        """The next part begins: this one takes its own length."""
        self._stop()
        self._update(part)

    def _stop(self) -> None:
        self._open = False
        self.answer.end_stream(self.ts, self.answer.metadata(self.number))

    def _update(self, part: str) -> None:
        if self._sent == safe(part):
            return
        shape = {"text": safe(part)[:NOTICE], "blocks": pieces.body(part)}
        if self.answer.may(self.client.chat_update, ts=self.ts, metadata=self.answer.metadata(self.number), **shape):
            self._sent = safe(part)


def whole_words(text: str) -> str:
    """The text without a last word that may not be whole: what is safe of half a word may not be safe of the whole."""
    return text[: max(text.rfind(" "), text.rfind("\n")) + 1]
