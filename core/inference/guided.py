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

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from core.inference.answer import Answer
from core.inference.banded import Banded
from core.inference.blur import box_mean
from core.inference.resample import bilinear_axis, enlarge_answer, enlarge_normals

__all__ = ["GuidedEnlarger"]

FloatArray = npt.NDArray[np.float32]

RADIUS = 6
EPSILON = 1e-3
SPREADS = 1.0
_STRIP_ROWS = 128
_FLAT = 1e-4  # variance that needs no explanation: half a degree of the normals, 0.01 of the confidence
_ROWS_AT_ONCE = 16
_NO_LENGTH = 1e-3
_DIAGONAL = np.array([1.0, 0.0, 0.0, 1.0, 0.0, 1.0], dtype=np.float32)
_NORMALS = slice(0, 3)
_CONFIDENCE = slice(3, 4)


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
        small_height, small_width = normals.shape[:2]
        enlargement = min(height / small_height, width / small_width)
        self._share = min(max(enlargement - 1.0, 0.0), 1.0)
        if self._share == 0.0:
            return
        self._fields = [_NORMALS] if answer.confidence is None else [_NORMALS, _CONFIDENCE]
        field = normals
        if answer.confidence is not None:
            field = np.concatenate([normals, answer.confidence[..., None]], axis=2)
        planes = np.concatenate([field, _coefficients(field, guide, self._fields, radius, epsilon)], axis=2)
        self._planes = np.ascontiguousarray(planes.transpose(2, 0, 1))
        self._columns = Banded(*bilinear_axis(np.arange(width), small_width / width, small_width))

    def rows(self, guide: FloatArray, top: int) -> Answer:
        """The answer for some rows of the plate.

        Args:
            guide: (rows, width, 3) those rows of the plate, network view, 0..1.
            top: the first of them.

        Returns:
            `guide.shape[0]` rows of `width` pixels of float32 unit normals, with confidence where the small answer has
            it.
        """
        count = guide.shape[0]
        if self._share == 0.0:
            return enlarge_answer(self._answer, *self._size, top, top + count)
        normals = np.empty((count, self._size[1], 3), dtype=np.float32)
        confidence = None if self._answer.confidence is None else np.empty(normals.shape[:2], dtype=np.float32)
        scratch = np.empty((len(self._planes) * _ROWS_AT_ONCE, self._size[1]), dtype=np.float32)
        for low in range(0, count, _ROWS_AT_ONCE):
            part = slice(low, low + _ROWS_AT_ONCE)
            found = self._some_rows(guide[part], top + low, scratch)
            normals[part] = found[_NORMALS].transpose(1, 2, 0)
            if confidence is not None:
                confidence[part] = found[3]
        return Answer(normals, confidence)

    def _some_rows(self, guide: FloatArray, top: int, scratch: FloatArray) -> FloatArray:
        """(C, rows, width) within `scratch`: unit normals, and confidence from 0 to 1 where there is one."""
        wide = self._wide(top, guide.shape[0], scratch)
        channels = self._fields[-1].stop
        plain, slopes = wide[:channels], wide[channels : 4 * channels]
        change, limits = wide[4 * channels : 5 * channels], wide[5 * channels :]
        self._make_unit(plain[_NORMALS], top)
        # All in place: new memory would cost more than the arithmetic. What the guide adds is found relative to the
        # plain result, so that exactly this is bounded.
        change -= plain
        for colour in range(3):
            told = slopes[colour * channels : (colour + 1) * channels]
            told *= np.ascontiguousarray(guide[..., colour])
            change += told
        for number, field in enumerate(self._fields):
            spread, explained = limits[2 * number], limits[2 * number + 1]
            spread *= SPREADS
            spread /= np.maximum(_length(change[field]), 1e-12)
            np.minimum(spread, 1.0, out=spread)
            np.clip(explained, 0.0, 1.0, out=explained)
            spread *= explained
            spread *= self._share
            change[field] *= spread
        change += plain
        length = _length(change[_NORMALS])
        lost = length < _NO_LENGTH
        change[_NORMALS] /= np.maximum(length, _NO_LENGTH, out=length)
        if lost.any():
            change[_NORMALS] = np.where(lost, plain[_NORMALS], change[_NORMALS])
        np.clip(change[3:], 0.0, 1.0, out=change[3:])
        return change

    def _wide(self, top: int, count: int, scratch: FloatArray) -> FloatArray:
        """(planes, rows, width) all planes, bilinear, in `scratch`."""
        planes, small_height, small_width = self._planes.shape
        index, weight = bilinear_axis(np.arange(top, top + count), small_height / self._size[0], small_height)
        first = int(index.min())
        matrix = np.zeros((count, int(index.max()) - first + 1), dtype=np.float32)
        np.add.at(matrix, (np.arange(count)[:, None], index - first), weight)
        tall = matrix @ self._planes[:, first : first + matrix.shape[1]]
        wide = scratch[: planes * count]
        self._columns.across(tall.reshape(planes * count, small_width), out=wide)
        return wide.reshape(planes, count, -1)

    def _make_unit(self, normals: FloatArray, top: int) -> None:
        """Bring (3, rows, width) enlarged normals to unit length, in place."""
        length = _length(normals)
        normals /= np.maximum(length, _NO_LENGTH)
        if length.min() < _NO_LENGTH:
            # Opposite normals cancel: rare, and what is to be done then is written there.
            rows = (top, top + normals.shape[1])
            normals[:] = enlarge_normals(self._answer.normals, *self._size, *rows).transpose(2, 0, 1)


def _length(vectors: FloatArray) -> FloatArray:
    """(rows, W) of (C, rows, W)."""
    squares: FloatArray = vectors[0] * vectors[0]
    for plane in vectors[1:]:
        squares += plane * plane
    return np.asarray(np.sqrt(squares, out=squares))


def _coefficients(
    field: FloatArray, guide: FloatArray, parts: Sequence[slice], radius: int, epsilon: float
) -> FloatArray:
    """(h, w, 4 C + 2 P) for C channels in P parts: 3 x C slopes (colour by channel), C offsets; spread and share of
    each part.

    In strips of rows, each with what its windows look at, to bound the memory.
    """
    height, width, count = field.shape
    result = np.empty((height, width, 4 * count + 2 * len(parts)), dtype=np.float32)
    for top in range(0, height, _STRIP_ROWS):
        bottom = min(top + _STRIP_ROWS, height)
        low, high = max(top - 2 * radius, 0), min(bottom + 2 * radius, height)
        strip = _strip_coefficients(field[low:high], guide[low:high], parts, radius, epsilon)
        result[top:bottom] = strip[top - low : bottom - low]
    return result


def _strip_coefficients(
    field: FloatArray, guide: FloatArray, parts: Sequence[slice], radius: int, epsilon: float
) -> FloatArray:
    mean, mean_guide = box_mean(field, radius), box_mean(guide, radius)
    covariance = box_mean(_pairs(guide), radius) - _pairs(mean_guide) + epsilon * _DIAGONAL
    cross = box_mean(guide[..., :, None] * field[..., None, :], radius)
    cross -= mean_guide[..., :, None] * mean[..., None, :]
    slopes = _solve(covariance, cross)
    offsets = mean - np.einsum("ijcn,ijc->ijn", slopes, mean_guide)
    squares = box_mean(field * field, radius)
    flat = box_mean(np.concatenate([slopes.reshape(*field.shape[:2], -1), offsets], axis=2), radius)
    variances = np.maximum(squares - mean * mean, 0.0)
    told = np.einsum("ijcn,ijcn->ijn", slopes, cross)
    own = []
    for part in parts:
        variance = variances[..., part].sum(axis=2)
        explained = told[..., part].sum(axis=2) / (variance + _FLAT)
        own += [np.sqrt(variance), np.sqrt(np.clip(explained, 0.0, 1.0))]
    return np.concatenate([flat, np.stack(own, axis=2)], axis=2)


def _pairs(guide: FloatArray) -> FloatArray:
    """(h, w, 6) products of colours: rr, rg, rb, gg, gb, bb."""
    return np.concatenate([guide * guide[..., :1], guide[..., 1:] * guide[..., 1:2], guide[..., 2:] ** 2], axis=2)


def _solve(covariance: FloatArray, cross: FloatArray) -> FloatArray:
    """(h, w, 3, N) solutions for positive definite matrices, all pixels at once: L D L^T of three rows, written out.

    Args:
        covariance: (h, w, 6), as of `_pairs`.
        cross: (h, w, 3, N).
    """
    rr, rg, rb, gg, gb, bb = (covariance[..., pair, None] for pair in range(6))
    green, blue = rg / rr, rb / rr
    green_left, between = gg - green * rg, gb - blue * rg
    both = between / green_left
    blue_left = bb - blue * rb - both * between
    first = cross[..., 0, :]
    second = cross[..., 1, :] - green * first
    z = (cross[..., 2, :] - blue * first - both * second) / blue_left
    y = second / green_left - both * z
    return np.stack([first / rr - green * y - blue * z, y, z], axis=2)
