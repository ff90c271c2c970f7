"""What one light adds to lit points: irradiance for the body, reflected radiance for the surface.

With E the strength that arrives (irradiance over pi on a surface that faces the light):

    directional, point, spot   irradiance = E wrapped(n.l)            reflected = pi D V F E max(n.l, 0)
    area                       irradiance = E of the rectangle        reflected = the same lobe to one of its points
    rim                        irradiance = E rim                     reflected = E rim (f0 A + B)
    environment                irradiance = E(n), nine harmonics      reflected = L(mirrored, roughness) (f0 A + B)

with the BRDF of `core.relight.brdf`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from core.image.pixels import SCENE_LINEAR
from core.relight.area import rectangle_irradiance, representative_point
from core.relight.brdf import (
    alpha_from_roughness,
    environment_reflectance,
    ggx_distribution,
    schlick_fresnel,
    smith_visibility,
    wrapped_cosine,
)
from core.relight.environment import Environment, environment_of
from core.relight.falloff import arriving
from core.relight.lights import AreaLight, DirectionalLight, EnvironmentLight, Light, PointLight, RimLight, level
from core.relight.vectors import dot, unit

__all__ = ["Points", "contribution"]

FloatArray: TypeAlias = NDArray[np.float32]

_ZERO = np.float32(0.0)
_ONE = np.float32(1.0)
_PI = np.float32(np.pi)
_TINY = np.float32(1e-12)


@dataclass(frozen=True, eq=False)
class Points:
    """Lit points, whose arrays fit together: (..., 3) or (..., 1) float32.

    Attributes:
        normals: (..., 3) unit, camera space; zero where there is no surface.
        position: (..., 3) metres, camera space.
        view: (..., 3) unit, to the camera.
        roughness: (..., 1), 0..1; or (1,), the same for all.
        f0: (..., 3) reflectance straight on, 0..1.
        wrap: the surface's own, 0..1; the larger of it and the light's holds.
    """

    normals: FloatArray
    position: FloatArray
    view: FloatArray
    roughness: FloatArray
    f0: FloatArray
    wrap: float = 0.0

    def n_dot_v(self) -> FloatArray:
        """(..., 1) cosine, 1e-4..1: a predicted or bumped normal may lean away from the camera although its pixel is
        seen. It is shaded at the grazing angle then, instead of leaving a black hole in the highlight."""
        return np.clip(dot(self.normals, self.view), np.float32(1e-4), _ONE)


def contribution(
    light: Light,
    points: Points,
    environments: Mapping[str, Environment] | None = None,
    color_space: str = SCENE_LINEAR,
) -> tuple[FloatArray, FloatArray]:
    """What `light` adds at `points`. Its `diffuse` and `specular` switches are obeyed; `enabled` is not looked at.

    Args:
        light: any light but an ambient one, which has no direction.
        points: where.
        environments: prepared pictures by file, for environment lights.
        color_space: in whose primaries a temperature becomes a colour.

    Returns:
        `irradiance`: (..., 3) float32, over pi; times albedo it is the diffuse radiance. 0 or more.
        `reflected`: (..., 3) float32, specular radiance. 0 or more.

    Raises:
        BadConfig: an environment light whose picture is not in `environments`.
    """
    if isinstance(light, DirectionalLight | PointLight):
        irradiance, reflected = _aimed(light, points, color_space)
    elif isinstance(light, AreaLight):
        irradiance, reflected = _area(light, points, color_space)
    elif isinstance(light, RimLight):
        irradiance, reflected = _rim(light, points, color_space)
    elif isinstance(light, EnvironmentLight):
        irradiance, reflected = _environment(light, points, environment_of(light, environments or {}), color_space)
    else:
        raise TypeError(f"{type(light).__name__} has no direction")
    nothing = np.zeros((1,), dtype=np.float32)
    return irradiance if light.diffuse else nothing, reflected if light.specular else nothing


def _aimed(light: DirectionalLight | PointLight, points: Points, color_space: str) -> tuple[FloatArray, FloatArray]:
    toward, strength = arriving(light, points.position, color_space)
    n_dot_l = dot(points.normals, toward)
    irradiance = strength * wrapped_cosine(n_dot_l, max(light.wrap, points.wrap))
    if not light.specular:
        return irradiance, irradiance
    return irradiance, strength * _lobe(points, toward, n_dot_l)


def _area(light: AreaLight, points: Points, color_space: str) -> tuple[FloatArray, FloatArray]:
    color = level(light, color_space)
    irradiance = color * rectangle_irradiance(light, points.position, points.normals)
    if not light.specular:
        return irradiance, irradiance
    mirrored = np.float32(2.0) * dot(points.normals, points.view) * points.normals - points.view
    toward, strength, widening = representative_point(light, points.position, mirrored)
    alpha = alpha_from_roughness(points.roughness)
    kept = alpha * alpha / (alpha * alpha + widening * widening)
    n_dot_l = dot(points.normals, toward)
    reflected = color * (strength * kept) * _lobe(points, toward, n_dot_l)
    return irradiance, np.asarray(reflected, dtype=np.float32)


def _rim(light: RimLight, points: Points, color_space: str) -> tuple[FloatArray, FloatArray]:
    color = level(light, color_space)
    n_dot_v = points.n_dot_v()
    turn = math.radians(light.angle)
    side = np.array([math.cos(turn), math.sin(turn), 0.0], dtype=np.float32)
    side = unit(side - dot(points.view, side) * points.view)
    lean = unit(points.normals - dot(points.normals, points.view) * points.view)
    spread = np.float32(light.spread)
    mask = np.maximum((_ONE - spread) * dot(lean, side) + spread, _ZERO)
    # No surface has a zero normal, which leans nowhere, and would be all rim.
    mask = mask * mask * (dot(points.normals, points.normals) > np.float32(0.5))
    irradiance = color * (mask * np.power(_ONE - n_dot_v, np.float32(light.power)))
    # Fresnel alone goes to 1 at the outline of the roughest thing and would veil it.
    return irradiance, irradiance * environment_reflectance(points.f0, points.roughness, n_dot_v)


def _environment(
    light: EnvironmentLight, points: Points, surroundings: Environment, color_space: str
) -> tuple[FloatArray, FloatArray]:
    color = level(light, color_space)
    irradiance = color * surroundings.irradiance(points.normals, light.rotation, max(light.wrap, points.wrap))
    if not light.specular:
        return irradiance, irradiance
    mirrored = unit(np.float32(2.0) * dot(points.normals, points.view) * points.normals - points.view)
    seen = surroundings.reflection(mirrored, points.roughness, light.rotation)
    share = environment_reflectance(points.f0, points.roughness, points.n_dot_v())
    return irradiance, color * (seen * share)


def _lobe(points: Points, toward: FloatArray, n_dot_l: FloatArray) -> FloatArray:
    """pi D V F max(n.l, 0), (..., 3)."""
    n_dot_l = np.clip(n_dot_l, _ZERO, _ONE)
    alpha = alpha_from_roughness(points.roughness)
    half = unit(toward + points.view)
    # 1 - n.h = |n - h|^2 / 2 for unit vectors: exact where the subtraction 1 - n.h would cancel.
    apart = points.normals - half
    short = np.float32(0.5) * dot(apart, apart)
    half_sine_squared = np.clip(short * (np.float32(2.0) - short), _ZERO, _ONE)
    v_dot_h = np.clip(dot(points.view, half), _ZERO, _ONE)
    lobe = ggx_distribution(half_sine_squared, alpha) * smith_visibility(n_dot_l, points.n_dot_v(), alpha)
    return schlick_fresnel(points.f0, v_dot_h) * (_PI * lobe * n_dot_l)
