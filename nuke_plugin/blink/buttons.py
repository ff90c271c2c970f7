"""What the file of a PlateRelight node calls: one function without arguments for each button and callback."""

from __future__ import annotations

from nuke_plugin.blink import build as kernel
from nuke_plugin.blink.host import NukeBlinkHost
from nuke_plugin.blink.lens import link_camera as link_to_camera
from nuke_plugin.errors import guarded
from nuke_plugin.probe.set_up import load_former as load_former_light

__all__ = ["build", "created", "knob_changed", "link_camera", "load_former", "use_inference"]


def created() -> None:
    """Callback: a node was made, or a script that holds one was opened."""
    host = NukeBlinkHost()
    guarded(host, lambda: kernel.created(host, host.this_node()))


def knob_changed() -> None:
    """Callback: something about the node changed; only the choice of the path is ours."""
    host = NukeBlinkHost()
    if host.this_knob().name() == "path":
        guarded(host, lambda: kernel.created(host, host.this_node()))


def use_inference() -> None:
    """Button: the second path, over Nuke's Inference."""
    host = NukeBlinkHost()
    guarded(host, lambda: kernel.switch_to_inference(host, host.this_node()))


def build() -> None:
    """Button: have Nuke compile the kernel and use it."""
    host = NukeBlinkHost()
    guarded(host, lambda: kernel.build(host, host.this_node()))


def link_camera() -> None:
    """Button: the field of view follows the camera."""
    host = NukeBlinkHost()
    guarded(host, lambda: link_to_camera(host, host.this_node()))


def load_former() -> None:
    """Button: the light that ratio mode divides by, from a file or a PlateProbe."""
    host = NukeBlinkHost()
    guarded(host, lambda: load_former_light(host, host.this_node()))
