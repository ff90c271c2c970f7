"""A dependency graph that says no: to nodes, attributes, values and connections that Maya does not have."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import numpy as np

from tests.hosts.maya.node_tables import MEMBERS, SCALARS, Attribute, NodeType, node_type

_PLUG = re.compile(r"^([^.\[\]]+)\.(.+)$")
_PART = re.compile(r"^(\w+)(?:\[(\d+)\])?(?:\.(\w+))?$")
_TYPED = {"string": "string", "float3": "float3", "double3": "float3", "float2": "float2", "double2": "float2"}
_WIDE = {"color": "float3", "vector": "float3", "uv": "float2", "size": "float2"}


@dataclass
class Node:
    """One node and what was set on it; `mesh` holds the arrays of a mesh, `members` those of a set."""

    name: str
    type: NodeType
    parent: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    added: dict[str, Attribute] = field(default_factory=dict)
    matrix: tuple[float, ...] = tuple(float(i % 5 == 0) for i in range(16))
    mesh: dict[str, np.ndarray] = field(default_factory=dict)
    members: list[str] = field(default_factory=list)
    uuid: str = field(default_factory=lambda: str(uuid4()).upper())


@dataclass(frozen=True)
class Plug:
    """A place on a node: the attribute, the element of an array, and a member of a compound."""

    node: Node
    attribute: Attribute
    index: int | None

    @property
    def key(self) -> str:
        element = "" if self.index is None else f"[{self.index}]"
        return f"{self.node.name}.{self.attribute.name}{element}"


class Graph:
    """All nodes and connections; `connections` maps a destination's key to its source's."""

    def __init__(self) -> None:
        self.plugins: set[str] = set()
        self.nodes: dict[str, Node] = {}
        self.connections: dict[str, str] = {}

    def node(self, name: str) -> Node:
        if name not in self.nodes:
            raise RuntimeError(f"No object matches name: {name}")
        return self.nodes[name]

    def create(self, kind: str, wanted: str = "", parent: str = "") -> Node:
        found = node_type(kind, self.plugins)
        if found is None:
            raise RuntimeError(f"Unknown object type: {kind}")
        if wanted and not re.fullmatch(r"[A-Za-z_]\w*", wanted):
            raise RuntimeError(f"New name has no legal characters: {wanted}")
        if parent and (not found.dag or self.node(parent).type.name != "transform"):
            raise RuntimeError(f"Cannot parent {kind} to {parent}")
        if found.dag == "shape" and not parent:
            parent = self.create("transform", f"{wanted or kind}Transform").name
        node = Node(self._free(wanted or f"{kind}1"), found, parent)
        self.nodes[node.name] = node
        return node

    def _free(self, wanted: str) -> str:
        if wanted not in self.nodes:
            return wanted
        stem, k = wanted.rstrip("0123456789"), 1
        while f"{stem}{k}" in self.nodes:
            k += 1
        return f"{stem}{k}"

    def plug(self, text: str) -> Plug:
        match = _PLUG.match(text)
        part = _PART.match(match[2]) if match else None
        if match is None or part is None:
            raise RuntimeError(f"The object name is invalid: {text}")
        node = self.node(match[1])
        name, index, member = part.groups()
        if member:
            if member not in MEMBERS.get(f"{node.type.name}.{name}", ()):
                raise RuntimeError(f"No attribute was found: {text}")
            name = f"{name}_{member}"
        attribute = {**node.type.attributes, **node.added}.get(name)
        if attribute is None:
            raise RuntimeError(f"No object matches name: {text}")
        if (index is not None) != (attribute.multi or bool(member)) and not (attribute.multi and index is None):
            raise RuntimeError(f"{text}: an index is {'needed' if index is None else 'too much'}")
        return Plug(node, attribute, None if index is None else int(index))

    def set(self, text: str, values: tuple[Any, ...], kind: str | None) -> None:
        plug = self.plug(text)
        attribute = plug.attribute
        if not attribute.writable:
            raise RuntimeError(f"setAttr: The attribute '{text}' cannot be modified: it is an output")
        related = [f"{plug.node.name}.{name}" for name in (attribute.parent, *attribute.children)]
        if any(key in self.connections for key in (plug.key, *related)):
            raise RuntimeError(f"setAttr: The attribute '{text}' is locked or connected and cannot be modified.")
        if attribute.kind in SCALARS:
            if kind is not None or len(values) != 1 or isinstance(values[0], str):
                raise RuntimeError(f"setAttr: Error reading data element of {text}: {values}, type {kind}")
            self._limits(text, attribute, float(values[0]))
            plug.node.values[plug.key.partition(".")[2]] = values[0]
            return
        wanted = _WIDE.get(attribute.kind, attribute.kind)
        if _TYPED.get(kind or "") != wanted:
            raise RuntimeError(f"setAttr: Type specified for new value of attribute '{text}' is not equal to {wanted}")
        if wanted == "string":
            if len(values) != 1 or not isinstance(values[0], str):
                raise RuntimeError(f"setAttr: '{text}' needs one string, got {values}")
            plug.node.values[attribute.name] = values[0]
            return
        if len(values) != len(attribute.children) or any(isinstance(v, str) for v in values):
            raise RuntimeError(f"setAttr: '{text}' needs {len(attribute.children)} numbers, got {values}")
        for child, value in zip(attribute.children, values, strict=True):
            plug.node.values[child] = float(value)

    def get(self, text: str, default: Any = None) -> Any:
        plug = self.plug(text)
        if plug.attribute.children:
            return tuple(plug.node.values.get(child, default) for child in plug.attribute.children)
        return plug.node.values.get(plug.key.partition(".")[2], default)

    def connect(self, source: str, destination: str, *, force: bool, append: bool) -> None:
        a, b = self.plug(source), self.plug(destination)
        if not b.attribute.writable:
            raise RuntimeError(f"connectAttr: The destination '{destination}' is not writable")
        if a.attribute.name == "instObjGroups" and a.index is None:
            raise RuntimeError(f"connectAttr: '{source}' needs an index")
        if b.attribute.multi and b.index is None:
            if not append:
                raise RuntimeError(f"connectAttr: '{destination}' is an array; give an index or nextAvailable")
            b = Plug(b.node, b.attribute, sum(key.startswith(f"{b.key}[") for key in self.connections))
        if not compatible(a.attribute.kind, b.attribute.kind):
            raise RuntimeError(
                f"connectAttr: Data types of source and destination are not compatible: "
                f"{source} ({a.attribute.kind}) -> {destination} ({b.attribute.kind})"
            )
        if b.key in self.connections and not force:
            raise RuntimeError(f"connectAttr: The destination '{destination}' has an incoming connection")
        self.connections[b.key] = a.key

    def source(self, text: str) -> str:
        """Key of what is connected to a plug, or "" if nothing is."""
        return self.connections.get(self.plug(text).key, "")

    def _limits(self, text: str, attribute: Attribute, value: float) -> None:
        low, high = attribute.low, attribute.high
        if (low is not None and value < low) or (high is not None and value > high):
            raise RuntimeError(f"setAttr: Cannot set the attribute '{text}' past its range {low}..{high}: {value}")


def compatible(source: str, destination: str) -> bool:
    """Whether Maya converts one type to the other in a connection."""
    if destination == "message":
        return True
    if source in SCALARS and destination in SCALARS:
        return True
    return _WIDE.get(source, source) == _WIDE.get(destination, destination)
