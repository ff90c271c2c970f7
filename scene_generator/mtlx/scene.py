"""A whole scene's materials as one MaterialX document with a look that assigns them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from core.errors import BadConfig
from scene_generator.mtlx.bake import Baked, bake, save_with_textures
from scene_generator.mtlx.validate import new_document
from scene_generator.mtlx.write import add_surface, assign, valid_name
from scene_generator.spec import Material, SceneSpec
from scene_generator.textures.maps import TextureMaps

__all__ = ["DOCUMENT", "Exported", "scene_to_mtlx"]

DOCUMENT = "materials.mtlx"
"""Name of the document in its folder."""

_COUNTER = re.compile(r"[_\d]+$")


@dataclass(frozen=True)
class Exported:
    """What `scene_to_mtlx` wrote."""

    path: Path
    materials: dict[str, tuple[str, ...]]
    """Name of each material node to the names of its objects."""
    images: int
    """How many image files there are beside it."""


def scene_to_mtlx(
    spec: SceneSpec, folder: Path, size: int = 512, textures: Callable[[str, int], TextureMaps] | None = None
) -> Exported:
    """Write `FOLDER/materials.mtlx` with one material for each distinct one of the scene, and its textures.

    A material is named for what its first object is ("bottle", "floor"); the look `scene` assigns materials to
    `/OBJECT`, by the names of the spec's objects.

    Args:
        spec: the scene.
        folder: made if it is not there; files of the same names are replaced.
        size: width and height of the images in texels, 1 .. 8192.
        textures: name of a user's texture set and size in texels to its maps, `AssetLibrary.texture`.

    Raises:
        BadConfig: `size` is out of range.
        SpecError: a material uses a texture set and `textures` is None.
        WorkFailed: the document does not validate; nothing is written.
        DiskFull, BadInput, MissingPart: as `write.save`.
    """
    if not 1 <= size <= 8192:
        raise BadConfig(f"texture size is {size}, expected 1 .. 8192")
    members: dict[Material, list[str]] = {}
    for thing in spec.objects:
        members.setdefault(thing.material, []).append(thing.name)
    document = new_document()
    named: dict[str, tuple[str, ...]] = {}
    baked: list[Baked] = []
    for material, objects in members.items():
        name = valid_name(document, _COUNTER.sub("", objects[0]) or "material")
        found = textures(material.texture_set, size) if textures and material.texture_set else None
        baked.append(bake(material, name, size, found))
        named[add_surface(document, name, baked[-1].surface)] = tuple(objects)
    assign(document, named)
    save_with_textures(document, folder / DOCUMENT, baked)
    return Exported(folder / DOCUMENT, named, sum(len(each.images) for each in baked))
