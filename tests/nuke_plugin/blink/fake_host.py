"""A small strict stand-in for Nuke while a path is set up: a group, its nodes, a BlinkScript that may compile, and an
Inference whose knobs are those of the .cat that it is given."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nuke_plugin.blink.controls import PATHS
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


class Choice(Knob):
    """Takes one of its words; gives them back, as Nuke does."""

    def setValue(self, value: Any, index: int = 0) -> None:  # noqa: N802
        assert value in PATHS, value
        super().setValue(value, index)


class Inference(Node):
    """Its knobs besides its own are those that the model file brings."""

    def knob(self, name: str) -> Knob | None:
        if name not in self.knobs:
            path = Path(str(self.knobs["modelFile"].value()))
            if path.is_file() and name in json.loads(path.read_text("utf-8"))["knobs"]:
                self.knobs[name] = Knob(name)
        return self.knobs.get(name)


def plate_relight() -> Node:
    texts = {name: Knob(name) for name in ("status", "kernel_version")}
    flags = {name: Knob(name, False) for name in ("has_kernel", "has_model")}
    group = Node("PlateRelight1", {**texts, **flags, "path": Choice("path", PATHS[0])})
    group.inside = [Node(name, {}) for name in ("PlateDot", "Flips", "Place", "Colours", "Maps", "Path")]
    group.inside.append(Inference("Model", {"modelFile": Knob("modelFile", "nowhere.cat")}))
    return group


def which(group: Node) -> int:
    """Input of the node's switch, by the expression in its file (`plate_relight_paths.WHICH`)."""
    chosen = PATHS.index(group.knobs["path"].value())
    there = [False, *(bool(group.knobs[name].value()) for name in ("has_kernel", "has_model"))]
    return chosen if there[chosen] else 0


class CatMaker(Node):
    """CatFileCreator: its button writes a .cat with the knobs that were added, or refuses."""

    def __init__(self, refuses: bool) -> None:
        names = ("torchScriptFile", "catFile", "channelsIn", "channelsOut", "modelId", "outputScale")
        super().__init__("CatFileCreator1", {name: Knob(name) for name in names})
        self.refuses = refuses
        self.knobs["createCatFile"] = Knob("createCatFile", press=self.create)

    def create(self) -> None:
        if self.refuses:
            raise RuntimeError("no licence")
        added = [name for name, knob in self.knobs.items() if isinstance(knob.value(), float)]
        said = {"knobs": added, "channels": self.knobs["channelsIn"].value(), "id": self.knobs["modelId"].value()}
        Path(str(self.knobs["catFile"].value())).write_text(json.dumps(said), "utf-8")


class Host:
    """`compiles_at`: the press of Load or Recompile, or the look after it, at which the knobs appear; None: never.
    `blink`: False: there is no BlinkScript in this Nuke. `cats`: whether CatFileCreator makes anything."""

    def __init__(self, compiles_at: int | None, gui: bool = True, blink: bool = True, cats: bool = False) -> None:
        self.compiles_at, self._gui, self.steps = compiles_at, gui, 0
        self.has_blink, self.cats, self.paths = blink, cats, list[str]()
        self.nuke_version = (15, 1, 3)
        self.made: list[CatMaker] = []
        self.pressed: list[str] = []
        self.messages: list[str] = []
        self.waiting: list[Callable[[], object]] = []
        self.blink: Node | None = None

    def gui(self) -> bool:
        return self._gui

    def version(self) -> tuple[int, int, int]:
        return self.nuke_version

    def plugin_path(self) -> list[str]:
        return list(self.paths)

    def add_plugin_path(self, folder: str) -> None:
        self.paths.append(folder)

    def create_node(self, node_class: str, knobs: str = "") -> CatMaker:
        assert node_class == "CatFileCreator"
        self.made.append(CatMaker(refuses=not self.cats))
        return self.made[-1]

    def delete_node(self, node: CatMaker) -> None:
        self.made.remove(node)

    def add_user_knob(self, node: CatMaker, kind: str, name: str, value: Any) -> Knob:
        assert kind == "float"
        assert type(value) is float
        assert name not in node.knobs
        node.knobs[name] = Knob(name, value)
        return node.knobs[name]

    def message(self, words: str) -> None:
        self.messages.append(words)

    def create_inside(self, group: Node, node_class: str, name: str) -> Node:
        assert node_class == "BlinkScript"
        if not self.has_blink:
            raise RuntimeError("BlinkScript: Unknown command")
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
