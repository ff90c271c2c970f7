"""Every error that the commands raise on purpose, and the one way in which it is told to a person.

    PluginError (a RuntimeError, as Maya's own commands raise)
    ├── NothingChosen      nothing, or not the right thing, is selected or named
    ├── BadSetting         a value that cannot be worked with
    ├── NotAvailable       the worker, or this Maya, has no such ability; the message says why
    └── WorkFailed         the work was begun and could not be finished

Each message says what is wrong, which value, and what to do about it.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Callable

if TYPE_CHECKING:
    from maya_plugin.host import Host

__all__ = ["BadSetting", "NotAvailable", "NothingChosen", "PluginError", "WorkFailed", "guarded", "notice", "tell"]


class PluginError(RuntimeError):
    """The root: catch it to catch everything that the commands raise on purpose."""


class NothingChosen(PluginError):
    """The node or file that is selected or named is missing or of the wrong kind."""


class BadSetting(PluginError):
    """A value that is out of range or means nothing."""


class NotAvailable(PluginError):
    """Something that is needed is not there: a model, a job of the worker, numpy, a Qt, a window."""


class WorkFailed(PluginError):
    """The work could not be finished."""


def tell(host: Host, words: str) -> None:
    """Show `words` to the person: a dialogue where there is a window, else a line on standard error."""
    if host.batch():
        sys.stderr.write("platelight: " + " ".join(words.split()) + "\n")
    else:
        host.call("confirmDialog", title="Platelight", message=words, button=["OK"])


def notice(host: Host, words: str) -> None:
    """Show `words` for a moment in the view, or as a line on standard error: nothing has to be clicked away."""
    if host.batch():
        sys.stderr.write("platelight: " + " ".join(words.split()) + "\n")
    else:
        escaped = words.replace("&", "&amp;").replace("<", "&lt;")  # Maya reads markup in it
        host.call("inViewMessage", assistMessage=escaped, position="topCenter", fade=True)


def guarded(host: Host, action: Callable[[], Any]) -> bool:
    """Run what a menu item or button does; tell an expected error to the person instead of raising it.

    Returns:
        Whether the action ended without an error. Other exceptions are faults of the plug-in and pass through, so that
        Maya's script editor shows where they arose.
    """
    from maya_plugin.host import HostError

    try:
        action()
    except (PluginError, HostError) as error:
        tell(host, str(error))
        return False
    return True
