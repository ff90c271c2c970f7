"""Normal maps by edge filters: what most tools give, and what a network is held against."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["NORMALMAP_ONLINE", "brightness", "sobel_slopes"]

FloatArray = npt.NDArray[np.float32]

NORMALMAP_ONLINE = 255.0 * 8.0 * 2.5 / (1.0 + 2.0**7)
"""Factor on `sobel_slopes` with the defaults of NormalMap-Online (strength 2.5, level 7).

Its shader divides 255 times the plain Sobel sums by (1 + 2**level) / strength (github.com/cpetry/NormalMap-Online,
NormalMapShader.js and renderNormalview.js); the plain sums are 8 times the derivative.
"""


def brightness(color: npt.ArrayLike) -> FloatArray:
    """(H, W, 3) sRGB-encoded colour -> (H, W) luma with the weights of Rec.601, as picture programs convert to grey."""
    return np.asarray(np.asarray(color, np.float32) @ np.array([0.299, 0.587, 0.114], np.float32), np.float32)


def sobel_slopes(grey: npt.ArrayLike) -> FloatArray:
    """(H, W) of a repeating picture, bright is high -> (H, W, 2) derivatives by the Sobel filter, a pixel."""
    g = np.asarray(grey, np.float32)

    def smooth(field: FloatArray, axis: int) -> FloatArray:
        return np.asarray(0.25 * (np.roll(field, 1, axis) + np.roll(field, -1, axis)) + 0.5 * field, np.float32)

    right = smooth(np.asarray(0.5 * (np.roll(g, -1, 1) - np.roll(g, 1, 1)), np.float32), 0)
    up = smooth(np.asarray(0.5 * (np.roll(g, 1, 0) - np.roll(g, -1, 0)), np.float32), 1)
    return np.stack([right, up], axis=-1)
