"""The review channel of Slack as a ReviewDesk: a card for each review; clicks on it are taken by the bot.

`pull` has nothing to bring: the bot stores a click in our tables before it acks it, and Slack keeps no decisions.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.http_retry.builtin_handlers import RateLimitErrorRetryHandler

from curation.card import Block, card, heading
from curation.desk import Pulled, Pushed
from curation.house import House
from db.errors import DeskError
from db.settings import Settings
from db.tables import Decision, Review

EVENT = "review"  # metadata of our messages: {"event_type": "review", "event_payload": {"review_id": 7, "part": 0}}
UNSHOWABLE = ("invalid_blocks", "msg_blocks_too_long", "msg_too_long", "no_text")
GONE = ("message_not_found", "thread_not_found", "cant_update_message")
SLACK_BACK = 60.0  # seconds a Slack server's clock may be behind ours
CURES = {
    "channel_not_found": "Invite the bot to the review channel, or correct FLYWHEEL_REVIEW_CHANNEL.",
    "not_in_channel": "Invite the bot to the review channel.",
    "is_archived": "Unarchive the review channel, or choose another in FLYWHEEL_REVIEW_CHANNEL.",
    "invalid_auth": "Correct SLACK_BOT_TOKEN.",
    "not_authed": "Set SLACK_BOT_TOKEN.",
    "token_revoked": "Install the app again and set the new SLACK_BOT_TOKEN.",
    "missing_scope": "Add the scopes of the manifest and install the app again.",
    "ratelimited": "It goes on by itself at the next turn.",
}


def slack_client(settings: Settings) -> WebClient:
    """A client that waits out rate limits; the address and the token are the settings'.

    A call whose answer was lost is not repeated by itself: a post may stand there already, and is looked for first.
    """
    handlers = [RateLimitErrorRetryHandler(max_retry_count=3)]
    token = settings.slack_bot_token.get_secret_value()
    return WebClient(token=token, base_url=settings.slack_api_url, timeout=30, retry_handlers=list(handlers))


@dataclass(frozen=True)
class SlackDesk:
    """Cards in one channel. A review's external id is "CHANNEL:TS" of its card."""

    client: WebClient
    channel: str
    house: House
    name: str = "slack"
    batch: int = 10  # Slack lets one message a second through

    def push(self, reviews: Sequence[Review]) -> list[Pushed]:
        """Post a card for each review, or find the one an earlier, broken-off push left. Errors: DeskError."""
        shown = self._shown(reviews)
        return [self._push(review, shown.get(review.id or 0)) for review in reviews]

    def pull(self) -> Pulled:
        return Pulled()

    def settle(self, review: Review, words: Sequence[Decision] = ()) -> None:
        """The card tells who said what; decided, it loses its buttons. A deleted one is left alone. Errors: DeskError."""
        channel, _, ts = (review.external_id or "").partition(":")
        if not ts:  # the click was faster than our note of where the card stands
            channel, ts = self.channel, self._shown([review]).get(review.id or 0, "")
        if not ts:
            return
        first, *rest = card(review, self.house, words)
        try:
            self._call("chat_update", channel=channel, ts=ts, **self._message(review, first))
            self._go_on(review, channel, ts, rest, anew=True)
        except SlackApiError as error:
            if error.response["error"] not in GONE:
                raise _desk_error(error) from error

    def remove(self, review: Review) -> None:
        self.settle(review)  # the card of a withdrawn review shows none of its texts

    def _push(self, review: Review, ts: str | None) -> Pushed:
        assert review.id is not None
        first, *rest = card(review, self.house)
        try:
            ts = ts or self._post(review, self.channel, first, 0)
            self._go_on(review, self.channel, ts, rest, anew=False)
        except SlackApiError as error:
            if error.response["error"] in UNSHOWABLE:
                return Pushed(review.id, refused=f"Slack can't show it: {error.response['error']}")
            raise _desk_error(error) from error
        return Pushed(review.id, external_id=f"{self.channel}:{ts}")

    def _post(self, review: Review, channel: str, blocks: list[Block], part: int, thread: str | None = None) -> str:
        payload = {"review_id": review.id, "part": part}
        answer = self._call(
            "chat_postMessage",
            channel=channel,
            thread_ts=thread,
            unfurl_links=False,
            unfurl_media=False,
            metadata={"event_type": EVENT, "event_payload": payload},
            **self._message(review, blocks),
        )
        return str(answer["ts"])

    def _message(self, review: Review, blocks: list[Block]) -> dict[str, Any]:
        return {"text": heading(review, self.house), "blocks": blocks}

    def _go_on(self, review: Review, channel: str, ts: str, rest: Sequence[list[Block]], anew: bool) -> None:
        """The further messages of a long text stand in the card's thread, each once; a reviewer's text may be longer."""
        there = self._parts(channel, ts) if rest or anew else {}
        for part, blocks in enumerate(rest, 1):
            if part not in there:
                self._post(review, channel, blocks, part, ts)
            elif anew:
                self._call("chat_update", channel=channel, ts=there[part], **self._message(review, blocks))
        for part in sorted(there.keys() - range(len(rest) + 1)):
            self._call("chat_delete", channel=channel, ts=there[part])

    def _parts(self, channel: str, ts: str) -> dict[int, str]:
        thread = self._call("conversations_replies", channel=channel, ts=ts, include_all_metadata=True, limit=200)
        return {payload["part"]: m["ts"] for m in thread["messages"] if (payload := _payload(m))}

    def _shown(self, reviews: Sequence[Review]) -> dict[int, str]:
        """Which of the reviews have a card in the channel already, and its ts."""
        wanted = {review.id for review in reviews if review.id is not None}
        oldest = min((review.created_at.timestamp() for review in reviews), default=0.0) - SLACK_BACK
        found: dict[int, str] = {}
        try:
            for message in self._since(oldest):
                number = _payload(message).get("review_id", 0)
                if number in wanted:
                    found[number] = message["ts"]
        except SlackApiError as error:
            raise _desk_error(error) from error
        return found

    def _since(self, oldest: float) -> Iterator[dict[str, Any]]:
        cursor = None
        while True:
            page = self._call(
                "conversations_history",
                channel=self.channel,
                oldest=f"{oldest:.6f}",
                include_all_metadata=True,
                limit=200,
                cursor=cursor,
            )
            yield from page["messages"]
            cursor = (page.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return

    def _call(self, method: str, **arguments: Any) -> Any:
        """One Web API call. Errors: SlackApiError as Slack answers it; DeskError if Slack can't be reached."""
        try:
            return getattr(self.client, method)(**arguments)
        except SlackApiError:
            raise
        except (SlackClientError, OSError) as error:
            raise DeskError(f"Slack can't be reached ({error}). Reviews wait; check network and address.") from error


def _payload(message: dict[str, Any]) -> dict[str, Any]:
    """Our ids in a message, or nothing."""
    metadata = message.get("metadata") or {}
    payload: dict[str, Any] = metadata.get("event_payload", {}) if metadata.get("event_type") == EVENT else {}
    return payload


def _desk_error(error: SlackApiError) -> DeskError:
    code = str(error.response["error"])
    return DeskError(f"Slack refused a review card ({code}). {CURES.get(code, 'See the app at api.slack.com/apps.')}")
