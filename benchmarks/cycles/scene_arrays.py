"""A scene of a recipe as plain arrays, so that another renderer can be given the very same thing.

What an archive (NAME.npz) holds, all in world space (+Y up, metres, scene-linear Rec.709):

    count                       materials; the next ones once for each, K from 0
    K.positions K.normals       (V, 3) float32
    K.uvs                       (V, 2) float32, 1 is one tile of the textures
    K.faces                     (F, 3) vertex numbers, counter-clockwise seen from outside
    K.base_color K.normal       (T, T, 3) float32, row 0 at v = 0; normal is in tangent space, -1..1
    K.roughness K.metalness     (T, T) float32, 0..1
    K.specular                  weight of the dielectric highlight, 0..1, at index 1.5
    lights radiance             (L, 4, 4) matrices that map the square -1..1 to the world, (L, 3) radiance from +Z
    sky                         (H, 2 H, 3) radiance, layout of `scene_generator.sky.directions`
    camera lens                 (4, 4) camera to world; focal length and width of the film back, millimetres
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np

from core.atomic import atomic_path
from scene_generator.recipe import Recipe
from scene_generator.renderers.geometry import groups
from scene_generator.sample import sample_scene
from scene_generator.sky import latlong
from scene_generator.spec import SceneSpec


def pinhole_scene(recipe: Recipe, seed: int, index: int) -> SceneSpec:
    """Return scene `index` of `seed` without depth of field: a normal pass of either renderer is to be sharp.

    Raises:
        SpecError: a negative number was given.
    """
    spec = sample_scene(recipe, seed, index)
    return dataclasses.replace(spec, camera=dataclasses.replace(spec.camera, f_number=0.0))


def scene_arrays(spec: SceneSpec, texture_size: int) -> dict[str, np.ndarray]:
    """Return what this module's description lists.

    Args:
        texture_size: T, texels along each side of every texture.
    """
    arrays: dict[str, Any] = {}
    parts = groups(spec, texture_size)
    for k, part in enumerate(parts):
        for name in ("positions", "normals", "faces"):
            arrays[f"{k}.{name}"] = getattr(part.mesh, name)
        arrays[f"{k}.uvs"] = part.mesh.uvs * np.asarray(part.material.repeat, np.float32)
        for name in ("base_color", "roughness", "metalness", "normal"):
            arrays[f"{k}.{name}"] = getattr(part.maps, name)
        arrays[f"{k}.specular"] = part.material.specular
    arrays["count"] = len(parts)
    arrays["lights"] = np.array([light.to_world for light in spec.lights], np.float64).reshape(-1, 4, 4)
    arrays["radiance"] = np.array([light.radiance for light in spec.lights], np.float64).reshape(-1, 3)
    arrays["sky"] = latlong(spec.sky)
    arrays["camera"] = np.array(spec.camera.to_world, np.float64).reshape(4, 4)
    arrays["lens"] = [spec.camera.focal_length_mm, spec.camera.horizontal_aperture_mm]
    return {name: np.asarray(value) for name, value in arrays.items()}


def write_scene(arrays: dict[str, np.ndarray], path: Path) -> dict[str, int]:
    """Write `arrays` to `path` (.npz) and return how much is in it: materials, triangles and lights.

    Raises:
        BadInput, DiskFull: the file cannot be written.
    """
    with atomic_path(path) as temporary:
        np.savez(temporary, **arrays)  # type: ignore[arg-type]
    count = int(arrays["count"])
    triangles = sum(len(arrays[f"{k}.faces"]) for k in range(count))
    return {"materials": count, "triangles": triangles, "lights": len(arrays["lights"])}
