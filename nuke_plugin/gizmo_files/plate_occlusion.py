"""The PlateOcclusion node, as data.

    plate --+-> layer or input -> Normals -> Flips -----------+-> layers N and depth -> Write (what the worker is given)
            |-> layer or input -> DepthChannel -> planar -----+
            |
            |   Read (what the worker wrote), or 1 everywhere -> strength -+-> copy as layer ao -> view -> out
            +--------------------------------------------------------------+

Bounding box, format, alpha and further layers of the result are the plate's: the last nodes copy channels onto it.
"""

from __future__ import annotations

from nuke_plugin.gizmo_files.normals_source import copied, normals_nodes
from nuke_plugin.gizmo_files.plate_normals import LAYERS, RAY_SLOPES
from nuke_plugin.gizmo_files.plate_occlusion_controls import callback, user_knobs
from nuke_plugin.gizmo_files.script import Layer, ScriptNode, Value, switch_node, write_gizmo
from nuke_plugin.occlusion.controls import CHANNEL, FILE_CHANNEL, NODE_CLASS

__all__ = ["OCCLUSION_LAYERS", "plate_occlusion", "plate_occlusion_gizmo"]

OCCLUSION_LAYERS = (
    *LAYERS,
    *(Layer(layer, (channel,)) for layer, _, channel in (name.partition(".") for name in (CHANNEL, FILE_CHANNEL))),
)
"""The layers that the node and its files name."""

_COLOURS = ("red", "green", "blue")
_INPUTS = ("plate", "normals", "depth", "cam")


def _inside() -> tuple[ScriptNode, ...]:
    inputs = tuple(
        ScriptNode("Input", name, knobs={"number": number} if number else {}, at=(2 * number, 0))
        for number, name in reversed(list(enumerate(_INPUTS)))
    )
    return (
        *inputs,
        ScriptNode("Dot", "PlateDot", ("plate",), at=(0, 1)),
        *normals_nodes(2),
        *_depth_nodes(),
        *_nodes_to_write(),
        *_nodes_that_read(),
    )


def _depth_nodes() -> tuple[ScriptNode, ...]:
    """Up to `Metres`: planar depth in metres in red, 0 where there is none."""
    return (
        switch_node("DepthFrom", ("depth", "PlateDot", "PlateDot"), "parent.depth_from", (4, 2)),
        ScriptNode(
            "Copy", "DepthChannel", ("DepthFrom", "DepthFrom"), {"from0": "depth.Z", "to0": "rgba.red"}, at=(4, 3)
        ),
        ScriptNode("Expression", "Inverse", ("DepthChannel",), {"expr0": "(r > 0) / max(r, 1e-9)"}, at=(5, 4)),
        ScriptNode(
            "Expression",
            "AlongRay",
            ("DepthChannel",),
            {
                **RAY_SLOPES,
                "expr0": "r / sqrt(1 + rx * rx + ry * ry)",
            },
            at=(6, 4),
        ),
        switch_node("Planar", ("DepthChannel", "Inverse", "AlongRay"), "parent.depth_is", (4, 5)),
        ScriptNode("Expression", "Metres", ("Planar",), {"expr0": "r * parent.unit"}, at=(4, 6)),
    )


def _nodes_to_write() -> tuple[ScriptNode, ...]:
    """Layers N, without its confidence, and depth; the plate's colours are left out, which the worker does not need."""
    return (
        ScriptNode("Remove", "OnlyRgba", ("PlateDot",), {"operation": "keep", "channels": "rgba"}, at=(1, 6)),
        ScriptNode("Copy", "WithNormals", ("OnlyRgba", "Flips"), copied("rgba", "N", _COLOURS), at=(1, 7)),
        ScriptNode("Copy", "WithDepth", ("WithNormals", "Metres"), {"from0": "rgba.red", "to0": "depth.Z"}, at=(2, 8)),
        switch_node("Given", ("WithNormals", "WithDepth"), "parent.with_depth", (1, 9)),
        ScriptNode("Remove", "NoRgba", ("Given",), {"operation": "remove", "channels": "rgba"}, at=(1, 10)),
        ScriptNode(
            "Write",
            "PlateFile",
            ("NoRgba",),
            {
                "file_type": "exr",
                "channels": "all",
                "datatype": "32 bit float",
                "raw": True,
                "create_directories": True,
                "disable": True,  # but while the node's button renders it: farms and Render All leave it out
            },
            at=(1, 11),
        ),
    )


def _nodes_that_read() -> tuple[ScriptNode, ...]:
    """A frame that failed shows its neighbour's occlusion: black would be shut in everywhere."""
    grey: dict[str, Value] = {"expr0": "r", "expr1": "r", "expr2": "r"}
    strength = {"expr0": "clamp(1 - parent.strength * (1 - r))"}
    return (
        ScriptNode("Expression", "Open", ("PlateDot",), {"expr0": "1"}, at=(-1, 6)),
        ScriptNode("Read", "Prerendered", (), {"raw": True, "on_error": "nearest frame"}, at=(-3, 5)),
        ScriptNode(
            "Copy", "FromFile", ("Prerendered", "Prerendered"), {"from0": FILE_CHANNEL, "to0": "rgba.red"}, at=(-3, 7)
        ),
        switch_node("Source", ("Open", "FromFile"), "parent.source", (-2, 8)),
        ScriptNode("Expression", "Strength", ("Source",), strength, at=(-2, 9)),
        ScriptNode("Copy", "Layer", ("PlateDot", "Strength"), {"from0": "rgba.red", "to0": CHANNEL}, at=(0, 12)),
        ScriptNode("Expression", "Grey", ("Strength",), grey, at=(-2, 12)),
        ScriptNode("Copy", "GreyView", ("Layer", "Grey"), copied("rgba", channels=_COLOURS), at=(-1, 13)),
        switch_node("View", ("Layer", "GreyView"), "parent.view", (0, 14)),
        ScriptNode("Output", "Output1", ("View",), at=(0, 15)),
    )


def plate_occlusion(name: str = NODE_CLASS, inputs: tuple[str | None, ...] = ()) -> ScriptNode:
    """The node under `name`; inputs (plate, normals, depth, camera) that are not named stay open."""
    return ScriptNode(
        "Group",
        name,
        (inputs + (None,) * len(_INPUTS))[: len(_INPUTS)],
        {
            "onCreate": callback("created"),
            "knobChanged": callback("knob_changed"),
            "tile_color": "0x8f8f9fff",
            "label": "[value view]",
        },
        user_knobs(),
        _inside(),
    )


def plate_occlusion_gizmo() -> str:
    """The text of `PlateOcclusion.gizmo`."""
    return write_gizmo(plate_occlusion(), OCCLUSION_LAYERS)
