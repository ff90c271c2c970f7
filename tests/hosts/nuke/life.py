"""The plug-in's whole life in one process of its own, beside a decoy `core` and without torch, numpy or a Qt.

    python life.py DECOY ROOT NUKE_FOLDER MODELS

Prints one JSON object of what happened; the test looks at it. It is a program of its own because a program that has
imported the plug-in from the repository, as the other tests do, cannot show that the installed copy loads.
"""

from __future__ import annotations

import json
import sys
from importlib.abc import MetaPathFinder
from pathlib import Path
from typing import Any

FORBIDDEN = ("torch", "numpy", "PySide2", "PySide6", "PyQt5", "PyQt6", "qtpy", "onnxruntime", "OpenImageIO")


class Absent(MetaPathFinder):
    """Makes packages be missing, whether they are installed or not."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
        if name.split(".")[0] in FORBIDDEN:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def live(nuke_folder: Path) -> dict[str, Any]:
    from tests.hosts.nuke.fake_nuke import FakeNuke, running

    told: dict[str, Any] = {}
    app = FakeNuke()
    with running(app):
        app.start(nuke_folder)
        import nuke_plugin
        from nuke_plugin import batch, menu

        told["loaded_from"] = str(Path(str(nuke_plugin.__file__)).parent)
        told["paths"] = app.paths
        told["commands"] = sorted((name, path) for name in app.menus for path in app.menus[name].commands)

        plate = app.create("Read")
        plate["file"].setValue("/plates/shot.%04d.exr")
        app.menus["Nodes"].commands["Platelight/PlateNormals"]()
        node = app.selected[0]
        told["node"] = [node.name(), node.Class(), node.inputs[0] is plate]
        told["layers"] = sorted(app.layers)
        model = node.node("Model")
        assert model is not None
        told["model_knobs_before"] = model.knob("fov") is not None

        node["make_cat"].execute()
        told["messages_after_cat"] = list(app.messages)
        told["open_properties"] = list(app.open_properties)
        told["cat"] = app.evaluated_path(str(model["modelFile"].value()))
        told["fov_in_model"] = model["fov"].value()
        node["fov"].setValue(40.0)
        told["fov_changed"] = model["fov"].value()

        told["frames"] = prerender(app, node, nuke_folder, batch)
        told["source"] = node["source"].value()
        told["reads"] = node["prerendered"].value()
        told["messages_after_render"] = app.messages[len(told["messages_after_cat"]) :]

        told["probe"] = probe(app, node)
        told["occlusion"] = occlusion(app, node, nuke_folder)
        menu.stop()
        told["commands_after"] = [path for name in app.menus for path in app.menus[name].commands]
    told["imported"] = sorted({name.split(".")[0] for name in sys.modules} & {*FORBIDDEN, "core"})
    return told


def probe(app: Any, normals: Any) -> dict[str, Any]:
    """Make a PlateProbe, estimate with a worker that answers at once, and set a PlateRelight up."""
    app.selected = [normals]
    app.menus["Nodes"].commands["Platelight/PlateProbe"]()
    node = app.selected[0]
    before = len(app.messages)
    node["estimate"].execute()
    app.run_main_loop()
    told = {"name": node.name(), "status": node["status"].value(), "rendered": app.rendered[-1]}
    told["temporary"] = Path(app.rendered_to[-1]).parent.exists()
    node["set_up"].execute()
    relight = app.selected[0]
    told["relight"] = [relight.name(), relight.inputs[0] is normals, relight["mode"].value()]
    told["former"] = [relight[f"former{row}_red"].value() for row in range(9)]
    told["camera_light"] = relight["l1_type"].value()
    node["make_lights"].execute()
    told["light"] = [app.selected[0].Class(), app.selected[0]["intensity"].value()]
    told["messages"] = app.messages[before:]
    return told


def occlusion(app: Any, normals: Any, nuke_folder: Path) -> dict[str, Any]:
    """Make a PlateOcclusion behind the normals, render with a worker that writes what it is asked for, read back."""
    app.selected = [normals]
    app.menus["Nodes"].commands["Platelight/PlateOcclusion"]()
    node = app.selected[0]
    before, status = len(app.messages), node["status"].value()
    node["render"].execute()
    app.run_main_loop()
    frames = nuke_folder / "platelight_frames"
    files = sorted(path.relative_to(frames).as_posix() for path in frames.rglob("shot.PlateOcclusion*.exr"))
    told = {"name": node.name(), "behind": node.inputs[0] is normals, "files": files, "rendered": app.rendered[-1]}
    told["status"] = [status, node["status"].value()]
    told["source"], told["reads"] = node["source"].value(), node["prerendered"].value()
    told["messages"] = app.messages[before:]
    return told


def prerender(app: Any, node: Any, nuke_folder: Path, batch: Any) -> list[str]:
    """Press the button, with a worker that writes what it is asked for."""
    # Not at the top: the worker's link has to come from the installed copy, which the start puts on the path.
    from tests.fake_worker import FakeWorker

    batch._client = FakeWorker
    app.name_script(str(nuke_folder / "shot.nk"))
    node["prerender"].execute()
    app.run_main_loop()
    frames = nuke_folder / "platelight_frames"
    return sorted(path.relative_to(frames).as_posix() for path in frames.rglob("*.exr"))


if __name__ == "__main__":
    decoy, root, folder = (Path(argument) for argument in sys.argv[1:4])
    sys.path[:] = [str(decoy), *(path for path in sys.path if Path(path or ".").resolve() != root), str(root)]
    sys.meta_path.insert(0, Absent())
    print(json.dumps(live(folder)))
