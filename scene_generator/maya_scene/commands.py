"""Maya commands as plain data.

A name that begins with `@` stands for a node that the same list makes: `name="@m000"` asks for a node called `m000`,
and `"@m000.baseColor"` is a plug of whatever Maya called it. Whoever runs the list keeps the book of names, so that a
scene that already has a node of that name harms nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

MESH = "mesh"
"""The one entry that is no command of Maya's: arguments are a transform and the key of a mesh among the files."""


@dataclass(frozen=True)
class Command:
    """One call."""

    name: str
    """A command of `maya.cmds`, or `MESH`."""
    args: tuple[Any, ...] = ()
    flags: tuple[tuple[str, Any], ...] = ()
    """Long names and values, in the order in which they are shown."""

    def __str__(self) -> str:
        """Return the call as Python text, for logs."""
        shown = [repr(arg) for arg in self.args] + [f"{name}={value!r}" for name, value in self.flags]
        return f"{self.name}({', '.join(shown)})"


class CommandList:
    """Commands being put together."""

    def __init__(self) -> None:
        self.commands: list[Command] = []

    def call(self, command: str, /, *args: Any, **flags: Any) -> None:
        """Add any command."""
        self.commands.append(Command(command, args, tuple(flags.items())))

    def create(self, kind: str, name: str, parent: str = "") -> str:
        """Add `createNode` and return the node's symbol, `@name`."""
        if parent:
            self.call("createNode", kind, name=f"@{name}", parent=parent, skipSelect=True)
        else:
            self.call("createNode", kind, name=f"@{name}", skipSelect=True)
        return f"@{name}"

    def place(self, name: str, matrix: tuple[float, ...], parent: str) -> str:
        """Add a transform; `matrix` is 4 x 4, row-major, for column vectors: Maya's own is for row vectors."""
        node = self.create("transform", name, parent)
        turned = tuple(float(matrix[4 * column + row]) for row in range(4) for column in range(4))
        self.call("xform", node, matrix=turned)
        return node

    def set(self, plug: str, *values: Any) -> None:
        """Add `setAttr` of a number, a truth value, a text, two floats, or three."""
        if len(values) == 1 and isinstance(values[0], str):
            self.call("setAttr", plug, values[0], type="string")
        elif len(values) == 1:
            self.call("setAttr", plug, values[0])
        else:
            self.call("setAttr", plug, *(float(v) for v in values), type=f"float{len(values)}")

    def connect(self, source: str, destination: str) -> None:
        """Add `connectAttr`."""
        self.call("connectAttr", source, destination, force=True)

    def append(self, source: str, array: str) -> None:
        """Add `connectAttr` to the next free element of an array."""
        self.call("connectAttr", source, array, nextAvailable=True)


def log(commands: list[Command]) -> str:
    """Return commands as text, one a line."""
    return "".join(f"{command}\n" for command in commands)
