"""Local means: box windows, and the smooth bell that three of them make."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from core.inference.banded import Banded

__all__ = ["box_mean", "smooth"]

FloatArray = npt.NDArray[np.float32]


def box_mean(values: FloatArray, radius: int) -> FloatArray:
    """Mean over the (2 radius + 1) square around each pixel; beyond the border there is nothing, so fewer count.

    One axis at a time, each as a banded product: up to radii of some hundred pixels that is quicker than running sums,
    which need double precision.

    Args:
        values: (H, W) or (H, W, C), finite.
        radius: pixels, 0 or more; larger than the picture is allowed.

    Returns:
        The same shape, float32.
    """
    result = np.asarray(values, dtype=np.float32)
    for axis in (0, 1):
        result = _means(result.shape[axis], radius).down(result, axis)
    return result


def smooth(values: FloatArray, sigma: float) -> FloatArray:
    """Three box means that together have the standard deviation `sigma`, pixels: nearly a Gaussian.

    Args:
        values: (H, W) or (H, W, C), finite.
        sigma: pixels, 0 or more; rounded to what boxes can do (0.82, 1.41 and 2.45 are among it).

    Returns:
        The same shape, float32.
    """
    # Three boxes of 2 r + 1 pixels have the variance r (r + 1).
    radius = round(0.5 * (np.sqrt(1.0 + 4.0 * sigma * sigma) - 1.0))
    result = np.asarray(values, dtype=np.float32)
    for _ in range(3 if radius else 0):
        result = box_mean(result, radius)
    return result


def _means(size: int, radius: int) -> Banded:
    """Along an axis of `size` pixels, the mean of each one's neighbourhood."""
    reach = min(radius, size - 1)
    places = np.arange(size)[:, None] + np.arange(-reach, reach + 1)
    inside = (places >= 0) & (places < size)
    weights = inside / inside.sum(axis=1, keepdims=True)
    return Banded(np.clip(places, 0, size - 1), weights.astype(np.float32))
