"""A channel or thread in, our own messages that stand there out: how a post that may have arrived is not sent again."""

from collections.abc import Callable, Iterator
from copy import copy
from datetime import datetime
from http.client import HTTPException
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

TROUBLE = (SlackApiError, SlackClientError, OSError, HTTPException)  # all that a Web API call may raise
PASSING = {  # Slack is away or busy, or an operator has to renew the token
    "ratelimited",
    "internal_error",
    "fatal_error",
    "service_unavailable",
    "request_timeout",
    "access_denied",
    "invalid_auth",
    "not_authed",
    "token_expired",
    "token_revoked",
    "account_inactive",
    "missing_scope",
    "streaming_state_conflict",  # a stream nobody could stop closes by itself
}
SLACK_BACK = 60.0  # seconds a Slack server's clock may be behind ours
PAGE = 200


def code(error: BaseException) -> str:
    """Slack's own word for a trouble, or the kind of error."""
    if not isinstance(error, SlackApiError):
        return type(error).__name__
    word = str(error.response.get("error"))
    return word if word.isidentifier() else f"HTTP {error.response.status_code}"  # a proxy's page is no word of Slack


def passing(error: BaseException) -> bool:
    """Whether waiting helps. Slack refuses what is gone, archived or malformed for good."""
    if not isinstance(error, SlackApiError):
        return True
    word = code(error)
    return word in PASSING or word.startswith("HTTP") or int(error.response.status_code) >= 429


def wait(error: BaseException) -> float:
    """Seconds Slack asks to be left alone."""
    headers = error.response.headers if isinstance(error, SlackApiError) else {}
    return float(headers.get("Retry-After", 0))


def impatient(client: WebClient) -> WebClient:
    """The same client, but rate limits are not waited out."""
    made = copy(client)
    made.retry_handlers = []
    return made


def standing(
    client: WebClient, event_type: str, channel: str, thread_ts: str, since: datetime
) -> Iterator[tuple[dict[str, Any], str]]:
    """The ids in the metadata of our messages since a moment, each with the message's ts. Errors: TROUBLE."""
    for message in messages(client, channel, thread_ts, since):
        metadata = message.get("metadata") or {}
        if metadata.get("event_type") == event_type:
            yield metadata.get("event_payload", {}), str(message["ts"])


def messages(client: WebClient, channel: str, thread_ts: str, since: datetime) -> Iterator[dict[str, Any]]:
    """What stands in a thread, or in a channel outside threads, since a moment. Errors: TROUBLE."""
    read: Callable[..., Any] = client.conversations_replies if thread_ts else client.conversations_history
    where = {"ts": thread_ts} if thread_ts else {}
    oldest, cursor = f"{since.timestamp() - SLACK_BACK:.6f}", None
    while True:
        page = read(channel=channel, include_all_metadata=True, oldest=oldest, limit=PAGE, cursor=cursor, **where)
        yield from page["messages"]
        cursor = (page.get("response_metadata") or {}).get("next_cursor")
        if not cursor:
            return
