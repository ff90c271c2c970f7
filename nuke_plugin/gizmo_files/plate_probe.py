"""The PlateProbe node, as data.

    plate --+---------------------------------------------------> out: the plate as it came
            |-> rgba only -----------------------------+-> copy as layer N -> Write (what the worker is given)
            |-> layer or input -> Normals -> Flips ----+

Colours are not converted: the estimate is of the plate's own primaries, which is what PlateRelight works in.
"""

from __future__ import annotations

from nuke_plugin.gizmo_files.normals_source import copied, normals_nodes
from nuke_plugin.gizmo_files.plate_normals import LAYERS
from nuke_plugin.gizmo_files.plate_probe_controls import callback, user_knobs
from nuke_plugin.gizmo_files.script import ScriptNode, write_gizmo
from nuke_plugin.probe.controls import NODE_CLASS

__all__ = ["plate_probe", "plate_probe_gizmo"]

_INPUTS = ("plate", "normals")


def _inside() -> tuple[ScriptNode, ...]:
    return (
        ScriptNode("Input", "normals", knobs={"number": 1}, at=(2, 0)),
        ScriptNode("Input", "plate", at=(0, 0)),
        ScriptNode("Dot", "PlateDot", ("plate",), at=(0, 1)),
        *normals_nodes(2),
        ScriptNode("Remove", "OnlyRgba", ("PlateDot",), {"operation": "keep", "channels": "rgba"}, at=(1, 4)),
        ScriptNode("Copy", "Both", ("OnlyRgba", "Flips"), copied("rgba", "N"), at=(1, 5)),
        ScriptNode(
            "Write",
            "PlateFile",
            ("Both",),
            {
                "file_type": "exr",
                "channels": "all",
                "datatype": "16 bit half",
                "raw": True,
                "create_directories": True,
                "disable": True,  # but while the node's button renders it: farms and Render All leave it out
            },
            at=(1, 6),
        ),
        ScriptNode("Output", "Output1", ("PlateDot",), at=(0, 7)),
    )


def plate_probe(name: str = NODE_CLASS, inputs: tuple[str | None, ...] = (None,) * len(_INPUTS)) -> ScriptNode:
    """The node under `name`, fed by `inputs` (the plate, and perhaps its normals)."""
    return ScriptNode(
        "Group",
        name,
        inputs,
        {"onCreate": callback("created"), "tile_color": "0xd8d27fff"},
        user_knobs(),
        _inside(),
    )


def plate_probe_gizmo() -> str:
    """The text of `PlateProbe.gizmo`."""
    return write_gizmo(plate_probe(), LAYERS)
