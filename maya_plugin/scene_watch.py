"""Whether the scene is still the one in which work was begun, and where its nodes are by now.

Work beside Maya may end minutes later. Names and paths may mean other nodes by then, and UUIDs too: a scene that is
opened again has the same ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from maya_plugin.nodes import all_of

if TYPE_CHECKING:
    from maya_plugin.host import Host
    from maya_plugin.session import Session

__all__ = ["Begun", "SceneWatch", "changed_words"]


class SceneWatch:
    """Counts scenes in `Session.scene`: each that is made new or opened.

    Args:
        session: of the plug-in; it is for a Maya with a window, since nothing comes late without one.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._callbacks: list[Any] = []

    def begin(self) -> None:
        """Have Maya tell."""
        message = self._session.host.module("api.OpenMaya").MSceneMessage

        def other(*_: Any) -> None:
            self._session.scene += 1

        for event in (message.kAfterNew, message.kAfterOpen):
            self._callbacks.append(message.addCallback(event, other))

    def end(self) -> None:
        """Not any more; may be called again."""
        while self._callbacks:
            self._session.host.module("api.OpenMaya").MMessage.removeCallback(self._callbacks.pop())


class Begun:
    """The scene and the nodes that work was begun with.

    Args:
        session: of the plug-in.
        nodes: names or paths, of which each means one node now.
    """

    def __init__(self, session: Session, nodes: Sequence[str] = ()) -> None:
        self._session = session
        self._scene = session.scene
        self._uuids = {node: _uuid(session.host, node) for node in nodes}

    def same_scene(self) -> bool:
        """Whether no other scene was made or opened since."""
        return self._session.scene == self._scene

    def now(self, node: str) -> str:
        """What the node that was called so is called by now, as commands take it; empty where it is gone."""
        if not self.same_scene():
            return ""
        found = all_of(self._session.host.call("ls", self._uuids[node]))
        return found[0] if found else ""

    def whole(self) -> bool:
        """Whether it is the same scene and every node is there still."""
        return self.same_scene() and all(self.now(node) for node in self._uuids)


def changed_words(made: str) -> str:
    """What the person is told where the scene is another by now; `made`: the file that came of the work."""
    return f"{made} is made; the scene was changed meanwhile, so nothing was done to it: use the file by hand"


def _uuid(host: Host, node: str) -> str:
    return str(all_of(host.call("ls", node, uuid=True))[0])
