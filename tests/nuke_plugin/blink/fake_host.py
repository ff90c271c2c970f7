"""A small strict stand-in for Nuke while a kernel is built: a group, its nodes, and a BlinkScript that may compile."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from nuke_plugin.blink.links import kernel_links


class Knob:
    def __init__(self, name: str, value: Any = "", press: Callable[[], None] | None = None) -> None:
        self._name, self._value, self.press = name, value, press
        self.expressions: dict[int, str] = {}

    def name(self) -> str:
        return self._name

    def value(self) -> Any:
        return self._value

    def setValue(self, value: Any, index: int = 0) -> None:  # noqa: N802
        self._value = value

    def setExpression(self, expression: str, index: int = 0) -> None:  # noqa: N802
        self.expressions[index] = expression

    def hasExpression(self) -> bool:  # noqa: N802
        return bool(self.expressions)

    def setEnabled(self, enabled: bool) -> None:  # noqa: N802
        raise AssertionError("nobody asked for this")

    def execute(self) -> None:
        assert self.press is not None, f"{self._name} is no button"
        self.press()


class Node:
    def __init__(self, name: str, knobs: dict[str, Knob]) -> None:
        self._name, self.knobs = name, knobs
        self.inside: list[Node] = []
        self.inputs: dict[int, Node | None] = {}

    def name(self) -> str:
        return self._name

    def knob(self, name: str) -> Knob | None:
        return self.knobs.get(name)

    def node(self, name: str) -> Node | None:
        return next((one for one in self.inside if one.name() == name), None)

    def setInput(self, index: int, node: Node | None) -> None:  # noqa: N802
        assert index < 5 or self.name() != "Kernel"
        self.inputs[index] = node


def plate_relight() -> Node:
    group = Node("PlateRelight1", {"status": Knob("status"), "kernel_version": Knob("kernel_version")})
    group.inside = [Node(name, {}) for name in ("PlateDot", "Flips", "Place", "Colours", "Maps")]
    group.inside.append(Node("Path", {"which": Knob("which", 0)}))
    return group


class Host:
    """`compiles_at`: the press of Load or Recompile, or the look after it, at which the knobs appear; None: never."""

    def __init__(self, compiles_at: int | None, gui: bool = True) -> None:
        self.compiles_at, self._gui, self.steps = compiles_at, gui, 0
        self.pressed: list[str] = []
        self.messages: list[str] = []
        self.waiting: list[Callable[[], object]] = []
        self.blink: Node | None = None

    def gui(self) -> bool:
        return self._gui

    def message(self, words: str) -> None:
        self.messages.append(words)

    def create_inside(self, group: Node, node_class: str, name: str) -> Node:
        assert node_class == "BlinkScript"
        buttons = ("reloadKernelSourceFile", "recompile")
        knobs = {word: Knob(word, press=functools.partial(self._press, word)) for word in buttons}
        self.blink = Node(name, {**knobs, "kernelSourceFile": Knob("kernelSourceFile")})
        group.inside.append(self.blink)
        return self.blink

    def later(self, seconds: float, call: Callable[[], object]) -> None:
        assert 0.0 < seconds <= 2.0
        self.waiting.append(call)

    def wait(self) -> bool:
        """The next turn of the timer; whether there was one."""
        if not self.waiting:
            return False
        self._step()
        self.waiting.pop(0)()
        return True

    def _press(self, button: str) -> None:
        assert self.blink is not None
        assert str(self.blink.knobs["kernelSourceFile"].value()).endswith("PlateRelight.blink")
        self.pressed.append(button)
        self._step()

    def _step(self) -> None:
        self.steps += 1
        if self.steps == self.compiles_at:
            assert self.blink is not None
            for name in kernel_links():
                self.blink.knobs[f"PlateRelight_{name}"] = Knob(name)
