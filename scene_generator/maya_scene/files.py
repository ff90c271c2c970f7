"""What the commands of a scene refer to: its meshes, the maps of its materials and its sky, as files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, Protocol

import numpy as np

from scene_generator.maya_scene.store import FileStore
from scene_generator.maya_scene.suns import Sun, suns
from scene_generator.shapes.build import FILE_KIND, build
from scene_generator.shapes.mesh import Mesh
from scene_generator.sky import latlong
from scene_generator.spec import Material, SceneSpec, Shape, Sky, SpecError, Vec3, vec3
from scene_generator.textures.maps import TextureMaps, material_maps

MakeMesh = Callable[[Shape], Mesh]


class Found(Protocol):
    """Where a user's assets come from: `scene_generator.asset_files.folders.AssetLibrary` is one."""

    def mesh(self, name: str) -> Mesh: ...
    def texture(self, name: str, size: int) -> TextureMaps: ...
    def hdri(self, name: str) -> np.ndarray: ...


@dataclass(frozen=True)
class MaterialFiles:
    """The maps of one material: a path where the map varies, its value where it does not."""

    base_color: str | Vec3
    """Scene-linear Rec.709, already times `base`."""
    roughness: str | float
    metalness: str | float
    normal: str
    """Tangent space, OpenGL (+Y along v), stored as 0..1; empty where the material has no relief."""
    specular: float
    repeat: tuple[float, float]
    """Tiles per metre along u and v."""


@dataclass(frozen=True)
class SceneFiles:
    """Everything of a scene that is not in its commands; paths are absolute."""

    meshes: tuple[str, ...]
    """Path of the mesh of each object, in order."""
    materials: tuple[MaterialFiles, ...]
    """One for each distinct material, in order of first use."""
    material_of: tuple[int, ...]
    """Which material each object has."""
    sky: str
    """Latitude-longitude EXR, radiance, layout as `scene_generator.sky.directions`."""
    suns: tuple[Sun, ...]
    """The same sky as directional lights."""

    def to_dict(self) -> dict[str, Any]:
        """Return the files as plain JSON values."""
        return {
            "meshes": list(self.meshes),
            "materials": [vars(material) for material in self.materials],
            "material_of": list(self.material_of),
            "sky": self.sky,
            "suns": [vars(sun) for sun in self.suns],
        }

    @staticmethod
    def from_dict(data: dict[str, Any]) -> SceneFiles:
        """Return what `to_dict` was called on, read from JSON. Raises KeyError or TypeError if it is not that."""
        materials = []
        for row in data["materials"]:
            color, repeat = row["base_color"], row["repeat"]
            kept = color if isinstance(color, str) else (float(color[0]), float(color[1]), float(color[2]))
            materials.append(MaterialFiles(**{**row, "base_color": kept, "repeat": (repeat[0], repeat[1])}))
        lights = tuple(Sun(tuple(row["direction"]), tuple(row["irradiance"])) for row in data["suns"])
        return SceneFiles(tuple(data["meshes"]), tuple(materials), tuple(data["material_of"]), data["sky"], lights)


def write_files(
    spec: SceneSpec,
    texture_size: int,
    store: FileStore,
    found: Found | None = None,
    make: MakeMesh = build,
) -> SceneFiles:
    """Make every mesh, map and sky of `spec` and keep them in `store`.

    Args:
        texture_size: texels along each side of every map.
        found: the user's assets; without it a scene that names some cannot be written.
        make: makes the mesh of a shape that is not a user's.

    Raises:
        SpecError: the scene names assets and there are none, or a shape is unknown.
        OSError: the store's folder cannot be written.
    """
    meshes: dict[Shape, str] = {}
    for thing in spec.objects:
        if thing.shape not in meshes:
            mesh = _users(thing.shape, found) if thing.shape.kind == FILE_KIND else make(thing.shape)
            meshes[thing.shape] = str(store.mesh(mesh))
    materials = {material: k for k, material in enumerate(dict.fromkeys(thing.material for thing in spec.objects))}
    light = environment(spec.sky, found)
    return SceneFiles(
        meshes=tuple(meshes[thing.shape] for thing in spec.objects),
        materials=tuple(_maps(material, texture_size, store, found) for material in materials),
        material_of=tuple(materials[thing.material] for thing in spec.objects),
        sky=str(store.picture(light, whole=True)),
        suns=suns(light),
    )


def environment(sky: Sky, found: Found | None = None) -> np.ndarray:
    """Return the radiance of `sky`, (H, 2 H, 3) float32, layout as `scene_generator.sky.directions`.

    Raises:
        SpecError: it names a user's map and there is none.
    """
    if not sky.hdri:
        return latlong(sky)
    whole = _assets(found, "environment map", sky.hdri).hdri(sky.hdri)
    turned: np.ndarray = np.roll(whole, round(sky.hdri_turn * whole.shape[1]), axis=1) * np.float32(sky.hdri_gain)
    return turned


def _maps(material: Material, size: int, store: FileStore, found: Found | None) -> MaterialFiles:
    given = None
    if material.texture_set:
        given = _assets(found, "texture set", material.texture_set).texture(material.texture_set, size)
    maps = material_maps(material, size, given)
    color = maps.base_color
    flat = (color == color[:1, :1]).all()
    return MaterialFiles(
        base_color=vec3(color[0, 0]) if flat else str(store.picture(color[::-1])),  # row 0 is v = 0: the bottom
        roughness=_scalar(maps.roughness, store),
        metalness=_scalar(maps.metalness, store),
        normal=str(store.picture(maps.normal[::-1] * np.float32(0.5) + np.float32(0.5))) if maps.has_relief else "",
        specular=material.specular,
        repeat=material.repeat,
    )


def _scalar(values: np.ndarray, store: FileStore) -> str | float:
    return float(values[0, 0]) if values.min() == values.max() else str(store.picture(values[::-1]))


def _users(shape: Shape, found: Found | None) -> Mesh:
    if len(shape.numbers) != 1:
        raise SpecError(f"shape {FILE_KIND!r} has {len(shape.numbers)} numbers, expected 1: its largest side in metres")
    unit, size = _assets(found, "mesh", shape.asset).mesh(shape.asset), np.float32(shape.numbers[0])
    return Mesh(unit.positions * size, unit.normals, unit.uvs * size, unit.faces)


def _assets(found: Found | None, kind: str, name: str) -> Found:
    if found is None:
        raise SpecError(f"the scene names the {kind} {name!r}; only `platelight generate` reads a user's own files")
    return found
