"""What can go wrong between a host and the worker.

    WorkerError
    ├── EnvironmentMissing    no Python with Platelight in it was found
    ├── EnvironmentBroken     one was found, and the worker did not start in it; `log` holds its last words
    ├── WrongVersion          the worker and the plug-in do not speak the same protocol
    ├── WorkerTimeout         a worker is there and does not answer
    ├── WorkerLost            it died, and again after every attempt to start it
    ├── JobRefused            what was asked for cannot be done: the message says why
    └── Cancelled             the work was cancelled by whoever asked for it

Each message is one line for an artist: what, which file or value, what to do about it.
"""

from __future__ import annotations

__all__ = [
    "Cancelled",
    "EnvironmentBroken",
    "EnvironmentMissing",
    "JobRefused",
    "WorkerError",
    "WorkerLost",
    "WorkerTimeout",
    "WrongVersion",
]


class WorkerError(Exception):
    """The root: catch it to catch everything that goes wrong on the way to the worker."""


class EnvironmentMissing(WorkerError):
    """No Python environment with Platelight was found."""


class EnvironmentBroken(WorkerError):
    """The worker did not start in the environment that was found.

    Attributes:
        log: the last lines that it printed, perhaps empty.
    """

    def __init__(self, message: str, log: str = "") -> None:
        super().__init__(message)
        self.log = log


class WrongVersion(WorkerError):
    """Worker and plug-in come from versions of Platelight that do not understand each other."""


class WorkerTimeout(WorkerError):
    """The worker is there and did not answer in time."""


class WorkerLost(WorkerError):
    """The worker died, and was started again as often as is sensible."""


class JobRefused(WorkerError):
    """The worker does not take a request.

    Attributes:
        code: the worker's word for the reason.
    """

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class Cancelled(WorkerError):
    """The work was cancelled."""
