"""Builds every panel offscreen under one Qt, drives it by clicks, and saves pictures of it.

    python qt_program.py PySide6|PySide2 FOLDER

Prints one JSON object of what happened; the test looks at it. It is a program of its own because one process holds one
Qt, and PySide2 belongs to another Python than the tests'.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

os.environ["QT_QPA_PLATFORM"] = "offscreen"


class Absent:
    """Makes the other Qt be missing, whether it is installed or not."""

    def __init__(self, name: str) -> None:
        self.name = name

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
        if name.split(".")[0] == self.name:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def program(name: str, folder: Path) -> dict[str, Any]:
    sys.meta_path.insert(0, Absent("PySide2" if name == "PySide6" else "PySide6"))  # type: ignore[arg-type]
    from maya_plugin import life
    from maya_plugin.qt.shim import qt
    from tests.fake_worker import FakeWorker
    from tests.hosts.maya.fake_window import FakeMaya, modules, plate_scene

    parts = qt()
    widgets, core = parts.widgets, parts.core
    app = widgets.QApplication([])
    style(app, parts)
    told: dict[str, Any] = {"qt": parts.name}
    deferred_delete = int(core.QEvent.Type.DeferredDelete.value if parts.name == "PySide6" else 52)

    class WindowedMaya(FakeMaya):
        """Its controls hold real widgets."""

        def make_widget(self, control: str) -> Any:
            widget = widgets.QWidget()
            layout = widgets.QVBoxLayout(widget)
            layout.setContentsMargins(0, 0, 0, 0)
            widget.resize(460, 760)
            widget.show()
            return widget

        def pointer_of(self, control: str) -> int:
            return int(parts.shiboken.getCppPointer(self.widgets[control])[0])

        def destroy(self, widget: Any) -> None:
            # Qt deletes it, as in Maya; shiboken2's own delete walks over its list of children while it gets shorter,
            # and crashed three runs of a hundred.
            widget.deleteLater()
            app.sendPostedEvents(widget, deferred_delete)
            assert not parts.shiboken.isValid(widget)

    maya = WindowedMaya()
    maya.project = folder.as_posix()
    maya.plugins.add("platelight")
    maya.loaded["platelight"] = {}
    sys.modules.update(modules(maya))
    worker = FakeWorker()
    loaded = life.load(lambda: worker)

    def find(kind: str, object_name: str, command: str) -> Any:
        found = maya.widgets[f"{command}WorkspaceControl"].findChild(getattr(widgets, kind), object_name)
        assert found is not None, f"{command} has no {object_name}"
        return found

    def text(object_name: str, command: str) -> str:
        return str(find("QLabel", object_name, command).text())

    def shot(command: str, ending: str = "") -> None:
        app.processEvents()
        maya.widgets[f"{command}WorkspaceControl"].grab().save(str(folder / f"{name}_{command}{ending}.png"))

    def finish(until: Any = None) -> None:
        end = time.monotonic() + 120.0
        while (loaded.session.tasks or (until and not until())) and time.monotonic() < end:
            app.processEvents()
            maya.idle()
            time.sleep(0.01)
        maya.idle()
        assert not loaded.session.tasks

    # Normal map: a form made from flags; progress, cancel, errors in the foot.
    command = "platelightNormalMap"
    maya.press("Normal Map From Texture", box=True)
    picture = folder / "bricks.png"
    picture.write_bytes(b"picture")
    find("QPushButton", "run", command).click()
    told["nothing selected"] = text("words", command)
    find("QLineEdit", "file", command).setText(str(picture))
    find("QDoubleSpinBox", "strength", command).setValue(2.5)
    find("QPushButton", "run", command).click()
    finish()
    told["made"] = [worker.jobs[-1][2].strength, text("words", command), maya.notices[-1].split(";")[0]]
    shot(command)
    worker.hold = True
    find("QCheckBox", "overwrite", command).setChecked(True)
    find("QPushButton", "run", command).click()
    assert worker.waits.wait(60.0)
    for _ in range(20):
        app.processEvents()
        maya.idle()
    told["running"] = text("words", command)
    shot(command, "_running")
    find("QPushButton", "cancel", command).click()
    finish()
    told["cancelled"] = text("words", command)
    worker.hold = False
    worker._stop.clear()
    worker.abilities["normal_map"] = "this Platelight came without the model texture_normals"
    maya.press("Check Worker")
    finish()
    told["reason"] = text("reason", command)
    told["enabled"] = find("QPushButton", "run", command).isEnabled()
    shot(command, "_not_available")

    # What was set is there again after closing, and opening twice is once.
    maya.press("Plate Normals", box=True)
    maya.press("Relight Rig", box=True)
    before = sorted(maya.controls)
    maya.press("Plate Normals", box=True)
    told["opened twice"] = sorted(maya.controls) == before
    plate = folder / "plate.png"
    plate.write_bytes(b"plate")
    plate_scene(maya, plate.as_posix())
    find("QComboBox", "detail", "platelightPlateNormals").setCurrentText("high")
    find("QPushButton", "run", "platelightPlateNormals").click()
    finish()
    told["plate"] = [worker.jobs[-1][0], worker.jobs[-1][2].detail, text("words", "platelightPlateNormals")]
    shot("platelightPlateNormals")
    find("QPushButton", "run", "platelightRelightRig").click()
    finish()
    told["rig"] = [worker.jobs[-1][0], "platelightRig" in maya.graph.nodes]
    shot("platelightRelightRig")
    maya.deleteUI("platelightPlateNormalsWorkspaceControl", control=True)
    maya.press("Plate Normals", box=True)
    told["remembered"] = find("QComboBox", "detail", "platelightPlateNormals").currentText()

    # Random scene: families and counts, the lock, another one.
    command = "platelightRandomScene"
    maya.press("Random Scene", box=True)
    families = find("QListWidget", "families", command)
    told["families"] = families.count()
    for row in range(families.count()):
        if families.item(row).text() != "cluster":
            families.item(row).setCheckState(core.Qt.CheckState.Unchecked)
    app.sendPostedEvents(None, deferred_delete)
    find("QSpinBox", "cluster.count.least", command).setValue(2)
    find("QSpinBox", "cluster.count.most", command).setValue(3)
    find("QSpinBox", "seed", command).setValue(7)
    find("QSpinBox", "textureSize", command).setValue(16)
    find("QCheckBox", "lock", command).setChecked(True)
    shot(command)
    find("QPushButton", "run", command).click()
    finish()
    told["scene"] = [maya.notices[-1], maya.messages[1:]]
    first = len(maya.graph.nodes)
    find("QPushButton", "another", command).click()
    finish()
    told["another"] = [find("QSpinBox", "seed", command).value(), find("QSpinBox", "index", command).value()]
    told["replaced"] = sum("platelightMade" in node.added and node.type.name == "transform" and not node.parent
                           for node in maya.graph.nodes.values())  # fmt: skip
    told["nodes"] = [first, len(maya.graph.nodes)]
    kept = json.loads(maya.option_vars["platelight_platelightRandomScene"])
    told["kept"] = [kept["families"], kept["counts"], kept["lock"]]

    # Generate dataset: places, presets, the preview, and the run, with a stand-in for the process.
    told["dataset"] = dataset(maya, loaded, folder, find, text, shot, finish, parts)

    told["controls"] = sorted(maya.controls)
    life.unload()
    told["left"] = maya.traces()
    told["kept settings"] = sorted(maya.option_vars)
    return told


def dataset(
    maya: Any, loaded: Any, folder: Path, find: Any, text: Any, shot: Any, finish: Any, parts: Any
) -> dict[str, Any]:
    from maya_plugin.dataset import process

    told: dict[str, Any] = {}
    command = "platelightGenerateDataset"
    runs: list[list[str]] = []
    sheet(folder / "sheet.png")

    def run(task: Any, words: Any, settings: Any, total: int, python: str) -> str:
        runs.append(list(words))
        if "--preview" in words:
            out = Path(words[words.index("--out") + 1])
            (out / "preview.png").write_bytes((folder / "sheet.png").read_bytes())
            estimate = {"value": 1.5, "low": 1.0, "high": 2.0}
            document = {
                "picture": "preview.png",
                "families": ["room"] * 16,
                "failed": [],
                "hours": estimate,
                "disk_bytes": {"value": 3e9, "low": 2e9, "high": 4e9},
            }
            (out / "preview.json").write_text(json.dumps(document))
        for done in range(total):
            task.show(100 * done // total, f"{done} of {total} scenes")
        return "24 samples"

    process.run, process.python_for_sets = run, lambda: sys.executable
    maya.press("Generate Dataset...")
    find("QPushButton", "run", command).click()
    told["no folder"] = text("words", command)
    find("QLineEdit", "out", command).setText(str(folder / "set"))
    find("QSpinBox", "count", command).setValue(5000)
    panel = loaded.session.panels[command].panel
    told["ranges untouched"] = panel.values()["ranges"]
    find("QDoubleSpinBox", "room.width.least", command).setValue(3.5)
    find("QSpinBox", "street.storeys.most", command).setValue(2)
    told["ranges"] = panel.values()["ranges"]
    find("QPushButton", "preview", command).click()
    finish()
    told["estimate"] = text("estimate", command)
    told["sheet"] = find("QLabel", "sheet", command).pixmap().width()
    maya.widgets[f"{command}WorkspaceControl"].resize(520, 1360)
    shot(command)
    find("QPushButton", "run", command).click()
    finish()
    told["generate"] = runs[-1]
    find("QComboBox", "place", command).setCurrentText("farm")
    find("QLineEdit", "job", command).setText(str(folder / "job"))
    told["button"] = find("QPushButton", "run", command).text()
    docked = loaded.session.panels[command].panel
    docked.save_file(str(folder / "preset"))
    find("QSpinBox", "count", command).setValue(1)
    docked.load_file(str(folder / "preset.json"))
    told["preset"] = [find("QSpinBox", "count", command).value(), find("QComboBox", "place", command).currentText()]
    find("QPushButton", "run", command).click()
    finish()
    told["farm"] = runs[-1][:2]
    shot(command, "_farm")
    return told


def sheet(path: Path) -> None:
    """A picture in the place of a contact sheet."""
    import numpy as np

    from maya_plugin.qt.shim import qt

    height, width = 240, 480
    tint = np.zeros((height, width, 3), np.uint8)
    tint[..., 0] = np.linspace(30, 220, width)[None]
    tint[..., 1] = np.linspace(60, 200, height)[:, None]
    tint[::60] = tint[:, ::60] = 20
    pixels = tint.tobytes()  # kept by name: QImage does not copy them
    image = qt().gui.QImage(pixels, width, height, 3 * width, qt().gui.QImage.Format.Format_RGB888)
    assert image.save(str(path))


def style(app: Any, parts: Any) -> None:
    """Dark and plain, about as Maya shows it, so that pictures of panels can be judged."""
    app.setStyle("Fusion")
    palette, color, role = parts.gui.QPalette(), parts.gui.QColor, parts.gui.QPalette.ColorRole
    shades = {"Window": 68, "Base": 43, "AlternateBase": 60, "Button": 93, "ToolTipBase": 60}
    for name, shade in shades.items():
        palette.setColor(getattr(role, name), color(shade, shade, shade))
    for name in ("WindowText", "Text", "ButtonText", "ToolTipText"):
        palette.setColor(getattr(role, name), color(225, 225, 225))
        palette.setColor(parts.gui.QPalette.ColorGroup.Disabled, getattr(role, name), color(130, 130, 130))
    palette.setColor(role.Highlight, color(82, 133, 166))
    app.setPalette(palette)


if __name__ == "__main__":
    print(json.dumps(program(sys.argv[1], Path(sys.argv[2]))), flush=True)
    os._exit(0)  # Qt's own teardown at the end of the interpreter crashes now and then, and is not what is tested
