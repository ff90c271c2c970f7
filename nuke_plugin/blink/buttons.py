"""What the file of a PlateRelight node calls: one function without arguments for each button and callback."""

from __future__ import annotations

from nuke_plugin.blink import build as kernel
from nuke_plugin.blink.host import NukeBlinkHost
from nuke_plugin.errors import guarded

__all__ = ["build", "created"]


def created() -> None:
    """Callback: a node was made, or a script that holds one was opened."""
    host = NukeBlinkHost()
    guarded(host, lambda: kernel.created(host, host.this_node()))


def build() -> None:
    """Button: have Nuke compile the kernel and use it."""
    host = NukeBlinkHost()
    guarded(host, lambda: kernel.build(host, host.this_node()))
