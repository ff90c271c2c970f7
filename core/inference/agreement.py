"""Fine structure of one normal field on the large forms of another."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from core.inference.blur import smooth

__all__ = ["agree"]

FloatArray = npt.NDArray[np.float32]

_COHERENT = 0.25
_OPPOSED = 0.25


def agree(fine: FloatArray, coarse: FloatArray, sigma: float) -> FloatArray:
    """Turn each normal of `fine` so that its large forms become those of `coarse`.

    Both fields are blurred; the shortest rotation that takes the one blurred direction to the other, which varies
    slowly over the picture, is applied to the unblurred `fine` (Rodrigues' formula without angles:
    `R n = n + v x n + v x (v x n) / (1 + c)` with `v = a x b`, `c = a . b`). A rotation, unlike the sum of a low and a
    high band, keeps lengths and the angles between neighbours. Where a blurred field has no direction, or the two are
    nearly opposed so that no shortest rotation exists, `coarse` itself is taken.

    Args:
        fine, coarse: (H, W, 3) unit normals of one size.
        sigma: standard deviation of the blur, pixels: forms larger than this come from `coarse`.

    Returns:
        (H, W, 3) float32 unit normals.
    """
    start, start_length = _directions(smooth(fine, sigma))
    end, end_length = _directions(smooth(coarse, sigma))
    axis = np.cross(start, end)
    cosine: FloatArray = np.einsum("ijk,ijk->ij", start, end)
    once = np.cross(axis, fine)
    turned = fine + once + np.cross(axis, once) / np.maximum(1.0 + cosine, 0.05)[..., None]
    trust = _ramp(np.minimum(start_length, end_length).astype(np.float32) / _COHERENT) * _ramp(
        np.asarray(1.0 + cosine, np.float32) / _OPPOSED
    )
    mixed = turned * trust[..., None] + coarse * (1.0 - trust[..., None])
    result, length = _directions(mixed)
    return np.where(length[..., None] > 1e-4, result, coarse).astype(np.float32)


def _directions(vectors: FloatArray) -> tuple[FloatArray, FloatArray]:
    length = np.sqrt(np.einsum("ijk,ijk->ij", vectors, vectors))
    return vectors / np.maximum(length, 1e-6)[..., None], length


def _ramp(value: FloatArray) -> FloatArray:
    """0 up to 0, 1 from 1 on, smooth between."""
    t = np.clip(value, 0.0, 1.0)
    return np.asarray(t * t * (3.0 - 2.0 * t), dtype=np.float32)
