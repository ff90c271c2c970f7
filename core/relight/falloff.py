"""How much of a directional, point or spot light arrives at a point, and from where."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from core.image.pixels import SCENE_LINEAR
from core.relight.lights import DirectionalLight, Falloff, PointLight, SpotLight, Vector, level

__all__ = ["arriving", "cone_weight", "distance_weight", "falloff_power", "unit_vector"]

FloatArray: TypeAlias = NDArray[np.float32]

_POWERS: dict[Falloff, int] = {"none": 0, "linear": 1, "quadratic": 2, "cubic": 3}
_STRONGEST = np.float32(1e18)  # colours and highlights still fit float32 when multiplied by it


def arriving(
    light: DirectionalLight | PointLight, position: FloatArray, color_space: str = SCENE_LINEAR
) -> tuple[FloatArray, FloatArray]:
    """Where the light comes from, and its strength, at each position.

    Args:
        light: a directional, point or spot light.
        position: (..., 3) float32, camera space, metres.
        color_space: whose primaries the strength is in.

    Returns:
        `toward`: (..., 3) float32 unit vectors from the position to the light (zero where a lamp sits exactly on the
            position; such a point is unlit rather than NaN). A directional light broadcasts: its shape is (3,).
        `strength`: (..., 3) or (3,) float32, `level` x `distance_weight` x `cone_weight`: irradiance over pi on a
            surface that faces the light.
    """
    if isinstance(light, DirectionalLight):
        return -unit_vector(light.direction), level(light, color_space)
    offset = np.asarray(light.position, dtype=np.float32) - position
    square = np.sum(offset * offset, axis=-1, keepdims=True)  # (..., 1) square metres
    toward = offset / np.sqrt(np.maximum(square, np.float32(1e-12)))
    weight = distance_weight(square, light.falloff, light.reference_distance, light.radius)
    if isinstance(light, SpotLight):
        cosine = -np.sum(toward * unit_vector(light.direction), axis=-1, keepdims=True)
        weight = weight * cone_weight(cosine, light.cone_angle, light.penumbra, light.cone_falloff)
    return toward, level(light, color_space) * weight


def distance_weight(square: FloatArray, falloff: Falloff, reference_distance: float, radius: float) -> FloatArray:
    """(reference_distance / max(distance, radius))^p with p = 0, 1, 2, 3 for none, linear, quadratic, cubic.

    Args:
        square: squared distance, square metres, 0 or more.
        falloff, reference_distance, radius: as `PointLight`.

    Returns:
        The shape of `square`, float32, at most 1e18.
    """
    power = _POWERS[falloff]
    if power == 0:
        return np.ones_like(square)
    # In float64: its range holds every radius and distance that a lights file allows.
    ratio = float(reference_distance) ** 2 / np.maximum(square.astype(np.float64), float(radius) ** 2)
    weight = ratio if power == 2 else ratio ** (0.5 * power)
    return np.minimum(weight, _STRONGEST).astype(np.float32)


def falloff_power(falloff: Falloff) -> int:
    """The power of the distance by which a falloff weakens: 0, 1, 2 or 3."""
    return _POWERS[falloff]


def cone_weight(cosine: FloatArray, cone_angle: float, penumbra: float, cone_falloff: float) -> FloatArray:
    """Weight across a spot light's cone, 0..1.

    With half = cone_angle / 2, the light is whole up to `inner` = half + min(penumbra, 0) and ends at
    `outer` = half + max(penumbra, 0), both kept to 0..179.9 degrees; between them it fades as 3 t^2 - 2 t^3 over the
    cosine. All of it is multiplied by max(cosine, 0)^cone_falloff (the spot exponent of the OpenGL 2.1 specification,
    section 2.14.1).

    Args:
        cosine: of the angle between the axis and the direction from the lamp, -1..1.
        cone_angle, penumbra: degrees, see `SpotLight`.
        cone_falloff: 0 or more.
    """
    half = 0.5 * cone_angle
    outer = np.radians(min(half + max(penumbra, 0.0), 179.9))
    inner = np.radians(max(half + min(penumbra, 0.0), 0.0))
    edge, full = np.cos(outer), np.cos(inner)
    # A hard edge is a ramp too steep to be seen, so that one formula serves both.
    t = np.clip((cosine - np.float32(edge)) / np.float32(max(full - edge, 1e-6)), 0.0, 1.0)
    weight = t * t * (np.float32(3.0) - np.float32(2.0) * t)
    if cone_falloff > 0.0:
        weight = weight * np.power(np.clip(cosine, 0.0, 1.0), np.float32(cone_falloff))
    return np.asarray(weight, dtype=np.float32)


def unit_vector(vector: Vector) -> FloatArray:
    """(3,) float32 of length 1; zero stays zero."""
    long = np.asarray(vector, dtype=np.float64)
    length = float(np.linalg.norm(long))
    return (long / length if length > 0.0 else np.zeros(3)).astype(np.float32)
