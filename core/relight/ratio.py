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

from core.errors import BadConfig, BadSize
from core.relight.harmonics import COUNT, irradiance

__all__ = ["RatioLimits", "irradiance_floor", "irradiance_ratio", "ratio_relight"]

FloatArray: TypeAlias = npt.NDArray[np.float32]

_BAND_PIXELS = 1 << 17
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


def irradiance_ratio(
    new: FloatArray, estimated: FloatArray, floor: FloatArray, limits: RatioLimits
) -> tuple[FloatArray, npt.NDArray[np.bool_]]:
    """New over estimated irradiance, (..., 3), (new + lift) / (estimated + lift), capped at `limits.most`.

    The lift is what the estimate lacks to the floor, and zero where it reaches it.

    Args:
        new: (..., 3) irradiance over pi that is wanted; below zero or not finite counts as zero before the floor.
        estimated: (..., 3) irradiance over pi that was there.
        floor: (3,) from `irradiance_floor`.
        limits: the cap.

    Returns:
        The ratio, float32, and where the cap or the floor touched it, (..., 1) bool.
    """
    wanted, was = _safe(new), _safe(estimated)
    # Light that is missing under the floor is given to both: 0 / 0 becomes 1 instead of a hole, without a step.
    lift = np.maximum(floor - was, np.float32(0.0))
    ratio = (wanted + lift) / (was + lift)
    touched = (ratio > limits.most) | (was < floor)
    return np.minimum(ratio, np.float32(limits.most)).astype(np.float32), touched.any(axis=-1, keepdims=True)


def ratio_relight(
    plate: npt.ArrayLike,
    normals: npt.ArrayLike,
    estimated: npt.ArrayLike,
    new: npt.ArrayLike,
    *,
    added: npt.ArrayLike | None = None,
    limits: RatioLimits | None = None,
) -> tuple[FloatArray, npt.NDArray[np.bool_]]:
    """Relight a plate by the ratio of two irradiances.

    Args:
        plate: (H, W, 3) float32 scene-linear, unpremultiplied; values that are not finite count as black, negative
            ones (grain) are scaled like all others.
        normals: (H, W, 3) unit camera-space normals; zero or not finite keeps the plate.
        estimated: (9, 3) harmonics of the light that was there, as `core.relight.estimate` gives them.
        new: (9, 3) harmonics of the wanted light, or its irradiance over pi pixel by pixel, (H, W, 3), as the
            diffuse pass of `core.relight.shade` with an albedo of 1 gives it, shadows and all.
        added: (H, W, 3) radiance to add afterwards, highlights for instance, or None.
        limits: cap and floor.

    Returns:
        The relit plate, (H, W, 3) float32, and where cap or floor touched a channel, (H, W, 1) bool.

    Raises:
        BadSize: arrays that do not fit together.
    """
    source = np.nan_to_num(np.asarray(plate, dtype=np.float32), nan=0.0, posinf=0.0, neginf=0.0)
    direction = np.asarray(normals, dtype=np.float32)
    nine, wanted = np.asarray(estimated, dtype=np.float64), np.asarray(new)
    if source.ndim != 3 or source.shape[2] != 3 or direction.shape != source.shape:
        raise BadSize(f"plate of shape {source.shape} and normals of shape {direction.shape}; both must be (H, W, 3)")
    if nine.shape != (COUNT, 3):
        raise BadSize(f"estimated light of shape {nine.shape}; {(COUNT, 3)} is needed")
    by_pixel = wanted.shape == source.shape and wanted.shape != (COUNT, 3)
    if not by_pixel and wanted.shape != (COUNT, 3):
        raise BadSize(f"new light of shape {wanted.shape}; {(COUNT, 3)} or the plate's {source.shape} is needed")
    chosen = limits or RatioLimits()
    direction = np.where(np.isfinite(direction).all(axis=-1, keepdims=True), direction, np.float32(0.0))
    surface = np.sum(direction * direction, axis=-1, keepdims=True) > 0.25
    was = irradiance(nine, direction)
    floor = irradiance_floor(was, surface, chosen)
    result, touched = np.empty_like(source), np.zeros((*source.shape[:2], 1), dtype=np.bool_)
    rows_each = max(1, _BAND_PIXELS // max(1, source.shape[1]))
    for top in range(0, source.shape[0], rows_each):
        rows = slice(top, top + rows_each)
        now = np.asarray(wanted[rows], np.float32) if by_pixel else irradiance(wanted, direction[rows])
        ratio, limited = irradiance_ratio(now, was[rows], floor, chosen)
        result[rows] = np.where(surface[rows], source[rows] * ratio, source[rows])
        touched[rows] = limited & surface[rows]
    if added is not None:
        result += np.nan_to_num(np.asarray(added, dtype=np.float32), nan=0.0, posinf=0.0, neginf=0.0)
    return result, touched


def _safe(values: FloatArray) -> FloatArray:
    finite = np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0)
    return np.maximum(finite, np.float32(0.0)).astype(np.float32)
