"""How near a predicted normal map is to a reference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt

from core.normals import angular_error_degrees
from core.textures.slopes import normals_from_slopes

__all__ = ["MapFigures", "figures_of_map", "mean_of_authors", "mean_of_maps", "measured_slopes"]

FloatArray = npt.NDArray[np.float32]


@dataclass(frozen=True)
class MapFigures:
    """Of one map, or the mean of several.

    Attributes:
        mean, median: angle between the normals, degrees.
        scaled: mean angle after the best factor, 0 or more, on all slopes: shape without strength.
        correlation: Pearson, of both components of the slopes together; 0 where the prediction is flat.
    """

    mean: float
    median: float
    scaled: float
    correlation: float

    def to_json(self) -> dict[str, float]:
        """Rounded, for a report."""
        return {name: round(value, 4) for name, value in asdict(self).items()}


def measured_slopes(normals: npt.ArrayLike) -> FloatArray:
    """(..., 3) unit normals -> (..., 2) slopes, cut at 20: those that the figures are of."""
    n = np.asarray(normals, dtype=np.float32)
    return np.asarray(-n[..., :2] / np.maximum(n[..., 2:], np.float32(0.05)), np.float32)


def figures_of_map(predicted: npt.ArrayLike, reference: npt.ArrayLike) -> MapFigures:
    """Compare two (H, W, 3) fields of unit tangent-space normals. Raises ValueError where they differ in size."""
    p, r = np.asarray(predicted, np.float32), np.asarray(reference, np.float32)
    if p.shape != r.shape:
        raise ValueError(f"maps of shapes {p.shape} and {r.shape} cannot be compared")
    error = angular_error_degrees(p, r)
    s, t = measured_slopes(p).astype(np.float64), measured_slopes(r).astype(np.float64)
    factor = max(float((s * t).sum() / max(float((s * s).sum()), 1e-9)), 0.0)
    scaled = angular_error_degrees(normals_from_slopes(factor * s), r)
    told = s.std() > 1e-6 and t.std() > 1e-6
    correlation = float(np.corrcoef(s.ravel(), t.ravel())[0, 1]) if told else 0.0
    return MapFigures(float(error.mean()), float(np.median(error)), float(scaled.mean()), correlation)


def mean_of_maps(figures: Sequence[MapFigures]) -> MapFigures:
    """The mean of each figure; every map counts the same. Raises ValueError where there are none."""
    if not figures:
        raise ValueError("no maps to take the mean of")
    rows = np.array([[f.mean, f.median, f.scaled, f.correlation] for f in figures])
    return MapFigures(*(float(value) for value in rows.mean(axis=0)))


def mean_of_authors(by_author: Mapping[str, Sequence[MapFigures]]) -> MapFigures:
    """The mean over authors of the mean over their maps: an author of 11 maps counts as much as one of 23."""
    return mean_of_maps([mean_of_maps(figures) for figures in by_author.values()])
