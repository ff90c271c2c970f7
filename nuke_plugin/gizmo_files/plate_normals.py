"""The PlateNormals node, as data.

    plate -> rgba only -> scene-linear Rec.709 -> crop to the region -> Inference -> back to its place -+
                     |                                                                                  |- switch
                     +-> Write (what the worker is given)      Read (what the worker wrote) ------------+     |
    plate ------------------------------------------------------------> copy as layer N <- axis flips <-------+
                                                                              |
                                                          view: plate, preview, facing ratio, raw N, confidence

The model does its own encoding, resizing and padding, so that the node only has to bring colours to scene-linear
Rec.709 and to say which pixels it looks at. Bounding box, format, overscan and alpha of the result are the plate's:
the last node copies channels onto it.
"""

from __future__ import annotations

from nuke_plugin.controls import CAT_NAME, MODEL_KNOBS
from nuke_plugin.gizmo_files.plate_normals_controls import callback, user_knobs
from nuke_plugin.gizmo_files.script import Braced, Expression, Layer, ScriptNode, UserKnob, Value, Values, write_gizmo
from nuke_plugin.working_space import ACESCG_TO_REC709

__all__ = ["LAYERS", "RAY_SLOPES", "plate_normals", "plate_normals_gizmo"]

LAYERS = (Layer("N", ("red", "green", "blue", "alpha")), Layer("confidence", ("alpha",)))
"""The layers that the node and its files name: Nuke knows a layer only once it is added."""

RAY_SLOPES: dict[str, Value] = {
    "temp_name0": "focal",
    "temp_expr0": "max(plate.width * parent.pixel_aspect, plate.height) / 2 / tan(radians(parent.fov) / 2)",
    "temp_name1": "rx",
    "temp_expr1": "(x + 0.5 - plate.width / 2) * parent.pixel_aspect / focal",
    "temp_name2": "ry",
    "temp_expr2": "(y + 0.5 - plate.height / 2) / focal",
}
"""Of an Expression: the slopes of a pixel's ray to the right and up, `rx` and `ry`, inside of a group with `fov`."""


def _inside() -> tuple[ScriptNode, ...]:
    return (
        ScriptNode("Input", "cam", knobs={"number": 1}, at=(3, 0)),
        ScriptNode("Input", "plate", at=(0, 0)),
        ScriptNode("Dot", "PlateDot", ("plate",), at=(0, 1)),
        ScriptNode("Remove", "OnlyRgba", ("PlateDot",), {"operation": "keep", "channels": "rgba"}, at=(1, 1)),
        ScriptNode(
            "ColorMatrix",
            "FromACEScg",
            ("OnlyRgba",),
            {"matrix": Values(tuple(Values(row) for row in ACESCG_TO_REC709))},
            at=(2, 2),
        ),
        ScriptNode(
            "OCIOColorSpace",
            "FromOCIO",
            ("OnlyRgba",),
            {
                "in_colorspace": "scene_linear",
                "out_colorspace": "scene_linear",
                "disable": Expression("parent.input_colours != 2"),
            },
            at=(3, 2),
        ),
        ScriptNode(
            "Switch",
            "Colours",
            ("OnlyRgba", "FromACEScg", "FromOCIO", "OnlyRgba"),
            {"which": Expression("parent.input_colours")},
            at=(1, 3),
        ),
        ScriptNode(
            "Multiply",
            "Exposed",
            ("Colours",),
            {"channels": "rgb", "value": Expression("pow(2, parent.exposure)")},
            at=(2, 3),
        ),
        ScriptNode(
            "Write",
            "PlateFile",
            ("Exposed",),
            {
                "file_type": "exr",
                "channels": "rgba",
                "datatype": "16 bit half",
                "raw": True,
                "create_directories": True,
                "disable": True,  # but while the node's button renders it: farms and Render All leave it out
            },
            at=(3, 3),
        ),
        ScriptNode(
            "Assert",
            "NukeVersion",
            ("Colours",),
            {
                "expression": Expression("$nuke_version >= 14"),
                "message": (
                    "PlateNormals needs Nuke 14 or later for its model. Pre-render with the worker instead "
                    "(Pre-render tab), or skip this check on the Info tab."
                ),
                "disable": Expression("parent.skip_checks"),
            },
            at=(1, 4),
        ),
        ScriptNode(
            "Crop",
            "Region",
            ("NukeVersion",),
            {
                "box": Values(
                    (
                        Expression("parent.overscan ? min(0, max(input.bbox.x, -input.width)) : 0"),
                        Expression("parent.overscan ? min(0, max(input.bbox.y, -input.height)) : 0"),
                        Expression(
                            "parent.overscan ? max(input.width, min(input.bbox.r, 2 * input.width)) : input.width"
                        ),
                        Expression(
                            "parent.overscan ? max(input.height, min(input.bbox.t, 2 * input.height)) : input.height"
                        ),
                    )
                ),
                "reformat": True,
                "crop": False,
            },
            at=(1, 5),
        ),
        ScriptNode(
            "Inference",
            "Model",
            ("Region",),
            {
                "useGPUIfAvailable": Expression("parent.useGPU"),
                "modelFile": f"[lsearch -inline [plugins -all {CAT_NAME}] *.cat]",
                "halfPrecision": Expression("parent.halfPrecision"),
                "serialiseKnob": Braced("".join(f"{name}:{{{text}}};" for name, text in MODEL_KNOBS.items())),
            },
            at=(1, 6),
        ),
        ScriptNode(
            "Transform",
            "Place",
            ("Model",),
            {
                "translate": Values((Expression("Region.box.x"), Expression("Region.box.y"))),
                "filter": "impulse",
                "black_outside": False,
            },
            at=(1, 7),
        ),
        ScriptNode("Read", "Prerendered", (), {"raw": True, "on_error": "black"}, at=(3, 6)),
        ScriptNode(
            "Copy",
            "FromFile",
            ("Prerendered", "Prerendered"),
            {
                "from0": "N.red",
                "to0": "rgba.red",
                "from1": "N.green",
                "to1": "rgba.green",
                "from2": "N.blue",
                "to2": "rgba.blue",
                "from3": "confidence.alpha",
                "to3": "rgba.alpha",
            },
            at=(3, 7.5),
        ),
        ScriptNode("Switch", "Source", ("Place", "FromFile"), {"which": Expression("parent.source")}, at=(1, 9)),
        ScriptNode(
            "ColorMatrix",
            "Flips",
            ("Source",),
            {
                "matrix": Values(
                    tuple(
                        Values(
                            tuple(
                                Expression(f"parent.flip_{axis} ? -1 : 1") if row == column else 0
                                for column in range(3)
                            )
                        )
                        for row, axis in enumerate("xyz")
                    )
                )
            },
            at=(1, 10),
        ),
        ScriptNode(
            "Copy",
            "Layer",
            ("PlateDot", "Flips"),
            {
                "from0": "rgba.red",
                "to0": "N.red",
                "from1": "rgba.green",
                "to1": "N.green",
                "from2": "rgba.blue",
                "to2": "N.blue",
                "from3": "rgba.alpha",
                "to3": "N.alpha",
            },
            at=(0, 11),
        ),
        ScriptNode(
            "Expression",
            "Preview",
            ("Flips",),
            {"expr0": "r * 0.5 + 0.5", "expr1": "g * 0.5 + 0.5", "expr2": "b * 0.5 + 0.5"},
            at=(1, 12),
        ),
        ScriptNode(
            "Expression",
            "Facing",
            ("Source",),
            {
                **RAY_SLOPES,
                "temp_name3": "facing",
                "temp_expr3": "clamp((b - r * rx - g * ry) / sqrt(1 + rx * rx + ry * ry))",
                "expr0": "facing",
                "expr1": "facing",
                "expr2": "facing",
            },
            at=(2, 12),
        ),
        ScriptNode("Expression", "Confidence", ("Source",), {"expr0": "a", "expr1": "a", "expr2": "a"}, at=(3, 12)),
        ScriptNode(
            "Switch",
            "Picture",
            ("Preview", "Facing", "Confidence"),
            {"which": Expression("parent.view == 2 ? 1 : (parent.view == 4 ? 2 : 0)")},
            at=(2, 13),
        ),
        ScriptNode(
            "Copy",
            "PictureView",
            ("Layer", "Picture"),
            {
                "from0": "rgba.red",
                "to0": "rgba.red",
                "from1": "rgba.green",
                "to1": "rgba.green",
                "from2": "rgba.blue",
                "to2": "rgba.blue",
            },
            at=(1, 14),
        ),
        ScriptNode(
            "Copy",
            "RawView",
            ("Layer", "Flips"),
            {
                "from0": "rgba.red",
                "to0": "rgba.red",
                "from1": "rgba.green",
                "to1": "rgba.green",
                "from2": "rgba.blue",
                "to2": "rgba.blue",
                "from3": "rgba.alpha",
                "to3": "rgba.alpha",
            },
            at=(2, 14),
        ),
        ScriptNode(
            "Switch",
            "View",
            ("Layer", "PictureView", "PictureView", "RawView", "PictureView"),
            {"which": Expression("parent.view")},
            at=(0, 15),
        ),
        ScriptNode("Output", "Output1", ("View",), at=(0, 16)),
        ScriptNode(
            "NoOp",
            "Numbers",
            (),
            at=(4, 5),
            user_knobs=(
                UserKnob(20, "User"),
                UserKnob(
                    7,
                    "fov",
                    label="field of view of the region",
                    value=Expression(
                        "degrees(2 * atan(tan(radians(parent.fov) / 2) "
                        "* max(Region.width * parent.pixel_aspect, Region.height) "
                        "/ max(plate.width * parent.pixel_aspect, plate.height)))"
                    ),
                ),
                UserKnob(
                    7,
                    "center_x",
                    label="lens axis in the region, -1..1",
                    value=Expression("(plate.width / 2 - Region.box.x) / Region.width * 2 - 1"),
                ),
                UserKnob(
                    7,
                    "center_y",
                    label="and upwards",
                    value=Expression("(plate.height / 2 - Region.box.y) / Region.height * 2 - 1"),
                ),
            ),
        ),
    )


def plate_normals(name: str = "PlateNormals", inputs: tuple[str | None, ...] = ()) -> ScriptNode:
    """The node under `name`, fed by `inputs` (the plate, and perhaps a camera)."""
    return ScriptNode(
        "Group",
        name,
        inputs,
        {
            "onCreate": callback("created"),
            "knobChanged": callback("knob_changed"),
            "tile_color": "0x7f8ad8ff",
            "label": "[value view]",
        },
        user_knobs=user_knobs(),
        inside=_inside(),
    )


def plate_normals_gizmo() -> str:
    """The text of `PlateNormals.gizmo`."""
    return write_gizmo(plate_normals(inputs=(None, None)), LAYERS)
