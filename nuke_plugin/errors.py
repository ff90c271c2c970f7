"""Every error that the plug-in raises on purpose, and the one way in which it tells a person.

    PluginError
    ├── NukeTooOld         this Nuke lacks what the plug-in needs
    ├── ModelMissing       no model file where one is needed
    ├── WrongNode          nothing, or not the right thing, is selected or connected
    ├── BadRange           a frame range that cannot be worked on
    ├── BatchFailed        without a window: frames that could not be made
    └── WorkerUnavailable  the environment that models run in is not set up, or did not answer

Each message says what is wrong, which value, and what to do about it.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Callable

if TYPE_CHECKING:
    from nuke_plugin.host import Host

__all__ = [
    "BadRange",
    "BatchFailed",
    "ModelMissing",
    "NukeTooOld",
    "PluginError",
    "WorkerUnavailable",
    "WrongNode",
    "guarded",
    "pressed",
    "tell",
    "tell_failure",
]


class PluginError(Exception):
    """The root: catch it to catch everything that the plug-in raises on purpose."""


class NukeTooOld(PluginError, ImportError):
    """This version of Nuke lacks something that is needed.

    An ImportError too: where its Python is too old to import the plug-in, nodes then behave as where there is none.
    """


class ModelMissing(PluginError):
    """No model file where one is needed."""


class WrongNode(PluginError):
    """The node that is selected, connected or named is missing or of the wrong kind."""


class BadRange(PluginError):
    """A frame range that is empty, backwards or not a range."""


class BatchFailed(PluginError):
    """Frames that could not be made, where no person is there to be told: a job has to end with that."""


class WorkerUnavailable(PluginError):
    """The environment that models run in is not set up, is broken, or did not answer."""


def tell(host: Host, words: str) -> None:
    """Show `words` to the person: a message box where there is a window, else a line on standard error."""
    if host.gui():
        host.message("Platelight: " + words)
    else:
        sys.stderr.write("platelight: " + " ".join(words.split()) + "\n")


def tell_failure(host: Host, words: str) -> None:
    """Show `words` where there is a window; else raise them as `BatchFailed`, so that a job does not end well."""
    if not host.gui():
        raise BatchFailed(words)
    tell(host, words)


def pressed(host: Host, action: Callable[[], object]) -> None:
    """As `guarded`, for buttons that do work: without a window errors are raised, so that a job of `nuke -t` ends with
    another exit code than 0."""
    if host.gui():
        guarded(host, action)
    else:
        action()


def guarded(host: Host, action: Callable[[], object]) -> bool:
    """Run what a menu command or callback does; tell a `PluginError` to the person instead of raising it.

    Returns:
        Whether the action ended without an error. Other exceptions are faults of the plug-in and pass through, so that
        Nuke's script editor shows where they arose.
    """
    try:
        action()
    except PluginError as error:
        tell(host, str(error))
        return False
    return True
