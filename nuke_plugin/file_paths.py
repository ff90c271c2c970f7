"""Paths that people write into knobs, as a process beside Nuke can open them: evaluated, absolute, for one view."""

from __future__ import annotations

import os
import re

from nuke_plugin.errors import BadRange
from nuke_plugin.host import Host, Node

__all__ = ["absolute_path", "named_path"]

_LEFT_OVER = re.compile(r"[\[\]]|%[vV]")
"""What Nuke would have to replace: an expression's brackets, and a view's name."""


def named_path(host: Host, node: Node, name: str) -> str:
    """The path in the file knob `name` of a node, or empty where it names none. Raises as `absolute_path`."""
    return absolute_path(host, host.file_text(node, name), node.name())


def absolute_path(host: Host, text: str, what: str = "") -> str:
    """An evaluated path, absolute and with forward slashes; `%04d` and `####` stay. Empty text stays empty.

    A relative one is seen from the project directory of the project settings, or from the script's folder where that
    names none. `~` is the home folder.

    Args:
        host: Nuke.
        text: what a file knob gives.
        what: names it, for the message: a node.

    Raises:
        BadRange: there is an expression or a view left in it, or it is relative and the script is not saved.
    """
    path = os.path.expanduser(text.strip()).replace("\\", "/")
    named = f"{what}: {path}" if what else path
    left = _LEFT_OVER.search(path)
    if left is not None:
        raise BadRange(
            f"{named}: {left[0]} is left in the path, which only Nuke could replace. Write the path without "
            "expressions and views (%V)"
        )
    if not path or os.path.isabs(path):
        return path
    folder = _project_folder(host)
    if not folder:
        raise BadRange(f"{named}: is a relative path, and the script is not saved: save it, or write the whole path")
    return os.path.normpath(os.path.join(folder, path)).replace("\\", "/")


def _project_folder(host: Host) -> str:
    """The project directory, seen from the script's folder where it is relative itself; empty where there is none."""
    root = host.root()
    script = os.path.dirname(root.name()) if os.path.isabs(root.name()) else ""
    asked = host.file_text(root, "project_directory").strip()
    folder = os.path.join(script, asked) if asked else script
    return folder if os.path.isabs(folder) and not _LEFT_OVER.search(folder) else script
