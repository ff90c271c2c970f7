"""A spec's objects as meshes grouped by material, with what is needed to look up a hit on them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scene_generator.shapes import Mesh, build
from scene_generator.shapes.mesh import join
from scene_generator.spec import Material, SceneObject, SceneSpec, Shape
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


def groups(spec: SceneSpec, texture_size: int) -> list[Group]:
    """Build every mesh and texture of `spec`, one group a material, in order of first use."""
    members: dict[Material, list[int]] = {}
    for i, thing in enumerate(spec.objects):
        members.setdefault(thing.material, []).append(i)
    shapes: dict[Shape, Mesh] = {}
    result = []
    for material, indices in members.items():
        meshes = [_placed(spec.objects[i], shapes) for i in indices]
        ids = np.concatenate([np.full(len(m.faces), i + 1, np.int32) for i, m in zip(indices, meshes, strict=True)])
        maps = material_maps(material, texture_size)
        result.append(Group(join(meshes), ids, material, maps, material.bump.depth > 0))
    return result


def _placed(thing: SceneObject, shapes: dict[Shape, Mesh]) -> Mesh:
    # Legs, bars and books repeat: build each distinct shape once.
    if thing.shape not in shapes:
        shapes[thing.shape] = build(thing.shape)
    return shapes[thing.shape].moved(np.asarray(thing.to_world).reshape(4, 4))
