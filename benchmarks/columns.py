"""Tables of figures that not every row has."""

from __future__ import annotations

import numpy as np

__all__ = ["means"]


def means(rows: list[list[float]]) -> list[float]:
    """Means of columns over the rows that have a figure there; NaN where none has."""
    columns = np.array(rows, dtype=np.float64).T
    return [float(column[np.isfinite(column)].mean()) if np.isfinite(column).any() else np.nan for column in columns]
