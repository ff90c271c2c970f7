"""The lens of a PlateRelight node, from a camera and the plate."""

from __future__ import annotations

from nuke_plugin.camera import find_camera, link_lens, take_pixel_aspect
from nuke_plugin.errors import WrongNode
from nuke_plugin.host import Host, Node

__all__ = ["CAMERA_INPUT", "link_camera"]

CAMERA_INPUT = 5
"""Number of the input `cam`."""


def link_camera(host: Host, node: Node) -> None:
    """Have the field of view follow the camera at the `cam` input, else the one that is selected; and take the plate's
    pixel aspect, where nobody has set it.

    Raises:
        WrongNode: there is no camera in either place.
    """
    source = node.input(CAMERA_INPUT)
    camera = find_camera(source) if source is not None else _selected_camera(host, node)
    with host.one_undo("PlateRelight: take the lens from the camera"):
        take_pixel_aspect(node)
        link_lens(node, camera)


def _selected_camera(host: Host, node: Node) -> Node:
    for chosen in host.selected_beside(node):
        try:
            return find_camera(chosen)
        except WrongNode:
            continue
    raise WrongNode(
        f"{node.name()}: connect a Camera to the cam input, or select one; else set the field of view by hand"
    )
