"""A Maya with a window: menus, controls of the workspace, option variables, selection, deferred calls, plug-in files.

It is `FakeCmds` with more commands, checked against the stubs as those are. Besides it says no to calls from another
thread than the one that made it, counts steps of undo strictly - a command outside a chunk is a step of its own - and
finds plug-ins by `MAYA_PLUG_IN_PATH`. What it says of menus, controls and connections is after Autodesk's command
reference (help.autodesk.com, Maya-Tech-Docs/CommandsPython); docs/maya.md lists what nobody has seen in Maya.
"""

from __future__ import annotations

import copy
import os
import runpy
import threading
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tests.hosts.maya import node_tables
from tests.hosts.maya.fake_cmds import FakeCmds
from tests.hosts.maya.graph import Node

_MORE = {
    # After "D" and "S" of node_tables, where that is said what the letters stand for.
    "imagePlane": ("D, S", "shape", "", "imageName:string useFrameExtension:bool frameExtension:int frameOffset:int "
                   "frameIn:int frameOut:int depth:double fit:enum[0,4] displayMode:enum[0,4] sizeX:double "
                   "sizeY:double offsetX:double offsetY:double colorSpace:string ignoreColorSpaceFileRules:bool "
                   "alphaGain:double"),
    "ambientLight": ("D", "shape", "", "color:color intensity:float ambientShade:float[0,1] lightData:lightData!"),
    "time": ("D", "", "", "outTime:time!"),
    "colorCorrect": ("D", "", "", "inColor:color outColor:color!"),
}  # fmt: skip
_MORE_ATTRIBUTES = {"file": " uvTilingMode:enum[0,5]", "camera": " imagePlane:message*"}

node_tables.TABLES.update(_MORE)
for _kind, _text in _MORE_ATTRIBUTES.items():
    _source, _dag, _plugin, _known = node_tables.TABLES[_kind]
    if _text.split(":")[0] not in _known:
        node_tables.TABLES[_kind] = (_source, _dag, _plugin, _known + _text)
node_tables._node_type.cache_clear()

_DEFAULTS = {
    "camera": {"focalLength": 35.0, "horizontalFilmAperture": 1.41732, "verticalFilmAperture": 0.94488},
    "imagePlane": {"depth": 100.0, "displayMode": 3, "sizeX": 1.41732, "sizeY": 0.94488},
    "bump2d": {"aiFlipR": True, "aiFlipG": True},
    "resolution": {"width": 960, "height": 540},
    "file": {"fileTextureName": ""},
}
_CHANGES = {
    "createNode", "shadingNode", "setAttr", "connectAttr", "disconnectAttr", "delete", "sets", "addAttr", "xform",
    "imagePlane", "parent", "rename",
}  # fmt: skip


_AFTER_NEW, _AFTER_OPEN = 1, 2
"""Of this stand-in: the plug-in knows Maya's by their names only."""


class FakeMaya(FakeCmds):
    """A Maya as a person has it open; `gui=False`: mayapy or a farm's.

    Attributes:
        menus: name -> items, each a dict of its flags.
        controls: name -> flags of a workspace control.
        option_vars: name -> value.
        messages: texts of dialogues; notices: texts in the view.
        selection: names of nodes.
        loaded: plug-ins by name -> the functions of their files.
        animated: names of transforms -> their matrix below their parent at a time.
        callbacks: of MSceneMessage, by number.
        registered: what plug-ins said of themselves: (vendor, version).
    """

    def __init__(self, *, gui: bool = True, **settings: Any) -> None:
        self.owner = threading.get_ident()
        self.gui = gui
        self.menus: dict[str, list[dict[str, Any]]] = {}
        self.controls: dict[str, dict[str, Any]] = {}
        self.widgets: dict[str, Any] = {}
        self.option_vars: dict[str, Any] = {}
        self.messages: list[str] = []
        self.notices: list[str] = []
        self.loaded: dict[str, dict[str, Any]] = {}
        self.registered: list[tuple[str, str]] = []
        self.project = "/projects/default"
        self.time = 1.0
        self.range = (1.0, 3.0)
        self.callbacks: dict[int, tuple[int, Callable[..., Any]]] = {}
        self.animated: dict[str, Callable[[float], Sequence[float]]] = {}
        self._depth = 0
        self._deferred: list[tuple[Callable[..., Any], tuple[Any, ...]]] = []
        self._lock = threading.Lock()
        super().__init__(**settings)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        inner = super().__getattr__(name)

        def call(*args: Any, **flags: Any) -> Any:
            assert threading.get_ident() == self.owner, f"{name} was called from another thread: Maya may crash of that"
            if name not in _CHANGES or self._depth or not self.recording:
                return inner(*args, **flags)
            before = copy.deepcopy(self.graph)
            answer = inner(*args, **flags)
            self.undo_stack.append(before)
            return answer

        return call

    def _new(self) -> None:
        super()._new()
        self.graph.create("time", "time1")

    # For tests

    def later(self, function: Callable[..., Any], *args: Any) -> None:
        """`maya.utils.executeDeferred`: from any thread."""
        with self._lock:
            self._deferred.append((function, args))

    def idle(self) -> int:
        """Run what waits for the main thread, and what that defers; how many calls."""
        count = 0
        while True:
            with self._lock:
                waiting, self._deferred = self._deferred, []
            if not waiting:
                return count
            for function, args in waiting:
                function(*args)
                count += 1

    def press(self, label: str, *, box: bool = False) -> None:
        """Choose a menu item by the beginning of its label, or its option box. Refuses what is disabled."""
        for items in self.menus.values():
            for number, item in enumerate(items):
                if str(item.get("label", "")).startswith(label):
                    if box:
                        item = items[number + 1]
                        assert item.get("optionBox"), f"{label} has no option box"
                    assert item.get("enable", True), f"{label} is disabled"
                    item["command"](False)
                    return
        raise AssertionError(f"no menu item {label!r}")

    def labels(self) -> list[str]:
        """Labels of all menu items."""
        return [str(item["label"]) for items in self.menus.values() for item in items if "label" in item]

    def traces(self) -> dict[str, Any]:
        """What a plug-in could have left, but for option variables and nodes."""
        return {
            "menus": list(self.menus),
            "controls": list(self.controls),
            "deferred": len(self._deferred),
            "callbacks": len(self.callbacks),
        }

    # Session

    def _about(self, way: str, **flags: Any) -> Any:
        return (not self.gui) if "batch" in flags else super()._about(way, **flags)

    def _file(self, way: str, *args: Any, **flags: Any) -> Any:
        answer = super()._file(way, *args, **flags)
        event = _AFTER_NEW if flags.get("new") else _AFTER_OPEN if flags.get("open") else 0
        for wanted, function in list(self.callbacks.values()):
            if wanted == event:
                function(None)
        return answer

    def _undoInfo(self, way: str, **flags: Any) -> Any:  # noqa: N802
        # Only the outermost chunk is a step of undo.
        if flags.get("openChunk"):
            self._depth += 1
            return super()._undoInfo(way, **flags) if self._depth == 1 else None
        if flags.get("closeChunk"):
            assert self._depth, "a chunk is closed that was not opened"
            self._depth -= 1
            return super()._undoInfo(way, **flags) if self._depth == 0 else None
        return super()._undoInfo(way, **flags)

    def _loadPlugin(self, way: str, name: str, **flags: Any) -> list[str]:  # noqa: N802
        folders = [folder for folder in os.environ.get("MAYA_PLUG_IN_PATH", "").split(os.pathsep) if folder]
        path = next((os.path.join(f, f"{name}.py") for f in folders if os.path.isfile(f"{f}/{name}.py")), "")
        if not path:
            return super()._loadPlugin(way, name, **flags)
        if name not in self.loaded:
            functions = runpy.run_path(path, run_name=name)
            assert "maya_useNewAPI" in functions, "without it Maya hands over an object of its old API"
            functions["initializePlugin"](name)
            self.loaded[name] = functions
            self.plugins.add(name)
        return [name]

    def _unloadPlugin(self, way: str, name: str, **flags: Any) -> list[str]:  # noqa: N802
        if name not in self.loaded:
            raise RuntimeError(f'Plug-in, "{name}", is not loaded.')
        self.loaded.pop(name)["uninitializePlugin"](name)
        self.plugins.discard(name)
        return [name]

    def _optionVar(self, way: str, **flags: Any) -> Any:  # noqa: N802
        if way == "query":
            return self.option_vars.get(flags["query"], 0)
        if "exists" in flags:
            return flags["exists"] in self.option_vars
        if "list" in flags:
            return sorted(self.option_vars)
        if "remove" in flags:
            self.option_vars.pop(flags["remove"], None)
        for flag in ("stringValue", "intValue"):
            if flag in flags:
                name, value = flags[flag]
                self.option_vars[name] = value
        return None

    def _workspace(self, way: str, **flags: Any) -> str:
        if "expandName" in flags:
            name = flags["expandName"]
            return str(name) if os.path.isabs(name) else f"{self.project}/{name}"
        assert flags.get("rootDirectory")
        return f"{self.project}/"

    def _evalDeferred(self, way: str, action: Any, **flags: Any) -> None:  # noqa: N802
        self.later(action)

    def _currentTime(self, way: str, *args: Any, **flags: Any) -> float:  # noqa: N802
        return self.time

    def _playbackOptions(self, way: str, **flags: Any) -> float:  # noqa: N802
        return self.range[0] if "minTime" in flags else self.range[1]

    # Window

    def _no_window(self, command: str) -> None:
        if not self.gui:
            raise RuntimeError(f"{command} is not available in batch mode")

    def _confirmDialog(self, way: str, **flags: Any) -> str:  # noqa: N802
        self._no_window("confirmDialog")
        self.messages.append(flags["message"])
        return "OK"

    def _inViewMessage(self, way: str, **flags: Any) -> None:  # noqa: N802
        self._no_window("inViewMessage")
        self.notices.append(flags["assistMessage"])

    def _menu(self, way: str, name: str, **flags: Any) -> Any:
        if flags.get("exists"):
            return name in self.menus
        self._no_window("menu")
        if flags["parent"] != "MayaWindow":
            raise RuntimeError(f"menu: object {flags['parent']} not found")
        if name in self.menus:
            raise RuntimeError(f"Object's name '{name}' is not unique.")
        self.menus[name] = []
        return name

    def _menuItem(self, way: str, name: str = "", **flags: Any) -> Any:  # noqa: N802
        if way == "edit":
            parent, _, number = name.partition("|menuItem")
            if parent not in self.menus:
                raise RuntimeError(f"menuItem: Object '{name}' not found.")
            self.menus[parent][int(number)].update(flags)
            return name
        self._no_window("menuItem")
        items = self.menus.get(flags["parent"])
        if items is None:
            raise RuntimeError(f"menuItem: Object '{flags['parent']}' not found.")
        if flags.get("optionBox") and (not items or "command" not in items[-1]):
            raise RuntimeError("menuItem: an option box needs an item before it")
        items.append(dict(flags))
        return f"{flags['parent']}|menuItem{len(items) - 1}"

    def _deleteUI(self, way: str, name: str, **flags: Any) -> None:  # noqa: N802
        if name in self.menus and not flags.get("control"):
            del self.menus[name]
        elif name in self.controls and not flags.get("menu"):
            del self.controls[name]
            widget = self.widgets.pop(name, None)
            if widget is not None:
                self.destroy(widget)
        else:
            raise RuntimeError(f"deleteUI: Object '{name}' not found.")

    def pointer_of(self, name: str) -> Any:
        """Address of the widget of a control; a test with a Qt says it."""
        return None

    def destroy(self, widget: Any) -> None:
        """What becomes of a widget whose control is gone; a test with a Qt says how."""

    def make_widget(self, name: str) -> Any:
        """The widget of a control; a test with a Qt makes one."""
        return None

    def _workspaceControl(self, way: str, name: str, **flags: Any) -> Any:  # noqa: N802
        if flags.get("exists"):
            return name in self.controls
        self._no_window("workspaceControl")
        if way == "edit":
            if name not in self.controls:
                raise RuntimeError(f"workspaceControl: Object '{name}' not found.")
            self.controls[name].update(flags)
            return name
        if name in self.controls:
            raise RuntimeError(f"Object's name '{name}' is not unique.")
        self.controls[name] = dict(flags)
        self.widgets[name] = self.make_widget(name)
        if flags.get("requiredPlugin", "") in ("", *self.loaded):
            exec(flags["uiScript"], {})
        return name

    # Scene

    def _select(self, way: str, *names: str, **flags: Any) -> None:
        self.selection = [self.graph.node(name).name for name in names]

    def _nodeType(self, way: str, name: str, **flags: Any) -> str:  # noqa: N802
        return self.graph.node(name).type.name

    def _attributeQuery(self, way: str, name: str, **flags: Any) -> bool:  # noqa: N802
        assert flags.get("exists")
        node = self.graph.node(flags["node"])
        return name in {**node.type.attributes, **node.added}

    def _world_at(self, node: Node, time: float) -> np.ndarray:
        own = self.animated[node.leaf](time) if node.leaf in self.animated else node.matrix
        matrix = np.asarray(own, np.float64).reshape(4, 4)
        return matrix @ self._world_at(self.graph.nodes[node.parent], time) if node.parent else matrix

    def _getAttr(self, way: str, plug: str, **flags: Any) -> Any:  # noqa: N802
        place = self.graph.plug(plug)
        if place.attribute.name == "worldMatrix":
            assert place.index == 0
            return [float(v) for v in self._world_at(place.node, flags.get("time", self.time)).ravel()]
        found = self.graph.get(plug)
        if found is not None and flags.get("expandEnvironmentVariables"):
            return os.path.expandvars(os.path.expanduser(found))
        if found is not None:
            return found
        default = _DEFAULTS.get(place.node.type.name, {}).get(place.attribute.name)
        if default is not None:
            return default
        return None if place.attribute.kind == "string" else 0

    def _imagePlane(self, way: str, **flags: Any) -> list[str]:  # noqa: N802
        camera = self.graph.node(flags["camera"])
        if camera.type.name != "camera":
            raise RuntimeError(f"{camera.name} is no camera")
        transform = self.graph.create("transform", "imagePlane1")
        shape = self.graph.create("imagePlane", f"{transform.name}Shape", transform.name)
        path, owner = self.graph.path(shape), self.graph.path(camera)
        self.graph.set(f"{path}.imageName", (flags.get("fileName", ""),), "string")
        self.graph.connect(f"{path}.message", f"{owner}.imagePlane", force=False, append=True)
        return [self.graph.shown(transform), self.graph.shown(shape)]


def extra_modules(maya: FakeMaya) -> dict[str, dict[str, Any]]:
    """What the plug-in uses of Maya's modules beside `maya.cmds`, by module."""

    class MFnPlugin:
        """After Autodesk's OpenMaya 2.0 reference: MFnPlugin(plugin, vendor, version, requiredApiVersion)."""

        def __init__(self, plugin: Any, vendor: str = "", version: str = "", required: str = "Any") -> None:
            assert plugin
            maya.registered.append((vendor, version))

    class MSceneMessage:
        """After the same reference: addCallback(message, function, clientData=None) gives what MMessage removes."""

        kAfterNew, kAfterOpen = _AFTER_NEW, _AFTER_OPEN  # noqa: N815

        @staticmethod
        def addCallback(event: int, function: Callable[..., Any], data: Any = None) -> int:  # noqa: N802
            number = max(maya.callbacks, default=0) + 1
            maya.callbacks[number] = (event, function)
            return number

    class MMessage:
        @staticmethod
        def removeCallback(number: int) -> None:  # noqa: N802
            if number not in maya.callbacks:
                raise RuntimeError("(kFailure): Unexpected Internal Failure")
            del maya.callbacks[number]

    class MQtUtil:
        @staticmethod
        def findControl(name: str) -> Any:  # noqa: N802
            return maya.pointer_of(name) if name in maya.controls else None

    return {
        "maya.api.OpenMaya": {"MFnPlugin": MFnPlugin, "MSceneMessage": MSceneMessage, "MMessage": MMessage},
        "maya.OpenMayaUI": {"MQtUtil": MQtUtil},
        "maya.utils": {"executeDeferred": maya.later},
    }


def modules(maya: FakeMaya) -> dict[str, Any]:
    """`tests.hosts.maya.pretend.modules`, with those of a window; `maya.cmds` is up."""
    from types import ModuleType

    from tests.hosts.maya import pretend

    made: dict[str, Any] = pretend.modules(maya)
    for name, content in extra_modules(maya).items():
        if name not in made:
            made[name] = ModuleType(name)
            setattr(made["maya"], name.rpartition(".")[2], made[name])
        made[name].__dict__.update(content)
    made["maya.standalone"].initialize()
    return made


def plate_scene(maya: FakeMaya, path: str, *, sequence: bool = False) -> Sequence[str]:
    """A camera with an image plane: (camera, shape of the camera, shape of the plane)."""
    camera = maya.graph.create("transform", "shotCam").name
    shape = maya.graph.create("camera", "shotCamShape", camera).name
    plane = maya._imagePlane("create", camera=shape, fileName=path)[1]
    maya.graph.set(f"{plane}.useFrameExtension", (sequence,), None)
    return camera, shape, plane
