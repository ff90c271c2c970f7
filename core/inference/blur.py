"""Local means: box windows by running sums, and the smooth bell that three of them make."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["box_mean", "smooth"]

FloatArray = npt.NDArray[np.float32]


def box_mean(values: FloatArray, radius: int) -> FloatArray:
    """Mean over the (2 radius + 1) square around each pixel; beyond the border there is nothing, so fewer count.

    The cost does not depend on the radius (F. Crow, "Summed-Area Tables for Texture Mapping", 1984, one axis at a
    time).

    Args:
        values: (H, W) or (H, W, C), finite.
        radius: pixels, 0 or more; larger than the picture is allowed.

    Returns:
        The same shape, float32.
    """
    result = np.asarray(values, dtype=np.float32)
    for axis in (0, 1):
        result = _running_mean(result, radius, axis)
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


def _running_mean(values: FloatArray, radius: int, axis: int) -> FloatArray:
    size = values.shape[axis]
    # Double precision: the difference of two long sums must not lose the small values between them.
    total = np.cumsum(values, axis=axis, dtype=np.float64)
    total = np.insert(total, 0, 0.0, axis=axis)
    place = np.arange(size)
    low, high = np.maximum(place - radius, 0), np.minimum(place + radius + 1, size)
    count = (high - low).astype(np.float64).reshape([-1 if index == axis else 1 for index in range(values.ndim)])
    mean = (total.take(high, axis=axis) - total.take(low, axis=axis)) / count
    return np.asarray(mean, dtype=np.float32)
