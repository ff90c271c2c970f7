"""The example scripts, as data. Each stands on its own: its nodes load where the plug-in is not installed.

They hold no Root node: opened from the menu, that would change the settings of the project they are added to.
"""

from __future__ import annotations

from nuke_plugin.gizmo_files.plate_normals import LAYERS, plate_normals
from nuke_plugin.gizmo_files.plate_occlusion import OCCLUSION_LAYERS, plate_occlusion
from nuke_plugin.gizmo_files.plate_probe import plate_probe
from nuke_plugin.gizmo_files.plate_relight import plate_relight, with_occlusion
from nuke_plugin.gizmo_files.script import ScriptNode, Value, write_script
from nuke_plugin.occlusion.controls import CHANNEL

__all__ = ["batch", "normals_from_plate", "occlusion", "probe", "relight"]

_HEAD = ("version 14.0 v1",)


def _plate() -> ScriptNode:
    # Bars stand in for a plate, so that the script opens without any file.
    return ScriptNode("ColorBars", "YourPlate", (), {"label": "put your plate here"}, at=(0, 0))


def normals_from_plate() -> str:
    """A plate, PlateNormals, a camera it takes its field of view from, and a Write of layer N as EXR."""
    nodes = [
        ScriptNode(
            "StickyNote",
            "Note1",
            (),
            {
                "label": (
                    "1. Replace YourPlate by a Read.\n2. In PlateNormals press Make model file (once).\n"
                    "3. View PlateNormals; look at layer N.\n4. Render WriteN."
                )
            },
            at=(-2, 0),
        ),
        _camera(),
        _plate(),
        _with(plate_normals("PlateNormals1", ("YourPlate", "YourCamera")), at=(0, 2)),
        ScriptNode(
            "Write",
            "WriteN",
            ("PlateNormals1",),
            {
                "channels": "N",
                "file": "[file dirname [value root.name]]/normals/normals.%04d.exr",
                "file_type": "exr",
                "datatype": "32 bit float",
                "raw": True,
                "create_directories": True,
            },
            at=(0, 4),
        ),
    ]
    return write_script(nodes, LAYERS, _HEAD)


def relight() -> str:
    """A plate, its normals, and PlateRelight behind them with a camera at its cam input."""
    nodes = [
        _note(
            "1. Replace YourPlate by a Read.\n2. In PlateNormals1 press Make model file (once).\n"
            "3. In PlateRelight1 press Build the kernel (once for a node).\n"
            "4. Turn light 1: From the right, From above. Lights 2 to 8 are off."
        ),
        _camera(),
        _plate(),
        _with(plate_normals("PlateNormals1", ("YourPlate", "YourCamera")), at=(0, 2)),
        _with(plate_relight("PlateRelight1", ("PlateNormals1", None, None, None, None, "YourCamera")), at=(0, 4)),
        _write_picture("PlateRelight1", "relit", at=(0, 6)),
    ]
    return write_script(nodes, LAYERS, _HEAD)


def probe() -> str:
    """A plate, its normals, PlateProbe, and a PlateRelight for the light that it finds."""
    nodes = [
        _note(
            "1. Replace YourPlate by a Read.\n2. In PlateNormals1 press Make model file (once).\n"
            "3. In PlateProbe1 press Estimate the light; it runs beside Nuke. Read the first line: is it weak?\n"
            "4. Select PlateRelight1 and press Set up PlateRelight in PlateProbe1.\n"
            "5. In PlateRelight1 press Build the kernel; the picture is close to the plate. Now turn light 1."
        ),
        _plate(),
        _with(plate_normals("PlateNormals1", ("YourPlate", None)), at=(0, 2)),
        _with(plate_probe("PlateProbe1", ("PlateNormals1", None)), at=(0, 4)),
        _with(plate_relight("PlateRelight1", ("PlateProbe1",)), at=(0, 6)),
        _write_picture("PlateRelight1", "relit", at=(0, 8)),
    ]
    return write_script(nodes, LAYERS, _HEAD)


def occlusion() -> str:
    """A plate, its normals, PlateOcclusion, and a PlateRelight that takes layer ao as its occlusion."""
    relit = plate_relight("PlateRelight1", ("PlateOcclusion1", None, None, None, "PlateOcclusion1"))
    nodes = [
        _note(
            "1. Replace YourPlate by a Read; save this script.\n2. In PlateNormals1 press Make model file (once).\n"
            "3. Is there depth? Connect it to the input depth of PlateOcclusion1.\n"
            "4. In PlateOcclusion1 set the frames (Pre-render tab), press Render and read back; it runs beside Nuke.\n"
            "5. In PlateRelight1 press Build the kernel. Its occlusion is ao.red of the maps input: it dims light 2,\n"
            "   which is ambient, and light 1 too once Occlusion dims every light is on."
        ),
        _plate(),
        _with(plate_normals("PlateNormals1", ("YourPlate", None)), at=(0, 2)),
        _with(plate_occlusion("PlateOcclusion1", ("PlateNormals1",)), at=(0, 4)),
        _with(with_occlusion(relit, CHANNEL), at=(0, 6)),
        _write_picture("PlateRelight1", "relit", at=(0, 8)),
    ]
    return write_script(nodes, OCCLUSION_LAYERS, _HEAD)


def batch() -> str:
    """A plate whose normals are pre-rendered by the worker and read back, beside the plain way of reading them."""
    nodes = [
        ScriptNode(
            "StickyNote",
            "Note1",
            (),
            {
                "label": (
                    "1. Replace YourPlate by a Read of a sequence; save this script.\n"
                    "2. PlateNormals1, Pre-render tab: set the frames, press Pre-render and read back.\n"
                    "   It runs beside Nuke; work on. When it is done the node reads the EXRs.\n"
                    "3. Or without a node: menu Platelight, Batch normals ..., then point ReadNormals at the result."
                )
            },
            at=(-2, 0),
        ),
        _plate(),
        _with(plate_normals("PlateNormals1", ("YourPlate", None)), at=(0, 2)),
        ScriptNode(
            "Read",
            "ReadNormals",
            (),
            {
                "file": "[file dirname [value root.name]]/normals/YourPlate.%04d.exr",
                "first": 1001,
                "last": 1010,
                "origfirst": 1001,
                "origlast": 1010,
                "raw": True,
                "on_error": "black",
            },
            at=(2, 0),
        ),
        ScriptNode(
            "Copy",
            "AddLayer",
            ("YourPlate", "ReadNormals"),
            {
                "from0": "N.red",
                "to0": "N.red",
                "from1": "N.green",
                "to1": "N.green",
                "from2": "N.blue",
                "to2": "N.blue",
                "from3": "confidence.alpha",
                "to3": "N.alpha",
            },
            at=(2, 3),
        ),
    ]
    return write_script(nodes, LAYERS, _HEAD)


def _note(words: str) -> ScriptNode:
    return ScriptNode("StickyNote", "Note1", (), {"label": words}, at=(-2, 0))


def _camera() -> ScriptNode:
    return ScriptNode("Camera2", "YourCamera", (), {"focal": 35, "haperture": 24.576, "vaperture": 18.672}, at=(2, 1.5))


def _write_picture(source: str, name: str, at: tuple[float, float]) -> ScriptNode:
    knobs: dict[str, Value] = {
        "channels": "rgba",
        "file": f"[file dirname [value root.name]]/{name}/{name}.%04d.exr",
        "file_type": "exr",
        "datatype": "16 bit half",
        "create_directories": True,
    }
    return ScriptNode("Write", "WritePicture", (source,), knobs, at=at)


def _with(node: ScriptNode, at: tuple[float, float]) -> ScriptNode:
    return ScriptNode(node.node_class, node.name, node.inputs, node.knobs, node.user_knobs, node.inside, at)
