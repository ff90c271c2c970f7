"""A SceneSpec becomes nodes of the open Maya scene, in one step of undo."""

from __future__ import annotations

from pathlib import Path

from maya_plugin.host import Host
from maya_plugin.scene.run import Runner
from scene_generator.maya_scene.facts import HostFacts
from scene_generator.maya_scene.files import SceneFiles, write_files
from scene_generator.maya_scene.lights import LAMP_CARD, lamp_card
from scene_generator.maya_scene.scene import GROUP, scene_commands
from scene_generator.maya_scene.store import FileStore, read_mesh
from scene_generator.shapes.mesh import Mesh
from scene_generator.spec import SceneSpec

__all__ = ["build_scene", "random_scene", "read_meshes"]


def random_scene(
    host: Host, spec: SceneSpec, facts: HostFacts, folder: Path, texture_size: int = 512, aspect: float = 16 / 9
) -> str:
    """Make the scene `spec` in the open Maya scene and return the name of the group that holds it.

    Args:
        facts: of this Maya, see `facts.host_facts`.
        folder: where textures are written; the scene refers to them there.
        texture_size: texels along each side.
        aspect: width over height of the pictures that the camera is for.

    Raises:
        HostError: a command failed; what was made until then is one step of undo.
        SpecError: the scene names a user's own assets.
        OSError: `folder` cannot be written.
    """
    files = write_files(spec, texture_size, FileStore(folder))
    with host.undo_chunk("Platelight Random Scene"):
        return build_scene(host, spec, files, facts, aspect).name(GROUP)


def build_scene(host: Host, spec: SceneSpec, files: SceneFiles, facts: HostFacts, aspect: float) -> Runner:
    """Make the scene and return the runner, which knows what its nodes are called. Raises as `random_scene`."""
    runner = Runner(host, read_meshes(files))
    runner.run(scene_commands(spec, files, facts, aspect))
    return runner


def read_meshes(files: SceneFiles) -> dict[str, Mesh]:
    """Return the meshes of a scene by the keys that its commands use. Raises OSError if a file is gone."""
    meshes = {path: read_mesh(Path(path)) for path in dict.fromkeys(files.meshes)}
    return {LAMP_CARD: lamp_card(), **meshes}
