"""Random plates, surfaces and lights, and the kernel run on them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from core.relight.compose import FormerLight, Mode, Relit, relight
from core.relight.lights import (
    FALLOFFS,
    AmbientLight,
    AreaLight,
    DirectionalLight,
    Light,
    PointLight,
    RimLight,
    SpotLight,
    Vector,
)
from core.relight.place import positions
from core.relight.shade import Surface
from tests.nuke_plugin.blink.compiled import Kernel
from tests.nuke_plugin.blink.packing import light_parameters, surface_parameters
from tests.view_window import ViewWindow, depth_from_distance

FloatArray = npt.NDArray[np.float32]
KINDS = (AmbientLight, DirectionalLight, PointLight, SpotLight, AreaLight, RimLight)


@dataclass(frozen=True)
class Scene:
    """A plate (premultiplied) with alpha, its surface, and the light that was there."""

    plate: FloatArray
    alpha: FloatArray
    surface: Surface
    former: FormerLight


def random_scene(dice: np.random.Generator, height: int, width: int, least_roughness: float = 0.1) -> Scene:
    """With holes (no normal, NaN), leaning and unnormalised normals, negative grain and partly covered pixels."""
    normals = dice.normal((0.0, 0.0, 1.0), 1.0, (height, width, 3))
    normals *= dice.uniform(0.3, 2.0, (height, width, 1)) / np.linalg.norm(normals, axis=-1, keepdims=True)
    kind = dice.uniform(size=(height, width))
    normals[kind < 0.06] = 0.0
    normals[(kind > 0.06) & (kind < 0.1)] = np.nan
    position = dice.uniform((-2.0, -1.5, -6.0), (2.0, 1.5, -1.0), (height, width, 3))
    position[(kind > 0.1) & (kind < 0.13)] = np.nan
    alpha = np.where(dice.uniform(size=(height, width, 1)) < 0.2, dice.uniform(size=(height, width, 1)), 1.0)
    plate = dice.normal(0.4, 0.25, (height, width, 3)) * alpha
    plate[kind > 0.98] = np.nan
    surface = Surface(
        normals.astype(np.float32),
        position.astype(np.float32),
        dice.uniform(0.0, 1.0, (height, width, 3)).astype(np.float32),
        roughness=dice.uniform(least_roughness, 1.0, (height, width, 1)).astype(np.float32),
        metalness=dice.uniform(0.0, 1.0, (height, width, 1)).astype(np.float32),
        specular=float(dice.uniform(0.0, 1.0)),
        occlusion=dice.uniform(0.0, 1.0, (height, width, 1)).astype(np.float32),
        wrap=float(dice.choice([0.0, dice.uniform(0.0, 1.0)])),
    )
    nine = np.concatenate([dice.uniform(1.0, 3.0, (1, 3)), dice.normal(0.0, 0.5, (8, 3))])
    return Scene(plate.astype(np.float32), alpha.astype(np.float32), surface, FormerLight.over(nine, surface.normals))


def random_light(dice: np.random.Generator, kind: type) -> Light:
    """Any light of a kind; its specular part is on unless it is a rim, whose lobe the kernel only approximates."""

    def vector(*middle: float) -> Vector:
        x, y, z = (float(value) for value in dice.normal(middle, 1.0))
        return x, y, z

    common: dict[str, Any] = {
        "intensity": float(dice.uniform(0.1, 2.0)),
        "color": tuple(float(value) for value in dice.uniform(0.0, 1.0, 3)),
        "temperature": dice.choice([None, float(dice.uniform(1500.0, 12000.0))]),
        "enabled": bool(dice.uniform() > 0.1),
    }
    parts: dict[str, Any] = {"diffuse": bool(dice.uniform() > 0.15), "specular": bool(dice.uniform() > 0.15)}
    stand: dict[str, Any] = {
        "position": vector(0.0, 1.0, 0.5),
        "falloff": str(dice.choice(FALLOFFS)),
        "reference_distance": float(dice.uniform(0.5, 3.0)),
        "radius": float(dice.uniform(0.01, 0.5)),
    }
    wrap: dict[str, Any] = {"wrap": float(dice.choice([0.0, dice.uniform(0.0, 1.0)]))}
    if kind is AmbientLight:
        return AmbientLight(**common)
    if kind is DirectionalLight:
        return DirectionalLight(direction=vector(0.0, 0.0, -1.0), **common, **parts, **wrap)
    if kind is PointLight:
        return PointLight(**common, **parts, **stand, **wrap)
    if kind is SpotLight:
        return SpotLight(
            direction=vector(0.0, -0.5, -2.0),
            cone_angle=float(dice.uniform(10.0, 120.0)),
            penumbra=float(dice.choice([0.0, *dice.uniform(-20.0, 30.0, 2)])) or 2.0,
            cone_falloff=float(dice.choice([0.0, dice.uniform(0.0, 4.0)])),
            **common,
            **parts,
            **stand,
            **wrap,
        )
    if kind is AreaLight:
        return AreaLight(
            direction=vector(0.0, -0.5, -2.0),
            up=vector(0.0, 2.0, 0.0),
            width=float(dice.uniform(0.05, 3.0)),
            height=float(dice.uniform(0.05, 3.0)),
            two_sided=bool(dice.uniform() > 0.6),
            **common,
            **parts,
            **stand,
        )
    return RimLight(
        angle=float(dice.uniform(0.0, 360.0)),
        spread=float(dice.uniform(0.0, 1.0)),
        power=float(dice.uniform(0.5, 8.0)),
        diffuse=parts["diffuse"],
        specular=False,
        **common,
    )


def mirror_scene(dice: np.random.Generator, light: Light, height: int, width: int, roughness: float) -> Scene:
    """Every pixel in the middle of the light's highlight: normals within a few thousandths of the half vector."""
    scene = random_scene(dice, height, width)
    position = dice.uniform((-2.0, -1.5, -6.0), (2.0, 1.5, -1.0), (height, width, 3)).astype(np.float32)
    if isinstance(light, PointLight | AreaLight):
        toward = _unit(np.array(light.position) - position)
    else:
        assert isinstance(light, DirectionalLight)
        toward = _unit(-np.array(light.direction) * np.ones_like(position))
    normals = _unit(toward + _unit(-position)) + dice.normal(0.0, 0.0015, position.shape)
    normals = (normals * dice.uniform(0.3, 2.0, (height, width, 1))).astype(np.float32)
    surface = replace(scene.surface, normals=normals, position=position, roughness=np.full_like(scene.alpha, roughness))
    return replace(scene, surface=surface, plate=np.nan_to_num(scene.plate))


def _unit(vector: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return np.asarray(vector / np.linalg.norm(vector, axis=-1, keepdims=True))


def pictures(scene: Scene) -> dict[str, FloatArray]:
    """What the node feeds the kernel, the bottom row first."""
    surface = scene.surface
    one = np.ones_like(scene.alpha)
    maps = [surface.occlusion, surface.roughness, surface.metalness, one]
    read = {
        "plate": np.concatenate([scene.plate, scene.alpha], axis=-1),
        "normals": np.concatenate([surface.normals, one], axis=-1),
        "place": np.concatenate([np.asarray(surface.position), one], axis=-1),
        "colours": np.concatenate([surface.albedo, one], axis=-1),
        "maps": np.concatenate([np.broadcast_to(each, one.shape) for each in maps], axis=-1),
    }
    return {name: plane[::-1].astype(np.float32) for name, plane in read.items()}


def both(
    kernel: Kernel, scene: Scene, lights: list[Light], mode: Mode, occlude_all: bool = False
) -> tuple[dict[str, FloatArray], Relit]:
    """The kernel's results by name, top row first, and the reference's."""
    expected = relight(
        scene.plate, scene.surface, lights, mode=mode, alpha=scene.alpha, former=scene.former, occlude_all=occlude_all
    )
    parameters = surface_parameters(scene.surface, mode, scene.former)
    parameters["occlude_all"] = occlude_all
    for number, light in enumerate(lights, 1):
        parameters |= light_parameters(number, light)
    read = pictures(scene)
    names = ("picture", "light", "diffuse", "specular", "ambient", "mask")
    made = {name: kernel(read, {**parameters, "result": index})[::-1] for index, name in enumerate(names)}
    return made, expected


def references(expected: Relit) -> dict[str, FloatArray]:
    return {
        "picture": expected.beauty,
        "light": expected.diffuse + expected.specular + expected.ambient,
        "diffuse": expected.diffuse,
        "specular": expected.specular,
        "ambient": expected.ambient,
        "mask": np.repeat(expected.mask, 3, axis=-1),
    }


def largest_difference(made: dict[str, FloatArray], expected: Relit) -> float:
    """Over all results and pixels: |difference| / max(1, |reference|)."""
    worst = 0.0
    for name, reference in references(expected).items():
        apart = np.abs(made[name][..., :3] - reference) / np.maximum(1.0, np.abs(reference))
        worst = max(worst, float(apart.max()))  # NaN in either makes this NaN, which no bound lets pass
    return worst


def without_maps(scene: Scene) -> Scene:
    """The same scene with numbers in place of maps."""
    return replace(scene, surface=replace(scene.surface, roughness=0.4, metalness=0.2, occlusion=1.0))


DEPTH_SIZE = (21, 14)
"""Width and height of `depth_scene`."""

DEPTH_NUMBERS = {"unit": 0.01, "stage": 0.7}
"""Metres in a unit of its depth, and metres to what has none."""


def depth_scene(where: int, aspect: float) -> tuple[Scene, FloatArray, PointLight, FloatArray]:
    """A scene with a depth map, holes in it, whose positions come from the map.

    Args:
        where: how the node takes the map: 0 not at all, 2 depth, 3 one over depth, 4 distance.
        aspect: of the pixels; the lens is of 30 mm before a film back of 24 mm.

    Returns:
        The scene with the reference's positions, the map (H, W, 1) in units, a light near it, and the reference's
        relit picture.
    """
    dice = np.random.default_rng(8)
    width, height = DEPTH_SIZE
    scene = random_scene(dice, height, width)
    view = ViewWindow(width, height, 30.0, 24.0, pixel_aspect=aspect)
    depth = dice.uniform(1.0, 5.0, (height, width, 1)).astype(np.float32)
    depth[3, 4], depth[5, 6], depth[7, 8] = 0.0, np.nan, -1.0
    scale = DEPTH_NUMBERS["unit"]
    metres = {
        0: None,
        2: depth * scale,
        3: scale / np.where(depth == 0.0, np.nan, depth),
        4: depth_from_distance(np.nan_to_num(depth) * scale, view),
    }[where]
    placed = positions(
        view.ray_slopes(), None if metres is None else metres.astype(np.float32), distance=DEPTH_NUMBERS["stage"]
    )
    scene = replace(scene, surface=replace(scene.surface, position=placed))
    light = PointLight(position=(0.1, 0.2, -0.1), intensity=0.05)
    expected = relight(scene.plate, scene.surface, [light], alpha=scene.alpha).beauty
    assert np.abs(expected - relight(scene.plate, scene.surface, [], alpha=scene.alpha).beauty).max() > 0.05
    return scene, depth, light, expected
