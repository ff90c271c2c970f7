"""A Nuke script as data: nodes with knobs and named inputs, written as the Tcl that Nuke reads.

A script file is a Tcl program for a machine with a stack of nodes: a line `Class {knobs}` takes the node's inputs from
the stack (input 0 lies on top) and puts the node there; `set NAME [stack 0]` keeps a name for the top one and
`push $NAME` puts it back, `push 0` stands for an input that is not connected. `write_script` does that book-keeping, so
that data only says which node feeds which.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Mapping, Sequence, Tuple, Union  # noqa: UP035  (read at run time by Python 3.9)

__all__ = [
    "Braced",
    "Expression",
    "Layer",
    "ScriptNode",
    "UserKnob",
    "Value",
    "Values",
    "switch_node",
    "word",
    "write_gizmo",
    "write_script",
]


@dataclass(frozen=True)
class Expression:
    """A knob's value as an expression of Nuke's, such as `parent.fov`. It may not hold braces."""

    text: str

    def __post_init__(self) -> None:
        if "{" in self.text or "}" in self.text:
            raise ValueError(f"expression {self.text!r}: braces would end the knob's own; write it without")


@dataclass(frozen=True)
class Values:
    """The values of a knob with several (a box, a matrix row), each a number or an `Expression`."""

    items: Tuple[Union[float, Expression, Values], ...]  # noqa: UP006, UP007


@dataclass(frozen=True)
class Braced:
    """Text in braces as it stands, for knobs that Nuke itself writes so. Its braces have to match."""

    text: str


Value = Union[bool, int, float, str, Expression, Values, Braced]


@dataclass(frozen=True)
class UserKnob:
    """A knob that a node gets besides those of its class.

    Attributes:
        kind: Nuke's number: 1 text input, 2 file, 3 int, 4 choice, 6 check box, 7 float, 20 tab or group, 22 Python
            button, 26 text or divider, 41 link to another knob.
        name: the knob's name; dividers have none.
        label: what the person reads; None leaves it to Nuke, which shows the name.
        value: the value to begin with; None writes none.
        hint: the tool tip.
        text: `T`: the words of a text, the code of a button, the target of a link (`Model.modelFile`).
        choices: for choices.
        limits: (low, high) of the slider.
        flags: `STARTLINE` or `-STARTLINE`, `INVISIBLE`, ...: a name without sign is set.
        number: `n`: for kind 20, 1 begins a closed group, 2 an open one, -1 ends it.
    """

    kind: int
    name: str = ""
    label: str | None = None
    value: Value | None = None
    hint: str = ""
    text: str | None = None
    choices: Tuple[str, ...] = ()  # noqa: UP006
    limits: Tuple[float, float] | None = None  # noqa: UP006
    flags: Tuple[str, ...] = ()  # noqa: UP006
    number: int | None = None


@dataclass(frozen=True)
class Layer:
    """A layer that the script needs: `Layer("N", ("red", "green"))` is `add_layer {N N.red N.green}`."""

    name: str
    channels: Tuple[str, ...]  # noqa: UP006


@dataclass(frozen=True)
class ScriptNode:
    """One node.

    Attributes:
        node_class: `Crop`, `Group`, ...
        name: its name; unique in its group.
        inputs: names of the nodes that feed inputs 0, 1, ...; None is an input left open.
        knobs: values by name, in the order they are written.
        user_knobs: written after them.
        inside: the nodes of a `Group`.
        at: (column, row) in the node graph.
    """

    node_class: str
    name: str
    inputs: Tuple[str | None, ...] = ()  # noqa: UP006
    knobs: Mapping[str, Value] = field(default_factory=dict)
    user_knobs: Tuple[UserKnob, ...] = ()  # noqa: UP006
    inside: Tuple[ScriptNode, ...] = ()  # noqa: UP006
    at: Tuple[float, float] = (0, 0)  # noqa: UP006


_COLUMN, _ROW = 160, 72
_PLAIN = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-+*/:,%@<>=()!?|&^~'")
_ESCAPES = {"\\": "\\\\", '"': '\\"', "[": "\\[", "$": "\\$", "\n": "\\n", "\t": "\\t", "{": "\\{", "}": "\\}"}


def switch_node(name: str, inputs: tuple[str | None, ...], which: str, at: tuple[float, float]) -> ScriptNode:
    """A Switch whose input is chosen by an expression."""
    return ScriptNode("Switch", name, inputs, {"which": Expression(which)}, at=at)


def word(text: str) -> str:
    """`text` as one Tcl word whose value is `text`: bare where that is safe, else in quotes."""
    if text and set(text) <= _PLAIN:
        return text
    return '"' + "".join(_ESCAPES.get(sign, sign) for sign in text) + '"'


def write_script(nodes: Sequence[ScriptNode], layers: Sequence[Layer] = (), head: Sequence[str] = ()) -> str:
    """The text of a script or gizmo file.

    Args:
        nodes: in the order they are written: a node comes after those that feed it.
        layers: written first, so that knobs may name their channels.
        head: lines to begin with, such as `version 14.0 v1`.

    Raises:
        ValueError: an input that names no earlier node, or a name that is there twice.
    """
    lines = list(head)
    lines += ["add_layer {" + " ".join([one.name, *(f"{one.name}.{c}" for c in one.channels)]) + "}" for one in layers]
    lines += _nodes(nodes, "")
    return "\n".join(lines) + "\n"


def write_gizmo(node: ScriptNode, layers: Sequence[Layer] = ()) -> str:
    """The text of a gizmo file: one node whose inputs are whatever it is connected to. Raises as `write_script`."""
    return write_script([], layers) + "\n".join(_node(node, "")) + "\n"


def _nodes(nodes: Sequence[ScriptNode], indent: str) -> list[str]:
    names = [node.name for node in nodes]
    if len(set(names)) != len(names):
        raise ValueError(f"node names are there twice: {sorted(name for name in names if names.count(name) > 1)}")
    used = [name for node in nodes for name in node.inputs if name is not None]
    lines: list[str] = []
    top: str | None = None  # the node that lies on the stack's top, where it is known
    for number, node in enumerate(nodes):
        for name in node.inputs:
            if name is not None and name not in names[:number]:
                raise ValueError(f"{node.name}: its input {name!r} is no node before it")
        if node.inputs != (top,):
            lines += [f"push {_reference(name)}" for name in reversed(node.inputs)]
        lines += _node(node, indent)
        consumers = used.count(node.name)
        feeds_next = number + 1 < len(nodes) and nodes[number + 1].inputs == (node.name,)
        if consumers and not (consumers == 1 and feeds_next):
            lines.append(f"set {_reference(node.name)[1:]} [stack 0]")
        top = node.name
    return lines


def _node(node: ScriptNode, indent: str) -> list[str]:
    inner = indent + " "
    lines = [f"{indent}{node.node_class} {{"]
    if len(node.inputs) != 1:
        lines.append(f"{inner}inputs {len(node.inputs)}")
    lines += [f"{inner}{name} {_value(value)}" for name, value in node.knobs.items()]
    lines.append(f"{inner}name {node.name}")
    lines.append(f"{inner}xpos {round(node.at[0] * _COLUMN)}")
    lines.append(f"{inner}ypos {round(node.at[1] * _ROW)}")
    for knob in node.user_knobs:
        lines.append(f"{inner}addUserKnob {{{_user_knob(knob)}}}")
        if knob.value is not None:
            lines.append(f"{inner}{knob.name} {_value(knob.value)}")
    lines.append(f"{indent}}}")
    if node.inside:
        lines += [*_nodes(node.inside, inner), f"{indent}end_group"]
    return lines


def _reference(name: str | None) -> str:
    return "0" if name is None else f"$N_{name}"


def _user_knob(knob: UserKnob) -> str:
    parts = [str(knob.kind)]
    parts += [word(knob.name)] if knob.name or knob.kind in (20, 26) else []
    parts += ["l", word(knob.label)] if knob.label is not None else []
    parts += ["t", word(knob.hint)] if knob.hint else []
    parts += ["T", word(knob.text)] if knob.text is not None else []
    parts += ["M", "{" + " ".join(word(choice) for choice in knob.choices) + "}"] if knob.choices else []
    parts += ["R", f"{knob.limits[0]:g}", f"{knob.limits[1]:g}"] if knob.limits is not None else []
    parts += ["n", str(knob.number)] if knob.number is not None else []
    parts += [flag if flag.startswith("-") else f"+{flag}" for flag in knob.flags]
    return " ".join(parts)


def _value(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return _number(value)
    if isinstance(value, Expression):
        return "{{" + word(value.text) + "}}"
    if isinstance(value, Values):
        return _values(value)
    if isinstance(value, Braced):
        return "{" + value.text + "}"
    return word(value)


def _values(values: Values) -> str:
    parts = []
    for item in values.items:
        if isinstance(item, Values):
            parts.append(_values(item))
        elif isinstance(item, Expression):
            parts.append("{" + word(item.text) + "}")
        else:
            parts.append(_number(item))
    return "{" + " ".join(parts) + "}"


def _number(value: float) -> str:
    return f"{value:.10g}"
