"""Every error that Platelight raises on purpose.

    PlatelightError
    ├── BadInput            what was given cannot be used            exit code 2
    │   ├── FileMissing         a path that is not there
    │   ├── UnreadableImage     not an image, truncated, or of no known kind
    │   ├── BadChannels         an image without the channels that the work needs
    │   ├── BadSize             an image too small or too large
    │   ├── BadConfig           an option, recipe, lights file or other setting out of range
    │   ├── BrokenShard         a packed record that is damaged or missing
    │   └── ModelMismatch       a model whose card is missing or does not describe its graph
    └── WorkFailed          the input was good, the work was not  exit code 1
        ├── DiskFull            no space (or quota) left while writing
        ├── RenderFailed        the renderer stopped or kept giving rejected frames
        ├── MissingPart         an optional dependency or library that the work needs is absent
        └── Interrupted         Ctrl-C or a termination signal; what was finished is kept

Each message is one line that names the file or value and says what to do about it. A library function raises;
only `core.cli` prints and exits.
"""

from __future__ import annotations

__all__ = [
    "BadChannels",
    "BadConfig",
    "BadInput",
    "BadSize",
    "BrokenShard",
    "DiskFull",
    "FileMissing",
    "Interrupted",
    "MissingPart",
    "ModelMismatch",
    "PlatelightError",
    "RenderFailed",
    "UnreadableImage",
    "WorkFailed",
]


class PlatelightError(Exception):
    """The root: catch it to catch everything that Platelight raises on purpose."""

    exit_code = 1


class BadInput(PlatelightError):
    """What the caller gave cannot be used; the message says how to mend it."""

    exit_code = 2


class FileMissing(BadInput):
    """A file or folder that was named does not exist."""


class UnreadableImage(BadInput):
    """A file that is not an image, is truncated, or is of an unknown kind."""


class BadChannels(BadInput):
    """An image that lacks the channels the work needs."""


class BadSize(BadInput):
    """An image too small or too large for the work."""


class BadConfig(BadInput):
    """An option, recipe, lights file or other setting that is out of range or unknown."""


class BrokenShard(BadInput):
    """A packed record that is damaged, missing or not what its index says."""


class ModelMismatch(BadInput):
    """A model without a card, or whose card does not describe its graph."""


class WorkFailed(PlatelightError):
    """The input was good but the work could not be finished; what was finished is kept."""


class DiskFull(WorkFailed):
    """No space or quota left on the disk that is written to."""


class RenderFailed(WorkFailed):
    """The renderer stopped, or every attempt at a sample was rejected."""


class MissingPart(WorkFailed):
    """An optional dependency or system library that this work needs is not installed."""


class Interrupted(WorkFailed):
    """The user or the system asked the work to stop."""
