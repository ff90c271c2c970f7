"""An object in a picture, cut out as the network wants it: a square about its mask, sRGB-encoded."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.color import linear_to_srgb, to_scene_linear
from core.errors import BadChannels, BadConfig, BadSize
from core.image import Image
from core.inference.resample import PlateShrinker

__all__ = ["Crop", "crop_of", "find_mask", "mask_of"]

FloatArray = npt.NDArray[np.float32]

_FILL = 0.86
"""Largest extent of the object over the side of the crop, as in most renders that the network learnt from."""

_SMALLEST_OBJECT = 16
_BORDER_SPREAD = 0.06
_AWAY = 0.08


@dataclass(frozen=True, eq=False)
class Crop:
    """What the network sees.

    Attributes:
        picture: (S, S, 3) float32, sRGB-encoded Rec.709, 0..1.
        mask: (S, S) float32, 0..1.
        object_pixels: how long the object was in the picture, its larger side.
        clipped: share of the object's pixels that are as bright as the picture can hold.
    """

    picture: FloatArray
    mask: FloatArray
    object_pixels: int
    clipped: float


def mask_of(image: Image, height: int, width: int, name: str) -> FloatArray:
    """A mask file as (height, width) float32, 0..1: its alpha where that says something, else its brightness; the only
    channel of a file, whatever its name (`matte.Y`, `Z`).

    Raises:
        BadSize: it is of another size than the picture.
        BadChannels: it has several channels, and none of these is among them.
    """
    if (image.height, image.width) != (height, width):
        raise BadSize(
            f"{name}: the mask is {image.width}x{image.height} and the picture {width}x{height} pixels; bring both to "
            "one size"
        )
    if len(image.channels) == 1:
        return np.asarray(np.clip(np.nan_to_num(image.pixels[..., 0]), 0.0, 1.0), np.float32)
    alpha = image.alpha()
    if alpha is not None and float(alpha[np.isfinite(alpha)].min(initial=1.0)) < 0.99:
        return np.asarray(np.clip(np.nan_to_num(alpha[..., 0]), 0.0, 1.0), np.float32)
    try:
        return np.asarray(np.clip(np.nan_to_num(image.rgb()).max(-1), 0.0, 1.0), np.float32)
    except BadChannels as error:
        raise BadChannels(f"{name}: {error}; give the mask as a file of one channel") from error


def find_mask(image: Image) -> tuple[FloatArray, str]:
    """Where the object is, when nobody says: the picture's alpha, what differs from an even border, or the middle.

    Returns:
        (H, W) float32, 0..1, and how it was found, for people.
    """
    alpha = image.alpha()
    if alpha is not None and 1e-4 < float(np.mean(np.nan_to_num(alpha) > 0.5)) < 0.999:
        return np.asarray(np.clip(np.nan_to_num(alpha[..., 0]), 0.0, 1.0), np.float32), "object: the picture's alpha"
    shown = _encoded(image, None)
    edge = np.concatenate([shown[:2].reshape(-1, 3), shown[-2:].reshape(-1, 3), shown[:, 0], shown[:, -1]])
    middle = np.median(edge, 0)
    if float(np.median(np.abs(edge - middle).max(-1))) < _BORDER_SPREAD:
        apart = (np.abs(shown - middle).max(-1) > max(_AWAY, 4 * float(np.median(np.abs(edge - middle))))).astype(float)
        if 0.02 < float(apart.mean()) < 0.85:
            return np.asarray(apart, np.float32), "object: what differs from the even border (no mask was given)"
    y, x = np.ogrid[: image.height, : image.width]
    round_ = ((y + 0.5) / image.height * 2 - 1) ** 2 + ((x + 0.5) / image.width * 2 - 1) ** 2
    words = "object: the middle of the picture, for want of a mask; give one with --mask for a better answer"
    return np.asarray(round_ < 0.7, np.float32), words


def crop_of(image: Image, mask: FloatArray, size: int, color_space: str | None = None, stops: float = 0.0) -> Crop:
    """Cut a square about the mask and bring it to `size`; what lies beyond the picture repeats its border.

    Args:
        image: any size and colour space.
        mask: (H, W), 0..1.
        size: wanted side, pixels.
        color_space: of the picture; None: what its file says.
        stops: exposure to add before it is judged.

    Raises:
        BadSize: the mask covers less than 16 pixels each way, or nothing.
        BadConfig: the colour space is not known, or `stops` no finite number.
    """
    if not np.isfinite(stops):
        raise BadConfig(f"exposure {stops}: a finite number of stops is needed")
    rows, columns = np.flatnonzero((mask > 0.5).any(1)), np.flatnonzero((mask > 0.5).any(0))
    if not len(rows):
        raise BadSize(
            f"the mask shows no object: its brightest value is {float(mask.max()):.2g} of 1, and above 0.5 is object; "
            "paint the object white"
        )
    if min(len(rows), len(columns)) < _SMALLEST_OBJECT:
        raise BadSize(
            f"the mask covers {len(columns)}x{len(rows)} pixels; the object must be {_SMALLEST_OBJECT} or more each way"
        )
    top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    extent = int(max(bottom - top, right - left))
    side = max(_SMALLEST_OBJECT, round(extent / _FILL))
    first_row, first_column = (top + bottom - side) // 2, (left + right - side) // 2
    at_row = np.clip(np.arange(side) + first_row, 0, image.height - 1)
    at_column = np.clip(np.arange(side) + first_column, 0, image.width - 1)
    part = image.with_pixels(image.pixels[np.ix_(at_row, at_column)])
    shown = _encoded(part, color_space, stops)
    inside = np.array(mask[np.ix_(at_row, at_column)], np.float32)
    # Beyond the borders there is no object, whatever is repeated there.
    inside[(np.arange(side) + first_row < 0) | (np.arange(side) + first_row >= image.height)] = 0.0
    inside[:, (np.arange(side) + first_column < 0) | (np.arange(side) + first_column >= image.width)] = 0.0
    clipped = float(((shown > 0.995).any(-1) * (inside > 0.5)).sum() / max(1.0, float((inside > 0.5).sum())))
    shrink = PlateShrinker(side, side, size, size, channels=4)
    shrink.add(np.concatenate([shown, inside[..., None]], -1))
    small = np.clip(shrink.result(), 0.0, 1.0)
    return Crop(small[..., :3], small[..., 3], extent, clipped)


def _encoded(image: Image, color_space: str | None, stops: float = 0.0) -> FloatArray:
    linear = to_scene_linear(np.nan_to_num(image.rgb()), color_space or image.color_space)
    return np.asarray(linear_to_srgb(np.clip(linear * np.float32(2.0**stops), 0.0, 1.0)), np.float32)
