"""Scenes whose normals, depths and occlusion are known by formula."""

from __future__ import annotations

import numpy as np

from scene_generator.families.layout import at, camera, facing, matrix, quad_light
from scene_generator.spec import (
    Bump,
    Camera,
    ColorTexture,
    Material,
    Pattern,
    ScalarTexture,
    SceneObject,
    SceneSpec,
    Shape,
    Sky,
)

FLAT = Pattern("flat", 0, 1)
SKY = Sky((0.6, 0.7, 0.9), (0.8, 0.8, 0.8), (0.3, 0.3, 0.3))


def plain(depth: float = 0.0, metal: float = 0.0, rough: float = 0.5, color: float = 0.5) -> Material:
    """A material of one colour with relief of `depth`."""
    bump = Bump(depth, Pattern("cloud", 3, 3)) if depth else Bump(0.0, FLAT)
    grey = ColorTexture((color, color, color), (color, color, color), FLAT)
    return Material(1.0, grey, ScalarTexture(metal, metal, FLAT), 1.0, ScalarTexture(rough, rough, FLAT), bump)


def thing(kind: str, numbers: tuple[float, ...], place: np.ndarray, skin: Material | None = None) -> SceneObject:
    """An object named after its kind."""
    return SceneObject(kind, Shape(kind, numbers), matrix(place), skin or plain())


def spec(*things: SceneObject, view: Camera | None = None, lit: bool = True) -> SceneSpec:
    """A scene seen from (0, 0, 4) towards the origin, or by `view`."""
    lights = (quad_light((3, 5, 5), (0, 0, 0), 1, 1, (30.0, 30.0, 30.0)),) if lit else ()
    return SceneSpec("test", "test", 1, 2, 0, view or camera((0, 0, 4), (0, 0, 0), 40.0), tuple(things), lights, SKY)


def sphere() -> SceneSpec:
    """A unit sphere at the origin."""
    return spec(thing("ellipsoid", (1.0, 1.0, 1.0), at(0, 0, 0)))


def plane() -> SceneSpec:
    """A tilted plane through the origin; its normal is (0.36, 0.48, 0.8) in world and camera space."""
    return spec(thing("quad", (40.0, 40.0), facing((0, 0, 0), (0.36, 0.48, 0.8))))


def cylinder() -> SceneSpec:
    """An upright cylinder of radius 1 from y = -2 to 2."""
    return spec(thing("cylinder", (1.0, 1.0, 4.0), at(0, -2, 0)))
