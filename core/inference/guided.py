"""Normals and confidence at the plate's resolution whose edges lie where the plate's edges lie.

The fast guided filter (K. He and J. Sun, "Fast Guided Filter", 2015, after He, Sun and Tang, "Guided Image Filtering",
2013): around each pixel of the small field the normals are written as an affine function of the small plate's colour;
the coefficients, which vary slowly, are enlarged, and the full plate is put into them. Edges in the plate that the
normals follow become as sharp as the plate; texture that the normals do not follow has coefficients near zero.

The filter alone also smooths whatever the guide does not explain, fine structure of a plain surface for example. So its
result is mixed with plain enlargement by the share of the normals' local deviation that the guide does explain.

The confidence is a field of its own, enlarged in the same way: it may change where the normals do not.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from core.inference.answer import Answer
from core.inference.blur import box_mean
from core.inference.resample import Axis, bilinear_axis, enlarge_answer

__all__ = ["GuidedEnlarger"]

FloatArray = npt.NDArray[np.float32]

RADIUS = 6
EPSILON = 1e-3
SPREADS = 1.0
_STRIP_ROWS = 128
_FLAT = 1e-4  # variance that needs no explanation: half a degree of the normals, 0.01 of the confidence


class GuidedEnlarger:
    """Enlarges one answer, a band of the plate at a time.

    The result departs from plain bilinear enlargement by at most `SPREADS` times the local spread of the normals (the
    root mean square distance of the unit vectors of a window from their mean, interpolated), before its length is
    brought to 1: where the small field is flat, no texture of the plate can write itself into the normals. The
    confidence departs by at most its own local spread (standard deviation) and stays within 0..1. A field that is not
    enlarged is left as it is, since it has no detail to gain; from twofold enlargement on the guide counts fully,
    between them in proportion.

    Args:
        answer: (h, w) of it, unit normals.
        guide: (h, w, 3) the plate at that size, network view, 0..1.
        height, width: size of the plate.
        radius: half the window, pixels of the small field.
        epsilon: variance of the guide, in squares of its unit, below which it is taken for noise.

    Raises:
        ValueError: normals and guide differ in size.
    """

    def __init__(
        self,
        answer: Answer,
        guide: FloatArray,
        height: int,
        width: int,
        radius: int = RADIUS,
        epsilon: float = EPSILON,
    ) -> None:
        normals = answer.normals
        if normals.shape != guide.shape:
            raise ValueError(f"normals of shape {normals.shape} with a guide of shape {guide.shape}")
        self._answer = answer
        self._size = (height, width)
        enlargement = min(height / normals.shape[0], width / normals.shape[1])
        self._share = min(max(enlargement - 1.0, 0.0), 1.0)
        self._normals = _GuidedField(normals, guide, height, width, radius, epsilon)
        self._confidence: _GuidedField | None = None
        if answer.confidence is not None:
            self._confidence = _GuidedField(answer.confidence[..., None], guide, height, width, radius, epsilon)

    def rows(self, guide: FloatArray, top: int) -> Answer:
        """The answer for some rows of the plate.

        Args:
            guide: (rows, width, 3) those rows of the plate, network view, 0..1.
            top: the first of them.

        Returns:
            `guide.shape[0]` rows of `width` pixels of float32 unit normals, with confidence where the small answer has
            it.
        """
        plain = enlarge_answer(self._answer, *self._size, top, top + guide.shape[0])
        if self._share == 0.0:
            return plain
        normals = plain.normals + self._share * self._normals.change(plain.normals, guide, top)
        length = np.sqrt(np.einsum("ijk,ijk->ij", normals, normals))[..., None]
        unit = np.where(length < 1e-3, plain.normals, normals / np.maximum(length, 1e-3)).astype(np.float32)
        if plain.confidence is None or self._confidence is None:
            return Answer(unit)
        change = self._confidence.change(plain.confidence[..., None], guide, top)[..., 0]
        return Answer(unit, np.clip(plain.confidence + self._share * change, 0.0, 1.0).astype(np.float32))


class _GuidedField:
    """What the guide adds to the plain enlargement of one field (h, w, C); arguments as of `GuidedEnlarger`."""

    def __init__(
        self, field: FloatArray, guide: FloatArray, height: int, width: int, radius: int, epsilon: float
    ) -> None:
        small_height, small_width, self._channels = field.shape
        self._scale = small_height / height
        self._coefficients = _coefficients(field, guide, radius, epsilon)
        self._columns: Axis = bilinear_axis(np.arange(width), small_width / width, small_width)

    def change(self, plain: FloatArray, guide: FloatArray, top: int) -> FloatArray:
        """(rows, width, C) to be added to `plain`, the rows from `top` on of the plain enlargement.

        Its length at a pixel is at most `SPREADS` times the local spread of the field.
        """
        count, small_height = self._channels, self._coefficients.shape[1]
        index, weight = bilinear_axis(np.arange(top, top + guide.shape[0]), self._scale, small_height)
        tall = np.take(self._coefficients, index[:, 0], axis=1) * weight[None, :, 0, None]
        tall += np.take(self._coefficients, index[:, 1], axis=1) * weight[None, :, 1, None]
        slopes, offsets, (spread, explained) = tall[: 3 * count], tall[3 * count : 4 * count], tall[4 * count :]
        # Offsets relative to the plain result, so that what is bounded below is exactly what the guide adds.
        change = np.stack([self._wide(offset) for offset in offsets], axis=-1) - plain
        for colour in range(3):
            for channel in range(count):
                change[..., channel] += self._wide(slopes[count * colour + channel]) * guide[..., colour]
        limit = SPREADS * self._wide(spread)
        size = np.sqrt(np.einsum("ijk,ijk->ij", change, change))
        share = np.clip(self._wide(explained), 0.0, 1.0)
        change *= (share * np.minimum(1.0, limit / np.maximum(size, 1e-12)))[..., None]
        return change

    def _wide(self, plane: FloatArray) -> FloatArray:
        index, weight = self._columns
        wide = np.take(plane, index[:, 0], axis=1) * weight[None, :, 0]
        wide += np.take(plane, index[:, 1], axis=1) * weight[None, :, 1]
        return wide


def _coefficients(field: FloatArray, guide: FloatArray, radius: int, epsilon: float) -> FloatArray:
    """(4 C + 2, h, w) for a field of C channels: 3 x C slopes (colour by channel), C offsets, spread and share.

    In strips of rows, each with what its windows look at, to bound the memory.
    """
    height, width, count = field.shape
    result = np.empty((4 * count + 2, height, width), dtype=np.float32)
    for top in range(0, height, _STRIP_ROWS):
        bottom = min(top + _STRIP_ROWS, height)
        low, high = max(top - 2 * radius, 0), min(bottom + 2 * radius, height)
        strip = _strip_coefficients(field[low:high], guide[low:high], radius, epsilon)
        result[:, top:bottom] = strip[:, top - low : bottom - low]
    return result


def _strip_coefficients(field: FloatArray, guide: FloatArray, radius: int, epsilon: float) -> FloatArray:
    mean, mean_guide = box_mean(field, radius), box_mean(guide, radius)
    pairs = box_mean(guide[..., :, None] * guide[..., None, :], radius)
    covariance = pairs - mean_guide[..., :, None] * mean_guide[..., None, :] + epsilon * np.eye(3, dtype=np.float32)
    cross = box_mean(guide[..., :, None] * field[..., None, :], radius)
    cross -= mean_guide[..., :, None] * mean[..., None, :]
    slopes = np.linalg.solve(covariance, cross)
    offsets = mean - np.einsum("ijcn,ijc->ijn", slopes, mean_guide)
    squares = box_mean(np.einsum("ijk,ijk->ij", field, field), radius)
    variance = np.maximum(squares - np.einsum("ijk,ijk->ij", mean, mean), 0.0)
    explained = np.einsum("ijcn,ijcn->ij", slopes, cross) / (variance + _FLAT)
    flat = np.concatenate([slopes.reshape(*field.shape[:2], -1), offsets], axis=2)
    own = np.stack([np.sqrt(variance), np.sqrt(np.clip(explained, 0.0, 1.0))], axis=2)
    return np.concatenate([box_mean(flat, radius), own], axis=2).transpose(2, 0, 1)
