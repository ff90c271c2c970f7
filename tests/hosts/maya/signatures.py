"""What `maya.cmds` accepts, read from the published stubs of the package types-maya (MIT).

Each command has up to three ways to be called - create, query, edit - and each way its flags, long and short, with
types. A call with an unknown command, an unknown flag for its way, or a value of another type raises what Maya raises.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

import pytest

_FLAG = re.compile(r"(\w+): (.+?)(?: = \.\.\.)?(?=, \w+: |$)")

PLUGIN_COMMANDS = {
    # Arnold for Maya, `arnoldRender`: in no stubs. Flags after Autodesk's own scripts of MtoA (mtoa/cmds/
    # arnoldRender.py in published copies, which hands -batch, -width, -height, -camera, -seq, -port on).
    "arnoldRender": {"batch": "bool", "camera": "str", "width": "int", "height": "int", "seq": "str", "port": "int"},
}


@dataclass(frozen=True)
class Signature:
    """Flags of each way to call a command, name to type as the stubs write it."""

    create: dict[str, str]
    query: dict[str, str]
    edit: dict[str, str]


@cache
def _stubs() -> str:
    try:
        path = distribution("types-maya").locate_file("maya-stubs/cmds.pyi")
    except PackageNotFoundError:
        pytest.skip("types-maya is not installed")
    return Path(str(path)).read_text(encoding="utf-8")


def _lines(command: str) -> Iterator[str]:
    """What stands between the brackets of each definition of a command: the stubs have one a line."""
    stubs, start, at = _stubs(), f"\ndef {command}(", 0
    while (at := stubs.find(start, at)) >= 0:
        end = stubs.index("\n", at + 1)
        yield stubs[at + len(start) : end].rpartition(") -> ")[0]
        at = end


@cache
def signature(command: str) -> Signature | None:
    """The ways to call a command, or None if there is none of that name."""
    if command in PLUGIN_COMMANDS:
        return Signature(PLUGIN_COMMANDS[command], {}, {})
    found = list(_lines(command))
    if not found:
        return None
    ways: dict[str, dict[str, str]] = {"create": {}, "query": {}, "edit": {}}
    for inside in found:
        flags = dict(_FLAG.findall(inside.removeprefix("*args: Any").strip(", ")))
        marks = [name for name in ("query", "q", "edit", "e") if "Literal" in flags.get(name, "")]
        mode = "create" if not marks else "query" if marks[0].startswith("q") else "edit"
        for name in marks:
            del flags[name]
        ways[mode].update(flags)
    return Signature(**ways)


def check(command: str, flags: dict[str, Any]) -> str:
    """Return which way a call is of: create, query or edit.

    Raises:
        AttributeError: no such command. TypeError: an unknown flag, or a value of the wrong type.
    """
    known = signature(command)
    if known is None:
        raise AttributeError(f"module 'maya.cmds' has no attribute {command!r}")
    asked, changed = flags.get("query") or flags.get("q"), flags.get("edit") or flags.get("e")
    way = "query" if asked else "edit" if changed else "create"
    allowed: dict[str, str] = getattr(known, way)
    for name, value in flags.items():
        if name in ("query", "q", "edit", "e") and name not in allowed:
            continue
        if name not in allowed:
            raise TypeError(f"Invalid flag '{name}'")
        if way != "query" and not fits(value, allowed[name]):
            raise TypeError(f"Invalid arguments for flag '{name}'.  Expected {allowed[name]}, got {value!r}")
    return way


def fits(value: Any, kind: str) -> bool:
    """Whether a value is of a type of the stubs, as loosely as Maya takes it."""
    if kind.startswith("Literal"):
        return value is True
    for one in re.split(r" \| (?![^\[]*\])", kind):
        if one == "Any" or (one == "bool" and isinstance(value, (bool, int))):
            return True
        if one == "str" and isinstance(value, str):
            return True
        if one == "int" and isinstance(value, int) and not isinstance(value, bool):
            return True
        if one == "float" and isinstance(value, (int, float)) and not isinstance(value, bool):
            return True
        inside = re.match(r"(tuple|list)\[(.*)\]$", one)
        if inside and isinstance(value, (tuple, list)):
            parts = inside[2].split(", ")
            kinds = parts if inside[1] == "tuple" else parts * len(value)
            if len(kinds) == len(value) and all(fits(v, k) for v, k in zip(value, kinds, strict=True)):
                return True
    return False
