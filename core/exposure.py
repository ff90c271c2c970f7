"""Exposure of rendered, unexposed light: what a camera operator would set.

Rendered radiance has no exposure, and a network is trained on and judged by plates that have one.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["MID_KEY", "expose", "exposure_key"]

FloatArray = npt.NDArray[np.float32]

MID_KEY = 0.45
"""Scene-linear value that a frame's key is brought to where nothing else is asked for."""

_PERCENTILE = 88.0
_REC709 = np.array([0.2126, 0.7152, 0.0722], np.float32)  # luminance of Rec.709 primaries (ITU-R BT.709)


def exposure_key(plate: npt.ArrayLike) -> float:
    """What the exposure is set by: the luminance that 88 % of the pixels stay below, scene-linear.

    Lamps and highlights are among the rest and do not darken the frame.

    Args:
        plate: (H, W, 3) scene-linear Rec.709, finite.
    """
    return float(np.percentile(np.asarray(plate, np.float32) @ _REC709, _PERCENTILE))


def expose(plate: npt.ArrayLike, key: float, target: float = MID_KEY) -> FloatArray:
    """Scale scene-linear light so that the value `key` becomes `target`.

    Args:
        plate: any shape, scene-linear.
        key: above 0; smaller values count as 1e-6.
        target: scene-linear.
    """
    return np.asarray(plate, np.float32) * np.float32(target / max(key, 1e-6))
