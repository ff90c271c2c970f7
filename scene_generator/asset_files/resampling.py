"""Bringing a user's picture to another size: exact area averages to shrink it, tileable interpolation to grow it."""

from __future__ import annotations

import numpy as np

__all__ = ["resample"]


def resample(values: np.ndarray, height: int, width: int) -> np.ndarray:
    """Return `values` at another size, each axis on its own.

    An axis that shrinks gets the mean over each new pixel's exact interval, so that means are kept and nothing
    aliases. An axis that grows is interpolated linearly between pixel centres and wraps around, so that tiles tile.

    Args:
        values: (H, W) or (H, W, C), finite; whatever is linear may be averaged (scene-linear light, not sRGB).
        height: new rows, at least 1. width: new columns, at least 1.

    Returns:
        (height, width) or (height, width, C) float32.
    """
    return _along_first(_along_first(values, height).swapaxes(0, 1), width).swapaxes(0, 1).astype(np.float32)


def _along_first(values: np.ndarray, size: int) -> np.ndarray:
    count = len(values)
    if size == count:
        return np.asarray(values)
    if count % size == 0:
        step = count // size
        total = values[::step].astype(np.float32)
        for start in range(1, step):
            total += values[start::step]
        return np.asarray(total / np.float32(step))
    if size < count:
        # The running sum, read at fractional edges, is the integral of the pixels as constant steps.
        total = np.concatenate([np.zeros_like(values[:1], np.float64), np.cumsum(values, axis=0, dtype=np.float64)])
        edges = np.arange(size + 1) * (count / size)
        low = np.minimum(edges.astype(np.int64), count - 1)
        share = (edges - low).reshape(-1, *[1] * (values.ndim - 1))
        at = total[low] * (1 - share) + total[low + 1] * share
        means: np.ndarray = np.diff(at, axis=0) * (size / count)
        return means
    x = (np.arange(size) + 0.5) * (count / size) - 0.5
    low = np.floor(x).astype(np.int64)
    share = (x - low).reshape(-1, *[1] * (values.ndim - 1))
    blended: np.ndarray = values[low % count] * (1 - share) + values[(low + 1) % count] * share
    return blended
