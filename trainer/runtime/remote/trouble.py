"""What may go wrong between us and a model server: whether another try helps, how long to wait, what people are told."""

import openai
from tenacity import RetryCallState, wait_random_exponential

from db.errors import RuntimeAway, RuntimeFailure

LONGEST_WAIT = 20.0  # seconds between two tries, whatever the server asks for


class CutOff(Exception):
    """The answer ended in the middle."""


def failure(error: Exception, url: str, model: str) -> RuntimeFailure:
    """One sentence for whatever went wrong."""
    if isinstance(error, RuntimeFailure):
        return error
    status = getattr(error, "status_code", None)
    if passing(error):
        seen = f"answers HTTP {status}" if status else "can't be reached or breaks off"
        return RuntimeAway(f"The model server at {url} {seen}. Check that it runs, and FLYWHEEL_RUNTIME_URL.")
    said = {
        401: "refuses the key. Correct FLYWHEEL_RUNTIME_API_KEY.",
        403: "refuses the key. Correct FLYWHEEL_RUNTIME_API_KEY.",
        404: f"has no model {model}. Load it there by that name, or correct FLYWHEEL_BASE_MODEL.",
        400: "refuses the request (HTTP 400). It may be too long: ask for less.",
    }
    return RuntimeFailure(
        f"The model server at {url} " + said.get(status or 0, f"answers {type(error).__name__}. See its log.")
    )


def passing(error: BaseException) -> bool:
    """Whether another try may help: the server was away, busy or broke off."""
    if isinstance(error, openai.APIStatusError):
        return error.status_code in (408, 409, 425, 429) or error.status_code >= 500
    return isinstance(error, CutOff | openai.APIError)


def pause(state: RetryCallState) -> float:
    """Seconds until the next try: what the server asks for, else about 0.5, 1, 2 …"""
    error = state.outcome.exception() if state.outcome else None
    asked = getattr(getattr(error, "response", None), "headers", {}).get("Retry-After", "")
    if str(asked).isdigit():
        return min(float(asked), LONGEST_WAIT)
    return float(wait_random_exponential(multiplier=0.5, max=LONGEST_WAIT)(state))
