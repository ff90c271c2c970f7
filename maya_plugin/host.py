"""Maya as the plug-in sees it: one small protocol, and the one class that fills it with the real thing.

`import maya` stands in this file only, inside functions, so that every other file can be imported, read and tested
where there is no Maya. Commands are called by name: a stand-in checks names and flags against Maya's published
interface, which it could not do for a module that is handed around.
"""

from __future__ import annotations

import contextlib
import importlib
import os
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

__all__ = ["MINIMUM_VERSION", "STANDALONE", "Host", "HostError", "MayaHost", "connect", "start_standalone"]

MINIMUM_VERSION = 2023
"""The first Maya whose Python (3.9) this project is made for."""


STANDALONE = {
    "MAYA_DISABLE_CIP": "1",
    "MAYA_DISABLE_CER": "1",
    "MAYA_DISABLE_ADP": "1",
    "MAYA_NO_STANDALONE_ATEXIT": "1",
    "ARNOLD_FORCE_ABORT_ON_LICENSE_FAIL": "1",
}
"""Environment of a Maya without a window, read when it starts. No usage reports, crash reports and analytics that wait
for an answer; no way out of Maya's own, which turns every exit code into 0; no pictures with watermarks."""

_ORIGIN = "platelightMesh"
"""Name of a mesh that is there for a moment, while a copy is made of it."""


class HostError(RuntimeError):
    """Maya refused a command or lacks a part; the message is one line that says which and what to do."""


class Host(Protocol):
    """What this project asks of Maya. Everything is for the main thread only."""

    def call(self, command: str, /, *arguments: Any, **flags: Any) -> Any:
        """Run `maya.cmds.<command>` and return what it returns.

        Raises:
            HostError: there is no such command, or it failed; the message names it.
        """
        ...

    def about(self, what: str) -> Any:
        """Return `cmds.about(<what>=True)`, such as `version`, `batch` or `operatingSystem`."""
        ...

    def version(self) -> int:
        """Return Maya's year, such as 2026."""
        ...

    def batch(self) -> bool:
        """Say whether this Maya has no window: mayapy, `maya -batch`."""
        ...

    def load_plugin(self, name: str) -> str:
        """Load a plug-in unless it is loaded, and return its version.

        Raises:
            HostError: it is not installed or does not load.
        """
        ...

    def has_plugin(self, name: str) -> bool:
        """Say whether a plug-in can be loaded, by loading it."""
        ...

    def undo_chunk(self, name: str) -> contextlib.AbstractContextManager[None]:
        """Make everything inside one step of undo, also where it ends in an exception."""
        ...

    def unrecorded(self) -> contextlib.AbstractContextManager[None]:
        """Keep what happens inside out of the undo queue, which stays as it is."""
        ...

    def create_mesh(
        self,
        transform: str,
        positions: Sequence[Sequence[float]],
        faces: Sequence[Sequence[int]],
        normals: Sequence[Sequence[float]],
        uvs: Sequence[Sequence[float]],
    ) -> str:
        """Put a polygon mesh under `transform` and return the shape's name, which is the transform's plus `Shape`.

        Where Maya records undo, this is part of the step it stands in.

        Args:
            positions: (V, 3), object space, in Maya's units.
            faces: (F, 3) vertex numbers, counter-clockwise seen from outside.
            normals: (V, 3), unit, locked as given.
            uvs: (V, 2), in the set `map1`.

        Raises:
            HostError: Maya cannot make a mesh of these.
        """
        ...

    def module(self, name: str) -> Any:
        """Return a module of Maya's: `api.OpenMaya`, `OpenMayaUI`, `utils`, `app.general.mayaMixin`.

        Raises:
            HostError: this Maya has none of that name.
        """
        ...


class MayaHost:
    """The Maya that this process is."""

    def __init__(self) -> None:
        """Take hold of `maya.cmds`.

        Raises:
            HostError: this is no Maya, or one before `MINIMUM_VERSION`.
        """
        self._cmds = self.module("cmds")
        if not hasattr(self._cmds, "about"):  # mayapy before maya.standalone.initialize(): an empty module
            raise HostError("maya.cmds is empty; call start_standalone() first")
        if self.version() < MINIMUM_VERSION:
            raise HostError(f"Maya {self.version()} is too old; Platelight needs Maya {MINIMUM_VERSION} or later")

    def call(self, command: str, /, *arguments: Any, **flags: Any) -> Any:
        """See `Host.call`."""
        function = getattr(self._cmds, command, None)
        if function is None:
            raise HostError(f"this Maya has no command {command!r}; load the plug-in that brings it")
        try:
            return function(*arguments, **flags)
        except (RuntimeError, TypeError, ValueError) as error:
            shown = ", ".join(repr(a)[:60] for a in arguments[:2])
            raise HostError(f"{command}({shown}): {' '.join(str(error).split())}") from error

    def about(self, what: str) -> Any:
        """See `Host.about`."""
        return self.call("about", **{what: True})

    def version(self) -> int:
        """See `Host.version`."""
        text = str(self.about("version"))  # "2026", and "Preview Release 150" for betas
        digits = [word for word in text.replace(".", " ").split() if word.isdigit() and len(word) == 4]
        return int(digits[0]) if digits else int(self.about("apiVersion")) // 10000

    def batch(self) -> bool:
        """See `Host.batch`."""
        return bool(self.about("batch"))

    def load_plugin(self, name: str) -> str:
        """See `Host.load_plugin`."""
        if not self.call("pluginInfo", name, query=True, loaded=True):
            self.call("loadPlugin", name, quiet=True)
            if not self.call("pluginInfo", name, query=True, loaded=True):
                raise HostError(f"plug-in {name} does not load; install it, or mend MAYA_PLUG_IN_PATH")
        return str(self.call("pluginInfo", name, query=True, version=True))

    def has_plugin(self, name: str) -> bool:
        """See `Host.has_plugin`."""
        try:
            self.load_plugin(name)
        except HostError:
            return False
        return True

    @contextlib.contextmanager
    def undo_chunk(self, name: str) -> Iterator[None]:
        """See `Host.undo_chunk`."""
        self.call("undoInfo", openChunk=True, chunkName=name)
        try:
            yield
        finally:
            self.call("undoInfo", closeChunk=True)

    @contextlib.contextmanager
    def unrecorded(self) -> Iterator[None]:
        """See `Host.unrecorded`."""
        was = bool(self.call("undoInfo", query=True, state=True))
        self.call("undoInfo", stateWithoutFlush=False)
        try:
            yield
        finally:
            self.call("undoInfo", stateWithoutFlush=was)

    def create_mesh(
        self,
        transform: str,
        positions: Sequence[Sequence[float]],
        faces: Sequence[Sequence[int]],
        normals: Sequence[Sequence[float]],
        uvs: Sequence[Sequence[float]],
    ) -> str:
        """See `Host.create_mesh`."""
        leaf = transform.rpartition("|")[2]
        if not self.call("undoInfo", query=True, state=True):
            return self._new_mesh(transform, leaf, positions, faces, normals, uvs)
        # The undo queue knows nothing of what OpenMaya makes, and would pull the transform away from under it. A copy
        # made by commands is recorded; the original comes and goes unseen.
        with self.unrecorded():
            origin = str(self.call("createNode", "transform", name=_ORIGIN, skipSelect=True))
            try:
                self._new_mesh(origin, _ORIGIN, positions, faces, normals, uvs)
            except HostError as error:
                self.call("delete", origin)
                raise HostError(str(error).replace(_ORIGIN, leaf)) from error
        copy = f"|{str(self.call('duplicate', origin)[0]).rpartition('|')[2]}"
        shape = self.call("listRelatives", copy, shapes=True, fullPath=True)[0]
        # What `parent` and `rename` answer is a name alone, which other nodes may have; the UUID stays the same.
        uuid = self.call("ls", shape, uuid=True)[0]
        self.call("parent", shape, transform, shape=True, relative=True)
        self.call("rename", self.call("ls", uuid, long=True)[0], f"{leaf}Shape")
        self.call("delete", copy)
        with self.unrecorded():
            self.call("delete", origin)
        return str(self.call("ls", uuid)[0])

    def _new_mesh(
        self,
        transform: str,
        name: str,
        positions: Sequence[Sequence[float]],
        faces: Sequence[Sequence[int]],
        normals: Sequence[Sequence[float]],
        uvs: Sequence[Sequence[float]],
    ) -> str:
        om = self.module("api.OpenMaya")
        try:
            place = om.MSelectionList().add(transform).getDependNode(0)
            function = om.MFnMesh()
            counts = [3] * len(faces)
            corners = [int(v) for face in faces for v in face]
            function.create(
                [om.MPoint(*(float(c) for c in p)) for p in positions],
                counts,
                corners,
                [float(uv[0]) for uv in uvs],
                [float(uv[1]) for uv in uvs],
                parent=place,
            )
            function.assignUVs(counts, corners)
            function.setVertexNormals([om.MVector(*(float(c) for c in n)) for n in normals], list(range(len(normals))))
            function.setName(f"{name}Shape")
            return str(function.partialPathName())  # a node elsewhere may have the same short name
        except (RuntimeError, TypeError, ValueError) as error:
            raise HostError(f"mesh of {name}: {' '.join(str(error).split())}") from error

    def module(self, name: str) -> Any:
        """See `Host.module`."""
        try:
            return importlib.import_module(f"maya.{name}")
        except ImportError as error:
            raise HostError(f"maya.{name} cannot be imported ({error}); run this inside Maya or by mayapy") from error


def connect() -> Host:
    """Return the Maya that this process is.

    Raises:
        HostError: there is none, or it is too old.
    """
    return MayaHost()


def start_standalone() -> Host:
    """Start the Maya inside mayapy, with `STANDALONE` in the environment but for what is set there, and return it.

    Raises:
        HostError: this is not mayapy, or it does not start (a licence, most often).
    """
    for name, value in STANDALONE.items():
        os.environ.setdefault(name, value)
    try:
        standalone: Any = importlib.import_module("maya.standalone")
    except ImportError as error:
        raise HostError(f"this Python is not mayapy ({error}); run it with the mayapy of Maya's bin folder") from error
    try:
        standalone.initialize(name="python")
    except RuntimeError as error:
        raise HostError(f"Maya does not start: {' '.join(str(error).split())}; is its licence there?") from error
    return connect()
