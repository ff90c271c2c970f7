"""Sums of a few neighbours along an axis, as products of small dense matrices.

Enlarging, shrinking and local means all write each result as a weighted sum of a few pixels that lie side by side: a
matrix with a narrow band. Gathering those pixels one by one is bound by memory. Cut into blocks of results, each block
needs one short run of pixels, and its product with them is what matrix multiplication is best at, although most of the
factors are zero.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

__all__ = ["Banded"]

FloatArray = npt.NDArray[np.float32]
IntArray = npt.NDArray[np.intp]

_BLOCK = 32


class Banded:
    """A matrix with a narrow band.

    Args:
        index: (K, T) for each of K results the pixels that it is made of, 0 or more. From result to result they may
            only move on.
        weights: (K, T) of those pixels; a pixel named twice counts twice.
        block: results that are computed together.
    """

    def __init__(self, index: IntArray, weights: FloatArray, block: int = _BLOCK) -> None:
        self._count = index.shape[0]
        blocks = -(-self._count // block)
        # The last block is filled up with its own last result, which is cut off again.
        filled = np.minimum(np.arange(blocks * block), self._count - 1)
        index = index[filled].reshape(blocks, block, -1)
        self._first = index.min(axis=(1, 2))
        self._reach = int((index.max(axis=(1, 2)) - self._first).max()) + 1
        self._matrices = np.zeros((blocks, block, self._reach), dtype=np.float32)
        places = (
            np.arange(blocks)[:, None, None],
            np.arange(block)[None, :, None],
            index - self._first[:, None, None],
        )
        np.add.at(self._matrices, places, weights[filled].reshape(blocks, block, -1))

    def down(self, values: FloatArray, axis: int = 0) -> FloatArray:
        """The sums along the first axis, or another one.

        Args:
            values: (N, ...), finite, N above the largest index.
            axis: that of the N pixels. Another than the first is copied to the front, and the result is a view.

        Returns:
            (K, ...) float32, K in the place of N.
        """
        if axis:
            return self.down(np.ascontiguousarray(values.swapaxes(0, axis))).swapaxes(0, axis)
        flat = values.reshape(values.shape[0], -1)
        result = np.empty((self._count, flat.shape[1]), dtype=np.float32)
        for place, run, matrix in self._blocks(flat.shape[0]):
            np.matmul(matrix, flat[run], out=result[place])
        return result.reshape(self._count, *values.shape[1:])

    def across(self, values: FloatArray, out: FloatArray | None = None) -> FloatArray:
        """The sums along the last axis.

        Args:
            values: (M, N), finite, N above the largest index.
            out: (M, K) float32, where the result goes. New memory for each of many calls costs as much as the sums.

        Returns:
            (M, K) float32.
        """
        result = np.empty((values.shape[0], self._count), dtype=np.float32) if out is None else out
        for place, run, matrix in self._blocks(values.shape[1]):
            np.matmul(values[:, run], matrix.T, out=result[:, place])
        return result

    def _blocks(self, pixels: int) -> Iterator[tuple[slice, slice, FloatArray]]:
        """The results of each block, the pixels that they are made of, and the matrix between."""
        block = self._matrices.shape[1]
        for number, (first, matrix) in enumerate(zip(self._first, self._matrices, strict=True)):
            place = slice(number * block, min((number + 1) * block, self._count))
            run = slice(first, min(first + self._reach, pixels))
            yield place, run, matrix[: place.stop - place.start, : run.stop - run.start]
