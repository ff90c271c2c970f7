"""Reads Nuke's scripts and gizmos with a real Tcl interpreter, which is what Nuke does.

Every command that Tcl has is taken away but `set`; what a script calls besides is a node, or one of the few commands
that Nuke adds. A knob's line is a command as well, in an interpreter that has none at all: so that a bracket or a
dollar that was not escaped fails here as it would there.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from typing import Any

import pytest

tkinter = pytest.importorskip("tkinter", reason="no Tcl here; Debian, Ubuntu: sudo apt-get install python3-tk")

IGNORED = ("version", "define_window_layout_xml")


@dataclass
class ReadKnob:
    """An `addUserKnob` line: number, name, and its settings by letter (`l`, `t`, `T`, `M`, `R`, `n`) and flags."""

    kind: int
    name: str
    settings: dict[str, str]
    flags: tuple[str, ...]

    @property
    def choices(self) -> tuple[str, ...]:
        return tuple(_for_lists().splitlist(self.settings.get("M", "")))


@dataclass
class ReadNode:
    """A node of a script, with its inputs as nodes (None: left open) and, of a group, the nodes inside."""

    node_class: str
    knobs: dict[str, str]
    user_knobs: list[ReadKnob]
    inputs: list[ReadNode | None] = field(default_factory=list)
    inside: list[ReadNode] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.knobs["name"]

    def find(self, name: str) -> ReadNode:
        return next(node for node in self.inside if node.name == name)

    def everything(self) -> list[ReadNode]:
        return [self, *(deeper for node in self.inside for deeper in node.everything())]


@dataclass
class Script:
    """A file: its nodes, and its layers as name -> channels."""

    nodes: list[ReadNode]
    layers: dict[str, tuple[str, ...]]

    def everything(self) -> list[ReadNode]:
        return [deeper for node in self.nodes for deeper in node.everything()]


class BareInterpreter:
    """An interpreter that hands every command to a function of Python's, and passes its exceptions on."""

    def __init__(self, keep: tuple[str, ...] = ()) -> None:
        self._handler: Any = None
        self._problem: BaseException | None = None
        self._tcl = _bare(self._on_command, keep)

    def run(self, text: str, handler: Any) -> None:
        """Evaluate; `handler(name, *words)` returns what the command gives. Raises what it raises, and TclError."""
        self._handler, self._problem = handler, None
        try:
            self._tcl.eval(text)
        except tkinter.TclError:
            if self._problem is not None:
                raise self._problem from None
            raise

    def _on_command(self, name: str, *words: str) -> str:
        try:
            return str(self._handler(name, *words))
        except BaseException as problem:  # Tcl keeps nothing of it
            self._problem = problem
            raise


def _bare(unknown: Any, keep: tuple[str, ...]) -> Any:
    tcl = tkinter.Tcl()
    tcl.createcommand("to_python", unknown)
    tcl.eval("proc unknown args {to_python {*}$args}")
    for name in tcl.splitlist(tcl.eval("info commands")):
        if name not in ("to_python", "unknown", "rename", *keep):
            tcl.eval(f"rename {{{name}}} {{}}")
    tcl.eval("rename rename {}")
    return tcl


def read_script(text: str) -> Script:
    """Raises tkinter.TclError for what is no Tcl, and AssertionError for what no script may hold."""
    script = Script([], {})
    stack: list[ReadNode | None] = []
    open_groups: list[tuple[ReadNode, list[ReadNode | None]]] = []
    named: dict[str, ReadNode | None] = {"0": None}

    def on_command(name: str, *words: str) -> str:
        nonlocal stack
        if name == "stack":
            assert words == ("0",), "only the top of the stack is asked for"
            key = f"node{len(named)}"
            named[key] = stack[-1]
            return key
        if name == "push":
            stack.append(named[words[0]])
        elif name == "add_layer":
            layer, *channels = _for_lists().splitlist(words[0])
            script.layers[layer] = tuple(channel.partition(".")[2] for channel in channels)
        elif name == "end_group":
            _, stack = open_groups.pop()
        elif name not in IGNORED:
            assert name[:1].isupper(), f"{name} is no node class"
            (body,) = words
            node = read_node(name, body)
            wanted = node.knobs.get("inputs", "1")
            count = sum(int(part) for part in wanted.split("+"))
            node.inputs = [stack.pop() if stack else None for _ in range(count)]
            (open_groups[-1][0].inside if open_groups else script.nodes).append(node)
            stack.append(node)
            if name in ("Group", "Gizmo"):
                open_groups.append((node, stack))
                stack = []
        return ""

    BareInterpreter(("set",)).run(text, on_command)
    assert not open_groups, "a group without end_group"
    return script


def read_node(node_class: str, body: str) -> ReadNode:
    knobs: dict[str, str] = {}
    user_knobs: list[ReadKnob] = []

    def on_line(name: str, *words: str) -> str:
        assert len(words) == 1, f"{node_class}: knob {name} has {len(words)} values"
        if name == "addUserKnob":
            user_knobs.append(read_user_knob(words[0]))
        else:
            assert name not in knobs, f"{node_class}: knob {name} is there twice"
            knobs[name] = words[0]
        return ""

    _for_bodies().run(body, on_line)
    assert "name" in knobs, f"a {node_class} without a name"
    return ReadNode(node_class, knobs, user_knobs)


@functools.cache
def _for_bodies() -> BareInterpreter:
    return BareInterpreter()


@functools.cache
def _for_lists() -> Any:
    return tkinter.Tcl()


def read_user_knob(text: str) -> ReadKnob:
    words = list(_for_lists().splitlist(text))
    kind = int(words.pop(0))
    name = words.pop(0) if words else ""
    settings: dict[str, str] = {}
    flags = []
    while words:
        word = words.pop(0)
        if word[0] in "+-" and len(word) > 1:
            flags.append(word)
        elif word == "R":
            settings[word] = f"{words.pop(0)} {words.pop(0)}"
        else:
            assert word in ("l", "t", "T", "M", "n"), f"addUserKnob {name}: what is {word!r}?"
            settings[word] = words.pop(0)
    return ReadKnob(kind, name, settings, tuple(flags))


def words_of(text: str) -> tuple[str, ...]:
    """A Tcl list's items."""
    return tuple(_for_lists().splitlist(text))
