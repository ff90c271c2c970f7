"""Pixels from which light can be told, and groups of them that may be of one albedo."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

__all__ = ["LUMINANCE", "LightSamples", "chroma_groups", "usable_pixels"]

FloatArray: TypeAlias = npt.NDArray[np.float32]
DoubleArray: TypeAlias = npt.NDArray[np.float64]

LUMINANCE: DoubleArray = np.array([0.2126, 0.7152, 0.0722])
"""Rec.709 primaries, ITU-R BT.709-6; close enough for weighing pixels of other linear spaces."""

_ROUNDS = 12
_CHROMA = 4.0
"""One unit of log chroma weighs as much as this many frame heights of distance at `spread` 1."""


@dataclass(frozen=True)
class LightSamples:
    """A sample of a plate's usable pixels.

    Attributes:
        color: (n, 3) float64 scene-linear, above 0.
        normals: (n, 3) float64 unit, camera space.
        weights: (n,) float64, 0..1.
        group: (n,) int, which group of one albedo each pixel is in; 0 to the number of groups less one.
    """

    color: DoubleArray
    normals: DoubleArray
    weights: DoubleArray
    group: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.weights)

    @property
    def groups(self) -> int:
        """How many groups there are."""
        return int(self.group.max()) + 1 if len(self.group) else 0


def usable_pixels(
    plate: FloatArray, surface: npt.NDArray[np.bool_], clip: float | None = None
) -> npt.NDArray[np.bool_]:
    """Where a plate's value may be taken for diffuse light: (H, W) bool.

    Left out are pixels without a surface, not finite ones, those with a channel at `clip` or more, the brightest 1 % by
    luminance (highlights and lamps), and those darker than 1 % of the median or with a channel of 0 (black, where the
    logarithm is noise). Without `clip` a plate counts as clipped at its largest value if more than 0.2 % of its pixels
    come within half a percent of it.

    Args:
        plate: (H, W, 3) scene-linear.
        surface: (H, W) bool.
        clip: scene-linear value of saturation, or None.
    """
    peak = plate.max(axis=-1)
    usable: npt.NDArray[np.bool_] = surface & np.isfinite(plate).all(axis=-1) & (plate.min(axis=-1) > 0.0)
    if not usable.any():
        return usable
    if clip is None:
        top = float(peak[usable].max())
        clip = 0.995 * top if float(np.mean(peak[usable] >= 0.995 * top)) > 0.002 else np.inf
    usable &= peak < clip
    if not usable.any():
        return usable
    luminance = plate @ LUMINANCE.astype(np.float32)
    low, high = np.percentile(luminance[usable], [50.0, 99.0])
    usable &= (luminance > 0.01 * low) & (luminance <= high)
    return usable


def chroma_groups(
    color: DoubleArray, place: DoubleArray, count: int, spread: float, rng: np.random.Generator
) -> npt.NDArray[np.int64]:
    """Group pixels by chroma and place, so that within a group differences of brightness are differences of light.

    k-means (Lloyd, "Least Squares Quantization in PCM", IEEE Trans. Inf. Theory 28(2), 1982) on log chroma, from which
    brightness is taken out, and on the place in the frame, so that two things of one colour are not forced to have one
    albedo.

    Args:
        color: (n, 3) scene-linear, above 0.
        place: (n, 2) in frame heights.
        count: largest number of groups, 1 or more.
        spread: weight of the place against chroma, 0 or more.
        rng: chooses the first centres.

    Returns:
        (n,) int64 group of each pixel, without gaps.
    """
    if count <= 1 or len(color) <= count:
        return np.zeros(len(color), dtype=np.int64)
    # A little of the median is added so that the noise of dark pixels makes no groups of its own.
    logs = np.log(color + 0.02 * np.median(color @ LUMINANCE))
    logs -= logs.mean(axis=1, keepdims=True)
    axes = np.array([[1.0, -1.0, 0.0], [0.5, 0.5, -1.0]]).T / np.sqrt(2.0)
    features = np.concatenate([_CHROMA * (logs @ axes), _CHROMA * spread * place], axis=1)
    centres = features[rng.choice(len(features), count, replace=False)]
    group = np.zeros(len(features), dtype=np.int64)
    for _ in range(_ROUNDS):
        group = np.argmin(np.sum(centres * centres, axis=1) - 2.0 * features @ centres.T, axis=1)
        size = np.bincount(group, minlength=count)[:, None]
        sums = np.stack([np.bincount(group, column, minlength=count) for column in features.T], axis=1)
        centres = np.where(size > 0, sums / np.maximum(size, 1), centres)
    return np.unique(group, return_inverse=True)[1].astype(np.int64)
