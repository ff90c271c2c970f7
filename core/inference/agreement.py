"""Fine structure of one answer on the large forms of another."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from core.inference.blur import smooth

__all__ = ["agree", "agree_in_confidence"]

FloatArray = npt.NDArray[np.float32]

_COHERENT = 0.25
_OPPOSED = 0.25
_LEAST_DOUBT = 1e-3


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


def agree_in_confidence(fine: FloatArray, coarse: FloatArray, sigma: float) -> FloatArray:
    """Move the confidence `fine` so that, over areas larger than `sigma`, it becomes `coarse`.

    What `agree` does to normals, done to how sure a model is of them: their large forms are the coarse view's, so how
    sure one may be of an area is what the coarse view says; where in it the doubtful places lie, at edges for example,
    the fine view knows better. The difference of the log-odds `log(c / (1 - c))` of the two is blurred and added to
    those of `fine`, which keeps the result within 0..1 and a place that is sure or doubtful in `fine` more or less so
    than its surroundings.

    Args:
        fine, coarse: (H, W) confidences of one size, 0..1; taken as 0.001..0.999.
        sigma: standard deviation of the blur, pixels.

    Returns:
        (H, W) float32, 0..1.
    """
    start, end = _log_odds(fine), _log_odds(coarse)
    moved = start + smooth(end - start, sigma)
    return np.asarray(1.0 / (1.0 + np.exp(-moved)), dtype=np.float32)


def _log_odds(confidence: FloatArray) -> FloatArray:
    inside = np.clip(confidence, _LEAST_DOUBT, 1.0 - _LEAST_DOUBT)
    return np.asarray(np.log(inside / (1.0 - inside)), dtype=np.float32)


def _directions(vectors: FloatArray) -> tuple[FloatArray, FloatArray]:
    length = np.sqrt(np.einsum("ijk,ijk->ij", vectors, vectors))
    return vectors / np.maximum(length, 1e-6)[..., None], length


def _ramp(value: FloatArray) -> FloatArray:
    """0 up to 0, 1 from 1 on, smooth between."""
    t = np.clip(value, 0.0, 1.0)
    return np.asarray(t * t * (3.0 - 2.0 * t), dtype=np.float32)
