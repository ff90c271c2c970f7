"""The two paths of the PlateRelight node, as data: the knobs that choose, and the nodes of the one over Inference.

    plate, Flips, Place, Colours, Maps, Share -> packed into one picture -> Region -> Model (Inference) -> back in place

Channels and their carriers: `nuke_plugin.blink.inference.PACKED`.
"""

from __future__ import annotations

from nuke_plugin.blink.controls import CAT_NAME, MODEL_NODE, PATHS
from nuke_plugin.blink.inference import PACKED, model_links
from nuke_plugin.gizmo_files.script import Braced, Expression, ScriptNode, UserKnob, Value, Values

__all__ = ["PATH_INPUTS", "WHICH", "path_nodes", "with_path_knobs"]

PATH_INPUTS = ("PlateDot", None, "Back")
"""Of the switch: the plate, the kernel once it is built, the model."""

WHICH = "parent.path == 1 ? parent.has_kernel : (parent.path == 2 ? 2 * parent.has_model : 0)"
"""Follows the chooser without the plug-in, on a farm too; what is not there yet gives the plate."""

_PRESS = (
    "try:\n    from nuke_plugin.blink import buttons\nexcept ImportError:\n    nuke.message('PlateRelight: the "
    "Platelight plug-in is not installed here, so its button does nothing. To install: platelight install nuke')\n"
    "else:\n    buttons.use_inference()"
)
_START, _SAME_LINE, _HIDDEN = ("STARTLINE",), ("-STARTLINE",), ("INVISIBLE",)


def with_path_knobs(knobs: tuple[UserKnob, ...]) -> tuple[UserKnob, ...]:
    """The node's knobs with those of the paths behind its button `build`."""
    after = next(place for place, knob in enumerate(knobs) if knob.name == "build") + 1
    chooser = UserKnob(
        4,
        "path",
        label="Path",
        choices=PATHS,
        value=PATHS[0],
        hint="How the picture is made. Both paths give the same. The first line says which one is on.",
        flags=_START,
    )
    press = UserKnob(
        22,
        "use_inference",
        label="Use Inference",
        text=_PRESS,
        hint="For where Blink is not allowed: makes PlateRelight.cat from the plug-in's TorchScript file where there "
        "is none yet, and relights over Nuke's Inference.",
        flags=_SAME_LINE,
    )
    gpu = UserKnob(
        6,
        "use_gpu",
        label="Use GPU if available (Inference)",
        value=True,
        hint="On a farm, start Nuke with --gpu to have it used.",
        flags=_START,
    )
    hidden = tuple(UserKnob(6, name, label=name, value=False, flags=_HIDDEN) for name in ("has_kernel", "has_model"))
    return (*knobs[:after], press, chooser, gpu, *knobs[after:], *hidden)


def path_nodes() -> tuple[ScriptNode, ...]:
    """From the node's own PlateDot, Flips, Place, Colours and Maps to the model's picture, `Back`."""
    packed, before = [], "PlateDot"
    for row, (source, channels) in enumerate(PACKED.items()):
        knobs: dict[str, Value] = {}
        for number, (taken, put) in enumerate(channels):
            knobs[f"from{number}"], knobs[f"to{number}"] = taken, put
        packed.append(ScriptNode("Copy", f"Pack{source}", (before, source), knobs, at=(5, 5 + row)))
        before = f"Pack{source}"
    edges = {
        "x": "min(0, max(input.bbox.x, 0 - input.width))",
        "y": "min(0, max(input.bbox.y, 0 - input.height))",
        "r": "max(input.width, min(input.bbox.r, 2 * input.width))",
        "t": "max(input.height, min(input.bbox.t, 2 * input.height))",
    }
    return (
        # On the plate's own picture, so that an input that is open takes no pixel away.
        ScriptNode("Copy", "MaskBeside", ("PlateDot", "Maps"), {"from0": "rgba.alpha", "to0": "rgba.red"}, at=(4, 4)),
        ScriptNode(
            "Copy", "SureBeside", ("MaskBeside", "Flips"), {"from0": "rgba.alpha", "to0": "rgba.green"}, at=(4, 5)
        ),
        ScriptNode(
            "Expression",
            "Share",
            ("SureBeside",),
            {
                "temp_name0": "drawn",
                "temp_expr0": "parent.use_mask * clamp(r) + 1 - parent.use_mask",
                "temp_name1": "masked",
                "temp_expr1": "parent.use_mask * parent.invert_mask * (1 - 2 * drawn) + drawn",
                "expr0": "masked * (parent.use_confidence * clamp(g) + 1 - parent.use_confidence)",
            },
            at=(4, 6),
        ),
        *packed,
        ScriptNode(
            "Assert",
            "NukeVersion",
            (before,),
            {
                "expression": Expression("$nuke_version >= 14"),
                "message": (
                    "PlateRelight needs Nuke 14 or later for its path over Inference. Choose Path: Blink, or use "
                    "platelight relight on the command line."
                ),
            },
            at=(5, 10),
        ),
        ScriptNode(
            "Crop",
            "Region",
            ("NukeVersion",),
            {"box": Values(tuple(Expression(text) for text in edges.values())), "reformat": True, "crop": False},
            at=(5, 11),
        ),
        ScriptNode(
            "Inference",
            MODEL_NODE,
            ("Region",),
            {
                "useGPUIfAvailable": Expression("parent.use_gpu"),
                "modelFile": f"[lsearch -inline [plugins -all {CAT_NAME}] *.cat]",
                # Half would round positions and the plate before the model sees them.
                "halfPrecision": False,
                "serialiseKnob": Braced("".join(f"{name}:{{{text}}};" for name, text in model_links().items())),
            },
            at=(5, 12),
        ),
        ScriptNode(
            "Transform",
            "Back",
            (MODEL_NODE,),
            {
                "translate": Values((Expression("Region.box.x"), Expression("Region.box.y"))),
                "filter": "impulse",
                "black_outside": False,
            },
            at=(5, 13),
        ),
    )
