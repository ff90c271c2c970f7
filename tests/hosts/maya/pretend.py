"""Makes `import maya` find the stand-in: `maya.cmds`, `maya.standalone` and the few classes of `maya.api.OpenMaya`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from types import ModuleType
from typing import Any

import numpy as np

from tests.hosts.maya.fake_cmds import FakeCmds

NAMES = ("maya", "maya.cmds", "maya.standalone", "maya.api", "maya.api.OpenMaya")


def modules(cmds: FakeCmds, *, starts: bool = True) -> dict[str, ModuleType]:
    """The modules by name; `starts`: Maya comes up, otherwise it has no licence."""
    made = {name: ModuleType(name) for name in NAMES}

    def initialize(name: str = "python") -> None:
        if not starts:
            raise RuntimeError("Failed to initialize Maya: no license")
        made["maya.cmds"].__dict__["__getattr__"] = lambda attribute: getattr(cmds, attribute)

    made["maya.standalone"].__dict__["initialize"] = initialize
    made["maya.api.OpenMaya"].__dict__.update(_open_maya(cmds))
    for name in NAMES[1:]:
        above, _, last = name.rpartition(".")
        setattr(made[above], last, made[name])
    return made


def install(cmds: FakeCmds, *, starts: bool = True) -> None:
    """Put the modules where imports look, for a process that is to be a mayapy."""
    sys.modules.update(modules(cmds, starts=starts))


def _open_maya(cmds: FakeCmds) -> dict[str, Any]:
    """After Autodesk's OpenMaya 2.0 reference: MSelectionList, MFnMesh (create, assignUVs, setVertexNormals)."""

    class MSelectionList:
        def __init__(self) -> None:
            self.names: list[str] = []

        def add(self, name: str) -> MSelectionList:
            cmds.graph.node(name)
            self.names.append(name)
            return self

        def getDependNode(self, index: int) -> str:  # noqa: N802
            return self.names[index]

    class MFnMesh:
        def __init__(self) -> None:
            self.arrays: dict[str, np.ndarray] = {}
            self.node = ""

        def create(
            self,
            vertices: Sequence[MPoint],
            counts: Sequence[int],
            connects: Sequence[int],
            us: Sequence[float],
            vs: Sequence[float],
            parent: str,
        ) -> str:
            if set(counts) != {3} or len(connects) != 3 * len(counts) or len(us) != len(vs):
                raise RuntimeError("(kInvalidParameter): counts do not fit")
            self.arrays = {
                "positions": np.array([v.values for v in vertices], np.float64).astype(np.float32),
                "faces": np.array(connects, np.uint32).reshape(-1, 3),
                "uvs": np.zeros((len(vertices), 2), np.float32),
                "normals": np.zeros((len(vertices), 3), np.float32),
            }
            self.loose = np.stack([us, vs], -1).astype(np.float32)
            self.node = cmds.make_mesh(parent, "polySurfaceShape1", self.arrays)
            return self.node

        def assignUVs(self, counts: Sequence[int], ids: Sequence[int]) -> None:  # noqa: N802
            corners = self.arrays["faces"].ravel()
            assert len(ids) == len(corners)
            self.arrays["uvs"][corners] = self.loose[np.asarray(ids)]

        def setVertexNormals(self, normals: Sequence[MPoint], ids: Sequence[int]) -> None:  # noqa: N802
            self.arrays["normals"][np.asarray(ids)] = np.array([n.values for n in normals], np.float32)

        def setName(self, name: str) -> str:  # noqa: N802
            node = cmds.graph.node(self.node)
            cmds.graph.rename(node, name)
            self.node = cmds.graph.shown(node)
            return node.leaf

        def partialPathName(self) -> str:  # noqa: N802
            return self.node

    return {"MSelectionList": MSelectionList, "MFnMesh": MFnMesh, "MPoint": MPoint, "MVector": MPoint}


class MPoint:
    """Three numbers; Maya keeps a point in doubles and a vertex in floats."""

    def __init__(self, x: float, y: float, z: float) -> None:
        self.values = (x, y, z)
