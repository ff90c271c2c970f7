"""Where in camera space each pixel's surface is: from depth, or on a plane at a stated distance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from core.errors import BadSize
from core.relight.lights import Light, LocalLight

__all__ = ["out_of_reach", "positions"]

FloatArray: TypeAlias = NDArray[np.float32]

_FAR = 20
"""So many times as far away as the farthest lamp, a scene is likelier in another unit than lit by it."""


def positions(ray_slopes: FloatArray, depth: FloatArray | None = None, *, distance: float = 2.0) -> FloatArray:
    """Camera-space positions of the pixels' surfaces.

    The point at planar depth z on the ray with slopes (sx, sy) is (sx z, sy z, -z).

    Args:
        ray_slopes: (H, W, 2) float32, x to the right and y up per unit of depth, as `PinholeCamera.ray_slopes`.
        depth: (H, W, 1) float32 planar depth in metres, or None. Where it is zero, negative or not finite (no surface
            was measured) `distance` takes its place.
        distance: metres, above 0: the depth of the plane that stands for the scene where depth is not known. Point
            lights then fall off over a flat stage that faces the camera; directional lights hardly notice.

    Returns:
        (H, W, 3) float32, metres.

    Raises:
        BadSize: depth and rays are of different size.
    """
    height, width = ray_slopes.shape[:2]
    planar = np.full((height, width, 1), distance, dtype=np.float32)
    if depth is not None:
        if depth.shape != (height, width, 1):
            raise BadSize(f"depth has shape {depth.shape}; {(height, width, 1)} is needed to fit the plate")
        planar = np.where(np.isfinite(depth) & (depth > 0.0), depth, planar).astype(np.float32)
    return np.concatenate([ray_slopes * planar, -planar], axis=-1)


def out_of_reach(points: FloatArray, lights: Sequence[Light]) -> str:
    """Words about a scene that is so far from all lamps that its unit is likely not theirs; empty where it is not.

    Args:
        points: (H, W, 3) camera space, of depth that was given.
        lights: any; those that are off or stand nowhere do not count.
    """
    places = [light.position for light in lights if isinstance(light, LocalLight) and light.enabled]
    if not places:
        return ""
    middle = float(np.median(np.linalg.norm(points, axis=-1)))
    farthest = max(float(np.linalg.norm(place)) for place in places)
    if middle <= _FAR * max(farthest, 1.0):
        return ""
    return (
        f"by its depth the scene is {middle:.0f} m away and no lamp farther than {farthest:.1f} m; if the depth is in "
        "centimetres, add --depth-scale 0.01"
    )
