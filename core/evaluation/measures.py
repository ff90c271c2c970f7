"""Figures of one image, and their means over images and sets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from core.evaluation.edges import near_discontinuities
from core.normals import angular_error_degrees, normalize

__all__ = ["THRESHOLDS", "Figures", "figures_of", "mean_figures"]

THRESHOLDS = (5.0, 11.25, 22.5, 30.0)
"""Degrees; the shares within the last three are those that papers on surface normals print."""


@dataclass(frozen=True)
class Figures:
    """Angular error over the pixels whose reference is trusted: degrees, and percent of pixels.

    Attributes:
        mean, median: degrees.
        within_5, within_11_25, within_22_5, within_30: percent of the trusted pixels.
        edge_mean: mean within 3 pixels of a discontinuity of the reference (see `core.evaluation.edges`), degrees;
            None where the reference has none.
        away_mean: mean over the other trusted pixels, degrees; None where there are none.
        edge_share: percent of the trusted pixels that are near a discontinuity; None if that was not measured.
    """

    mean: float
    median: float
    within_5: float
    within_11_25: float
    within_22_5: float
    within_30: float
    edge_mean: float | None = None
    away_mean: float | None = None
    edge_share: float | None = None

    def to_json(self) -> dict[str, float | None]:
        """Rounded to what means something."""
        return {name: None if value is None else round(value, 3) for name, value in asdict(self).items()}


def figures_of(
    predicted: npt.NDArray[np.float32], reference: npt.NDArray[np.float32], trusted: npt.NDArray[np.bool_]
) -> Figures:
    """Compare two layers of normals.

    Args:
        predicted, reference: (H, W, 3), of any length but zero.
        trusted: (H, W); at least one pixel.
    """
    field = angular_error_degrees(normalize(predicted), normalize(reference))
    error = field[trusted]
    within_5, within_11_25, within_22_5, within_30 = (100.0 * float((error < limit).mean()) for limit in THRESHOLDS)
    near = near_discontinuities(reference, trusted)
    away = trusted & ~near
    return Figures(
        mean=float(error.mean()),
        median=float(np.median(error)),
        within_5=within_5,
        within_11_25=within_11_25,
        within_22_5=within_22_5,
        within_30=within_30,
        edge_mean=float(field[near].mean()) if near.any() else None,
        away_mean=float(field[away].mean()) if away.any() else None,
        edge_share=100.0 * float(near.sum() / trusted.sum()),
    )


def mean_figures(figures: Sequence[Figures]) -> Figures:
    """The mean of each figure; every image, or every set, counts the same.

    What an image does not have (None) is left out of that figure's mean, and is None if no image has it.
    """
    means: dict[str, Any] = {}
    for item in fields(Figures):
        known = [value for value in (getattr(entry, item.name) for entry in figures) if value is not None]
        means[item.name] = float(np.mean(known, dtype=np.float64)) if known else None
    return Figures(**means)
