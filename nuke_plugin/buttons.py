"""What the node's file calls: one function without arguments for each button and callback."""

from __future__ import annotations

from nuke_plugin import plate_normals
from nuke_plugin.errors import guarded, pressed, tell
from nuke_plugin.host import NukeHost
from nuke_plugin.model_file import make_model_file
from nuke_plugin.prerender import prerender as start_prerender

__all__ = ["created", "detect_colours", "knob_changed", "link_camera", "link_model", "make_cat", "prerender"]


def created() -> None:
    """Callback: a node was made, or a script that holds one was opened."""
    host = NukeHost()
    guarded(host, lambda: plate_normals.created(host, host.this_node()))


def knob_changed() -> None:
    """Callback: something about the node changed; most changes are none of ours."""
    host = NukeHost()
    name = host.this_knob().name()
    node = host.this_node()
    if name == "inputChange":
        guarded(host, lambda: plate_normals.input_changed(node))
    elif name == "input_colours":
        guarded(host, lambda: plate_normals.show_colour_knobs(node))


def make_cat() -> None:
    """Button: make the model file and have this node use it."""
    host = NukeHost()
    node = host.this_node()
    pressed(host, lambda: plate_normals.reload_model(host, node, make_model_file(host)))


def link_camera() -> None:
    """Button: the field of view follows the camera."""
    host = NukeHost()
    pressed(host, lambda: plate_normals.link_camera(host.this_node()))


def link_model() -> None:
    """Button: the model's controls follow the node's."""
    host = NukeHost()
    pressed(host, lambda: plate_normals.link_model(host.this_node()))


def detect_colours() -> None:
    """Button: the colour choice from the project, and what it was made from."""
    host = NukeHost()
    pressed(host, lambda: tell(host, plate_normals.detect_colours(host, host.this_node())))


def prerender() -> None:
    """Button: normals through the worker, read back."""
    host = NukeHost()
    pressed(host, lambda: start_prerender(host, host.this_node()))
