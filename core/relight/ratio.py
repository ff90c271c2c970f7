"""Ratio mode: the plate times new light over the light that was there, so that texture and grain survive.

With I the plate, E the irradiance that was estimated and E' the one that is wanted, both over pi, a Lambert surface of
any albedo a has I = a E and should become a E' = I E' / E: the albedo need not be known (Marschner and Greenberg,
"Inverse Lighting for Photography", Color Imaging Conference 1997). What the estimate did not explain - cast shadows,
highlights, grain - stays in the plate and is multiplied with it.

Where E is small the ratio is large and would multiply noise, so it is capped per channel at `RatioLimits.most`; and E
is never taken for less than `RatioLimits.floor` of its own brightest value, so that the darkest side of an estimate,
which is its least certain part, does not decide the picture. What lifts the old light to that floor is added to the new
light too: where the new light is the estimated one, the ratio is 1 everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from core.errors import BadConfig

__all__ = ["RatioLimits", "irradiance_floor", "irradiance_ratio"]

FloatArray: TypeAlias = npt.NDArray[np.float32]

_TINY = np.float32(1e-12)


@dataclass(frozen=True)
class RatioLimits:
    """How far a ratio may go.

    Attributes:
        most: largest factor on a channel, 1 or more; 8 is three stops.
        floor: least irradiance as a share of the estimate's brightest over the frame, above 0 and below 1.

    Raises:
        BadConfig: a limit out of its range.
    """

    most: float = 8.0
    floor: float = 0.02

    def __post_init__(self) -> None:
        if not 1.0 <= self.most <= 1e4:
            raise BadConfig(f"largest ratio of {self.most}; it must be 1 .. 10000")
        if not 0.0 < self.floor < 1.0:
            raise BadConfig(f"irradiance floor of {self.floor}; it must be above 0 and below 1")


def irradiance_floor(estimated: FloatArray, surface: npt.NDArray[np.bool_], limits: RatioLimits) -> FloatArray:
    """The least irradiance per channel: `limits.floor` of the 99th percentile over the surface.

    Args:
        estimated: (H, W, 3) irradiance over pi.
        surface: (H, W) or (H, W, 1) bool, where there is a surface.

    Returns:
        (3,) float32, above 0.
    """
    seen = estimated[surface.reshape(estimated.shape[:2])]
    if not len(seen):
        return np.full(3, _TINY, dtype=np.float32)
    floor: FloatArray = np.maximum(np.percentile(seen, 99.0, axis=0) * limits.floor, _TINY).astype(np.float32)
    return floor


def irradiance_ratio(new: FloatArray, estimated: FloatArray, floor: FloatArray, limits: RatioLimits) -> FloatArray:
    """New over estimated irradiance, (..., 3), (new + lift) / (estimated + lift), capped at `limits.most`.

    The lift is what the estimate lacks to the floor, and zero where it reaches it.

    Args:
        new: (..., 3) irradiance over pi that is wanted; below zero or not finite counts as zero before the floor.
        estimated: (..., 3) irradiance over pi that was there.
        floor: (3,) from `irradiance_floor`.
        limits: the cap.

    Returns:
        The ratio, (..., 3) float32, 0 to `limits.most`.
    """
    wanted, was = _safe(new), _safe(estimated)
    # Light that is missing under the floor is given to both: 0 / 0 becomes 1 instead of a hole, without a step.
    lift = np.maximum(floor - was, np.float32(0.0))
    ratio: FloatArray = np.minimum((wanted + lift) / (was + lift), np.float32(limits.most)).astype(np.float32)
    return ratio


def _safe(values: FloatArray) -> FloatArray:
    finite = np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0)
    return np.maximum(finite, np.float32(0.0)).astype(np.float32)
