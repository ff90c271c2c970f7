"""The installed plug-in's whole life in one process of its own, beside a decoy `core` and without torch or a Qt.

    python life.py DECOY ROOT MODULES

MODULES is a folder on MAYA_MODULE_PATH that `platelight install maya` wrote to. The program reads the module file and
runs the start script as Maya does, loads the plug-in, runs each command, undoes it, unloads, and all of it again; then
once more as a farm does, without a window and without numpy. It prints one JSON object; the test looks at it.
"""

from __future__ import annotations

import json
import os
import re
import sys
import threading
from importlib.abc import MetaPathFinder
from pathlib import Path
from typing import Any

FORBIDDEN = ["torch", "PySide2", "PySide6", "PyQt5", "PyQt6", "qtpy", "onnxruntime", "OpenImageIO"]
OURS = ("maya_plugin", "worker_link", "scene_generator")


class Absent(MetaPathFinder):
    """Makes packages be missing, whether they are installed or not."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
        if name.split(".")[0] in FORBIDDEN:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def module_root(modules_folder: Path) -> Path:
    """What Maya makes of the module files of a folder: each is one line, without comments; paths are relative to it."""
    roots = []
    for file in sorted(modules_folder.glob("*.mod")):
        (line,) = file.read_text().splitlines()
        match = re.fullmatch(r"\+ (\w+) ([\d.]+) (\S+)", line)
        assert match, line
        roots.append((file.parent / match[3]).resolve())
    (root,) = roots
    return root


def start_script(folder: Path, names: dict[str, Any]) -> None:
    """Maya's start: `scripts` is on the path, and each `userSetup.py` there runs among Maya's own names."""
    sys.path.append(str(folder))
    path = folder / "userSetup.py"
    exec(compile(path.read_text(), str(path), "exec"), names)


def state(maya: Any) -> dict[str, Any]:
    """What a plug-in could leave behind."""
    cmds = vars(sys.modules["maya.cmds"])
    return {
        **maya.traces(),
        "commands": sorted(name for name in cmds if name.startswith("platelight")),
        "path": list(sys.path),
        "modules": sorted(name for name in sys.modules if name.split(".")[0] in OURS),
        "threads": sorted(t.name for t in threading.enumerate() if t.name.startswith("platelight")),
        "finders": [type(finder).__name__ for finder in sys.meta_path],
    }


def cycle(maya: Any, folder: Path) -> dict[str, Any]:
    """Load by the start script, each command, undo, unload."""
    import importlib

    told: dict[str, Any] = {"before": state(maya)}
    names: dict[str, Any] = {}
    start_script(folder / "scripts", names)
    told["names"] = sorted(set(names) - {"__builtins__", "__doc__", "annotations"})
    told["loaded before idle"] = sorted(maya.loaded)
    maya.idle()
    told["loaded"], told["registered"] = sorted(maya.loaded), maya.registered[-1:]
    told["loaded_from"] = str(Path(str(sys.modules["maya_plugin"].__file__)).parent)
    told["labels"] = maya.labels()
    told["icons"] = all(
        (folder / "icons" / item["image"]).is_file() for item in maya.menus["platelightMenu"] if "image" in item
    )
    life = importlib.import_module("maya_plugin.life").current()
    worker = importlib.import_module("tests.fake_worker").FakeWorker()
    life.session.make_client = lambda: worker
    process = importlib.import_module("maya_plugin.dataset.process")
    process.run, process.python_for_sets = lambda *_: "done", lambda: sys.executable
    told["steps"] = commands(maya, life, worker)
    maya.press("Random Scene", box=True)  # no Qt here: that is said, and nothing is left open
    told["no qt"] = maya.messages.pop()
    maya.unloadPlugin("platelight")
    maya.idle()
    sys.path.remove(str(folder / "scripts"))  # Maya's own entry, not the plug-in's
    del sys.modules["tests.fake_worker"]
    told["after"] = state(maya)
    told["option_vars"] = sorted(maya.option_vars)
    return told


def commands(maya: Any, life: Any, worker: Any) -> dict[str, Any]:
    """Run each command as a person would by script, and undo it: name -> (steps of undo, scene as before)."""
    from tests.hosts.maya.fake_window import plate_scene

    cmds = sys.modules["maya.cmds"]
    project = Path(maya.project)
    for path in (*project.glob("**/*_normal*"), *project.glob("**/*_occlusion*")):
        path.unlink() if path.is_file() else None
    maya.file(new=True, force=True)
    maya.shadingNode("file", asTexture=True, isColorManaged=True, name="wall")
    maya.shadingNode("standardSurface", asShader=True, name="skin")
    maya.connectAttr("wall.outColor", "skin.baseColor")
    maya.setAttr("wall.fileTextureName", str(project / "wall.png"), type="string")
    plate_scene(maya, (project / "plate.png").as_posix())
    maya.select("wall")
    maya.undo_stack.clear()
    calls: dict[str, dict[str, Any]] = {
        "platelightRandomScene": {"families": "cluster", "counts": "cluster.count=2", "textureSize": 16, "seed": 3},
        "platelightGenerateDataset": {"out": str(project / "set"), "count": 2},
        "platelightNormalMap": {},
        "platelightPlateNormals": {"overwrite": True},
        "platelightRelightRig": {},
        "platelightOcclusion": {"normals": str(project / "plate.png")},
        "platelightMatchMaterial": {"file": str(project / "plate.png"), "overwrite": True},
        "platelightCheckWorker": {},
    }
    told: dict[str, Any] = {}
    for name, flags in calls.items():
        before, count = snapshot(maya), len(maya.undo_stack)
        maya.select("wall")
        getattr(cmds, name)(**flags)
        for task in list(life.session.tasks):
            assert task.wait(120.0)
        maya.idle()
        steps = len(maya.undo_stack) - count
        changed = snapshot(maya) != before
        if steps:
            maya.undo()
        told[name] = [steps, changed, snapshot(maya) == before]
    told["messages"] = list(maya.messages)
    maya.messages.clear()
    told["jobs"] = [kind for kind, _, _ in worker.jobs]
    return told


def snapshot(maya: Any) -> dict[str, Any]:
    nodes = {name: [node.type.name, node.parent] for name, node in maya.graph.nodes.items()}
    return {"nodes": nodes, "connections": dict(maya.graph.connections)}


def farm(maya: Any, folder: Path) -> dict[str, Any]:
    """A Maya without a window or numpy: the start script loads nothing, `loadPlugin` does."""
    import importlib

    told: dict[str, Any] = {"before": state(maya)}
    start_script(folder / "scripts", {})
    maya.idle()
    told["loaded by itself"] = sorted(maya.loaded)
    maya.loadPlugin("platelight")
    worker = importlib.import_module("tests.fake_worker").FakeWorker()
    importlib.import_module("maya_plugin.life").current().session.make_client = lambda: worker
    cmds: Any = sys.modules["maya.cmds"]
    out = Path(maya.project) / "farm_normal.png"
    cmds.platelightNormalMap(file=str(Path(maya.project) / "wall.png"), out=str(out))
    told["made"] = out.is_file()
    try:
        cmds.platelightRandomScene()
    except RuntimeError as error:
        told["no numpy"] = str(error)
    told["dry run"] = cmds.platelightGenerateDataset(out="/sets/a", dryRun=True, place="mayapy", renderer="software")
    maya.unloadPlugin("platelight")
    sys.path.remove(str(folder / "scripts"))
    del sys.modules["tests.fake_worker"]
    told["after"], told["menus"] = state(maya), list(maya.menus)
    return told


def main(decoy: Path, root: Path, modules_folder: Path) -> dict[str, Any]:
    sys.path[:] = [str(decoy), *(path for path in sys.path if Path(path or ".").resolve() != root), str(root)]
    sys.meta_path.insert(0, Absent())
    import tests.maya_plugin  # noqa: F401  (its further modules are found by it, without `root` on the path)
    from tests.hosts.maya.fake_window import FakeMaya, modules

    folder = module_root(modules_folder)
    os.environ["MAYA_PLUG_IN_PATH"] = str(folder / "plug-ins")
    sys.path.remove(str(root))  # only the installed copy can be found from here on
    for name in [name for name in sys.modules if name.split(".")[0] in OURS]:
        del sys.modules[name]
    project = modules_folder.parent / "project"
    project.mkdir()
    for name in ("wall.png", "plate.png"):
        (project / name).write_bytes(b"picture")

    told: dict[str, Any] = {"folder": str(folder)}
    maya = FakeMaya()
    maya.project = project.as_posix()
    sys.modules.update(modules(maya))
    told["first"], told["second"] = cycle(maya, folder), cycle(maya, folder)
    maya.option_vars["platelight_autoload"] = 0
    start_script(folder / "scripts", {})
    maya.idle()
    told["switched off"] = sorted(maya.loaded)
    sys.path.remove(str(folder / "scripts"))
    for name in [name for name in sys.modules if name.split(".")[0] in OURS]:
        del sys.modules[name]

    quiet = FakeMaya(gui=False)
    quiet.project = project.as_posix()
    sys.modules.update(modules(quiet))
    hidden = {name: sys.modules.pop(name) for name in list(sys.modules) if name.split(".")[0] == "numpy"}
    FORBIDDEN.append("numpy")
    told["farm"] = farm(quiet, folder)
    told["imported"] = sorted({name.split(".")[0] for name in sys.modules} & {*FORBIDDEN, "core"})
    del hidden
    return told


if __name__ == "__main__":
    print(json.dumps(main(*(Path(argument) for argument in sys.argv[1:4]))))
