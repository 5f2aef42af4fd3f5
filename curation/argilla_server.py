"""One Argilla server, asked with patience: JSON out, or a DeskError that says what is wrong and what to do."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any, TypeVar

import httpx
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_exponential

from db.errors import DeskError

T = TypeVar("T")
WORKSPACE = "flywheel"  # several houses may share a server, each in a workspace of its own
TIMEOUT = 30.0  # seconds for one answer
TRIES = 3  # the connection kept alive is dead after an error of the server: the next try opens another
CURES = {
    401: "does not know the key in ARGILLA_API_KEY: copy an owner's key from My settings in Argilla",
    403: "does not let the key in ARGILLA_API_KEY do this: take an owner's key",
    404: "has not got what it had, or is too old: correct ARGILLA_API_URL, or update Argilla to 2.8",
    413: "or a proxy before it finds a batch too large: raise the proxy's limit to 20 MB",
    429: "or a proxy before it asks us to slow down; it goes on by itself at the next turn",
}


class Missing(DeskError):
    """The server has not got what was asked for (any more)."""


class Refusal(Exception):
    """The server took a record for wrong; the message is its reason."""


class Server:
    """A server and the workspace that is ours there. `ask` is the way in; every call of ours may be repeated."""

    def __init__(self, url: str, key: str, workspace: str = WORKSPACE, timeout: float = TIMEOUT) -> None:
        self.url, self.key, self.workspace, self.timeout = url.rstrip("/"), key, workspace, timeout

    @cached_property
    def client(self) -> Any:
        """The SDK's client. Errors: DeskError."""
        import argilla  # takes a second to load

        with self.told():
            return patiently(
                lambda: argilla.Argilla(api_url=self.url, api_key=self.key, timeout=self.timeout, retries=0)
            )

    def ask(self, method: str, path: str, **parts: Any) -> Any:
        """One call of the API below /api/v1, its JSON. Errors: DeskError; Refusal where the server finds the content wrong."""
        http: httpx.Client = self.client.api.http_client

        def once() -> Any:
            answer = http.request(method, f"/api/v1{path}", **parts)
            if answer.status_code == 422:
                raise Refusal(reason(answer))
            answer.raise_for_status()
            return answer.json() if answer.content else None

        with self.told():
            return patiently(once)

    @contextmanager
    def told(self) -> Iterator[None]:
        """What the SDK and httpx throw (they share no root) as one DeskError."""
        from argilla._exceptions import ArgillaError

        try:
            yield
        except (httpx.HTTPError, ArgillaError) as error:
            kind = Missing if status(error) == 404 else DeskError
            raise kind(self._sentence(error)) from error
        except ValueError as error:
            raise DeskError(
                f"What answers at {self.url} is not Argilla: it sent no JSON. Reviews wait; "
                "correct ARGILLA_API_URL, or look at the proxy in front of Argilla."
            ) from error

    def _sentence(self, error: Exception) -> str:
        code = status(error)
        if code is None:
            why = type(error.__cause__ or error).__name__
            return (
                f"Argilla can't be reached at {self.url} ({why}). Reviews wait; start it, or correct ARGILLA_API_URL."
            )
        if cure := CURES.get(code):
            return f"Argilla {cure} (HTTP {code}). Reviews wait."
        return f"Argilla failed (HTTP {code}). Reviews wait, and it is tried again; its own log says why."


def status(error: BaseException | None) -> int | None:
    """The HTTP status an error speaks of, if the server answered at all; the SDK's own errors don't always know it."""
    while error:
        if isinstance(error, httpx.HTTPStatusError):
            return error.response.status_code
        error = error.__cause__ or error.__context__
    return None


def patiently(call: Callable[[], T]) -> T:
    """The call's result, tried again where that may help. A timeout is no such case: whoever waits has waited enough."""

    def passing(error: BaseException) -> bool:
        if isinstance(error, httpx.TransportError):
            return not isinstance(error, httpx.TimeoutException)
        return (status(error) or 0) >= 500

    waits = wait_exponential(multiplier=0.1)
    return Retrying(stop=stop_after_attempt(TRIES), wait=waits, retry=retry_if_exception(passing), reraise=True)(call)


def reason(answer: httpx.Response) -> str:
    """Why the server found a record wrong, in its own words but without the record's: its message may quote the text."""
    detail = answer.json().get("detail", "")
    if isinstance(detail, str):
        return re.sub(r"^Record at position \d+ is not valid because (the )?", "", detail)[:300]
    errors = detail.get("params", {}).get("errors") or [{}]
    told = str(errors[0].get("msg", "not valid"))
    field = re.search(r"chat field '(\w+)'", told)
    inner = re.search(r"'msg': '([^']*)'", told)
    said = inner[1] if inner else told.partition("[")[0][:300]
    return f"{field[1]}: {said}" if field else said
