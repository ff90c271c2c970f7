"""PlateRelight's second path: the same shading as a model in Nuke's Inference node, for where Blink is not allowed.

The model is TorchScript that comes with the plug-in (`nuke_plugin/cattery/relight`); the .cat that Inference wants is
made of it once, inside of Nuke. Inference takes one picture of at most 19 channels that it knows by name, so that
plate, normals, place, albedo and maps are packed into 17 of them; the numbers of the lights are knobs, driven by the
same expressions as the kernel's parameters.
"""

from __future__ import annotations

import os

from nuke_plugin.blink.controls import CAT_NAME, MODEL_NODE, PATHS
from nuke_plugin.blink.links import kernel_links
from nuke_plugin.errors import ModelMissing
from nuke_plugin.host import Host, Node, require_version
from nuke_plugin.knobs import inner, knob, set_choice
from nuke_plugin.model_file import find_cat, make_model_file

__all__ = ["PACKED", "TORCHSCRIPT", "model_links", "use_inference"]

TORCHSCRIPT = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "cattery", "relight")
"""Folder with the TorchScript file and its card."""

PACKED = {
    "Flips": (("rgba.red", "depth.Z"), ("rgba.green", "forward.u"), ("rgba.blue", "forward.v")),
    "Place": (("rgba.red", "backward.u"), ("rgba.green", "backward.v"), ("rgba.blue", "disparityL.x")),
    "Colours": (("rgba.red", "disparityL.y"), ("rgba.green", "disparityR.x"), ("rgba.blue", "disparityR.y")),
    "Maps": (("rgba.red", "mask.a"), ("rgba.green", "rotopaint_mask.a"), ("rgba.blue", "mask_planartrack.a")),
    "Share": (("rgba.red", "mask_splinewarp.a"),),
}
"""Node inside of PlateRelight -> its channels and those that carry them into the model, beside rgba of the plate.

CatFileCreator takes 19 names and no others: learn.foundry.com, .cat file creation reference for Nuke 14, appendix.
"""

_IN_SHARE = ("use_confidence", "invert_mask", "from_maps_3")
"""Parameters of the kernel whose work is done before the model, by the node Share."""


def model_links() -> dict[str, str]:
    """Attribute of the model -> the expression that drives it, seen from inside of PlateRelight."""
    links = {}
    for name, expressions in kernel_links().items():
        for index, expression in enumerate(expressions):
            attribute = name if len(expressions) == 1 else f"{name}_{index}"
            if attribute not in _IN_SHARE and not attribute.endswith("_up_3"):
                links[attribute] = expression
    links["origin_x"] = "Region.box.x * parent.picture_scale"
    links["origin_y"] = "Region.box.y * parent.picture_scale"
    return links


def use_inference(host: Host, node: Node) -> None:
    """Switch a node to its model; the model file is made first where there is none.

    Raises:
        NukeTooOld: this Nuke's libtorch cannot read it.
        ModelMissing: there is no model file and none can be made, or it is not the one for this node.
        WrongNode: the node is no PlateRelight, or one of an earlier version.
    """
    require_version(host, what=f"{node.name()}: the path over Inference")
    model = inner(node, MODEL_NODE)
    knob(node, "has_model").setValue(False)
    path = find_cat(host, CAT_NAME) or make_model_file(host, TORCHSCRIPT, CAT_NAME)
    knob(model, "modelFile").setValue(path.replace("\\", "/"))
    links = model_links()
    missing = [name for name in links if model.knob(name) is None]
    if missing:
        raise ModelMissing(
            f"{node.name()}: {path} has no control {', '.join(missing[:3])}{' ...' if missing[3:] else ''}: it is of "
            "another version. Delete it and press Use Inference again, which makes a new one"
        )
    for name, expression in links.items():
        knob(model, name).setExpression(expression)
    knob(node, "has_model").setValue(True)
    set_choice(knob(node, "path"), PATHS, 2)
