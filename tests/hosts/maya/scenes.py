"""Scenes for the Maya tests: small ones made here, and random ones with stand-ins for their costly meshes."""

from __future__ import annotations

import dataclasses
from functools import cache
from pathlib import Path

import numpy as np

from maya_plugin.host import Host, MayaHost
from maya_plugin.scene.build import build_scene
from maya_plugin.scene.facts import host_facts, render_linear
from maya_plugin.scene.run import Runner
from scene_generator.families.layout import at, camera, matrix, quad_light
from scene_generator.maya_scene.files import SceneFiles, write_files
from scene_generator.maya_scene.store import FileStore
from scene_generator.recipe import load_recipe
from scene_generator.sample import sample_scene
from scene_generator.shapes.basic import KINDS
from scene_generator.shapes.mesh import Mesh
from scene_generator.spec import (
    Bump,
    ColorTexture,
    Material,
    Pattern,
    ScalarTexture,
    SceneObject,
    SceneSpec,
    Shape,
    Sky,
    SoftBox,
)

TEXTURE_SIZE = 16

_FLAT = Pattern("flat", 0, 1)
_CLOUD = Pattern("cloud", 3, 3)
_SKY = Sky((0.6, 0.7, 0.9), (0.8, 0.8, 0.8), (0.3, 0.3, 0.3), patches=(SoftBox((0.0, 0.6, 0.8), 0.3, (9.0, 8.0, 7.0)),))


def material(*, rough: bool = False, color: bool = False, metal: float = 0.0, relief: float = 0.0) -> Material:
    """A material of which the named properties vary over the surface."""
    low, high = (0.2, 0.3, 0.4), (0.7, 0.6, 0.5) if color else (0.2, 0.3, 0.4)
    pattern = _CLOUD if color else _FLAT
    return Material(
        0.8,
        ColorTexture(low, high, pattern),
        ScalarTexture(metal, metal, _FLAT),
        0.9,
        ScalarTexture(0.2, 0.7, _CLOUD) if rough else ScalarTexture(0.4, 0.4, _FLAT),
        Bump(relief, _CLOUD if relief else _FLAT),
        (2.0, 3.0),
    )


def small(*, f_number: float = 0.0, lamps: int = 1) -> SceneSpec:
    """A ball before a wall on a floor, every kind of texture among them, seen from above."""
    skins = material(rough=True, color=True, relief=0.05), material(color=True), material(metal=1.0)
    things = (
        SceneObject("ball", Shape("ellipsoid", (0.8, 0.8, 0.8)), matrix(at(0.3, 0.8, 0)), skins[0]),
        SceneObject("floor", Shape("box", (6.0, 0.1, 6.0)), matrix(at(0, -0.1, 0)), skins[1]),
        SceneObject("wall", Shape("box", (6.0, 3.0, 0.1)), matrix(at(0, 0, -2)), skins[1]),
        SceneObject("post", Shape("cylinder", (0.2, 0.2, 1.5)), matrix(at(-1.2, 0, 0.4)), skins[2]),
    )
    view = dataclasses.replace(camera((1.0, 2.0, 5.0), (0, 0.6, 0), 40.0), f_number=f_number, focus_distance=4.5)
    lights = tuple(quad_light((3 - 4 * k, 4, 3), (0, 0.5, 0), 0.8, 0.5, (30.0, 25.0, 20.0)) for k in range(lamps))
    return SceneSpec("test", "test", 4, 2, 0, view, things, lights, _SKY)


@cache
def random_spec(index: int, seed: int = 3) -> SceneSpec:
    """Scene `index` of a seed of the shipped recipe."""
    return sample_scene(load_recipe("plate_normals"), seed, index)


@cache
def stand_in(shape: Shape) -> Mesh:
    """A box for any shape, of a size that tells shapes apart: building a garden takes seconds."""
    size = 0.1 + (hash((shape.kind, shape.numbers, shape.seed)) % 997) / 997
    return KINDS["box"][0]((size, 0.3, 0.4), 0)


def make(
    host: Host, spec: SceneSpec, folder: Path, *, half: bool = False, plan: str = "auto", cheap: bool = False
) -> tuple[Runner, SceneFiles]:
    """Write a scene's files and make its nodes, in a Maya that renders as a job does."""
    render_linear(host)
    store = FileStore(folder, half=half)
    files = write_files(spec, TEXTURE_SIZE, store, make=stand_in) if cheap else write_files(spec, TEXTURE_SIZE, store)
    return build_scene(host, spec, files, host_facts(host, plan), 1.0), files


def same_mesh(a: Mesh, b: Mesh) -> bool:
    """Whether two meshes are equal to the last bit."""
    return all(np.array_equal(getattr(a, name), getattr(b, name)) for name in ("positions", "normals", "uvs", "faces"))


__all__ = ["TEXTURE_SIZE", "MayaHost", "make", "material", "random_spec", "same_mesh", "small", "stand_in"]
