"""Light from a rectangle: its exact irradiance, and its reflection from one representative point.

Diffuse: the irradiance of an evenly glowing polygon, Lambert 1760; in the form of Baum, Rushmeier and Winget,
"Improving Radiosity Solutions Through the Use of Analytically Determined Form-Factors", SIGGRAPH 1989, equation 6:

    E / pi = L / (2 pi)  sum over edges of  angle(v_i, v_i+1)  n . (v_i x v_i+1) / |v_i x v_i+1|

with v the corners seen from the lit point. What is below the surface's horizon is cut off first.

Specular: the GGX lobe toward the point of the rectangle nearest to the mirrored view ray, weakened by how much wider
the rectangle's apparent size makes it (the representative point of Karis, "Real Shading in Unreal Engine 4", SIGGRAPH
2013 course). Karis adds the widths, alpha' = alpha + w; here their squares are added, alpha'^2 = alpha^2 + w^2, which
was measured against the integral over the rectangle: within 17 % inside of the highlight at every roughness (adding the
widths loses up to 44 % there), up to 3.4 times too bright in its fade at roughness 0.3, where the highlight is below a
fifth of its peak. Exact for a mirror that sees only the rectangle and for a rectangle small against the lobe. It is not
the fitted transform of Heitz et al. 2016.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from core.relight.falloff import distance_weight, unit_vector
from core.relight.lights import AreaLight
from core.relight.vectors import cross, dot, length

__all__ = ["Rectangle", "polygon_irradiance", "rectangle_irradiance", "rectangle_of", "representative_point"]

FloatArray: TypeAlias = NDArray[np.float32]

_TINY = np.float32(1e-12)
_ZERO = np.float32(0.0)


@dataclass(frozen=True)
class Rectangle:
    """The frame of an area light.

    Attributes:
        centre: (3,) float32, metres.
        right, up, facing: (3,) float32 unit vectors, square to each other; it shines toward `facing`.
        half_width, half_height: metres.
    """

    centre: FloatArray
    right: FloatArray
    up: FloatArray
    facing: FloatArray
    half_width: float
    half_height: float

    @property
    def area(self) -> float:
        """Square metres."""
        return 4.0 * self.half_width * self.half_height

    def corners(self) -> FloatArray:
        """(4, 3) float32, in turn round the edge, counter-clockwise for who sees the front."""
        x, y = self.right * np.float32(self.half_width), self.up * np.float32(self.half_height)
        return np.stack([self.centre - x - y, self.centre + x - y, self.centre + x + y, self.centre - x + y])


def rectangle_of(light: AreaLight) -> Rectangle:
    """The frame of a light: `up` made square to `direction`, `right` = up x direction."""
    facing = unit_vector(light.direction).astype(np.float64)
    for candidate in (light.up, (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)):
        upward = unit_vector(candidate).astype(np.float64)
        upward = upward - facing * float(upward @ facing)
        size = float(np.linalg.norm(upward))
        if size > 1e-4:
            break
    upward = upward / size
    right = np.cross(upward, facing)
    return Rectangle(
        centre=np.asarray(light.position, dtype=np.float32),
        right=right.astype(np.float32),
        up=upward.astype(np.float32),
        facing=facing.astype(np.float32),
        half_width=0.5 * light.width,
        half_height=0.5 * light.height,
    )


def rectangle_irradiance(light: AreaLight, position: FloatArray, normals: FloatArray) -> FloatArray:
    """Irradiance over pi of a rectangle of `level` 1.

    The rectangle's radiance is pi / area times that level, so that far away it is a point light times the cosine at
    the rectangle. A `falloff` other than quadratic replaces the distance's own inverse square.

    Args:
        light: the light.
        position, normals: (..., 3) float32, metres and unit vectors.

    Returns:
        (..., 1) float32, 0 or more; 0 behind a one-sided light.
    """
    frame = rectangle_of(light)
    factor = polygon_irradiance(frame.corners(), position, normals)
    shining = np.abs(factor) if light.two_sided else np.maximum(factor, _ZERO)
    return shining * np.float32(np.pi / frame.area) * _other_falloff(light, position)


def polygon_irradiance(corners: FloatArray, position: FloatArray, normals: FloatArray) -> FloatArray:
    """Irradiance over pi of a convex polygon of radiance 1: the share of the cosine-weighted half sphere it covers.

    Args:
        corners: (K, 3) float32, counter-clockwise for who sees the shining side.
        position, normals: (..., 3) float32.

    Returns:
        (..., 1) float32, -1..1; negative where the polygon's back is seen.
    """
    # The sum of nearly equal terms of opposite sign costs a far light most of float32's digits.
    rays = [corner.astype(np.float64) - position for corner in corners]
    rays = [ray / np.maximum(length(ray), 1e-12) for ray in rays]
    heights = [dot(ray, normals) for ray in rays]
    total = np.zeros((*position.shape[:-1], 1))
    leaves, returns = np.zeros_like(rays[0]), np.zeros_like(rays[0])
    for index, (a, low) in enumerate(zip(rays, heights, strict=True)):
        b, high = rays[(index + 1) % len(rays)], heights[(index + 1) % len(rays)]
        crosses = (low > 0.0) != (high > 0.0)
        # A point on the chord between two directions lies on the same great circle as their arc.
        share = np.where(crosses, low / np.where(crosses, low - high, 1.0), 0.0)
        cut = a + (b - a) * share
        cut = cut / np.maximum(length(cut), 1e-12)
        first, last = np.where(low > 0.0, a, cut), np.where(high > 0.0, b, cut)
        total += np.where((low > 0.0) | (high > 0.0), _edge(first, last, normals), 0.0)
        leaves += np.where(crosses & (low > 0.0), cut, 0.0)
        returns += np.where(crosses & (high > 0.0), cut, 0.0)
    total += _edge(leaves, returns, normals)  # along the horizon, from where the outline sinks to where it rises
    # Seen from the lit point a front runs clockwise about the direction to it.
    result: FloatArray = np.clip(-total / (2.0 * np.pi), -1.0, 1.0).astype(np.float32)
    return result


def representative_point(
    light: AreaLight, position: FloatArray, mirrored: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Where the lobe looks at a rectangle, and what it finds there.

    Args:
        light: the light.
        position: (..., 3) float32, metres.
        mirrored: (..., 3) float32 unit, the view direction mirrored at the normal.

    Returns:
        `toward`: (..., 3) float32 unit, to the point of the rectangle nearest to the mirrored ray.
        `strength`: (..., 1) float32: 1 / distance^2 times the cosine at the rectangle (changed as `falloff` says), 0
            behind a one-sided light; for `level` 1.
        `widening`: (..., 1) float32: half of the apparent radius, radians; its square is added to that of GGX's alpha.
    """
    frame = rectangle_of(light)
    offset = frame.centre - position
    ahead = dot(offset, frame.facing)  # below 0 on the shining side
    slope = dot(mirrored, frame.facing)
    meets = ahead * slope > 0.0
    # A ray that misses the plane goes to where it would be nearest: far along its own direction in the plane.
    reach = np.where(meets, ahead / np.where(meets, slope, np.float32(1.0)), np.float32(1e4) * length(offset))
    reach = np.minimum(reach, np.float32(1e4) * length(offset))
    hit = mirrored * reach - offset
    x = np.clip(dot(hit, frame.right), -np.float32(frame.half_width), np.float32(frame.half_width))
    y = np.clip(dot(hit, frame.up), -np.float32(frame.half_height), np.float32(frame.half_height))
    point = offset + x * frame.right + y * frame.up
    distance = np.maximum(length(point), np.float32(light.radius))
    toward = point / np.maximum(length(point), _TINY)
    cosine = -dot(toward, frame.facing)
    cosine = np.abs(cosine) if light.two_sided else np.maximum(cosine, _ZERO)
    seen = np.sqrt(np.float32(frame.area / np.pi) * cosine)  # radius of the disc of equal apparent area
    widening = np.minimum(np.float32(0.5) * seen / distance, np.float32(1.0))
    strength = cosine / (distance * distance) * _other_falloff(light, position)
    return toward, strength, widening


def _edge(a: NDArray[np.float64], b: NDArray[np.float64], normals: FloatArray) -> NDArray[np.float64]:
    across = cross(a, b)
    sine = length(across)
    return np.asarray(np.arctan2(sine, dot(a, b)) * dot(across, normals) / np.maximum(sine, 1e-30))


def _other_falloff(light: AreaLight, position: FloatArray) -> FloatArray:
    """What turns the built-in inverse square into the light's own falloff: distance^2 x (reference / distance)^p."""
    if light.falloff == "quadratic":
        return np.full((1,), light.reference_distance**2, dtype=np.float32)
    offset = np.asarray(light.position, dtype=np.float32) - position
    square: FloatArray = np.maximum(dot(offset, offset), np.float32(light.radius) ** 2)
    return square * distance_weight(square, light.falloff, light.reference_distance, light.radius)
