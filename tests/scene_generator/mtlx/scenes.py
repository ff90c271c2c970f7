"""Small scenes for the MaterialX tests: one sphere a material."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

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

IDENTITY = tuple(float(x) for x in np.eye(4).ravel())
CLOUD = Pattern("cloud", 3, 4)
WHITE = (1.0, 1.0, 1.0)


def scene(materials: Mapping[str, Material]) -> SceneSpec:
    """A scene of unit spheres, object name to material."""
    ball = Shape("ellipsoid", (1.0, 1.0, 1.0))
    things = tuple(SceneObject(name, ball, IDENTITY, material) for name, material in materials.items())
    return SceneSpec("test", "test", 0, 0, 0, Camera(IDENTITY, 35.0), things, (), Sky(WHITE, WHITE, WHITE))


def rusty() -> Material:
    """A material whose every map varies."""
    return Material(
        base=0.8,
        base_color=ColorTexture((0.6, 0.55, 0.5), (0.35, 0.1, 0.03), CLOUD, 0.1),
        metalness=ScalarTexture(1.0, 0.0, CLOUD),
        specular=0.7,
        specular_roughness=ScalarTexture(0.2, 0.9, CLOUD),
        bump=Bump(0.03, CLOUD),
        repeat=(2.0, 0.5),
    )


def plain() -> Material:
    """A material without any variation."""
    flat = Pattern("flat", 0)
    return Material(
        base=0.5,
        base_color=ColorTexture((0.2, 0.4, 0.6), WHITE, flat),
        metalness=ScalarTexture(0.25, 1.0, flat),
        specular=0.3,
        specular_roughness=ScalarTexture(0.4, 1.0, flat),
        bump=Bump(0.0, flat),
    )
