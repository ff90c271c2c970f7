"""Paths that a person types: one rule for what `~`, variables and relative paths mean, in every command and panel."""

from __future__ import annotations

import os

from maya_plugin.host import Host
from maya_plugin.nodes import project_folder

__all__ = ["in_project", "recipe_in_project"]


def in_project(host: Host, typed: str) -> str:
    """The path that is meant: `~` and variables of the environment are filled in, and what is relative lies in Maya's
    project, as with Maya's own commands. Neither Maya's current folder nor that of a process beside it has a say.

    Args:
        typed: as given; nothing, or only spaces, stays as it is.
    """
    if not typed.strip():
        return typed
    path = os.path.expandvars(os.path.expanduser(typed.strip()))
    if os.path.isabs(path):
        return path
    return f"{project_folder(host)}/{os.path.normpath(path)}".replace("\\", "/")


def recipe_in_project(host: Host, typed: str) -> str:
    """As `in_project` for a recipe's .json file; the name of a shipped recipe stays a name."""
    return in_project(host, typed) if typed.strip().endswith(".json") else typed
