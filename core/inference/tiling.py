"""A picture in overlapping tiles, blended so that no border shows."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.inference.answer import Answer

__all__ = ["Tile", "blend_tiles", "tile_grid"]

FloatArray = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Tile:
    """A rectangle of pixels: rows `top` to `bottom`, columns `left` to `right` (ends excluded)."""

    top: int
    bottom: int
    left: int
    right: int


def tile_grid(height: int, width: int, side: int, overlap: int, multiple_of: int) -> Iterator[Tile]:
    """Tiles of one size that cover a picture and overlap by at least `overlap` pixels.

    Args:
        height, width: of the picture, multiples of `multiple_of`.
        side: longest side of a tile, a multiple of `multiple_of`; a shorter picture gives shorter tiles.
        overlap: least overlap of neighbours, pixels, below `side`.
        multiple_of: tiles start at multiples of this, so that a network's strides fall on the same pixels in all.

    Raises:
        ValueError: a size that is not a multiple, or an overlap that leaves no step.
    """
    if any(value % multiple_of for value in (height, width, side)) or side - overlap < multiple_of:
        raise ValueError(
            f"tiles of {side} over {height}x{width} with overlap {overlap} do not fit steps of {multiple_of}"
        )
    for top in _starts(height, side, overlap, multiple_of):
        for left in _starts(width, side, overlap, multiple_of):
            yield Tile(top, min(top + side, height), left, min(left + side, width))


def blend_tiles(height: int, width: int, tiles: list[Tile], overlap: int, predict: Callable[[Tile], Answer]) -> Answer:
    """The answer for a whole picture from those for its tiles.

    Each tile is weighted by a raised cosine that falls to nearly nothing over `overlap` pixels at those of its
    borders that lie inside the picture. The weighted sum of the normals is brought back to length 1; the confidence is
    the mean with the same weights.

    Args:
        height, width: of the picture.
        tiles: cover the picture, as `tile_grid` makes them.
        overlap: width of the fade, pixels.
        predict: gives the answer for one tile, (rows, columns) of it, unit normals.

    Returns:
        (height, width) of float32 unit normals, with confidence if all tiles have it.
    """
    total = np.zeros((height, width, 3), dtype=np.float32)
    sureness, weights = np.zeros((2, height, width), dtype=np.float32)
    known = True
    for tile in tiles:
        down = _fade(tile.bottom - tile.top, overlap, tile.top > 0, tile.bottom < height)
        across = _fade(tile.right - tile.left, overlap, tile.left > 0, tile.right < width)
        weight, inside = down[:, None] * across, (slice(tile.top, tile.bottom), slice(tile.left, tile.right))
        answer = predict(tile)
        total[inside] += answer.normals * weight[..., None]
        weights[inside] += weight
        if answer.confidence is None:
            known = False
        else:
            sureness[inside] += answer.confidence * weight
    total /= np.maximum(np.sqrt(np.einsum("ijk,ijk->ij", total, total))[..., None], 1e-12)
    return Answer(total, np.clip(sureness / np.maximum(weights, 1e-12), 0.0, 1.0) if known else None)


def _starts(length: int, side: int, overlap: int, multiple_of: int) -> list[int]:
    if length <= side:
        return [0]
    step = (side - overlap) // multiple_of * multiple_of
    count = math.ceil((length - side) / step) + 1
    # Spread evenly, then rounded down to the stride. The spread is at most `step`, itself whole strides, so that
    # rounding cannot bring neighbours further apart than `step`; the last start is a whole stride already.
    spread = [(length - side) * index / (count - 1) for index in range(count)]
    return [int(start // multiple_of) * multiple_of for start in spread]


def _fade(length: int, overlap: int, at_start: bool, at_end: bool) -> FloatArray:
    weight = np.ones(length, dtype=np.float64)
    fade = min(overlap, length // 2)
    ramp = np.sin(0.5 * np.pi * (np.arange(fade) + 0.5) / fade) ** 2
    if at_start:
        weight[:fade] *= ramp
    if at_end:
        weight[length - fade :] *= ramp[::-1]
    return weight.astype(np.float32)
