"""A `maya.cmds` that is as strict as Maya about what this project calls, and renders nothing but what it is told to.

Every call is checked against the stubs first. Commands that are in the stubs but not here raise NotImplementedError: a
new one needs its behaviour written down before it can be used.
"""

from __future__ import annotations

import copy
import fnmatch
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from tests.hosts.maya.graph import Graph, Node
from tests.hosts.maya.node_tables import Attribute, attributes, node_type
from tests.hosts.maya.signatures import check

LINEAR, RAW = "scene-linear Rec.709-sRGB", "Raw"
SPACES = [LINEAR, RAW, "ACEScg", "sRGB Encoded Rec.709 (sRGB)"]

_DEFAULTS = {
    "defaultRenderGlobals": "renderGlobals",
    "defaultResolution": "resolution",
    "defaultRenderQuality": "renderQuality",
    "lightList1": "lightList",
    "defaultLightSet": "objectSet",
}
_UNITS = {"mm": 0.1, "cm": 1.0, "m": 100.0, "in": 2.54, "ft": 30.48}
_DISTANCES = {"nearClipPlane", "farClipPlane", "focusDistance"}
"""Attributes that `setAttr` takes in the working unit; the graph holds Maya's own, centimetres."""

_ADDABLE = {"float": "float", "double": "double", "long": "int", "bool": "bool"}
_CLASSES = {
    "asTexture": {"file"},
    "asUtility": {
        "place2dTexture", "bump2d", "samplerInfo", "setRange", "aiNormalMap", "aiUserDataFloat", "aiStateVector",
    },
    "asShader": {"standardSurface", "aiStandardSurface", "surfaceShader", "aiAmbientOcclusion"},
}  # fmt: skip

Render = Callable[["FakeCmds", str], None]
"""Makes the picture of the scene: gets the commands and the path without ending."""


def no_picture(cmds: FakeCmds, prefix: str) -> None:
    """A renderer that fails to write."""


class FakeCmds:
    """The commands; `graph` is the scene, `log` every call as text."""

    def __init__(
        self, *, arnold: str = "5.5.1", year: int = 2026, render: Render = no_picture, recording: bool = True
    ) -> None:
        self.arnold, self.year, self.renderer = arnold, year, render
        self.log: list[str] = []
        self.plugins: set[str] = set()
        self.rendering_space = "ACEScg"
        self.unit, self.up = "cm", "y"
        self.spaces, self.managed = list(SPACES), True
        self.scene_name = ""
        self.scenes: dict[str, Graph] = {}
        """What scene files hold, by path: a test fills it."""
        self.selection: list[str] = []
        self.recording = recording
        self.undo_stack: list[Graph] = []
        self._open: list[Graph] = []
        self.graph = Graph()
        self._new()

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("_"):
            raise AttributeError(name)

        def call(*args: Any, **flags: Any) -> Any:
            way = check(name, flags)
            shown = [repr(a) for a in args] + [f"{k}={v!r}" for k, v in flags.items()]
            self.log.append(f"{name}({', '.join(shown)})")
            act = getattr(self, f"_{name}", None)
            if act is None:
                raise NotImplementedError(f"the stand-in for Maya has no {name} yet; write down what it does")
            return act(way, *args, **flags)

        check(name, {})
        return call

    def _new(self) -> None:
        self.graph = Graph()
        self.graph.plugins = self.plugins
        for name, kind in _DEFAULTS.items():
            self.graph.create(kind, name)

    # Scene and session

    def _about(self, way: str, **flags: Any) -> Any:
        facts = {
            "version": str(self.year),
            "batch": True,
            "apiVersion": self.year * 10000,
            "operatingSystem": "linux64",
        }
        (what,) = flags
        return facts[what]

    def _file(self, way: str, *args: Any, **flags: Any) -> Any:
        if flags.get("new"):
            if not flags.get("force"):
                raise RuntimeError("Unsaved changes.")
            self._new()
        elif flags.get("open"):
            if not flags.get("force"):
                raise RuntimeError("Unsaved changes.")
            self.graph = copy.deepcopy(self.scenes[args[0]])
        elif "rename" in flags:
            self.scene_name = flags["rename"]
        elif flags.get("save"):
            assert flags["type"] in ("mayaAscii", "mayaBinary")
            rows = {node.name: node.type.name for node in self.graph.nodes.values()}
            Path(self.scene_name).write_text(json.dumps(rows), encoding="utf-8")
        else:
            raise NotImplementedError(f"file {flags}")
        return self.scene_name

    def _pluginInfo(self, way: str, name: str, **flags: Any) -> Any:  # noqa: N802
        if flags.get("loaded"):
            return name in self.plugins
        if flags.get("version"):
            return self.arnold
        raise NotImplementedError(f"pluginInfo {flags}")

    def _loadPlugin(self, way: str, name: str, **flags: Any) -> list[str]:  # noqa: N802
        if name != "mtoa" or not self.arnold:
            raise RuntimeError(f'Plug-in, "{name}", was not found on MAYA_PLUG_IN_PATH.')
        self.plugins.add(name)
        for node in self.graph.nodes.values():  # what the plug-in adds to Maya's own types is there at once
            node.type = node_type(node.type.name, self.plugins) or node.type
        return [name]

    def _undoInfo(self, way: str, **flags: Any) -> Any:  # noqa: N802
        if way == "query":
            return self.recording
        if "stateWithoutFlush" in flags or "state" in flags:
            self.recording = bool(flags.get("stateWithoutFlush", flags.get("state")))
        elif flags.get("openChunk"):
            self._open.append(copy.deepcopy(self.graph))
        elif flags.get("closeChunk"):
            self.undo_stack.append(self._open.pop())
        return None

    def _undo(self, way: str) -> None:
        self.graph = self.undo_stack.pop()

    def _colorManagementPrefs(self, way: str, **flags: Any) -> Any:  # noqa: N802
        if way == "query":
            if "renderingSpaceName" in flags:
                return self.rendering_space
            if "cmEnabled" in flags:
                return self.managed
            return list(self.spaces)
        if "renderingSpaceName" in flags:
            if flags["renderingSpaceName"] not in self.spaces:
                raise RuntimeError(f"{flags['renderingSpaceName']} is no rendering space")
            self.rendering_space = flags["renderingSpaceName"]
        return None

    # Nodes

    def _createNode(self, way: str, kind: str, **flags: Any) -> str:  # noqa: N802
        name = flags.get("name", "")
        if flags.get("shared") and name in self.graph.nodes:
            return str(name)
        return self.graph.shown(self.graph.create(kind, name, flags.get("parent", "")))

    def _shadingNode(self, way: str, kind: str, **flags: Any) -> str:  # noqa: N802
        (klass,) = [name for name in flags if name.startswith("as")]
        if kind not in _CLASSES.get(klass, ()):
            raise RuntimeError(f"shadingNode: {kind} is not made {klass}")
        if flags.get("isColorManaged") and kind != "file":
            raise RuntimeError("shadingNode: isColorManaged is for textures")
        return self.graph.shown(self.graph.create(kind, flags.get("name", "")))

    def _sets(self, way: str, *members: str, **flags: Any) -> Any:
        if way == "create":
            kind = "shadingEngine" if flags.get("renderable") else "objectSet"
            if members or not flags.get("empty"):
                raise NotImplementedError("sets with members")
            return self.graph.create(kind, flags.get("name", "")).name
        if way == "query":
            (name,) = members
            return [self.graph.shown(self.graph.nodes[member]) for member in self.graph.node(name).members] or None
        target = self.graph.node(flags["forceElement"])
        if target.type.name != "shadingEngine":
            raise RuntimeError(f"{target.name} is no shading group")
        for member in (self.graph.node(one).name for one in members):
            for node in self.graph.nodes.values():
                if member in node.members:
                    node.members.remove(member)
            target.members.append(member)
        return target.name

    def _addAttr(self, way: str, name: str, **flags: Any) -> None:  # noqa: N802
        node, long = self.graph.node(name), flags["longName"]
        if long in node.added or long in node.type.attributes:
            raise RuntimeError(f"Found an attribute of the name '{long}' already")
        if "dataType" in flags:
            assert flags["dataType"] == "string"
            node.added[long] = Attribute(long, "string")
        else:
            node.added |= attributes(f"{long}:{_ADDABLE[flags['attributeType']]}")

    def _setAttr(self, way: str, plug: str, *values: Any, **flags: Any) -> None:  # noqa: N802
        place = self.graph.plug(plug)
        if place.attribute.name in _DISTANCES:
            values = tuple(value * _UNITS[self.unit] for value in values)
        self.graph.set(plug, values, flags.get("type"))

    def _getAttr(self, way: str, plug: str, **flags: Any) -> Any:  # noqa: N802
        return self.graph.get(plug)

    def _currentUnit(self, way: str, **flags: Any) -> str:  # noqa: N802
        if way == "query":
            assert flags.get("linear")
            return self.unit
        if flags["linear"] not in _UNITS:
            raise RuntimeError(f"currentUnit: Invalid unit {flags['linear']}")
        self.unit = flags["linear"]
        return self.unit

    def _upAxis(self, way: str, **flags: Any) -> str:  # noqa: N802
        assert way == "query"
        assert flags.get("axis")
        return self.up

    def _connectAttr(self, way: str, source: str, destination: str, **flags: Any) -> str:  # noqa: N802
        append, force = bool(flags.get("nextAvailable")), bool(flags.get("force"))
        self.graph.connect(source, destination, force=force, append=append)
        return f"Connected {source} to {destination}."

    def _xform(self, way: str, name: str, **flags: Any) -> list[float] | None:
        node = self.graph.node(name)
        if node.type.name != "transform":
            raise RuntimeError(f"xform: {name} is no transform")
        if way == "query":
            assert flags.get("matrix")
            assert flags.get("worldSpace")
            return [float(v) for v in self.graph.world(node).ravel()]
        if flags.get("worldSpace") and node.parent:
            raise NotImplementedError("xform in the world below a parent")
        node.matrix = tuple(float(v) for v in flags["matrix"])
        return None

    def _duplicate(self, way: str, name: str) -> list[str]:
        source = self.graph.node(name)
        made = self.graph.create(source.type.name, source.leaf)
        for child in [node for node in self.graph.nodes.values() if node.parent == source.name]:
            copied = self.graph.create(child.type.name, child.leaf, made.name)
            copied.mesh, copied.values = dict(child.mesh), dict(child.values)
        return [made.leaf]

    def _listRelatives(self, way: str, name: str, **flags: Any) -> list[str] | None:  # noqa: N802
        """Without `path` or `fullPath` names stand alone, and may mean several nodes."""
        node = self.graph.node(name)
        if flags.get("parent"):
            found = [self.graph.nodes[node.parent]] if node.parent else []
        else:
            found = self._below(node, deep=bool(flags.get("allDescendents")))
        if flags.get("shapes"):
            found = [child for child in found if child.type.dag == "shape"]
        if "type" in flags:
            found = [child for child in found if child.type.name == flags["type"]]
        if flags.get("noIntermediate"):
            found = [child for child in found if not child.values.get("intermediateObject")]
        if flags.get("fullPath"):
            return [self.graph.path(child) for child in found] or None
        return [self.graph.shown(child) if flags.get("path") else child.leaf for child in found] or None

    def _below(self, node: Node, *, deep: bool) -> list[Node]:
        found = [child for child in self.graph.nodes.values() if child.parent == node.name]
        return [lower for child in found for lower in (*self._below(child, deep=True), child)] if deep else found

    def _parent(self, way: str, name: str, *above: str, **flags: Any) -> list[str]:
        """It answers with names alone, as `rename` does: they may mean several nodes."""
        node = self.graph.node(name)
        if (node.type.dag == "shape") != bool(flags.get("shape")):
            raise RuntimeError(f"parent: {name} is a {node.type.dag}")
        if bool(flags.get("world")) == bool(above):
            raise RuntimeError("parent: a parent or the world")
        new = self.graph.node(above[0]) if above else None
        if new and new.type.name != "transform":
            raise RuntimeError(f"parent: {above} is no transform")
        if not flags.get("relative"):
            ground = self.graph.world(new) if new else np.eye(4)
            node.matrix = tuple((self.graph.world(node) @ np.linalg.inv(ground)).ravel().tolist())
        self.graph.rename(node, node.leaf, new.name if new else "")
        return [node.leaf]

    def _rename(self, way: str, name: str, wanted: str) -> str:
        node = self.graph.node(name)
        self.graph.rename(node, wanted)
        return node.leaf

    def _objExists(self, way: str, name: str) -> bool:  # noqa: N802
        return bool(self.graph.find(name))

    def _ls(self, way: str, *names: str, **flags: Any) -> list[str]:
        nodes = list(self.graph.nodes.values())
        if flags.get("selection"):
            nodes = [self.graph.nodes[name] for name in self.selection if name in self.graph.nodes]
        if names:
            paths = {node.name for name in names if "|" in name for node in self.graph.find(name)}
            nodes = [node for node in nodes if node.name in paths or any(_fits(node, pattern) for pattern in names)]
        kinds = flags.get("type")
        if kinds:
            wanted = [kinds] if isinstance(kinds, str) else kinds
            nodes = [node for node in nodes if node.type.name in wanted]
        return [self._named(node, flags) for node in nodes]

    def _listConnections(self, way: str, plug: str, **flags: Any) -> list[str] | None:  # noqa: N802
        node, dot, attribute = plug.partition(".")
        if dot:
            self.graph.plug(plug)
        node = self.graph.node(node).name

        def mine(key: str) -> bool:
            name, _, rest = key.partition(".")
            return name == node and (not dot or rest == attribute or rest.startswith(f"{attribute}["))

        found = []
        for destination, source in self.graph.connections.items():
            if flags.get("source", True) and mine(destination):
                found.append(source)
            if flags.get("destination", True) and mine(source):
                found.append(destination)
        names: list[str] = []
        for key in found:
            name, dot, rest = key.partition(".")
            other = self.graph.nodes[name]
            if flags.get("plugs"):
                names.append(f"{self.graph.shown(other)}{dot}{rest}")
                continue
            if other.type.dag == "shape" and not flags.get("shapes"):
                other = self.graph.nodes[other.parent]
            names.append(self.graph.shown(other))
        return names or None

    def _named(self, node: Node, flags: dict[str, Any]) -> str:
        if flags.get("uuid"):
            return node.uuid
        return self.graph.path(node) if flags.get("long") else self.graph.shown(node)

    def _delete(self, way: str, *names: str) -> None:
        for name in [self.graph.node(name).name for name in names]:
            self._gone(name)

    def _gone(self, name: str) -> None:
        for child in [n.name for n in self.graph.nodes.values() if n.parent == name]:
            self._gone(child)
        del self.graph.nodes[name]
        for node in self.graph.nodes.values():
            if name in node.members:
                node.members = [member for member in node.members if member != name]
        plugs, wires = f"{name}.", self.graph.connections
        for end in [b for b, a in wires.items() if b.startswith(plugs) or a.startswith(plugs)]:
            del wires[end]

    # Rendering

    def _arnoldRender(self, way: str, **flags: Any) -> None:  # noqa: N802
        if "mtoa" not in self.plugins:
            raise RuntimeError('Cannot find procedure "arnoldRender".')
        self._picture(flags["camera"], "arnold", flags["width"], flags["height"])

    def _render(self, way: str, camera: str, **flags: Any) -> str:
        self._picture(camera, "mayaSoftware", flags["xresolution"], flags["yresolution"])
        return ""

    def _picture(self, camera: str, renderer: str, width: int, height: int) -> None:
        get = self.graph.get
        if self.graph.node(camera).type.name != "camera":
            raise RuntimeError(f"{camera} is no camera")
        if get("defaultRenderGlobals.currentRenderer") != renderer:
            raise RuntimeError(f"the renderer is not {renderer}")
        if (get("defaultResolution.width"), get("defaultResolution.height")) != (width, height):
            raise RuntimeError("width and height differ from defaultResolution")
        if self.rendering_space != LINEAR:
            raise RuntimeError(f"pictures would be in {self.rendering_space}")
        self.renderer(self, str(get("defaultRenderGlobals.imageFilePrefix")))

    # What OpenMaya makes

    def make_mesh(self, parent: str, name: str, arrays: dict[str, np.ndarray]) -> str:
        """Put a mesh under a transform; refuses arrays that do not fit each other, and a place in the undo queue."""
        if self.recording:
            raise RuntimeError("a mesh that Maya's undo queue knows nothing of")
        count = len(arrays["positions"])
        faces = arrays["faces"]
        if faces.size == 0 or faces.max() >= count or len(arrays["normals"]) != count or len(arrays["uvs"]) != count:
            raise RuntimeError("(kInvalidParameter): the arrays of the mesh do not fit each other")
        node: Node = self.graph.create("mesh", name, parent)
        node.mesh = arrays
        return self.graph.shown(node)


def _fits(node: Node, pattern: str) -> bool:
    """Whether a node is meant by a name, a UUID, or a pattern of names, perhaps with an attribute that it must have."""
    stem, _, attribute = pattern.partition(".")
    named = node.uuid == stem or fnmatch.fnmatchcase(node.leaf, stem)
    return named and (not attribute or attribute in {**node.type.attributes, **node.added})
