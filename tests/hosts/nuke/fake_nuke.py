"""A strict stand-in for `nuke`: what the plug-in uses has state and behaves; whatever else is asked for raises.

It knows the node classes and knobs of `node_table` and no others, reads gizmos from the plug-in path with a Tcl
interpreter, evaluates expressions, runs `init.py` and `menu.py` of folders on the path as Nuke does at a start, and
refuses what hangs a real Nuke. It proves that the plug-in is consistent with what is known of Nuke; that Nuke is as
the table says is for docs/nuke-test-list.md to show.
"""

from __future__ import annotations

import json
import queue
import sys
import threading
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.hosts.nuke.fake_nodes import FakeKnob, FakeNode, make_node
from tests.hosts.nuke.node_table import CLASSES
from tests.hosts.nuke.script_reader import read_script, tkinter, words_of

CAT_MARK = "a .cat of the fake"
CAT_CHANNELS = {
    *(f"rgba.{channel}" for channel in ("red", "green", "blue", "alpha")),
    *("depth.Z", "forward.u", "forward.v", "backward.u", "backward.v", "deep.front", "deep.back", "disparityL.x"),
    *("disparityL.y", "disparityR.x", "disparityR.y", "mask.a", "rotopaint_mask.a", "mask_planartrack.a"),
    "mask_splinewarp.a",
}
"""All that CatFileCreator takes: learn.foundry.com, .cat file creation reference for Nuke 14, appendix."""


class FakePanel:
    """`nukescripts.PythonPanel`."""

    def __init__(self, nuke: FakeNuke, title: str) -> None:
        self.nuke, self.title, self.knobs = nuke, title, {}

    def addKnob(self, knob: FakeKnob) -> None:  # noqa: N802
        self.knobs[knob.name()] = knob

    def showModalDialog(self) -> bool:  # noqa: N802
        self.nuke.panels.append(self)
        answers = self.nuke.panel_answers
        if answers is None:
            return False
        for name, value in answers.items():
            self.knobs[name].setValue(value)
        return True


class FakeTask:
    """`nuke.ProgressTask`."""

    def __init__(self, nuke: FakeNuke, title: str) -> None:
        self.nuke, self.shown = nuke, []
        self.shown.append((0, title))
        nuke.tasks.append(self)

    def setProgress(self, percent: int) -> None:  # noqa: N802
        assert isinstance(percent, int)
        assert 0 <= percent <= 100
        self.shown.append((percent, self.shown[-1][1]))

    def setMessage(self, words: str) -> None:  # noqa: N802
        assert isinstance(words, str)

    def isCancelled(self) -> bool:  # noqa: N802
        return self.nuke.cancel_pressed


class FakeUndo:
    """`nuke.Undo`: groups of changes to knobs and of nodes that were made; `undo` takes the last group back."""

    def __init__(self, nuke: FakeNuke) -> None:
        self.nuke = nuke
        self.groups: list[tuple[str, list[Callable[[], object]]]] = []
        self.depth = 0
        self.off = 0

    def disable(self) -> None:
        self.nuke._main_thread_only()
        self.off += 1

    def enable(self) -> None:
        assert self.off > 0, "enable without disable"
        self.off -= 1

    def begin(self, name: str) -> None:
        self.nuke._main_thread_only()
        if self.depth == 0:
            self.groups.append((name, []))
        self.depth += 1

    def end(self) -> None:
        assert self.depth > 0, "end without begin"
        self.depth -= 1

    def record(self, name: str, back: Callable[[], object]) -> None:
        """A change; outside of a group it is a step of its own."""
        if self.off:
            return
        if self.depth == 0:
            self.groups.append((name, []))
        self.groups[-1][1].append(back)

    def undo(self) -> str:
        name, changes = self.groups.pop()
        for back in reversed(changes):
            back()
        return name


class FakeMenu:
    """A menu: its commands by path."""

    def __init__(self) -> None:
        self.commands: dict[str, Callable[[], object]] = {}

    def addCommand(  # noqa: N802
        self, path: str, command: Callable[[], object], shortcut: str = "", icon: str = "", tooltip: str = ""
    ) -> None:
        assert callable(command)
        self.commands[path] = command

    def findItem(self, path: str) -> object | None:  # noqa: N802
        return self if any(name == path or name.startswith(path + "/") for name in self.commands) else None

    def removeItem(self, path: str) -> None:  # noqa: N802
        self.commands = {n: c for n, c in self.commands.items() if n != path and not n.startswith(path + "/")}


class FakeNuke:
    """One run of Nuke. `module()` is what `import nuke` gives."""

    def __init__(self, version: tuple[int, int, int] = (15, 1, 3), gui: bool = True) -> None:
        self.version, self.gui = version, gui
        self.paths: list[str] = []
        self.menus = {"Nodes": FakeMenu(), "Nuke": FakeMenu()}
        self.messages: list[str] = []
        self.questions: list[str] = []
        self.says_yes = True
        self.panels: list[FakePanel] = []
        self.panel_answers: dict[str, Any] | None = None
        self.tasks: list[FakeTask] = []
        self.cancel_pressed = False
        self.layers: dict[str, tuple[str, ...]] = {}
        self.rendered: list[tuple[str, int, int]] = []
        self.rendered_to: list[str] = []
        self.rendered_at: list[float] = []
        self.selected: list[FakeNode] = []
        self.reading = False
        self.starting = False
        self.undo = FakeUndo(self)
        self.open_properties: list[str] = []
        self.frame = 1001
        self.views = ["main"]
        self.render_frame: Callable[[Path, int], object] = lambda path, frame: path.write_bytes(b"a plate")
        self.can_make_cat = True
        self.this: list[tuple[FakeNode, FakeKnob]] = []
        self.contexts: list[FakeNode] = []
        self.for_main: queue.Queue[Callable[[], object]] = queue.Queue()
        self.root_node = FakeNode(self, "Root", "", None)
        for name, kind, value in (
            ("first_frame", "int", 1001),
            ("last_frame", "int", 1003),
            ("proxy", "bool", False),
            ("proxy_scale", "float", 0.5),
        ):
            self.root_node[name].kind = kind
            self.root_node[name].values[0] = value

    # a run of Nuke

    def start(self, folder: Path) -> None:
        """A start of Nuke with `folder` on NUKE_PATH: every init.py of the path, then, with a window, every menu.py."""
        self.starting = True
        self.add_path(str(folder))
        if self.gui:
            for path in list(self.paths):
                self._run_file(Path(path) / "menu.py")
        self.starting = False

    def add_path(self, path: str) -> None:
        if path in self.paths:
            self.paths.remove(path)
        self.paths.insert(0, path)
        if path not in sys.path:
            sys.path.insert(0, path)
        if self.starting:
            self._run_file(Path(path) / "init.py")

    def _run_file(self, file: Path) -> None:
        if file.is_file():
            self._relative = file.parent
            code = compile(file.read_text(encoding="utf-8"), str(file), "exec")
            exec(code, {"__file__": str(file), "__name__": "__main__"})

    def run(self, code: str, node: FakeNode, knob: FakeKnob) -> None:
        """Code of a knob; that of a group runs inside of the group, as far as is known."""
        self.this.append((node, knob))
        self.contexts.append(node if node.node_class == "Group" else self.context)
        try:
            exec(compile(code, f"<{node.name()}.{knob.name()}>", "exec"), {"nuke": self.module()})
        finally:
            self.contexts.pop()
            self.this.pop()

    @property
    def context(self) -> FakeNode:
        """The group that nodes are made in and selected in."""
        return self.contexts[-1] if self.contexts else self.root_node

    def run_main_loop(self, seconds: float = 30.0) -> None:
        """Run the next call that a thread asked the main thread for."""
        self.for_main.get(timeout=seconds)()

    # nodes

    def create(self, name: str, knobs: str = "") -> FakeNode:
        if name in CLASSES:
            node = FakeNode(self, name, self._free(name), self.context)
        else:
            found = next((Path(p) / f"{name}.gizmo" for p in self.paths if (Path(p) / f"{name}.gizmo").is_file()), None)
            if found is None:
                raise RuntimeError(f"{name}: Unknown command")
            script = read_script(found.read_text(encoding="utf-8"))
            self.layers.update(script.layers)
            (read,) = script.nodes
            self.reading = True
            node = make_node(self, read, self.context, self._free(name))
            self.reading = False
        self.context.inside.append(node)
        self.undo.record(f"make {node.name()}", lambda: self._delete(node))
        if self.selected and self.selected[0].group is self.context:
            node.inputs = [self.selected[0]]
        self.selected = [node]
        words = words_of(knobs)
        for knob, value in zip(words[::2], words[1::2], strict=True):
            node[knob].setValue(value)
        code = str(node["onCreate"].value())
        if code:
            self.run(code, node, node["onCreate"])
        return node

    def name_script(self, path: str) -> None:
        """As saving under that name does."""
        self.root_node._knobs["name"].values[0] = path

    def close_window(self) -> None:
        """From here on as `nuke -t`: no window, no loop in which the main thread takes calls, and the end of the script
        is the end of Nuke."""
        self.gui = self.module().GUI = False  # type: ignore[attr-defined]

    def open_script(self, path: str) -> None:
        """As closing this script and opening an empty one of that name in its place."""
        for node in list(self.root_node.inside):
            self._delete(node)
        self.name_script(path)

    def render_all(self) -> None:
        """*Render All*, and what a farm does: every Write that is not disabled, in groups too."""
        writers = [node for node in self.root_node.everything() if node.node_class == "Write"]
        for node in writers:
            if str(node["disable"].value()) not in ("true", "True"):
                self.execute(node, 1001, 1001)

    def paste(self, path: str) -> None:
        script = read_script(Path(path).read_text(encoding="utf-8"))
        self.layers.update(script.layers)
        made: dict[str, FakeNode] = {}
        self.reading = True
        for read in script.nodes:
            if read.node_class != "Root":
                made[read.name] = make_node(self, read, self.root_node)
                made[read.name].inputs = [None if one is None else made[one.name] for one in read.inputs]
                self.root_node.inside.append(made[read.name])
        self.reading = False

    def _free(self, name: str) -> str:
        names = {node.name() for node in self.context.inside}
        return next(f"{name}{number}" for number in range(1, 1000) if f"{name}{number}" not in names)

    def find(self, full_name: str) -> FakeNode | None:
        here: FakeNode | None = self.root_node
        for part in full_name.split("."):
            here = None if here is None else here.node(part)
        return here

    # files

    def evaluated_path(self, text: str) -> str:
        """A file knob's text as Nuke evaluates it: Tcl in brackets, with `plugins` looking through the path."""
        tcl = tkinter.Tcl()

        def plugins(*words: str) -> str:
            assert words[0] == "-all"
            found = [str(Path(p) / words[1]) for p in self.paths if (Path(p) / words[1]).is_file()]
            return " ".join(f"{{{path}}}" for path in found)

        def value(name: str) -> str:
            assert name == "root.name"
            return self.root_node.name()

        tcl.createcommand("plugins", plugins)
        tcl.createcommand("value", value)
        return str(tcl.eval(f'return "{text}"')) if "[" in text else text

    def cat_knobs(self, model_file: str) -> list[str]:
        path = Path(self.evaluated_path(model_file) or "/nowhere")
        if not path.is_file():
            return []
        return list(json.loads(path.read_text(encoding="utf-8"))["knobs"])

    def make_cat(self, node: FakeNode) -> None:
        """What the button of CatFileCreator does, as far as files go."""
        if not self.can_make_cat:
            raise RuntimeError("CatFileCreator: no licence")
        source = Path(str(node["torchScriptFile"].value()))
        if not source.is_file():
            raise RuntimeError(f"{source}: no such file")
        for name in ("channelsIn", "channelsOut"):
            channels = [part.strip() for part in str(node[name].value()).split(",")]
            assert set(channels) <= CAT_CHANNELS, channels
            assert len(set(channels)) == len(channels), channels
        added = [name for name, knob in node._knobs.items() if knob.kind]
        text = json.dumps({"mark": CAT_MARK, "knobs": added, "model": str(node["modelId"].value())})
        Path(str(node["catFile"].value())).write_text(text, encoding="utf-8")

    def execute(self, node: FakeNode, first: int, last: int, step: int = 1) -> None:
        assert threading.current_thread() is threading.main_thread(), "renders are for the main thread"
        if node.node_class != "Write":
            raise RuntimeError(f"{node.name()}: only Write nodes are rendered")
        if str(node["disable"].value()) in ("true", "True"):
            raise RuntimeError(f"{node.name()}: is disabled")
        pattern = str(node["file"].value())
        if not pattern:
            raise RuntimeError(f"{node.name()}: no file")
        self.rendered_to.append(pattern)
        root = self.root_node
        self.rendered_at.append(float(root["proxy_scale"].value()) if root["proxy"].value() else 1.0)
        for frame in range(first, last + 1, step):
            written = set()
            for view in self.views:  # all of them, where a render names none
                named = pattern.replace("%V", view)
                path = Path(named % frame if "%" in named else named)
                assert path not in written, f"{path}: {view} overwrites another view's"
                written.add(path)
                if str(node["create_directories"].value()) in ("true", "True"):
                    path.parent.mkdir(parents=True, exist_ok=True)
                self.render_frame(path, frame)
        self.rendered.append((node.fullName(), first, last))

    # the module

    def module(self) -> types.ModuleType:
        return sys.modules["nuke"]

    def build_modules(self) -> dict[str, types.ModuleType]:
        nuke = types.ModuleType("nuke")
        major, minor, release = self.version
        parts: dict[str, Any] = {
            "NUKE_VERSION_MAJOR": major,
            "NUKE_VERSION_MINOR": minor,
            "NUKE_VERSION_RELEASE": release,
            "GUI": self.gui,
            "STARTLINE": 4096,
            "pluginPath": lambda: list(self.paths),
            "pluginAddPath": lambda path: self.add_path(self._absolute(path)),
            "menu": self._menu,
            "message": self._message,
            "ask": self._ask,
            "root": lambda: self.root_node,
            "toNode": self.find,
            "thisNode": lambda: self.this[-1][0],
            "thisKnob": lambda: self.this[-1][1],
            "selectedNodes": lambda: [node for node in self.selected if node.group is self.context],
            "createNode": self._create_node,
            "delete": self._delete,
            "nodePaste": self.paste,
            "execute": self.execute,
            "filename": lambda node: self.evaluated_path(str(node["file"].value())) or None,
            "views": lambda: list(self.views),
            "frame": lambda: self.frame,
            "Undo": self.undo,
            "ProgressTask": lambda title: FakeTask(self, title),
            "executeInMainThread": self._execute_in_main_thread,
        }
        for kind, name in (
            ("float", "Double"),
            ("int", "Int"),
            ("bool", "Boolean"),
            ("text", "String"),
            ("file", "File"),
        ):
            parts[f"{name}_Knob"] = self._maker(kind)
        parts["Enumeration_Knob"] = lambda name, label, choices: self._loose(name, "choice", tuple(choices))
        for name, part in parts.items():
            setattr(nuke, name, part)
        scripts = types.ModuleType("nukescripts")
        scripts.PythonPanel = lambda title: FakePanel(self, title)  # type: ignore[attr-defined]
        return {"nuke": nuke, "nukescripts": scripts}

    def _create_node(self, name: str, knobs: str = "", inpanel: bool = True) -> FakeNode:
        node = self.create(name, knobs)
        if inpanel and self.gui:
            self.open_properties.append(node.name())
        return node

    def _absolute(self, path: str) -> str:
        return str((self._relative / path).resolve()) if path.startswith("./") else path

    def _menu(self, name: str) -> FakeMenu | None:
        return self.menus.get(name) if self.gui else None

    def _message(self, words: str) -> None:
        self._main_thread_only()
        self.messages.append(words)

    def _ask(self, words: str) -> bool:
        self._main_thread_only()
        self.questions.append(words)
        return self.says_yes

    def _delete(self, node: FakeNode) -> None:
        self._main_thread_only()
        assert node.group is not None
        node.group.inside.remove(node)
        for one in node.everything():
            one.deleted = True
        self.selected = [one for one in self.selected if not one.deleted]

    def _execute_in_main_thread(self, call: Callable[[], object], args: tuple[Any, ...] = ()) -> None:
        assert threading.current_thread() is not threading.main_thread(), "this hangs a real Nuke"
        assert self.gui, "nobody takes calls in a terminal"
        self.for_main.put(lambda: call(*args))

    def _main_thread_only(self) -> None:
        assert threading.current_thread() is threading.main_thread(), "only the main thread may do this"

    def _maker(self, kind: str) -> Callable[[str, str], FakeKnob]:
        return lambda name, label="": self._loose(name, kind, ())

    def _loose(self, name: str, kind: str, choices: tuple[str, ...]) -> FakeKnob:
        knob = FakeKnob(FakeNode(self, "NoOp", "loose", None), name, kind, choices)
        knob.setFlag = lambda flag: None  # type: ignore[attr-defined]
        knob.setTooltip = lambda words: None  # type: ignore[attr-defined]
        knob.setRange = lambda low, high: None  # type: ignore[attr-defined]
        return knob


@contextmanager
def running(nuke: FakeNuke) -> Iterator[FakeNuke]:
    """`import nuke` gives this run's module while the block runs; `sys.path` and modules are put back after it."""
    paths, modules = list(sys.path), nuke.build_modules()
    before = {name: sys.modules.get(name) for name in modules}
    sys.modules.update(modules)
    try:
        yield nuke
    finally:
        sys.path[:] = paths
        for name, module in before.items():
            if module is None:
                del sys.modules[name]
            else:
                sys.modules[name] = module
