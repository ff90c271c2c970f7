"""Runs lists of commands in Maya and keeps the book of which node became what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from maya_plugin.host import Host, HostError
from scene_generator.maya_scene.commands import MESH, Command
from scene_generator.shapes.mesh import Mesh

__all__ = ["Runner"]


class Runner:
    """One scene being made: `names` maps the symbols of its commands to Maya's names."""

    def __init__(self, host: Host, meshes: Mapping[str, Mesh]) -> None:
        """Take the host and the meshes by the keys that the commands use."""
        self._host = host
        self._meshes = meshes
        self.names: dict[str, str] = {}

    def run(self, commands: Sequence[Command]) -> None:
        """Run commands in order.

        Raises:
            HostError: one failed; the message shows it.
            KeyError: one refers to a node that none before it has made, or to a mesh that is not there.
        """
        for command in commands:
            if command.name == MESH:
                self._mesh(*command.args)
                continue
            flags = dict(command.flags)
            made = flags.get("name", "")
            makes = isinstance(made, str) and made.startswith("@") and not flags.get("edit")
            if makes:
                flags["name"] = made[1:]
            arguments = [self._resolved(argument) for argument in command.args]
            flags = {name: self._resolved(value) for name, value in flags.items()}
            answer = self._host.call(command.name, *arguments, **flags)
            if makes:
                if not isinstance(answer, str):
                    raise HostError(f"{command}: Maya answered {answer!r}, expected the name of a node")
                self.names[made] = answer

    def name(self, symbol: str) -> str:
        """Return Maya's name of the node behind `@symbol`."""
        return self.names[symbol]

    def _mesh(self, node: str, key: str) -> None:
        mesh = self._meshes[key]
        arrays = [part.tolist() for part in (mesh.positions, mesh.faces, mesh.normals, mesh.uvs)]
        shape = self._host.create_mesh(self._resolved(node), *arrays)
        self.names[f"{node}Shape"] = shape

    def _resolved(self, value: Any) -> Any:
        if not isinstance(value, str) or not value.startswith("@"):
            return value
        symbol, dot, attribute = value.partition(".")
        return f"{self.names[symbol]}{dot}{attribute}"
