"""A PlateRelight node as its file describes it: its knobs, and what its expressions give."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.hosts.nuke.expressions import ExpressionError, evaluate
from tests.hosts.nuke.script_reader import ReadNode, words_of

FIELDS = {"r": 0, "g": 1, "b": 2, "x": 0, "y": 1, "z": 2}


class NodeValues:
    """Values of the node's own knobs (lists), to be changed, and the numbers inside of it."""

    def __init__(self, group: ReadNode, width: int, height: int) -> None:
        self.size = {"width": float(width), "height": float(height)}
        self.root = {"proxy": 0.0, "proxy_scale": 0.5}
        self.values: dict[str, Any] = {}
        self.choices = {knob.name: knob.choices for knob in group.user_knobs if knob.kind == 4}
        for knob in group.user_knobs:
            if knob.kind in (3, 4, 6, 7, 12, 13, 18):
                self.values[knob.name] = self._read(knob.name, group.knobs.get(knob.name))
        self.inside = {
            node.name: {knob.name: expression_of(node.knobs[knob.name]) for knob in node.user_knobs if knob.kind == 7}
            for node in group.inside
            if node.node_class == "NoOp"
        }
        self._known: dict[tuple[str, str], float] | None = None

    def set(self, name: str, *values: float) -> None:
        assert name in self.values, name
        self.values[name] = list(values)

    def evaluate(self, expression: str, node: str = "") -> float:
        return evaluate(expression, lambda name: self._look_up(name, node))

    @contextmanager
    def unchanged(self) -> Iterator[None]:
        """Each number is worked out once while this is open."""
        self._known = {}
        yield
        self._known = None

    def _read(self, name: str, text: str | None) -> Any:
        if text is None:
            return [0.0]
        if name in self.choices:
            return [float(self.choices[name].index(text))]
        if text in ("true", "false"):
            return [float(text == "true")]
        if text.startswith("{"):
            return expression_of(text)
        return [float(word) for word in words_of(text)]

    def _look_up(self, name: str, node: str) -> float:
        first, *rest = name.split(".")
        if first == "root":
            return self.root[rest[0]]
        if first == "plate" and len(rest) == 1:
            return self.size[rest[0]]
        if first == "parent":
            found = self.values[rest[0]]
            if isinstance(found, str):
                return self.evaluate(found)
            if len(rest) == 1:
                assert len(found) == 1, name
                return float(found[0])
            return float(found[FIELDS[rest[1]]])
        if first in self.inside and len(rest) == 1:
            return self._number(first, rest[0])
        if node and not rest and first in self.inside[node]:
            return self._number(node, first)
        raise ExpressionError(f"nothing is named {name}")

    def _number(self, node: str, name: str) -> float:
        if self._known is not None and (node, name) in self._known:
            return self._known[node, name]
        value = self.evaluate(self.inside[node][name], node)
        if self._known is not None:
            self._known[node, name] = value
        return value


def expression_of(text: str) -> str:
    """`{expression}` or `{"expression"}` bare; the outer braces are gone once the script is read."""
    (outer,) = words_of(text)
    inner = words_of(outer)
    return inner[0] if len(inner) == 1 else outer
