"""Variants of a training picture, made when it is needed: nothing is stored, and no copy strays from its original."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from core.errors import BadConfig
from core.settings import from_settings

__all__ = ["Variation", "vary"]

FloatArray = npt.NDArray[np.float32]

_COLORS = 3


@dataclass(frozen=True, kw_only=True)
class Variation:
    """How far training pictures are changed; the fields of a recipe's `augmentation`.

    Attributes:
        mirror: share of pictures that are mirrored left to right.
        quarter: share that are turned by a quarter, a half or three quarters.
        roll: move pictures that tile round their torus.
        brightness: up to this many stops brighter or darker, of scene-linear light; 0 leaves it.
        tint: up to this many stops between the colour channels.
        rotate: up to this many degrees either way, for pictures with borders (those that tile would no longer).
        zoom: up to this factor nearer, 1 or more, for pictures with borders; with it goes a crop anywhere.
    """

    mirror: float = 0.5
    quarter: float = 0.0
    roll: bool = True
    brightness: float = 0.0
    tint: float = 0.0
    rotate: float = 0.0
    zoom: float = 1.0

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Variation:
        """The fields that `value` holds. Raises BadConfig for others and for values out of range."""
        made = from_settings(cls, value, "augmentation")
        if not (0 <= made.mirror <= 1 and 0 <= made.quarter <= 1):
            raise BadConfig(f"augmentation mirror {made.mirror}, quarter {made.quarter}: shares of 0 to 1 are needed")
        if min(made.brightness, made.tint, made.rotate) < 0 or made.zoom < 1:
            raise BadConfig(f"augmentation {dict(value)}: amounts are 0 or more, and zoom 1 or more")
        return made


def vary(
    picture: npt.NDArray[np.uint8], size: int, tiles: bool, variation: Variation, rng: np.random.Generator
) -> FloatArray:
    """One variant of a picture, at the size of a training sample.

    Args:
        picture: (H, W, C), square or not, 0..255; the first three channels are sRGB colour, others data.
        size: pixels a side of what is returned.
        tiles: whether the picture continues on its other side.
        rng: decides everything.

    Returns:
        (C, size, size), 0..1.
    """
    height, width = picture.shape[:2]
    if tiles:
        if variation.roll:
            picture = np.roll(picture, (int(rng.integers(height)), int(rng.integers(width))), (0, 1))
        values = _resized(picture, size)
    else:
        values = _framed(picture, size, variation, rng)
    if rng.random() < variation.mirror:
        values = values[:, ::-1]
    if rng.random() < variation.quarter:
        values = np.rot90(values, int(rng.integers(1, 4)))
    if variation.brightness or variation.tint:
        stops = rng.uniform(-1, 1) * variation.brightness + rng.uniform(-1, 1, _COLORS) * variation.tint
        # 2.2 is near enough to the sRGB curve for a change that is random anyway.
        gains = np.exp2(stops / 2.2).astype(np.float32)
        values = np.concatenate([np.clip(values[..., :_COLORS] * gains, 0.0, 1.0), values[..., _COLORS:]], -1)
    return np.ascontiguousarray(values.transpose(2, 0, 1), dtype=np.float32)


def _resized(picture: npt.NDArray[np.uint8], size: int) -> FloatArray:
    values = picture.astype(np.float32) / np.float32(255.0)
    if values.shape[:2] == (size, size):
        return values
    way = cv2.INTER_AREA if min(values.shape[:2]) >= size else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(values, (size, size), interpolation=way), np.float32).reshape(size, size, -1)


def _framed(picture: npt.NDArray[np.uint8], size: int, variation: Variation, rng: np.random.Generator) -> FloatArray:
    """A square of the picture, turned by a few degrees; what would lie outside is never seen."""
    height, width = picture.shape[:2]
    angle = float(rng.uniform(-1, 1)) * variation.rotate
    turn = abs(np.sin(np.deg2rad(angle))) + abs(np.cos(np.deg2rad(angle)))
    side = min(height, width) / (turn * float(np.exp(rng.uniform(0, np.log(variation.zoom)))))
    free = (height - side * turn, width - side * turn)
    y, x = (side * turn / 2 + float(rng.random()) * max(0.0, room) for room in free)
    if angle == 0.0:
        top, left = round(y - side / 2), round(x - side / 2)
        whole = max(1, round(side))
        return _resized(picture[max(0, top) : top + whole, max(0, left) : left + whole], size)
    # At its own resolution first, so that the reduction can average.
    pixels = max(size, round(side))
    matrix = cv2.getRotationMatrix2D((x, y), angle, pixels / side)
    matrix[:, 2] += pixels / 2 - np.array([x, y])
    channels = [cv2.warpAffine(np.ascontiguousarray(picture[..., i]), matrix, (pixels, pixels),
                               flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
                for i in range(picture.shape[2])]  # fmt: skip
    return _resized(np.stack(channels, -1), size)
