"""The example scripts, as data. Each stands on its own: its nodes load where the plug-in is not installed.

They hold no Root node: opened from the menu, that would change the settings of the project they are added to.
"""

from __future__ import annotations

from nuke_plugin.gizmo_files.plate_normals import LAYERS, plate_normals
from nuke_plugin.gizmo_files.script import ScriptNode, write_script

__all__ = ["batch", "normals_from_plate"]

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
        ScriptNode("Camera2", "YourCamera", (), {"focal": 35, "haperture": 24.576, "vaperture": 18.672}, at=(2, 1.5)),
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


def _with(node: ScriptNode, at: tuple[float, float]) -> ScriptNode:
    return ScriptNode(node.node_class, node.name, node.inputs, node.knobs, node.user_knobs, node.inside, at)
