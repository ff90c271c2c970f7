"""Nuke as the plug-in sees it: three small protocols, and the one class that fills them with the real thing.

`import nuke` stands in this file only, inside functions, so that every other file can be imported, read and tested
where there is no Nuke. `Node` and `Knob` use Nuke's own names for methods: Nuke's objects fit them as they are.
"""

from __future__ import annotations

import importlib
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Callable

from nuke_plugin.errors import NukeTooOld

try:
    from typing import Protocol
except ImportError as error:  # Python 3.7, which is Nuke 13's
    raise NukeTooOld("Platelight needs Nuke 14 or later (Python 3.9); this Python has no typing.Protocol") from error

__all__ = ["MINIMUM_VERSION", "Field", "Host", "Knob", "Node", "NukeHost", "Progress", "require_version"]

MINIMUM_VERSION = (14, 0)
"""The first Nuke, (major, minor), whose Python (3.9) and libtorch (1.12) the plug-in is made for."""

FIELD_KINDS = ("text", "file", "int", "float", "bool", "choice")


class Knob(Protocol):
    """A knob, by the methods of Nuke's own class that the plug-in uses."""

    def name(self) -> str: ...
    def value(self) -> Any: ...
    def getValueAt(self, frame: float, index: int = 0) -> Any: ...  # noqa: N802  (Nuke's name)
    def setValue(self, value: Any, index: int = 0) -> Any: ...  # noqa: N802
    def setExpression(self, expression: str, index: int = 0) -> Any: ...  # noqa: N802
    def hasExpression(self) -> bool: ...  # noqa: N802
    def setEnabled(self, enabled: bool) -> None: ...  # noqa: N802
    def execute(self) -> Any: ...


class Node(Protocol):
    """A node, by the methods of Nuke's own class that the plug-in uses."""

    def name(self) -> str: ...
    def fullName(self) -> str: ...  # noqa: N802  (Nuke's name)
    def Class(self) -> str: ...  # noqa: N802
    def knob(self, name: str) -> Knob | None: ...
    def input(self, index: int) -> Node | None: ...
    def setInput(self, index: int, node: Node | None) -> Any: ...  # noqa: N802
    def node(self, name: str) -> Node | None: ...
    def width(self) -> int: ...
    def height(self) -> int: ...
    def pixelAspect(self) -> float: ...  # noqa: N802


class Progress(Protocol):
    """A progress bar with a cancel button; every method may be called from any thread."""

    def show(self, percent: int, words: str) -> None: ...
    def cancelled(self) -> bool: ...
    def close(self) -> None: ...


class Field:
    """One line of a dialogue.

    Attributes:
        name: what the answer is called.
        label: what the person reads.
        kind: `text`, `file`, `int`, `float`, `bool` or `choice`.
        value: what stands there at first; for `choice` one of `choices`.
        choices: for `choice`: what can be chosen.
        hint: the tool tip.
    """

    def __init__(
        self, name: str, label: str, kind: str, value: Any, choices: Sequence[str] = (), hint: str = ""
    ) -> None:
        if kind not in FIELD_KINDS:
            raise ValueError(f"field {name}: kind {kind!r} is none of {', '.join(FIELD_KINDS)}")
        self.name, self.label, self.kind, self.value = name, label, kind, value
        self.choices, self.hint = tuple(choices), hint


class Host(Protocol):
    """What the plug-in asks of Nuke. Everything but `in_main_thread` and `progress` is for the main thread only."""

    def version(self) -> tuple[int, int, int]: ...
    def gui(self) -> bool: ...
    def plugin_path(self) -> list[str]: ...
    def add_plugin_path(self, folder: str) -> None: ...
    def add_command(
        self, menu: str, path: str, action: Callable[[], object], icon: str = "", hint: str = ""
    ) -> None: ...
    def remove_command(self, menu: str, path: str) -> None: ...
    def this_node(self) -> Node: ...
    def this_knob(self) -> Knob: ...
    def root(self) -> Node: ...
    def to_node(self, name: str) -> Node | None: ...
    def file_text(self, node: Node, name: str) -> str: ...
    def selected_nodes(self) -> list[Node]: ...
    def selected_beside(self, node: Node) -> list[Node]: ...
    def create_node(self, node_class: str, knobs: str = "", inpanel: bool = False) -> Node: ...
    def create_beside(self, node: Node, node_class: str, inpanel: bool = False) -> Node: ...
    def delete_node(self, node: Node) -> None: ...
    def add_user_knob(self, node: Node, kind: str, name: str, value: Any) -> Knob: ...
    def open_script(self, path: str) -> None: ...
    def execute(self, node: Node, first: int, last: int, step: int = 1) -> None: ...
    def views(self) -> list[str]: ...
    def frame(self) -> int: ...
    def one_undo(self, name: str) -> AbstractContextManager[None]: ...
    def no_undo(self) -> AbstractContextManager[None]: ...
    def message(self, words: str) -> None: ...
    def ask(self, words: str) -> bool: ...
    def ask_fields(self, title: str, fields: Sequence[Field]) -> dict[str, Any] | None: ...
    def progress(self, title: str) -> Progress: ...
    def in_main_thread(self, call: Callable[[], object]) -> None: ...


def require_version(host: Host, minimum: tuple[int, int] = MINIMUM_VERSION, what: str = "Platelight") -> None:
    """Raise `NukeTooOld` with a readable message unless this Nuke is `minimum` (major, minor) or later."""
    major, minor, release = host.version()
    if (major, minor) < minimum:
        raise NukeTooOld(
            f"{what} needs Nuke {minimum[0]}.{minimum[1]} or later; this is {major}.{minor}v{release}, and earlier "
            "ones have another Python or libtorch. `platelight normals` on the command line works without Nuke."
        )


class NukeHost:
    """The real thing. Making one imports nothing; each method imports Nuke when it is called."""

    def version(self) -> tuple[int, int, int]:
        """(major, minor, release): (15, 1, 3) for Nuke 15.1v3."""
        import nuke

        return int(nuke.NUKE_VERSION_MAJOR), int(nuke.NUKE_VERSION_MINOR), int(nuke.NUKE_VERSION_RELEASE)

    def gui(self) -> bool:
        """Whether there is a window; False on a farm and under `nuke -t`."""
        import nuke

        return bool(nuke.GUI)

    def plugin_path(self) -> list[str]:
        """Folders in which Nuke looks for gizmos and .cat files, first wins."""
        import nuke

        return [str(folder) for folder in nuke.pluginPath()]

    def add_plugin_path(self, folder: str) -> None:
        """Add a folder to Nuke's plug-in path (and, Nuke's doing, to `sys.path`)."""
        import nuke

        nuke.pluginAddPath(folder)

    def add_command(self, menu: str, path: str, action: Callable[[], object], icon: str = "", hint: str = "") -> None:
        """Add a command to the menu bar (`Nuke`) or the node toolbar (`Nodes`); `path` is `Platelight/Batch ...`."""
        import nuke

        nuke.menu(menu).addCommand(path, action, icon=icon, tooltip=hint)

    def remove_command(self, menu: str, path: str) -> None:
        """Remove a command or a whole sub-menu; nothing happens where there is none."""
        import nuke

        found: Any = _any(nuke.menu(menu))
        if found is not None and found.findItem(path) is not None:
            found.removeItem(path)

    def this_node(self) -> Node:
        """The node whose button or callback is running."""
        import nuke

        return _node(nuke.thisNode())

    def this_knob(self) -> Knob:
        """The knob whose change is being told."""
        import nuke

        knob: Knob = _any(nuke.thisKnob())
        return knob

    def root(self) -> Node:
        """The project settings."""
        import nuke

        return _node(nuke.root())

    def to_node(self, name: str) -> Node | None:
        """The node of that full name, or None."""
        import nuke

        found = nuke.toNode(name)
        return None if found is None else _node(found)

    def file_text(self, node: Node, name: str) -> str:
        """What a file knob names, perhaps relative: expressions in brackets are evaluated, `%04d` and `####` stay.

        Empty where the knob is, or is not there.
        """
        import nuke

        if node.Class() == "Read" and name == "file":
            return str(nuke.filename(_any(node)) or "")
        found: Any = node.knob(name)
        # Not `evaluate`, which puts the frame's number in as well.
        return "" if found is None else str(found.getEvaluatedValue() or "")

    def selected_nodes(self) -> list[Node]:
        """The selected nodes, as Nuke orders them (last selected first)."""
        import nuke

        return [_node(node) for node in nuke.selectedNodes()]

    def selected_beside(self, node: Node) -> list[Node]:
        """The selected nodes of the group that `node` is in. The code of a group's button runs inside of the group
        otherwise, where nothing is selected."""
        with _any(node).parent():
            return self.selected_nodes()

    def create_beside(self, node: Node, node_class: str, inpanel: bool = False) -> Node:
        """As `create_node`, in the group that `node` is in. Raises as it does."""
        with _any(node).parent():
            return self.create_node(node_class, inpanel=inpanel)

    def create_node(self, node_class: str, knobs: str = "", inpanel: bool = False) -> Node:
        """Make a node as the Tab menu does: connected behind what is selected.

        Args:
            node_class: of the node, or a gizmo's name.
            knobs: `name value name value`.
            inpanel: whether its properties open, as a person expects of a node that they asked for.

        Raises:
            RuntimeError: Nuke knows no such class; in a gizmo's case its folder is not on the plug-in path.
        """
        import nuke

        return _node(nuke.createNode(node_class, knobs, inpanel=inpanel))

    def delete_node(self, node: Node) -> None:
        """Remove a node from the script."""
        import nuke

        nuke.delete(_any(node))

    def add_user_knob(self, node: Node, kind: str, name: str, value: Any) -> Knob:
        """Add a knob of the person's own kind (`float`, `int`, `bool` or `text`) to a node, set to `value`."""
        import nuke

        makers: dict[str, Callable[..., Any]] = {
            "float": nuke.Double_Knob,
            "int": nuke.Int_Knob,
            "bool": nuke.Boolean_Knob,
            "text": nuke.String_Knob,
        }
        knob: Any = makers[kind](name, name)
        knob.setValue(value)
        _any(node).addKnob(knob)
        made: Knob = knob
        return made

    def open_script(self, path: str) -> None:
        """Put the nodes of a script file into this script."""
        import nuke

        nuke.nodePaste(path)

    def execute(self, node: Node, first: int, last: int, step: int = 1) -> None:
        """Render a Write node over a range at full size; blocks, with Nuke's own progress bar.

        Proxy mode, in which Nuke would render at the proxy's scale, is off meanwhile; that is no step to undo.

        Raises:
            RuntimeError: the render failed or was cancelled.
        """
        import nuke

        proxy: Any = nuke.root()["proxy"]
        was = bool(proxy.value())
        with self.no_undo():
            try:
                if was:
                    proxy.setValue(False)
                nuke.execute(_any(node), first, last, step)
            finally:
                if was:
                    proxy.setValue(True)

    def views(self) -> list[str]:
        """Names of the script's views: `main`, or `left` and `right`."""
        import nuke

        return [str(view) for view in nuke.views()]

    def frame(self) -> int:
        """The frame that the timeline stands on."""
        import nuke

        return int(nuke.frame())

    @contextmanager
    def one_undo(self, name: str) -> Iterator[None]:
        """What is changed while the block runs is undone by one Ctrl-Z, named so in the Edit menu."""
        import nuke

        nuke.Undo.begin(name)
        try:
            yield
        finally:
            nuke.Undo.end()

    @contextmanager
    def no_undo(self) -> Iterator[None]:
        """What is changed while the block runs is no step of the Edit menu: for changes that are taken back at once."""
        import nuke

        nuke.Undo.disable()
        try:
            yield
        finally:
            nuke.Undo.enable()

    def message(self, words: str) -> None:
        """A message box with an OK button. Nuke reads markup in it, so that signs are escaped."""
        import nuke

        nuke.message(words.replace("&", "&amp;").replace("<", "&lt;"))

    def ask(self, words: str) -> bool:
        """A message box with Yes and No."""
        import nuke

        return bool(nuke.ask(words.replace("&", "&amp;").replace("<", "&lt;")))

    def ask_fields(self, title: str, fields: Sequence[Field]) -> dict[str, Any] | None:
        """A dialogue with one line a field; the answers by name, or None if it was cancelled."""
        import nuke

        panel: Any = importlib.import_module("nukescripts").PythonPanel(title)
        makers: dict[str, Callable[..., Any]] = {
            "text": nuke.String_Knob,
            "file": nuke.File_Knob,
            "int": nuke.Int_Knob,
            "float": nuke.Double_Knob,
            "bool": nuke.Boolean_Knob,
        }
        knobs: dict[str, Any] = {}
        for field in fields:
            knob: Any
            if field.kind == "choice":
                knob = nuke.Enumeration_Knob(field.name, field.label, list(field.choices))
            else:
                knob = makers[field.kind](field.name, field.label)
            knob.setValue(field.value)
            if field.hint:
                knob.setTooltip(field.hint)
            if field.kind == "bool":
                knob.setFlag(nuke.STARTLINE)
            panel.addKnob(knob)
            knobs[field.name] = knob
        if not panel.showModalDialog():
            return None
        return {name: knob.value() for name, knob in knobs.items()}

    def progress(self, title: str) -> Progress:
        """A bar that can be used from a thread of one's own; without a window, lines on standard error."""
        import nuke

        if not nuke.GUI:
            return _Lines(title)
        return _NukeProgress(nuke.ProgressTask(title))

    def in_main_thread(self, call: Callable[[], object]) -> None:
        """Have the main thread run `call`, without waiting for it; from the main thread: run it now.

        Nuke's own function would wait for itself when the main thread calls it, so it is never asked to.
        """
        if threading.current_thread() is threading.main_thread():
            call()
            return
        import nuke

        nuke.executeInMainThread(call)


class _Lines:
    def __init__(self, title: str) -> None:
        self._title, self._last = title, ""

    def show(self, percent: int, words: str) -> None:
        if words != self._last:
            sys.stderr.write(f"{self._title}: {percent} %, {words}\n")
        self._last = words

    def cancelled(self) -> bool:
        return False

    def close(self) -> None:
        pass


class _NukeProgress:
    def __init__(self, task: Any) -> None:
        self._task = task

    def show(self, percent: int, words: str) -> None:
        if self._task is not None:
            self._task.setMessage(words)
            self._task.setProgress(max(0, min(100, percent)))

    def cancelled(self) -> bool:
        return self._task is not None and bool(self._task.isCancelled())

    def close(self) -> None:
        self._task = None  # Nuke takes the bar away when the last reference goes


def _any(value: Any) -> Any:
    """Leave the types of the stubs, which know less than Nuke does."""
    return value


def _node(node: Any) -> Node:
    found: Node = node
    return found
