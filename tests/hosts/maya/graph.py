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
    """One node and what was set on it; `mesh` holds the arrays of a mesh, `members` those of a set.

    `name` is its key in the graph: what it is called, and where another node is called the same its parent's key
    before that.
    """

    name: str
    type: NodeType
    parent: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    added: dict[str, Attribute] = field(default_factory=dict)
    matrix: tuple[float, ...] = tuple(float(i % 5 == 0) for i in range(16))
    mesh: dict[str, np.ndarray] = field(default_factory=dict)
    members: list[str] = field(default_factory=list)
    uuid: str = field(default_factory=lambda: str(uuid4()).upper())

    @property
    def leaf(self) -> str:
        """What it is called, without its place."""
        return self.name.rpartition("|")[2]


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
        self._repeated: set[str] = set()
        """Names that more than one node has, or had: only these need a search."""

    def find(self, name: str) -> list[Node]:
        """The nodes that a name, or the end of a path, may mean."""
        leaf = name.rpartition("|")[2]
        if "|" not in name and leaf not in self._repeated:
            return [self.nodes[name]] if name in self.nodes else []
        found = [node for node in self.nodes.values() if node.leaf == leaf]
        if "|" not in name:
            return found
        return [n for n in found if self.path(n) == name or (name[0] != "|" and self.path(n).endswith(f"|{name}"))]

    def node(self, name: str) -> Node:
        found = self.find(name)
        if not found:
            raise RuntimeError(f"No object matches name: {name}")
        if len(found) > 1:
            raise RuntimeError(f"More than one object matches name: {name}")
        return found[0]

    def path(self, node: Node) -> str:
        """The whole path of a node of the hierarchy; the name of another."""
        if not node.type.dag:
            return node.leaf
        above = self.path(self.nodes[node.parent]) if node.parent else ""
        return f"{above}|{node.leaf}"

    def shown(self, node: Node) -> str:
        """What commands answer: the shortest end of the path that means this node and no other."""
        parts = self.path(node).split("|")
        ends = ("|".join(parts[-k:]) for k in range(1, len(parts) + 1))
        return next(end for end in ends if len(self.find(end)) == 1)

    def world(self, node: Node) -> np.ndarray:
        """Its matrix to the world, (4, 4), for row vectors as Maya writes them."""
        own = np.asarray(node.matrix, np.float64).reshape(4, 4)
        return own @ self.world(self.nodes[node.parent]) if node.parent else own

    def rename(self, node: Node, wanted: str, parent: str | None = None) -> None:
        """Call a node otherwise, or put it below another parent; connections follow it, and what is below it."""
        before = node.name
        del self.nodes[before]
        node.parent = node.parent if parent is None else parent
        node.name = self._free(wanted, node.parent, bool(node.type.dag))
        self.nodes[node.name] = node

        def moved(key: str) -> str:
            name, dot, rest = key.partition(".")
            return f"{node.name}{dot}{rest}" if name == before else key

        self.connections = {moved(b): moved(a) for b, a in self.connections.items()}
        for other in self.nodes.values():
            other.parent = node.name if other.parent == before else other.parent
            other.members = [node.name if member == before else member for member in other.members]

    def create(self, kind: str, wanted: str = "", parent: str = "") -> Node:
        found = node_type(kind, self.plugins)
        if found is None:
            raise RuntimeError(f"Unknown object type: {kind}")
        if wanted and not re.fullmatch(r"[A-Za-z_]\w*", wanted):
            raise RuntimeError(f"New name has no legal characters: {wanted}")
        if parent and (not found.dag or self.node(parent).type.name != "transform"):
            raise RuntimeError(f"Cannot parent {kind} to {parent}")
        parent = self.node(parent).name if parent else ""
        if found.dag == "shape" and not parent:
            parent = self.create("transform", f"{wanted or kind}Transform").name
        node = Node(self._free(wanted or f"{kind}1", parent, bool(found.dag)), found, parent)
        self.nodes[node.name] = node
        return node

    def _free(self, wanted: str, parent: str, dag: bool) -> str:
        """A key for a new node. Names are one to a parent in the hierarchy, and one to a scene outside it."""

        def taken(name: str) -> bool:
            return any(not (dag and n.type.dag) or n.parent == parent for n in self.find(name))

        name, k = wanted, 1
        while taken(name):
            name, k = f"{wanted.rstrip('0123456789')}{k}", k + 1
        if not self.find(name):
            return name
        self._repeated.add(name)
        return f"{parent}|{name}"

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
