"""The lens of a node: the field of view of a camera in the script, as an expression that follows it, and the plate's
pixel aspect."""

from __future__ import annotations

import contextlib

from nuke_plugin.controls import FIELD_OF_VIEW
from nuke_plugin.errors import WrongNode
from nuke_plugin.host import Node
from nuke_plugin.knobs import knob

__all__ = ["field_of_view_expression", "find_camera", "link_lens", "take_lens", "take_pixel_aspect"]

_NEEDED = ("focal", "haperture")
_MOST_STEPS = 200


def find_camera(node: Node | None) -> Node:
    """The camera at or above `node`: the first with a focal length and a film back, through dots and switches.

    Raises:
        WrongNode: nothing is connected, or no camera is found up the first inputs.
    """
    if node is None:
        raise WrongNode("nothing is connected to the cam input; connect a Camera, or set the field of view by hand")
    here: Node | None = node
    for _ in range(_MOST_STEPS):
        if here is None:
            break
        if all(here.knob(name) is not None for name in _NEEDED):
            return here
        here = here.input(0)
    raise WrongNode(f"{node.name()} is no camera and no camera feeds it: it has no focal and haperture knobs")


def field_of_view_expression(camera: Node, width: float, height: float) -> str:
    """Full angle in degrees along the longer side of a plate of that size, following the camera's lens.

    Nuke fits a camera's horizontal aperture to the width of the picture; the height follows from the picture's aspect.

    Args:
        camera: from `find_camera`.
        width, height: of the plate in square pixels (the width times its pixel aspect).
    """
    name = "root." + camera.fullName()
    taller = max(1.0, height / width) if width > 0 else 1.0
    across = f"{name}.haperture" if taller == 1.0 else f"{taller:.6g} * {name}.haperture"
    return f"degrees(2 * atan({across} / (2 * {name}.focal)))"


def link_lens(node: Node, camera: Node) -> None:
    """Have the node's field of view follow the camera's lens, for the plate at its first input."""
    plate = node.input(0) or node
    width = plate.width() * max(plate.pixelAspect(), 0.01)
    knob(node, "fov").setExpression(field_of_view_expression(camera, width, plate.height()))


def take_lens(node: Node, camera_input: int) -> None:
    """A plate or camera was connected: take the field of view and pixel aspect from it where nobody set them yet.

    Nuke may say so while it opens a script, too, when some inputs are not there yet; so nothing that differs from its
    default is changed, and nothing is undone when an input goes.
    """
    take_pixel_aspect(node)
    field_of_view = knob(node, "fov")
    camera = node.input(camera_input)
    if camera is not None and not field_of_view.hasExpression() and field_of_view.value() == FIELD_OF_VIEW:
        with contextlib.suppress(WrongNode):  # something that is no camera (yet): the button says it
            link_lens(node, find_camera(camera))


def take_pixel_aspect(node: Node) -> None:
    """Set the pixel aspect to the plate's, where one is connected and the knob still says 1."""
    plate, aspect = node.input(0), knob(node, "pixel_aspect")
    if plate is not None and plate.pixelAspect() > 0 and not aspect.hasExpression() and aspect.value() == 1.0:
        aspect.setValue(float(plate.pixelAspect()))
