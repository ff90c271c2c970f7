"""More maps from the same relief: curvature, and how open each point is to the light around."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from core.textures.settings import blurred

__all__ = ["curvature_map", "height_picture", "occlusion_map"]

FloatArray = npt.NDArray[np.float32]

_DIRECTIONS = 8
_STEPS = (1, 2, 3, 5, 8, 13, 21)


def curvature_map(slopes: npt.ArrayLike, wrap: bool, scale: float = 1.0) -> FloatArray:
    """How much the surface bulges: 0.5 where it is flat, above on edges and bumps, below in grooves.

    The negative divergence of the slopes (the Laplacian of the height), blurred by `scale`, through a soft limit.

    Args:
        slopes: (H, W, 2), see `core.textures.slopes`.
        wrap: whether the texture repeats.
        scale: deviation of the blur, pixels; larger ones show wider edges.

    Returns:
        (H, W) float32, 0..1.
    """
    s = np.asarray(slopes, dtype=np.float32)
    p, q = s[..., 0], s[..., 1]
    if wrap:
        bend = 0.5 * (np.roll(p, 1, 1) - np.roll(p, -1, 1)) + 0.5 * (np.roll(q, -1, 0) - np.roll(q, 1, 0))
    else:
        bend = -np.gradient(p, axis=1) + np.gradient(q, axis=0)
    bend = blurred(bend, scale, wrap) if scale > 0 else bend
    return np.asarray(0.5 + 0.5 * np.tanh(2.0 * scale * bend), dtype=np.float32)


def occlusion_map(height: npt.ArrayLike, wrap: bool, reach: float = 1.0) -> FloatArray:
    """Ambient occlusion of a height field: 1 is open, 0 is shut in.

    In eight directions the steepest rise that is seen from each point hides the sky up to its angle a; under an evenly
    bright sky, sin(a)**2 of that direction's light is gone (horizon mapping: Max, "Horizon mapping: shadows for
    bump-mapped surfaces", 1988).

    Args:
        height: (H, W), in pixels.
        wrap: whether the texture repeats; otherwise what lies beyond the border is as high as the border.
        reach: factor on how far is looked, 21 pixels at 1.

    Returns:
        (H, W) float32, 0..1.
    """
    h = np.asarray(height, dtype=np.float32)
    rows, columns = h.shape
    longest = max(1, round(_STEPS[-1] * reach))
    distances = sorted({max(1, min(longest, round(step * reach))) for step in _STEPS})
    far = h if wrap else np.pad(h, longest, mode="edge")
    hidden = np.zeros_like(h)
    for k in range(_DIRECTIONS):
        turn = 2.0 * np.pi * k / _DIRECTIONS
        steepest = np.zeros_like(h)
        for distance in distances:
            down, right = round(distance * np.sin(turn)), round(distance * np.cos(turn))
            if wrap:
                there = np.roll(far, (-down, -right), (0, 1))
            else:
                there = far[longest + down : longest + down + rows, longest + right : longest + right + columns]
            np.maximum(steepest, (there - h) / np.float32(np.hypot(down, right)), out=steepest)
        # sin(atan(t))**2
        hidden += steepest**2 / (1.0 + steepest**2)
    return np.asarray(1.0 - hidden / _DIRECTIONS, dtype=np.float32)


def height_picture(height: npt.ArrayLike) -> tuple[FloatArray, float]:
    """A height as picture values.

    Returns:
        (H, W) float32, 0..1 from the lowest point to the highest, 0.5 where all is flat; and how much higher the
        highest point is, in pixels.
    """
    h = np.asarray(height, dtype=np.float32)
    low, high = float(h.min()), float(h.max())
    if high - low < 1e-6:
        return np.full_like(h, 0.5), 0.0
    return np.asarray((h - low) / (high - low), dtype=np.float32), high - low
