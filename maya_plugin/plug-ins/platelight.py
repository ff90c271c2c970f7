"""The Maya plug-in: Maya runs this file by `loadPlugin("platelight")`, and calls the two functions at its end."""

from __future__ import annotations

import os
import sys
from typing import Any

_PACKAGE = "maya_plugin"
_added: list[str] = []
_ROOMS = (_PACKAGE, "worker_link", "scene_generator")


def maya_useNewAPI() -> None:  # noqa: N802
    """Maya looks for a function of this name to know that version 2.0 of its API is meant."""


def _root() -> str:
    """The folder that holds the package. Maya does not set `__file__` in every version; the code knows its file."""
    folder = os.path.dirname(os.path.abspath(_root.__code__.co_filename))
    for _ in range(3):
        folder = os.path.dirname(folder)
        if os.path.isfile(os.path.join(folder, _PACKAGE, "__init__.py")):
            return folder
    raise RuntimeError(f"platelight: {_PACKAGE} is not beside this plug-in; run `platelight install maya` again")


def initializePlugin(plugin: Any) -> None:  # noqa: N802
    """Load: commands, and the menu where there is a window."""
    root = _root()
    if root not in sys.path:
        sys.path.append(root)  # at its end: a studio's own packages are found before ours
        _added.append(root)
    from maya_plugin import PLUGIN_VERSION
    from maya_plugin.host import connect
    from maya_plugin.life import load

    try:
        host = connect()
        host.module("api.OpenMaya").MFnPlugin(plugin, "Platelight", PLUGIN_VERSION, "Any")
        load()
    except Exception:
        _leave_path()
        raise


def uninitializePlugin(plugin: Any) -> None:  # noqa: N802
    """Unload: everything of ours is gone from Maya, but for the person's settings."""
    from maya_plugin.life import unload

    try:
        unload()
    finally:
        _leave_path()
        _forget(_root())


def _leave_path() -> None:
    """Take our entry off Python's path, and only ours."""
    while _added:
        root = _added.pop()
        if root in sys.path:
            sys.path.remove(root)


def _forget(root: str) -> None:
    """Let go of our modules, so that an update that was installed meanwhile is what loads next time."""
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] in _ROOMS and str(getattr(module, "__file__", "")).startswith(root + os.sep):
            del sys.modules[name]
