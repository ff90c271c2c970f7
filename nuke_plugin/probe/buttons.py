"""What the file of a PlateProbe node calls: one function without arguments for each button and callback."""

from __future__ import annotations

from nuke_plugin.errors import guarded, pressed
from nuke_plugin.host import NukeHost
from nuke_plugin.probe import estimate as estimation
from nuke_plugin.probe.light_nodes import make_lights as make_light_nodes
from nuke_plugin.probe.set_up import set_up_relight

__all__ = ["created", "estimate", "load_estimate", "make_lights", "save_estimate", "set_up"]


def created() -> None:
    """Callback: a node was made, or a script that holds one was opened."""
    host = NukeHost()
    guarded(host, lambda: estimation.created(host, host.this_node()))


def estimate() -> None:
    """Button: estimate the light beside Nuke."""
    host = NukeHost()
    pressed(host, lambda: estimation.estimate(host, host.this_node()))


def load_estimate() -> None:
    """Button: the estimate of a file."""
    host = NukeHost()
    pressed(host, lambda: estimation.load_estimate(host, host.this_node()))


def save_estimate() -> None:
    """Button: the estimate into a file."""
    host = NukeHost()
    pressed(host, lambda: estimation.save_estimate(host, host.this_node()))


def set_up() -> None:
    """Button: a PlateRelight with this light."""
    host = NukeHost()
    pressed(host, lambda: set_up_relight(host, host.this_node()))


def make_lights() -> None:
    """Button: Nuke's own lights."""
    host = NukeHost()
    pressed(host, lambda: make_light_nodes(host, host.this_node()))
