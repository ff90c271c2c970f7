"""A strict stand-in for Nuke with one node class, CatFileCreator: it knows its knobs and nothing else."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

KNOBS = ("torchScriptFile", "catFile", "channelsIn", "channelsOut", "modelId", "outputScale")


class FakeKnob:
    def __init__(self, name: str, value: Any = "") -> None:
        self._name, self._value = name, value

    def name(self) -> str:
        return self._name

    def value(self) -> Any:
        return self._value

    def setValue(self, value: Any, index: int = 0) -> None:  # noqa: N802  (Nuke's name)
        self._value = value

    def execute(self) -> None:
        raise AssertionError(f"{self._name} is no button")


class CreateButton(FakeKnob):
    """Writes a .cat that tells what it was made from, as far as the node was filled in."""

    def __init__(self, node: FakeNode) -> None:
        super().__init__("createCatFile")
        self._node = node

    def execute(self) -> None:
        if self._node.host.refusal:
            raise RuntimeError(self._node.host.refusal)
        values = {name: self._node.knobs[name].value() for name in self._node.host.knob_names}
        assert all(isinstance(values[name], str) and values[name] for name in values if name != "outputScale")
        script = Path(values[self._node.host.knob_names[0]])
        assert "\\" not in values["catFile"]
        if self._node.host.writes:
            said = {**values, "sha256": hashlib.sha256(script.read_bytes()).hexdigest(), "knobs": self._node.user}
            Path(values["catFile"]).write_text(json.dumps(said))


class FakeNode:
    def __init__(self, host: FakeHost) -> None:
        self.host = host
        self.user: dict[str, float] = {}
        self.knobs: dict[str, FakeKnob] = {name: FakeKnob(name) for name in host.knob_names}
        self.knobs["createCatFile"] = CreateButton(self)

    def name(self) -> str:
        return "CatFileCreator1"

    def knob(self, name: str) -> FakeKnob | None:
        return self.knobs.get(name)


class FakeHost:
    """Nuke, as far as making a .cat needs it. Anything else that is asked of it raises AttributeError."""

    def __init__(self) -> None:
        self.nuke_version = (15, 1, 3)
        self.nodes: list[FakeNode] = []
        self.knob_names = KNOBS
        self.has_node = True
        self.refusal = ""
        self.writes = True

    def version(self) -> tuple[int, int, int]:
        return self.nuke_version

    def create_node(self, node_class: str, knobs: str = "") -> FakeNode:
        if node_class != "CatFileCreator" or not self.has_node:
            raise RuntimeError(f"{node_class}: Unknown command")
        self.nodes.append(FakeNode(self))
        return self.nodes[-1]

    def delete_node(self, node: FakeNode) -> None:
        self.nodes.remove(node)

    def add_user_knob(self, node: FakeNode, kind: str, name: str, value: Any) -> FakeKnob:
        assert kind == "float"
        assert type(value) is float
        assert name not in node.knobs
        node.user[name] = value
        node.knobs[name] = FakeKnob(name, value)
        return node.knobs[name]
