"""Errors people can act on: every message is one sentence that says what to do next.

FlywheelError
├── SettingsError      a setting or the style guide is wrong; nothing was started
├── InputError         a file or an argument is wrong; nothing was changed
├── ArtifactError      a stored file is missing or differs from its hash
├── DeskError          the review desk refused or did not answer
├── RuntimeFailure     the model server could not draft or score
│   ├── Cancelled      the person pressed stop
│   ├── DeadlineExceeded
│   └── RuntimeAway     the model server is away or busy: waiting helps
├── TrainingError      a training process ended without a usable adapter
└── Forbidden          the person may not do this
"""


class FlywheelError(Exception):
    """Root of all errors that are shown to people as one sentence."""


class SettingsError(FlywheelError):
    """A setting or the style guide is wrong; the message names it and the cure."""


class InputError(FlywheelError):
    """A file or an argument is wrong; nothing was changed."""


class ArtifactError(FlywheelError):
    """A stored file is missing or does not match its hash."""


class DeskError(FlywheelError):
    """The review desk refused a record or did not answer."""


class RuntimeFailure(FlywheelError):
    """The runtime could not draft or score."""


class Cancelled(RuntimeFailure):
    """The person stopped the draft."""


class DeadlineExceeded(RuntimeFailure):
    """The draft took longer than allowed."""


class RuntimeAway(RuntimeFailure):
    """The model server is away or busy; trying again later helps."""


class TrainingError(FlywheelError):
    """A training process ended without a usable adapter."""


class Forbidden(FlywheelError):
    """The person may not do this."""
