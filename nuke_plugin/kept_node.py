"""A node that is worked for while the person goes on: the same one at the end, whatever its name is then, or none."""

from __future__ import annotations

from nuke_plugin.host import Host, Node

__all__ = ["KeptNode"]


class KeptNode:
    """Remembers a node, and the script that it stands in. For the main thread only.

    A name would not do: by the end another script may be open, with a node of that name, and a node may be renamed.

    Attributes:
        name: the node's full name at the beginning.
    """

    def __init__(self, host: Host, node: Node) -> None:
        self._host, self._node, self.name = host, node, node.fullName()
        self._script = host.root().name()

    def find(self) -> Node | None:
        """The node; None where it was deleted or its script closed, or the person says so.

        Where the script has another name now, it was saved under that, or is another one: the person is asked.
        """
        try:
            name = self._node.fullName()
        except ValueError:  # Nuke's for a node that was deleted
            return None
        if self._host.to_node(name) is None:
            return None
        script = self._host.root().name()
        if script != self._script and not self._same(script, name):
            return None
        return self._node

    def _same(self, script: str, name: str) -> bool:
        return self._host.gui() and self._host.ask(
            f"Platelight: {self.name} was handed over in {self._script}, and the script is {script} now. Is it that "
            f"one, saved under another name, and should {name} take the result?"
        )
