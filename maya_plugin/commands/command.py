"""What a command is: a name, flags, help, and what it does. The menu and the option panels are made from the same."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Callable

from maya_plugin import PLUGIN_VERSION
from maya_plugin.errors import BadSetting
from maya_plugin.paths import in_project

if TYPE_CHECKING:
    from maya_plugin.session import Session

__all__ = ["KINDS", "Command", "Flag", "bind", "call", "help_text"]

KINDS = ("text", "file", "folder", "int", "float", "bool", "choice")

_PATHS = ("file", "folder")
"""Kinds whose values are paths: what is relative lies in Maya's project."""

_ALWAYS = {"help": "h", "query": "q", "version": "v", "available": "av"}
"""Flags that every command has, long and short."""


@dataclass(frozen=True)
class Flag:
    """One flag of a command, and one line of its option panel.

    Attributes:
        name, short: long and short name.
        kind: one of `KINDS`.
        default: what it is where it is not given.
        help: what it does, for the help text and the tool tip.
        choices: for `choice`.
        low, high: for numbers; None is no limit.
        label: what the panel calls it; empty: it is not in the panel.
    """

    name: str
    short: str
    kind: str
    default: Any
    help: str
    choices: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    label: str = ""

    def checked(self, value: Any) -> Any:
        """The value as it is used.

        Raises:
            TypeError: of another kind, as Maya's own commands raise.
            BadSetting: out of range, or none of the choices.
        """
        if self.kind == "bool" and isinstance(value, (bool, int)):
            return bool(value)
        if self.kind in ("int", "float"):
            allowed = (int,) if self.kind == "int" else (int, float)
            if not isinstance(value, allowed) or isinstance(value, bool) or not math.isfinite(value):
                raise TypeError(f"Invalid arguments for flag '{self.name}'.  Expected {self.kind}, got {value!r}")
            if (self.low is not None and value < self.low) or (self.high is not None and value > self.high):
                raise BadSetting(f"{self.name} is {value:g}; expected {_limits(self)}")
            return int(value) if self.kind == "int" else float(value)
        if self.kind == "bool" or not isinstance(value, str):
            raise TypeError(f"Invalid arguments for flag '{self.name}'.  Expected {self.kind}, got {value!r}")
        if self.kind == "choice" and value not in self.choices:
            raise BadSetting(f"{self.name} is {value!r}; use {', '.join(self.choices)}")
        return value


@dataclass(frozen=True)
class Command:
    """One command.

    Attributes:
        name: in `maya.cmds`.
        label: in the menu.
        summary: one line about what it does.
        flags: beside help, query, version and available.
        run: gets the session and every flag's value by long name.
        job: the worker's kind of job that it needs, or empty.
        panel: `form` (made from the flags), `random_scene`, `dataset`, or empty for none.
        asks: the menu item opens the panel instead of running at once.
        icon: a file in the module's icons folder.
        menu: flags that the menu item adds to what the option panel was set to.
    """

    name: str
    label: str
    summary: str
    flags: tuple[Flag, ...]
    run: Callable[[Session, Mapping[str, Any]], Any]
    job: str = ""
    panel: str = "form"
    asks: bool = False
    icon: str = ""
    menu: tuple[tuple[str, Any], ...] = ()


def bind(session: Session, command: Command) -> Callable[..., Any]:
    """The function that becomes `maya.cmds.<name>`."""

    def function(*arguments: Any, **flags: Any) -> Any:
        return call(session, command, arguments, flags)

    function.__name__ = function.__qualname__ = command.name
    function.__doc__ = help_text(command)
    return function


def call(session: Session, command: Command, arguments: Sequence[Any], given: Mapping[str, Any]) -> Any:
    """Run a command, or answer a question about it.

    Raises:
        TypeError: an unknown flag, a value of the wrong kind, or arguments beside flags, as Maya's commands raise.
        PluginError: as the command itself.
    """
    if arguments:
        raise TypeError(f"{command.name} takes flags only; see cmds.{command.name}(help=True)")
    values = _long(command, given)
    if values.pop("help", False):
        return help_text(command)
    if values.pop("query", False):
        return _answer(session, command, values)
    for name in ("version", "available"):
        if name in values:
            raise TypeError(f"Invalid flag '{name}': it is for queries (query=True, {name}=True)")
    checked = {flag.name: flag.checked(values.get(flag.name, flag.default)) for flag in command.flags}
    for flag in command.flags:
        if flag.kind in _PATHS:
            checked[flag.name] = in_project(session.host, checked[flag.name])
    return command.run(session, checked)


def help_text(command: Command) -> str:
    """Synopsis, flags with kind, range and default, and the questions that can be asked."""
    lines = [f"{command.name}: {command.summary}", "", "Flags:"]
    for flag in command.flags:
        kind = "|".join(flag.choices) if flag.kind == "choice" else f"{flag.kind}{_limits(flag, ' ')}"
        lines.append(f"  {flag.name} ({flag.short})  {kind}, default {flag.default!r}: {flag.help}")
    lines += [
        "",
        "query=True with version: the version of Platelight; with available: why it cannot be used, empty if it can;",
        "with a flag: its default. help=True: this text.",
    ]
    return "\n".join(lines)


def _answer(session: Session, command: Command, values: Mapping[str, Any]) -> Any:
    asked = [name for name, value in values.items() if value]
    if len(asked) != 1:
        raise TypeError(f"{command.name}: query one flag at a time")
    if asked == ["version"]:
        return PLUGIN_VERSION
    if asked == ["available"]:
        return session.why_not(command)
    return next(flag.default for flag in command.flags if flag.name == asked[0])


def _long(command: Command, given: Mapping[str, Any]) -> dict[str, Any]:
    """The flags by their long names. Raises TypeError for unknown ones, and those given by both names."""
    names = {flag.short: flag.name for flag in command.flags}
    names.update({short: name for name, short in _ALWAYS.items()})
    found: dict[str, Any] = {}
    for name, value in given.items():
        long = names.get(name, name)
        if long not in names.values():
            raise TypeError(f"Invalid flag '{name}'")
        if long in found:
            raise TypeError(f"flag '{long}' is given twice")
        found[long] = value
    return found


def _limits(flag: Flag, before: str = "") -> str:
    if flag.low is None and flag.high is None:
        return ""
    if flag.high is None:
        return f"{before}{flag.low:g} or more"
    return f"{before}{'' if flag.low is None else f'{flag.low:g} '}to {flag.high:g}"
