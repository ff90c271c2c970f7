"""Coordinates and distances on a tile: everything wraps, so that what is drawn with them repeats without a seam."""

from __future__ import annotations

from typing import Tuple, Union  # noqa: UP035 - Python 3.9

import numpy as np


def axis(size: int) -> np.ndarray:
    """Return the texel centres along one side, (size,) float32 in 0..1."""
    return (np.arange(size, dtype=np.float32) + np.float32(0.5)) / np.float32(size)


def plane(size: int) -> Tuple[np.ndarray, np.ndarray]:  # noqa: UP006
    """Return v as (size, 1) and u as (1, size), float32 in 0..1: they broadcast to the tile, row 0 at its bottom."""
    t = axis(size)
    return t[:, None], t[None, :]


def unit(field: np.ndarray) -> np.ndarray:
    """Return the field stretched to 0..1; a constant field becomes zeros."""
    low, high = float(field.min()), float(field.max())
    return (field - low) / max(high - low, 1e-9)


def apart(a: np.ndarray, b: float) -> np.ndarray:
    """Return the signed way from `b` to `a` on a circle of circumference 1, -0.5..0.5."""
    values: np.ndarray = (a - b + 0.5) % 1.0 - 0.5
    return values


def to_edge(fraction: np.ndarray) -> np.ndarray:
    """Return the distance of a cell coordinate 0..1 to the nearer end of its cell, 0..0.5."""
    values: np.ndarray = np.minimum(fraction, 1 - fraction)
    return values


def ramp(x: np.ndarray, low: Union[float, np.ndarray], high: float) -> np.ndarray:  # noqa: UP007
    """Return 0 below `low`, 1 above `high` and a straight line between; `high` may lie below `low`."""
    values: np.ndarray = np.clip((x - low) / (high - low), 0.0, 1.0)
    return values


def over(tile: np.ndarray, size: int, repeats: int) -> np.ndarray:
    """Return a square picture repeated `repeats` times a side at (size, size), nearest texel."""
    at = (axis(size) * (repeats * tile.shape[0])).astype(np.int64) % tile.shape[0]
    values: np.ndarray = tile[at[:, None], at[None, :]]
    return values
