"""A spec's objects as meshes grouped by material, with what is needed to look up a hit on them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scene_generator.asset_files.folders import NO_LIBRARY, AssetLibrary
from scene_generator.shapes import Mesh, build
from scene_generator.shapes.build import FILE_KIND
from scene_generator.shapes.mesh import join
from scene_generator.spec import Material, SceneObject, SceneSpec, Shape, SpecError
from scene_generator.textures.maps import MaterialMaps, material_maps


@dataclass(frozen=True)
class Group:
    """All triangles of one material, in world space."""

    mesh: Mesh
    object_ids: np.ndarray
    """(F,) int32: 1 + index of the object that each triangle belongs to."""
    material: Material
    maps: MaterialMaps
    bumped: bool


def groups(spec: SceneSpec, texture_size: int, library: AssetLibrary = NO_LIBRARY) -> list[Group]:
    """Build every mesh and texture of `spec`, one group a material, in order of first use.

    Raises:
        BadConfig: the scene names an asset that `library` has not.
        BadInput: an asset's file is gone or damaged.
    """
    members: dict[Material, list[int]] = {}
    for i, thing in enumerate(spec.objects):
        members.setdefault(thing.material, []).append(i)
    shapes: dict[Shape, Mesh] = {}
    result = []
    for material, indices in members.items():
        meshes = [_placed(spec.objects[i], shapes, library) for i in indices]
        ids = np.concatenate([np.full(len(m.faces), i + 1, np.int32) for i, m in zip(indices, meshes, strict=True)])
        found = library.texture(material.texture_set, texture_size) if material.texture_set else None
        maps = material_maps(material, texture_size, found)
        result.append(Group(join(meshes), ids, material, maps, maps.has_relief))
    return result


def _placed(thing: SceneObject, shapes: dict[Shape, Mesh], library: AssetLibrary) -> Mesh:
    # Legs, bars and books repeat: build each distinct shape once.
    if thing.shape not in shapes:
        shapes[thing.shape] = _file(thing.shape, library) if thing.shape.kind == FILE_KIND else build(thing.shape)
    return shapes[thing.shape].moved(np.asarray(thing.to_world).reshape(4, 4))


def _file(shape: Shape, library: AssetLibrary) -> Mesh:
    if len(shape.numbers) != 1:
        raise SpecError(f"shape {FILE_KIND!r} has {len(shape.numbers)} numbers, expected 1: its largest side in metres")
    unit, size = library.mesh(shape.asset), np.float32(shape.numbers[0])
    return Mesh(unit.positions * size, unit.normals, unit.uvs * size, unit.faces)
