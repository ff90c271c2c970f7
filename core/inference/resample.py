"""Plates down to the size that a network works at, and its answers up again, a band of rows at a time.

Shrinking is an area filter (each result is the mean of the pixels that it covers, partly covered ones in proportion);
enlarging is bilinear, with pixel centres at half-integers and edges held. Only numpy, so that the base installation
needs no image library beyond OpenImageIO, and in bands, so that a plate never has to be in memory whole.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from core.inference.answer import Answer
from core.inference.banded import Banded
from core.normals import normalize

__all__ = ["Axis", "PlateShrinker", "bilinear_axis", "enlarge_answer", "enlarge_normals"]

FloatArray = npt.NDArray[np.float32]
IntArray = npt.NDArray[np.intp]

Axis = tuple[IntArray, FloatArray]
"""For each of some results along an axis: the (K, 2) pixels it lies between, and their (K, 2) weights."""


class PlateShrinker:
    """Takes the bands of a (height, width, C) image from the top and gives it resized to (out_height, out_width, C).

    Args:
        height, width: of the image whose bands come.
        out_height, out_width: of the result; either may be larger than the input.
        channels: C.
    """

    def __init__(self, height: int, width: int, out_height: int, out_width: int, channels: int = 3) -> None:
        self._height = height
        self._rows = _dense(*_taps(out_height, height), height)
        self._columns = Banded(*_taps(out_width, width))
        self._sum = np.zeros((out_height, out_width, channels), dtype=np.float32)
        self._next = 0

    def add(self, band: FloatArray) -> None:
        """Add (rows, width, C) values that lie below those added before."""
        bottom = self._next + band.shape[0]
        weights = self._rows[:, self._next : bottom]
        touched = np.flatnonzero(weights.any(axis=1))
        if touched.size:
            low, high = touched[0], touched[-1] + 1
            # Rows first: what is left for the columns is that much less.
            tall = (weights[low:high] @ band.reshape(band.shape[0], -1)).reshape(high - low, *band.shape[1:])
            self._sum[low:high] += self._columns.down(tall, axis=1)
        self._next = bottom

    def result(self) -> FloatArray:
        """The resized image, (out_height, out_width, C) float32.

        Raises:
            RuntimeError: not all rows have been added.
        """
        if self._next != self._height:
            raise RuntimeError(f"{self._next} of {self._height} rows were added")
        return self._sum


def enlarge_answer(answer: Answer, height: int, width: int, top: int, bottom: int) -> Answer:
    """Rows `top` to `bottom` of an answer resized to height x width: `enlarge_normals`, and bilinear confidence.

    Args:
        answer: of an (h, w) view.
        height, width: size of the whole result.
        top, bottom: rows of it that are wanted.

    Returns:
        `bottom - top` rows of `width` pixels; with confidence where `answer` has it.
    """
    normals = enlarge_normals(answer.normals, height, width, top, bottom)
    if answer.confidence is None:
        return Answer(normals)
    h, w = answer.confidence.shape
    rows = bilinear_axis(np.arange(top, bottom), h / height, h)
    columns = bilinear_axis(np.arange(width), w / width, w)
    return Answer(normals, _bilinear(answer.confidence[..., None], rows, columns)[..., 0])


def enlarge_normals(normals: FloatArray, height: int, width: int, top: int, bottom: int) -> FloatArray:
    """Rows `top` to `bottom` of a normal field resized to height x width, bilinear, of length 1 again.

    Args:
        normals: (h, w, 3) unit normals.
        height, width: size of the whole result.
        top, bottom: rows of it that are wanted.

    Returns:
        (bottom - top, width, 3) float32 unit normals. Where opposite normals cancel, the nearest one is taken.
    """
    rows, row_weights = bilinear_axis(np.arange(top, bottom), normals.shape[0] / height, normals.shape[0])
    columns, column_weights = bilinear_axis(np.arange(width), normals.shape[1] / width, normals.shape[1])
    wide = _bilinear(normals, (rows, row_weights), (columns, column_weights))
    length = np.sqrt(np.einsum("ijk,ijk->ij", wide, wide))[..., None]
    lost = length[..., 0] < 1e-4
    wide /= np.maximum(length, 1e-4)
    if lost.any():
        nearest_row = np.take_along_axis(rows, row_weights.argmax(axis=1)[:, None], axis=1)[:, 0]
        nearest_column = np.take_along_axis(columns, column_weights.argmax(axis=1)[:, None], axis=1)[:, 0]
        wide[lost] = normalize(normals[nearest_row][:, nearest_column][lost])
    return wide


def bilinear_axis(out: IntArray, scale: float, size: int) -> Axis:
    """Where results lie among the pixels of an axis: centres at half-integers, edges held.

    Args:
        out: (K,) indices of the results.
        scale: pixels of the axis for each step of a result.
        size: pixels of the axis.
    """
    centre = np.clip((out + 0.5) * scale - 0.5, 0.0, size - 1.0)
    low = np.floor(centre).astype(np.intp)
    fraction = centre - low
    index = np.stack([low, np.minimum(low + 1, size - 1)], axis=1)
    return index, np.stack([1.0 - fraction, fraction], axis=1).astype(np.float32)


def _bilinear(values: FloatArray, rows: Axis, columns: Axis) -> FloatArray:
    """(h, w, C) values at rows and columns between its pixels."""
    index, weight = rows
    tall = values[index[:, 0]] * weight[:, 0, None, None] + values[index[:, 1]] * weight[:, 1, None, None]
    index, weight = columns
    wide = tall[:, index[:, 0]] * weight[None, :, 0, None]
    wide += tall[:, index[:, 1]] * weight[None, :, 1, None]
    return wide


def _taps(out: int, size: int) -> tuple[IntArray, FloatArray]:
    """For each of `out` results along an axis of `size` pixels: which pixels it is made of, and their weights."""
    scale = size / out
    if scale < 1.0:
        return bilinear_axis(np.arange(out), scale, size)
    start = np.arange(out) * scale
    first = np.floor(start).astype(np.intp)
    taps = int(np.ceil(scale)) + 1
    index = first[:, None] + np.arange(taps)[None, :]
    covered = np.minimum(index + 1, start[:, None] + scale) - np.maximum(index, start[:, None])
    weights = np.clip(covered, 0.0, None) * (index < size)
    weights /= weights.sum(axis=1, keepdims=True)
    return np.minimum(index, size - 1), weights.astype(np.float32)


def _dense(index: IntArray, weights: FloatArray, size: int) -> FloatArray:
    matrix = np.zeros((index.shape[0], size), dtype=np.float32)
    np.add.at(matrix, (np.arange(index.shape[0])[:, None], index), weights)
    return matrix
