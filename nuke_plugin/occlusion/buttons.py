"""What the file of a PlateOcclusion node calls: one function without arguments for each button and callback."""

from __future__ import annotations

from nuke_plugin.errors import guarded, pressed
from nuke_plugin.host import NukeHost
from nuke_plugin.occlusion import render as rendering

__all__ = ["created", "knob_changed", "link_camera", "render"]


def created() -> None:
    """Callback: a node was made, or a script that holds one was opened."""
    host = NukeHost()
    guarded(host, lambda: rendering.created(host, host.this_node()))


def knob_changed() -> None:
    """Callback: something about the node changed; most changes are none of ours."""
    host = NukeHost()
    if host.this_knob().name() == "inputChange":
        node = host.this_node()
        guarded(host, lambda: rendering.input_changed(node))


def link_camera() -> None:
    """Button: the field of view follows the camera."""
    host = NukeHost()
    pressed(host, lambda: rendering.link_camera(host.this_node()))


def render() -> None:
    """Button: occlusion through the worker, read back."""
    host = NukeHost()
    pressed(host, lambda: rendering.render(host, host.this_node()))
