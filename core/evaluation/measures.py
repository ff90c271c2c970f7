"""Figures of one image, and their means over images and sets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt

from core.normals import angular_error_degrees, normalize

__all__ = ["THRESHOLDS", "Figures", "figures_of", "mean_figures"]

THRESHOLDS = (5.0, 11.25, 22.5, 30.0)
"""Degrees; the shares within the last three are those that papers on surface normals print."""


@dataclass(frozen=True)
class Figures:
    """Angular error over the pixels whose reference is trusted: degrees, and percent of pixels."""

    mean: float
    median: float
    within_5: float
    within_11_25: float
    within_22_5: float
    within_30: float

    def to_json(self) -> dict[str, float]:
        """Rounded to what means something."""
        return {name: round(value, 3) for name, value in asdict(self).items()}


def figures_of(
    predicted: npt.NDArray[np.float32], reference: npt.NDArray[np.float32], trusted: npt.NDArray[np.bool_]
) -> Figures:
    """Compare two layers of normals.

    Args:
        predicted, reference: (H, W, 3), of any length but zero.
        trusted: (H, W); at least one pixel.
    """
    error = angular_error_degrees(normalize(predicted), normalize(reference))[trusted]
    shares = [100.0 * float((error < limit).mean()) for limit in THRESHOLDS]
    return Figures(float(error.mean()), float(np.median(error)), *shares)


def mean_figures(figures: Sequence[Figures]) -> Figures:
    """The mean of each figure; every image, or every set, counts the same."""
    table = np.array([list(asdict(item).values()) for item in figures], np.float64)
    return Figures(*(float(value) for value in table.mean(axis=0)))
