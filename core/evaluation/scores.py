"""Angular error as figures: of one image, of a set, of several sets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from core.normals import angular_error_degrees

__all__ = ["ImageScore", "NormalScore", "average", "by_set", "score"]

FloatArray = npt.NDArray[np.float32]


@dataclass(frozen=True)
class NormalScore:
    """Angular error over the trusted pixels: mean and median in degrees, and the share of pixels below some angles.

    The angles 5, 11.25, 22.5 and 30 degrees are those of the literature since Fouhey et al., "Data-Driven 3D
    Primitives for Single Image Understanding", 2013.
    """

    mean: float
    median: float
    within_5: float
    within_11_25: float
    within_22_5: float
    within_30: float


@dataclass(frozen=True)
class ImageScore:
    """The score of one image, named."""

    group: str
    name: str
    score: NormalScore


def score(predicted: npt.ArrayLike, reference: npt.ArrayLike, mask: npt.NDArray[np.bool_]) -> NormalScore:
    """Angular error of one image.

    Args:
        predicted, reference: (H, W, 3); their lengths do not matter.
        mask: (H, W) bool, pixels that count; at least one.

    Returns:
        Degrees, and shares in percent.

    Raises:
        ValueError: no pixel counts.
    """
    if not mask.any():
        raise ValueError("no pixel of the reference counts")
    error = angular_error_degrees(np.asarray(predicted)[mask], np.asarray(reference)[mask])
    shares = [100.0 * float((error < limit).mean()) for limit in (5.0, 11.25, 22.5, 30.0)]
    return NormalScore(float(error.mean()), float(np.median(error)), *shares)


def average(scores: Iterable[NormalScore]) -> NormalScore:
    """The mean of each figure, every score counting the same. Raises ValueError where there are none."""
    rows = [[getattr(one, item.name) for item in fields(NormalScore)] for one in scores]
    if not rows:
        raise ValueError("no scores to average")
    return NormalScore(*(float(value) for value in np.mean(rows, axis=0)))


def by_set(images: Sequence[ImageScore]) -> Mapping[str, NormalScore]:
    """Set name -> mean of its images, in order of first appearance."""
    names = dict.fromkeys(image.group for image in images)
    return {name: average(image.score for image in images if image.group == name) for name in names}
