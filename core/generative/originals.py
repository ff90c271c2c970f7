"""What a folder of pictures really holds: two pictures on one sheet are taken apart, copies of one picture found."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

__all__ = ["families_of_copies", "parts_of_double", "thumbnail"]

FloatArray = npt.NDArray[np.float32]

_DOUBLE = (1.7, 2.4)
_SEAM = 4.0
_SIDE = 16
_ALIKE = 0.02
_AT_ONCE = 256


def parts_of_double(picture: FloatArray, *, sure: bool = False) -> list[FloatArray]:
    """Two pictures side by side, or one above the other, as two; anything else as it is.

    A sheet is taken for two pictures if it is about twice as long as wide, and the step across its middle is at least
    four times the median step between neighbouring rows or columns.

    Args:
        picture: (H, W, C).
        sure: take the longer side apart in the middle without looking.
    """
    height, width = picture.shape[:2]
    lying = width >= height
    along = picture if lying else picture.swapaxes(0, 1)
    length, across = along.shape[1], along.shape[0]
    middle = length // 2
    if not sure:
        if not _DOUBLE[0] <= length / max(across, 1) <= _DOUBLE[1]:
            return [picture]
        steps = np.abs(np.diff(along[..., :3], axis=1)).mean((0, 2))
        near = steps[max(0, middle - 2) : middle + 1]
        if float(near.max()) < _SEAM * max(float(np.median(steps)), 1e-3):
            return [picture]
        middle = max(0, middle - 2) + int(near.argmax()) + 1
    halves = [along[:, :middle], along[:, middle:]]
    return halves if lying else [half.swapaxes(0, 1) for half in halves]


def thumbnail(picture: FloatArray) -> FloatArray:
    """(H, W, 3), 0..1 -> (16, 16, 3): what `families_of_copies` compares."""
    small = cv2.resize(np.ascontiguousarray(picture[..., :3]), (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float32)


def families_of_copies(thumbnails: Sequence[FloatArray]) -> list[int]:
    """For each picture the number of the first one that it is a copy of: itself where it is an original.

    Copies are pictures whose thumbnails differ by less than 2 % of full scale (root mean square) in any of the eight
    ways to lay a square, and whose brightness and contrast may differ: both are taken out first unless a picture is
    nearly of one colour. What is a copy of a copy belongs to the same family.
    """
    count = len(thumbnails)
    if not count:
        return []
    plain = np.stack([_normalised(small) for small in thumbnails])
    ways = np.stack([_laid(plain, way).reshape(count, -1) for way in range(8)])
    flat = plain.reshape(count, -1)
    energy = np.square(flat).sum(1)
    limit = _ALIKE**2 * flat.shape[1]
    parent = list(range(count))

    def root(number: int) -> int:
        while parent[number] != number:
            parent[number] = parent[parent[number]]
            number = parent[number]
        return number

    for start in range(0, count, _AT_ONCE):
        rows = slice(start, start + _AT_ONCE)
        for way in ways:
            distances = energy[rows, None] + energy[None] - 2.0 * flat[rows] @ way.T
            for i, j in np.argwhere(distances < limit):
                a, b = root(start + int(i)), root(int(j))
                parent[max(a, b)] = min(a, b)
    return [root(number) for number in range(count)]


def _normalised(small: FloatArray) -> FloatArray:
    """Mean 0.5 and deviation 0.2, so that brighter and dimmer copies are alike; plain pictures stay what they are."""
    deviation = float(small.std())
    if deviation < _ALIKE:
        return small
    return np.asarray(0.5 + (small - small.mean()) * np.float32(0.2 / deviation), np.float32)


def _laid(pictures: npt.NDArray[np.float32], way: int) -> npt.NDArray[np.float32]:
    turned = np.rot90(pictures, way % 4, (1, 2))
    return np.asarray(turned[:, :, ::-1] if way >= 4 else turned)
