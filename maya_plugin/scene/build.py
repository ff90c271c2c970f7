"""A SceneSpec becomes nodes of the open Maya scene, and goes away again without a trace."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from maya_plugin.host import Host
from maya_plugin.scene.ground import centimetres, stand_up
from maya_plugin.scene.keep import move_out, shaders_in_use
from maya_plugin.scene.run import Runner
from scene_generator.maya_scene.commands import Command
from scene_generator.maya_scene.facts import HostFacts
from scene_generator.maya_scene.files import SceneFiles, write_files
from scene_generator.maya_scene.lights import LAMP_CARD, lamp_card
from scene_generator.maya_scene.scene import GROUP, scene_commands
from scene_generator.maya_scene.store import FileStore, read_mesh
from scene_generator.shapes.mesh import Mesh
from scene_generator.spec import SceneSpec

__all__ = ["MadeScene", "build_scene", "random_scene", "read_meshes", "remove_scene", "run_in_place"]


@dataclass(frozen=True)
class MadeScene:
    """A scene that is there."""

    group: str
    """Name of the transform that holds its shapes, lights and camera."""
    nodes: tuple[str, ...]
    """UUIDs of every node of it, materials and textures too: names change, these do not."""


def random_scene(
    host: Host, spec: SceneSpec, facts: HostFacts, folder: Path, texture_size: int = 512, aspect: float = 16 / 9
) -> MadeScene:
    """Make the scene `spec` in the open Maya scene, in one step of undo.

    Args:
        facts: of this Maya, see `facts.host_facts`.
        folder: where textures are written; the scene refers to them there.
        texture_size: texels along each side.
        aspect: width over height of the pictures that the camera is for.

    Raises:
        HostError: a command failed; what was made until then has been removed.
        SpecError: the scene names a user's own assets.
        OSError: `folder` cannot be written.
    """
    files = write_files(spec, texture_size, FileStore(folder))
    runner = Runner(host, read_meshes(files))
    with host.undo_chunk("Platelight Random Scene"):
        try:
            run_in_place(host, runner, scene_commands(spec, files, facts, aspect))
        except BaseException:
            _delete(host, _uuids(host, runner))
            raise
        return MadeScene(runner.name(GROUP), _uuids(host, runner))


def run_in_place(host: Host, runner: Runner, commands: Sequence[Command]) -> None:
    """Make a scene among what a person has: one metre is one centimetre of Maya's, and Maya's up is up.

    Raises:
        HostError: a command failed.
    """
    with centimetres(host):
        runner.run(commands)
        stand_up(host, runner.name(GROUP))


def remove_scene(host: Host, made: MadeScene) -> list[str]:
    """Delete what is left of a scene and nothing else, in one step of undo; a line for each thing that was spared.

    What others have put below its nodes moves to the top of the hierarchy and keeps its place; shaders that others use
    stay.

    Raises:
        HostError: a node is locked.
    """
    with host.undo_chunk("Platelight Remove Scene"):
        shaders = shaders_in_use(host, made.nodes)
        moved = move_out(host, made.nodes)
        spared = {uuid for needed in shaders.values() for uuid in needed}
        _delete(host, tuple(uuid for uuid in made.nodes if uuid not in spared))
    words = [f"not of the scene, so moved out of it: {', '.join(moved)}"] if moved else []
    return words + ([f"kept, as other meshes have them: {', '.join(shaders)}"] if shaders else [])


def build_scene(host: Host, spec: SceneSpec, files: SceneFiles, facts: HostFacts, aspect: float) -> Runner:
    """Make the scene for pictures of it alone, with +Y up whatever Maya's axis is: passes are in the scene's own world.
    Returns the runner, which knows what its nodes are called. Raises HostError."""
    runner = Runner(host, read_meshes(files))
    with centimetres(host):
        runner.run(scene_commands(spec, files, facts, aspect))
    return runner


def _uuids(host: Host, runner: Runner) -> tuple[str, ...]:
    names = list(runner.names.values())
    return tuple(host.call("ls", *names, uuid=True) or ()) if names else ()


def _delete(host: Host, uuids: tuple[str, ...]) -> None:
    for uuid in uuids:  # one by one: each takes its children along
        left = host.call("ls", uuid, long=True)
        if left:
            host.call("delete", *left)


def read_meshes(files: SceneFiles) -> dict[str, Mesh]:
    """Return the meshes of a scene by the keys that its commands use. Raises OSError if a file is gone."""
    meshes = {path: read_mesh(Path(path)) for path in dict.fromkeys(files.meshes)}
    return {LAMP_CARD: lamp_card(), **meshes}
