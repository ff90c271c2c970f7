"""A simple estimate of albedo from a plate alone."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["estimate_albedo"]

FloatArray: TypeAlias = NDArray[np.float32]

_LUMINANCE = np.array([0.2126, 0.7152, 0.0722], dtype=np.float32)  # Rec.709 primaries, ITU-R BT.709-6
_MIDDLE = 0.3
_BRIGHTEST = 0.9
_COVERED = np.float32(1e-4)  # as `core.relight.compose` divides by alpha


def estimate_albedo(plate: FloatArray, *, alpha: FloatArray | None = None, radius_share: float = 0.08) -> FloatArray:
    """Guess the albedo of a plate: its colours, with slow changes of brightness taken for light and divided out.

    Single-scale retinex in the log domain (Land and McCann, "Lightness and Retinex Theory", JOSA 61(1), 1971; the
    surround as in Jobson, Rahman, Woodell, IEEE TIP 6(3), 1997): log albedo = log plate - blur(log luminance). It
    keeps texture and hue, flattens shading, and cannot tell a shadow's sharp edge or a large dark thing from light:
    an estimate for a first look, not a measurement.

    Args:
        plate: (H, W, 3) float32 scene-linear, premultiplied if `alpha` is given; NaN, infinite and negative pixels
            count as black.
        alpha: (H, W, 1) float32 0..1, or None for an opaque plate. What it leaves out is no surrounding: the black
            there would make everything near it count as bright.
        radius_share: the blur's radius as a share of the shorter side, above 0.

    Returns:
        (H, W, 3) float32, 0..0.9, not premultiplied; a pixel as bright as its surroundings gets luminance 0.3.
    """
    safe = np.clip(np.nan_to_num(plate, nan=0.0, posinf=0.0, neginf=0.0), 0.0, None).astype(np.float32)
    cover = np.ones_like(safe[..., :1]) if alpha is None else np.clip(np.nan_to_num(alpha), 0.0, 1.0)
    cover = np.where(cover > _COVERED, cover, np.float32(0.0)).astype(np.float32)
    bare = np.where(cover > 0.0, safe / np.maximum(cover, _COVERED), np.float32(0.0)).astype(np.float32)
    luminance = (bare @ _LUMINANCE)[..., None]
    # The floor keeps black pixels from turning the noise around them into bright albedo.
    floor = np.float32(1e-3) * max(float(np.sum(luminance * cover) / max(float(cover.sum()), 1.0)), 1e-6)
    radius = max(1, round(radius_share * min(plate.shape[:2])))
    near = _blur(np.log(np.maximum(luminance, floor)) * cover, radius)
    surround = np.exp(near / np.maximum(_blur(cover, radius), _COVERED))
    return np.clip(np.float32(_MIDDLE) * bare / surround, 0.0, _BRIGHTEST).astype(np.float32)


def _blur(image: FloatArray, radius: int) -> FloatArray:
    """Three box blurs along each axis, nearly a Gaussian (central limit), edges repeated. (H, W, C) in and out."""
    for _ in range(3):
        for axis in (0, 1):
            image = _box(image, radius, axis)
    return image


def _box(image: FloatArray, radius: int, axis: int) -> FloatArray:
    pad = [(0, 0)] * image.ndim
    pad[axis] = (radius + 1, radius)
    # float64, because a running sum over a row of float32 drifts.
    running = np.cumsum(np.pad(image, pad, mode="edge"), axis=axis, dtype=np.float64)
    size = image.shape[axis]
    width = 2 * radius + 1
    upper = np.take(running, np.arange(width, width + size), axis=axis)
    lower = np.take(running, np.arange(size), axis=axis)
    return ((upper - lower) / width).astype(np.float32)
