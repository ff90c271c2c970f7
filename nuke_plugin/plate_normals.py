"""What the buttons and callbacks of a PlateNormals node do. Each function takes the host and the node."""

from __future__ import annotations

import contextlib
from typing import Any

from nuke_plugin.camera import field_of_view_expression, find_camera
from nuke_plugin.controls import CAT_NAME, COLOURS, FIELD_OF_VIEW, MODEL_KNOBS, NODE_CLASS
from nuke_plugin.errors import ModelMissing, WrongNode
from nuke_plugin.host import Host, Knob, Node
from nuke_plugin.model_file import find_cat
from nuke_plugin.working_space import OCIO, colour_choice, project_space

__all__ = [
    "create",
    "created",
    "detect_colours",
    "inner",
    "input_changed",
    "knob",
    "link_camera",
    "link_model",
    "reload_model",
    "set_choice",
    "show_colour_knobs",
    "show_model",
]


def knob(node: Node, name: str) -> Knob:
    """A knob that has to be there. Raises `WrongNode` if it is not: the node is none of ours, or of another version."""
    found = node.knob(name)
    if found is None:
        raise WrongNode(
            f"{node.name()} has no knob {name!r}: it is no {NODE_CLASS} node, or one of another version; make a new one"
        )
    return found


def inner(node: Node, name: str) -> Node:
    """A node inside the group. Raises `WrongNode` as `knob` does."""
    found = node.node(name) if hasattr(node, "node") else None  # only groups have it
    if found is None:
        raise WrongNode(f"{node.name()} holds no node {name!r}: it is no {NODE_CLASS} node; make a new one")
    return found


def set_choice(chooser: Knob, choices: tuple[str, ...], number: int) -> None:
    """Choose by the words, which Nuke takes in every version."""
    chooser.setValue(choices[number])


def create(host: Host) -> Node:
    """Make a node behind what is selected, with the colour choice of the project and the plate's pixel aspect."""
    try:
        node = host.create_node(NODE_CLASS)
    except RuntimeError as error:
        raise WrongNode(
            f"Nuke does not know {NODE_CLASS} ({error}): the plug-in's gizmos folder is not on the plug-in path; "
            "install it with `platelight install nuke`, then restart Nuke"
        ) from error
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
    asked = _number(knob(node, "input_colours"), COLOURS) == OCIO
    for name in ("ocio_in", "ocio_out"):
        knob(node, name).setEnabled(asked)


def input_changed(node: Node) -> None:
    """A plate or camera was connected: take the field of view and pixel aspect from it where nobody set them yet.

    Nuke may say so while it opens a script, too, when some inputs are not there yet; so nothing that differs from its
    default is changed, and nothing is undone when an input goes.
    """
    take_pixel_aspect(node)
    field_of_view = knob(node, "fov")
    untouched = not field_of_view.hasExpression() and field_of_view.value() == FIELD_OF_VIEW
    if node.input(1) is not None and untouched:
        with contextlib.suppress(WrongNode):  # something that is no camera (yet): the button says it
            link_camera(node)


def take_pixel_aspect(node: Node) -> None:
    """Set the pixel aspect to the plate's, where one is connected and the knob still says 1."""
    plate, aspect = node.input(0), knob(node, "pixel_aspect")
    if plate is not None and plate.pixelAspect() > 0 and not aspect.hasExpression() and aspect.value() == 1.0:
        aspect.setValue(float(plate.pixelAspect()))


def link_camera(node: Node) -> None:
    """Have the field of view follow the camera at the second input. Raises `WrongNode` where there is none."""
    camera = find_camera(node.input(1))
    plate = node.input(0) or node
    width = plate.width() * max(plate.pixelAspect(), 0.01)
    knob(node, "fov").setExpression(field_of_view_expression(camera, width, plate.height()))


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


def _number(chooser: Knob, choices: tuple[str, ...]) -> int:
    """A choice's number: Nuke gives its words, or the number where an expression drives it."""
    value: Any = chooser.value()
    return choices.index(value) if value in choices else int(float(value))
