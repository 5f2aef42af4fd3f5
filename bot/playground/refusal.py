"""In: a reason to say no. Out: the answer Slack gives for it, with Slack's own error code."""

from typing import Any


class Refusal(Exception):
    """A call refused the way Slack refuses it.

    `error` is Slack's code, `messages` the lines Slack puts into `response_metadata.messages`, `retry_after` seconds to
    wait (then the answer is HTTP 429), `facts` what Slack adds beside the code.
    """

    def __init__(self, error: str, *messages: str, retry_after: int = 0, **facts: str) -> None:
        super().__init__(": ".join((error, *messages)))
        self.error = error
        self.messages = list(messages)
        self.retry_after = retry_after
        self.facts = facts

    def answer(self) -> dict[str, Any]:
        """The JSON body of the refusal."""
        body: dict[str, Any] = {"ok": False, "error": self.error, **self.facts}
        if self.messages:
            if self.error == "invalid_blocks":
                body["errors"] = self.messages
            body["response_metadata"] = {"messages": [f"[ERROR] {line}" for line in self.messages]}
        return body


def missing(*names: str) -> Refusal:
    """The refusal for required arguments that were not given."""
    return Refusal("invalid_arguments", *(f"missing required field: {name}" for name in names))
