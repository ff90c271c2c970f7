"""What building a kernel asks of Nuke besides `nuke_plugin.host`: nodes in a group, and waiting without blocking.

As there, `import nuke` stands inside of functions only.
"""

from __future__ import annotations

import threading
from typing import Any, Callable, Protocol

from nuke_plugin.host import Host, Node, NukeHost

__all__ = ["BlinkHost", "NukeBlinkHost"]


class BlinkHost(Host, Protocol):
    """`Host`, and two more."""

    def create_inside(self, group: Node, node_class: str, name: str) -> Node: ...
    def later(self, seconds: float, call: Callable[[], object]) -> None: ...


class NukeBlinkHost(NukeHost):
    """The real thing."""

    def create_inside(self, group: Node, node_class: str, name: str) -> Node:
        """Make a node inside of a group, connected to nothing."""
        import nuke

        inside: Any = group
        with inside:
            node: Node = getattr(nuke.nodes, node_class)(name=name)
        return node

    def later(self, seconds: float, call: Callable[[], object]) -> None:
        """Have the main thread run `call` in a while; returns at once, so that Nuke goes on working meanwhile."""
        timer = threading.Timer(seconds, lambda: self.in_main_thread(call))
        timer.daemon = True  # a Nuke that is quit does not wait for it
        timer.start()
