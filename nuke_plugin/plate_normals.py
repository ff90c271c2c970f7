"""What the buttons and callbacks of a PlateNormals node do. Each function takes the host and the node."""

from __future__ import annotations

from nuke_plugin.camera import find_camera, link_lens, take_lens, take_pixel_aspect
from nuke_plugin.controls import CAT_NAME, COLOURS, MODEL_KNOBS, NODE_CLASS
from nuke_plugin.errors import ModelMissing
from nuke_plugin.host import Host, Node
from nuke_plugin.knobs import choice_number, inner, knob, new_node, set_choice
from nuke_plugin.model_file import find_cat
from nuke_plugin.working_space import OCIO, colour_choice, project_space

__all__ = [
    "create",
    "created",
    "detect_colours",
    "input_changed",
    "link_camera",
    "link_model",
    "reload_model",
    "show_colour_knobs",
    "show_model",
]

_CAMERA_INPUT = 1


def create(host: Host) -> Node:
    """Make a node behind what is selected, with the colour choice of the project and the plate's pixel aspect."""
    node = new_node(host, NODE_CLASS)
    set_choice(knob(node, "input_colours"), COLOURS, colour_choice(host.root()))
    show_colour_knobs(node)
    take_pixel_aspect(node)
    show_model(host, node)
    return node


def created(host: Host, node: Node) -> None:
    """Runs when a node is made or a script with one is opened: only shows things, changes no picture."""
    if host.gui():
        show_model(host, node)
        show_colour_knobs(node)


def show_model(host: Host, node: Node) -> None:
    """Write where the person sees it whether the model file is there, and which graphics card Inference would use."""
    found = find_cat(host)
    knob(node, "status").setValue("" if found else f"{CAT_NAME} is not there yet: press Make model file.")
    device = inner(node, "Model").knob("gpuName")
    if device is not None:
        knob(node, "gpuName").setValue(str(device.value()))


def show_colour_knobs(node: Node) -> None:
    """Enable the OpenColorIO names only where they are asked for."""
    asked = choice_number(knob(node, "input_colours"), COLOURS) == OCIO
    for name in ("ocio_in", "ocio_out"):
        knob(node, name).setEnabled(asked)


def input_changed(node: Node) -> None:
    """A plate or camera was connected: see `nuke_plugin.camera.take_lens`."""
    take_lens(node, _CAMERA_INPUT)


def link_camera(node: Node) -> None:
    """Have the field of view follow the camera at the second input. Raises `WrongNode` where there is none."""
    link_lens(node, find_camera(node.input(_CAMERA_INPUT)))


def detect_colours(host: Host, node: Node) -> str:
    """Set the colour choice from the project's working space; returns what was found, for a message."""
    choice = colour_choice(host.root())
    set_choice(knob(node, "input_colours"), COLOURS, choice)
    show_colour_knobs(node)
    management, config, space = project_space(host.root())
    found = f"colour management {management or '?'}, configuration {config or '-'}, working space {space or '-'}"
    if choice == OCIO:
        if space:
            knob(inner(node, "FromOCIO"), "in_colorspace").setValue(space)
        return (
            f"{found}: its primaries are not known here. Choose the name that your configuration gives to scene-linear "
            "Rec.709 (or sRGB) under `to linear Rec.709, named`."
        )
    return f"{found}: the plate is taken as {COLOURS[choice]}."


def link_model(node: Node) -> None:
    """Have the model's own knobs follow the node's controls.

    The node's file says so too; this is for where Nuke did not take that over (a model file made after the node).

    Raises:
        ModelMissing: the model has no such knobs, so that no model file is loaded, or one of something else.
    """
    model = inner(node, "Model")
    missing = []
    for name, expression in MODEL_KNOBS.items():
        control = model.knob(name)
        if control is None:
            missing.append(name)
        else:
            control.setExpression(expression)
    if missing:
        raise ModelMissing(
            f"{node.name()}: the model has no control {', '.join(missing)}. Is {CAT_NAME} made and on the plug-in path "
            "(button Make model file), and of this version?"
        )


def reload_model(host: Host, node: Node, path: str) -> None:
    """Give the node a model file and link its controls. Raises as `link_model`."""
    knob(inner(node, "Model"), "modelFile").setValue(path.replace("\\", "/"))
    show_model(host, node)
    link_model(node)
