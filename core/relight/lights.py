"""The lights: what each one is, and how much of it arrives at a point.

Units: `intensity` is chosen so that a frontal light of intensity 1 and colour (1, 1, 1) makes a white Lambert surface
leave radiance 1. That is an irradiance of pi times intensity, so plates and lights stay on one scale and no factor of
pi has to be carried by hand. Colours are scene-linear, in the primaries of the plate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["AmbientLight", "DirectionalLight", "Light", "PointLight", "Vector", "arriving", "total_ambient"]

Vector: TypeAlias = tuple[float, float, float]
FloatArray: TypeAlias = NDArray[np.float32]

_WHITE: Vector = (1.0, 1.0, 1.0)


@dataclass(frozen=True)
class AmbientLight:
    """Light from every side alike.

    Attributes:
        intensity: radiance that leaves a white surface, 0 or more.
        color: scene-linear factors, each 0 or more.
        name: what a person calls it; free text.
    """

    intensity: float = 1.0
    color: Vector = _WHITE
    name: str = ""


@dataclass(frozen=True)
class DirectionalLight:
    """Parallel light, as of the sun.

    Attributes:
        direction: the way the light travels, camera space, any length but zero. (0, 0, -1) travels with the camera's
            view and lights a surface that faces the camera fully; (0, -1, 0) falls from above.
        intensity: radiance that leaves a white Lambert surface that faces the light, 0 or more.
        color: scene-linear factors, each 0 or more.
        name: what a person calls it; free text.
    """

    direction: Vector = (0.0, 0.0, -1.0)
    intensity: float = 1.0
    color: Vector = _WHITE
    name: str = ""


@dataclass(frozen=True)
class PointLight:
    """A small lamp that shines to every side and weakens with the square of the distance.

    Attributes:
        position: camera space, metres; the camera is at (0, 0, 0) and things before it have a negative third number.
        intensity: radiance that leaves a white Lambert surface that faces the lamp at one metre, 0 or more.
        color: scene-linear factors, each 0 or more.
        radius: metres, above 0. Nearer than this the light grows no further, because the inverse square of a
            distance of nearly nothing is no picture.
        name: what a person calls it; free text.
    """

    position: Vector = (0.0, 0.0, 0.0)
    intensity: float = 1.0
    color: Vector = _WHITE
    radius: float = 0.01
    name: str = ""


Light: TypeAlias = AmbientLight | DirectionalLight | PointLight


def arriving(light: DirectionalLight | PointLight, position: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Where the light comes from, and its strength, at each position.

    Args:
        light: a directional or a point light.
        position: (..., 3) float32, camera space, metres.

    Returns:
        `toward`: (..., 3) float32 unit vectors from the position to the light (zero where a lamp sits exactly on the
            position; such a point is unlit rather than NaN). A directional light broadcasts: its shape is (3,).
        `strength`: (..., 3) or (3,) float32, colour x intensity x falloff, in the unit of the module's docstring.
            The falloff of a point light is 1 / max(distance, radius)^2 with the distance in metres.
    """
    level = np.asarray(light.color, dtype=np.float32) * np.float32(light.intensity)
    if isinstance(light, DirectionalLight):
        return _unit(-np.asarray(light.direction, dtype=np.float32)), level
    offset = np.asarray(light.position, dtype=np.float32) - position
    square = np.sum(offset * offset, axis=-1, keepdims=True)  # (..., 1) square metres
    toward = offset / np.sqrt(np.maximum(square, np.float32(1e-12)))
    return toward, level / np.maximum(square, np.float32(light.radius) ** 2)


def total_ambient(lights: Sequence[Light]) -> FloatArray:
    """(3,) float32: the sum of colour x intensity over the ambient lights in `lights`."""
    total = np.zeros(3, dtype=np.float32)
    for light in lights:
        if isinstance(light, AmbientLight):
            total += np.asarray(light.color, dtype=np.float32) * np.float32(light.intensity)
    return total


def _unit(vector: FloatArray) -> FloatArray:
    length = float(np.linalg.norm(vector.astype(np.float64)))
    return (vector / np.float32(length)).astype(np.float32) if length > 0.0 else np.zeros(3, dtype=np.float32)
