"""What photographs of objects differ in from the renders: framing, exposure, white balance, noise and compression."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from core.color import linear_to_srgb
from core.errors import BadConfig
from core.settings import from_settings

__all__ = ["PictureChanges", "changed_picture", "plain_picture"]

FloatArray = npt.NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class PictureChanges:
    """How far samples are changed; a spread of 0 leaves them.

    Attributes:
        exposure: spread of the exposure, stops (standard deviation).
        white: of the white balance, as log of red and of blue.
        zoom: largest change of scale, as its log.
        shift: largest shift, share of the side.
        noise: largest noise, of the sRGB-encoded picture.
        softened: share of samples that are blurred or compressed a little.
        ragged: share of masks that are a pixel too large or too small.
        dealt: share of samples whose colour channels, of picture and material alike, are dealt out anew.
    """

    exposure: float = 0.25
    white: float = 0.03
    zoom: float = 0.18
    shift: float = 0.06
    noise: float = 0.02
    softened: float = 0.3
    ragged: float = 0.3
    dealt: float = 0.0

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> PictureChanges:
        """The fields that `value` holds. Raises BadConfig for others, or for a value below 0."""
        made = from_settings(cls, value, "augmentation")
        if min(vars(made).values()) < 0.0:
            raise BadConfig(f"augmentation {dict(value)}: values must be 0 or more")
        return made


def plain_picture(pixels: npt.ArrayLike, mask: npt.ArrayLike, size: int) -> tuple[FloatArray, FloatArray]:
    """A sample unchanged but for its size.

    Args:
        pixels: (H, W, 3) scene-linear Rec.709. mask: (H, W), 0..1.
        size: wanted height and width.

    Returns:
        (size, size, 3) sRGB-encoded 0..1, and (size, size) mask 0..1, float32.
    """
    color, inside = np.asarray(pixels, np.float32), np.asarray(mask, np.float32)
    if color.shape[:2] != (size, size):
        kind = cv2.INTER_AREA if size < color.shape[0] else cv2.INTER_LINEAR
        color = np.asarray(cv2.resize(color, (size, size), interpolation=kind), np.float32)
        inside = np.asarray(cv2.resize(inside, (size, size), interpolation=kind), np.float32)
    return _encoded(color), np.clip(inside, 0.0, 1.0)


def changed_picture(
    pixels: npt.ArrayLike, mask: npt.ArrayLike, size: int, rng: np.random.Generator, changes: PictureChanges
) -> tuple[FloatArray, FloatArray]:
    """The same, changed at random. Mirrored every other time."""
    color, inside = np.asarray(pixels, np.float32), np.asarray(mask, np.float32)
    scale = float(np.exp(rng.uniform(-changes.zoom, changes.zoom))) * size / color.shape[0]
    shift = rng.uniform(-changes.shift, changes.shift, 2) * size
    flip = -1.0 if rng.random() < 0.5 else 1.0
    middle, target = 0.5 * color.shape[0] - 0.5, 0.5 * size - 0.5  # pixels are counted from their centres
    matrix = np.array(
        [
            [flip * scale, 0.0, target - flip * scale * middle + shift[0]],
            [0.0, scale, target - scale * middle + shift[1]],
        ]
    )
    if scale < 0.75:  # else pixels are skipped, not averaged
        soft = 0.4 / scale
        color = np.asarray(cv2.GaussianBlur(color, (0, 0), soft), np.float32)
        inside = np.asarray(cv2.GaussianBlur(inside, (0, 0), soft), np.float32)
    color, inside = _placed(color, matrix, size), _placed(inside, matrix, size)
    gain = 2.0 ** (rng.normal() * changes.exposure)
    tint = np.exp(rng.normal(size=3) * (changes.white, 0.4 * changes.white, changes.white))
    shown = _encoded(color * np.asarray(gain * tint, np.float32))
    if rng.random() < changes.softened:
        shown = _softened(shown, rng)
    if changes.noise:
        strength = changes.noise * rng.random() ** 2
        shown = shown + rng.normal(0.0, max(strength, 1e-6), shown.shape).astype(np.float32)
    if rng.random() < changes.ragged:
        way = cv2.dilate if rng.random() < 0.5 else cv2.erode
        inside = np.asarray(way(inside, np.ones((3, 3), np.uint8)), np.float32)
    return np.clip(shown, 0.0, 1.0).astype(np.float32), np.clip(inside, 0.0, 1.0)


def _placed(values: FloatArray, matrix: npt.NDArray[np.float64], size: int) -> FloatArray:
    moved = cv2.warpAffine(values, matrix, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved, np.float32)


def _encoded(color: FloatArray) -> FloatArray:
    return np.asarray(linear_to_srgb(np.clip(np.nan_to_num(color), 0.0, 1.0)), np.float32)


def _softened(shown: FloatArray, rng: np.random.Generator) -> FloatArray:
    if rng.random() < 0.5:
        return np.asarray(cv2.GaussianBlur(shown, (0, 0), float(rng.uniform(0.3, 0.9))), np.float32)
    quality = int(rng.integers(50, 95))
    # Order of the channels matters to JPEG's colours only, which it halves in either order.
    stored = cv2.imencode(".jpg", np.round(255.0 * shown).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.asarray(cv2.imdecode(stored, cv2.IMREAD_COLOR), np.float32) / np.float32(255.0)
