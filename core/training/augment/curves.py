"""From scene-linear light to encoded values: the curves that pictures arrive with.

Light is exposed so that mid grey is 0.18 and diffuse white about 1; encoded values are 0..1. Each curve is a display
encoding except `logc3`, which is meant for storage but is often looked at, and handed on, as if it were a picture.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from core.color import linear_to_srgb

__all__ = ["camera_curve", "filmic", "logc3", "plain", "random_camera_table"]

FloatArray = npt.NDArray[np.float32]

_STEPS = 4096
_MID_GREY = 0.18
_ALL_WHITE = 1e4  # keeps the squares of brighter values finite
# ARRI, "ALEXA Log C Curve - Usage in VFX", 2012: exposure index 800, scene-linear factor.
_CUT, _A, _B, _C, _D, _E, _F = 0.010591, 5.555556, 0.052272, 0.247190, 0.385537, 5.367655, 0.092809


def plain(light: FloatArray) -> FloatArray:
    """The sRGB curve (IEC 61966-2-1), clipped at 0 and 1; any shape."""
    return linear_to_srgb(np.clip(light, 0.0, 1.0))


def filmic(light: FloatArray, gain: float = 0.6) -> FloatArray:
    """A curve like that of the ACES reference rendering, toe and shoulder, then the sRGB curve; each channel alone.

    y = x (2.51 x + 0.03) / (x (2.43 x + 0.59) + 0.14) with x = gain * light, clipped at 1: K. Narkowicz, "ACES Filmic
    Tone Mapping Curve", 2016.

    Args:
        light: any shape; below 0 counts as 0.
        gain: 0.6 matches the exposure of the ACES transform; 1 is how the curve is most often used.
    """
    x = np.clip(light, 0.0, _ALL_WHITE) * np.float32(gain)
    curved = x * (2.51 * x + 0.03) / (x * (2.43 * x + 0.59) + 0.14)
    return plain(curved.astype(np.float32))


def logc3(light: FloatArray) -> FloatArray:
    """ARRI LogC3 at exposure index 800, clipped at 0 and 1; mid grey becomes 0.391; any shape.

    c log10(a x + b) + d above the cut 0.010591, e x + f below it: ARRI, "ALEXA Log C Curve - Usage in VFX", 2012. The
    primaries stay Rec.709: only the curve is imitated, not the camera's wide gamut.
    """
    curved = _C * np.log10(np.maximum(_A * light + _B, _B)) + _D
    return np.clip(np.where(light > _CUT, curved, _E * light + _F), 0.0, 1.0).astype(np.float32)


def random_camera_table(rng: np.random.Generator, amount: float, white: float) -> FloatArray:
    """A smooth, strictly rising curve for each channel, such as the picture styles of cameras.

    The slope is exp(a sum of three cosines with random weights), so it is never 0; the channels share most of it, as
    the casts of shadows and highlights are small. In front of it stands y = (1 + k) v / (1 + k v), with k such that mid
    grey stays where the plain curve has it although `white` is brighter than 1.

    Args:
        rng: draws the weights.
        amount: 0 gives the plain shoulder, 1 slopes that vary by a factor of about 2.
        white: scene-linear value that becomes 1; at least 1.

    Returns:
        (4096, 3) float32 from 0 to 1, over sRGB-encoded values of light / `white`.
    """
    encoded = np.linspace(0.0, 1.0, _STEPS)
    mid, darkened = (float(linear_to_srgb(_MID_GREY / peak)) for peak in (1.0, white))
    k = (mid - darkened) / (darkened * (1.0 - mid))
    shoulder = (1.0 + k) * encoded / (1.0 + k * encoded)
    order = np.arange(1, 4)
    weights = rng.normal(0.0, 0.5, (3, 1)) + rng.normal(0.0, 0.12, (3, 3))
    waves = np.cos(math.pi * shoulder[:, None] * order)
    slope = np.exp(amount * (waves @ (weights / order[:, None])))
    steps = np.diff(shoulder)[:, None] * 0.5 * (slope[1:] + slope[:-1])
    table = np.concatenate([np.zeros((1, 3)), np.cumsum(steps, axis=0)])
    return np.asarray(table / table[-1], dtype=np.float32)


def camera_curve(light: FloatArray, table: FloatArray, white: float) -> FloatArray:
    """Encode (..., 3) light by a table of `random_camera_table` made for the same `white`."""
    place = np.rint(plain(light * np.float32(1.0 / white)) * np.float32(_STEPS - 1)).astype(np.int32)
    coded = np.empty(light.shape, np.float32)
    for channel in range(3):
        coded[..., channel] = table[:, channel].take(place[..., channel])
    return coded
