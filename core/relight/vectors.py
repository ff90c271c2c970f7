"""Vectors of every pixel: products, lengths, and how they lie in memory."""

from __future__ import annotations

from typing import Any, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

__all__ = ["channels_apart", "cross", "dot", "length", "unit", "unit_normals"]

FloatArray: TypeAlias = NDArray[np.float32]
Real = TypeVar("Real", bound=np.floating[Any])

_TINY = np.float32(1e-12)
_NO_NORMAL = np.float32(1e-6)


def channels_apart(values: FloatArray) -> FloatArray:
    """The same (H, W, C), copied so that each channel's pixels lie side by side in memory.

    numpy walks through arrays as they lie, and gives results the order of what they are made from: with three channels
    innermost, each of its loops would be three long. Arrays of other shapes are handed back as they are.
    """
    if values.ndim != 3:
        return values
    return np.moveaxis(np.array(np.moveaxis(values, -1, 0), order="C"), 0, -1)


def dot(a: NDArray[Real], b: NDArray[Any]) -> NDArray[Real]:
    """(..., 1) of two (..., 3); the second is no more precise than the first."""
    product: NDArray[Real] = np.sum(a * b, axis=-1, keepdims=True)
    return product


def length(vector: NDArray[Real]) -> NDArray[Real]:
    """(..., 1) of (..., 3)."""
    return np.asarray(np.sqrt(dot(vector, vector)), dtype=vector.dtype)


def unit(vector: FloatArray) -> FloatArray:
    """(..., 3) of length 1; what is shorter than 1e-12 stays shorter than 1."""
    return np.asarray(vector / np.maximum(length(vector), _TINY), dtype=np.float32)


def cross(a: NDArray[Real], b: NDArray[Real]) -> NDArray[Real]:
    """(..., 3) as of `numpy.cross`, which keeps to no order of its factors but puts x, y and z side by side."""
    result = np.empty_like(a)
    for axis in range(3):
        left, right = (axis + 1) % 3, (axis + 2) % 3
        result[..., axis] = a[..., left] * b[..., right] - a[..., right] * b[..., left]
    return result


def unit_normals(normals: FloatArray) -> tuple[FloatArray, NDArray[np.bool_]]:
    """(H, W, 3) normals of length 1, zero where there is no surface; and (H, W, 1), where there is one.

    No surface is where a normal is shorter than 1e-6, or not finite.
    """
    safe = np.where(np.isfinite(normals).all(axis=-1, keepdims=True), normals, np.float32(0.0)).astype(np.float32)
    size = length(safe)
    surface: NDArray[np.bool_] = size > _NO_NORMAL
    return np.where(surface, safe / np.maximum(size, _NO_NORMAL), np.float32(0.0)), surface
