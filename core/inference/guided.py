"""Normals at the plate's resolution whose edges lie where the plate's edges lie.

The fast guided filter (K. He and J. Sun, "Fast Guided Filter", 2015, after He, Sun and Tang, "Guided Image Filtering",
2013): around each pixel of the small field the normals are written as an affine function of the small plate's colour;
the coefficients, which vary slowly, are enlarged, and the full plate is put into them. Edges in the plate that the
normals follow become as sharp as the plate; texture that the normals do not follow has coefficients near zero.

The filter alone also smooths whatever the guide does not explain, fine structure of a plain surface for example. So its
result is mixed with plain enlargement by the share of the normals' local deviation that the guide does explain.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from core.inference.blur import box_mean
from core.inference.resample import Axis, bilinear_axis, enlarge_normals

__all__ = ["GuidedEnlarger"]

FloatArray = npt.NDArray[np.float32]

RADIUS = 6
EPSILON = 1e-3
SPREADS = 1.0
_STRIP_ROWS = 128
_FLAT = 1e-4  # variance of normals, about half a degree squared, that needs no explanation


class GuidedEnlarger:
    """Enlarges one normal field, a band of the plate at a time.

    The result departs from plain bilinear enlargement by at most `SPREADS` times the local spread of the normals (the
    root mean square distance of the unit vectors of a window from their mean, interpolated), before its length is
    brought to 1: where the small field is flat, no texture of the plate can write itself into the normals. A field
    that is not enlarged is left as it is, since it has no detail to gain; from twofold enlargement on the guide counts
    fully, between them in proportion.

    Args:
        normals: (h, w, 3) unit normals.
        guide: (h, w, 3) the plate at that size, network view, 0..1.
        height, width: size of the plate.
        radius: half the window, pixels of the small field.
        epsilon: variance of the guide, in squares of its unit, below which it is taken for noise.

    Raises:
        ValueError: normals and guide differ in size.
    """

    def __init__(
        self,
        normals: FloatArray,
        guide: FloatArray,
        height: int,
        width: int,
        radius: int = RADIUS,
        epsilon: float = EPSILON,
    ) -> None:
        if normals.shape != guide.shape:
            raise ValueError(f"normals of shape {normals.shape} with a guide of shape {guide.shape}")
        self._normals = normals
        self._size = (height, width)
        enlargement = min(height / normals.shape[0], width / normals.shape[1])
        self._share = min(max(enlargement - 1.0, 0.0), 1.0)
        self._coefficients = _coefficients(normals, guide, radius, epsilon)
        self._columns: Axis = bilinear_axis(np.arange(width), normals.shape[1] / width, normals.shape[1])

    def rows(self, guide: FloatArray, top: int) -> FloatArray:
        """The normals of some rows of the plate.

        Args:
            guide: (rows, width, 3) those rows of the plate, network view, 0..1.
            top: the first of them.

        Returns:
            (rows, width, 3) float32 unit normals.
        """
        height, width = self._size
        bottom = top + guide.shape[0]
        plain = enlarge_normals(self._normals, height, width, top, bottom)
        if self._share == 0.0:
            return plain
        small_height = self._normals.shape[0]
        index, weight = bilinear_axis(np.arange(top, bottom), small_height / height, small_height)
        tall = np.take(self._coefficients, index[:, 0], axis=1) * weight[None, :, 0, None]
        tall += np.take(self._coefficients, index[:, 1], axis=1) * weight[None, :, 1, None]
        # Offsets relative to the plain result, so that what is bounded below is exactly what the guide adds.
        change = np.stack([self._wide(tall[9 + channel]) for channel in range(3)], axis=-1) - plain
        for colour in range(3):
            for channel in range(3):
                change[..., channel] += self._wide(tall[3 * colour + channel]) * guide[..., colour]
        limit = SPREADS * self._wide(tall[12])
        size = np.sqrt(np.einsum("ijk,ijk->ij", change, change))
        share = self._share * np.clip(self._wide(tall[13]), 0.0, 1.0)
        plain += change * (share * np.minimum(1.0, limit / np.maximum(size, 1e-12)))[..., None]
        length = np.sqrt(np.einsum("ijk,ijk->ij", plain, plain))[..., None]
        if length.min() < 1e-3:
            safe = enlarge_normals(self._normals, height, width, top, bottom)
            plain = np.where(length < 1e-3, safe, plain)
            length = np.where(length < 1e-3, 1.0, length)
        return np.asarray(plain / length, dtype=np.float32)

    def _wide(self, plane: FloatArray) -> FloatArray:
        index, weight = self._columns
        wide = np.take(plane, index[:, 0], axis=1) * weight[None, :, 0]
        wide += np.take(plane, index[:, 1], axis=1) * weight[None, :, 1]
        return wide


def _coefficients(normals: FloatArray, guide: FloatArray, radius: int, epsilon: float) -> FloatArray:
    """(14, h, w): 3 x 3 slopes (colour by channel), 3 offsets, spread and share, in strips with what they look at."""
    height, width = normals.shape[:2]
    result = np.empty((14, height, width), dtype=np.float32)
    for top in range(0, height, _STRIP_ROWS):
        bottom = min(top + _STRIP_ROWS, height)
        low, high = max(top - 2 * radius, 0), min(bottom + 2 * radius, height)
        strip = _strip_coefficients(normals[low:high], guide[low:high], radius, epsilon)
        result[:, top:bottom] = strip[:, top - low : bottom - low]
    return result


def _strip_coefficients(normals: FloatArray, guide: FloatArray, radius: int, epsilon: float) -> FloatArray:
    mean_normal, mean_guide = box_mean(normals, radius), box_mean(guide, radius)
    pairs = box_mean(guide[..., :, None] * guide[..., None, :], radius)
    covariance = pairs - mean_guide[..., :, None] * mean_guide[..., None, :] + epsilon * np.eye(3, dtype=np.float32)
    cross = box_mean(guide[..., :, None] * normals[..., None, :], radius)
    cross -= mean_guide[..., :, None] * mean_normal[..., None, :]
    slopes = np.linalg.solve(covariance, cross)
    offsets = mean_normal - np.einsum("ijcn,ijc->ijn", slopes, mean_guide)
    variance = np.clip(1.0 - np.einsum("ijk,ijk->ij", mean_normal, mean_normal), 0.0, 1.0)
    explained = np.einsum("ijcn,ijcn->ij", slopes, cross) / (variance + _FLAT)
    flat = np.concatenate([slopes.reshape(*normals.shape[:2], 9), offsets], axis=2)
    own = np.stack([np.sqrt(variance), np.sqrt(np.clip(explained, 0.0, 1.0))], axis=2)
    return np.concatenate([box_mean(flat, radius), own], axis=2).transpose(2, 0, 1)
