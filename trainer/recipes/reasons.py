"""An exception of a training in, one sentence out that says what to do."""

import errno

# What torch says where there is no MemoryError: of a GPU, and of a CPU.
NO_MEMORY = ("out of memory", "not enough memory", "can't allocate memory", "Cannot allocate memory")


class DivergedError(Exception):
    """The loss is no number any more."""


class StoppedError(Exception):
    """SIGTERM arrived."""


class UnusableError(Exception):
    """What the training was given can't be used; the message is the sentence people read."""


def reason(error: Exception) -> str:
    """One sentence that says what to do."""
    if isinstance(error, DivergedError):
        return "The loss became infinite. Lower FLYWHEEL_LEARNING_RATE."
    if isinstance(error, StoppedError):
        return "The training was stopped before its end. Start another with `flywheel train`."
    if isinstance(error, UnusableError):
        return str(error)
    if no_memory(error):
        return "Out of memory. Lower FLYWHEEL_BATCH or FLYWHEEL_MAX_LENGTH, or set FLYWHEEL_METHOD=qlora."
    if full(error):
        return "The disk is full. Make room in FLYWHEEL_HOME."
    return f"{type(error).__name__}: {first_line(error)}"


def no_memory(error: Exception) -> bool:
    """Whether there was not enough memory."""
    return isinstance(error, MemoryError) or any(words in str(error) for words in NO_MEMORY)


def full(error: Exception) -> bool:
    """Whether the disk has no room; safetensors hands the number of the error on as text."""
    return (isinstance(error, OSError) and error.errno == errno.ENOSPC) or f"os error {errno.ENOSPC}" in str(error)


def first_line(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), "no detail")
