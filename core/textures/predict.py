"""A texture of any size through a model, without seams: tileable textures go on from the other side."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.errors import BadSize
from core.textures.model import TextureModel
from core.textures.pairs import SMALLEST
from core.textures.slopes import slopes_from_normals

__all__ = ["BLOCK", "TexturePrediction", "is_tileable", "predict_texture", "texture_origin"]

FloatArray = npt.NDArray[np.float32]

BLOCK = 1024
"""Side of the blocks that a large texture is looked at in, without their margins, pixels."""

_SEAM = 0.6  # of the way from neighbouring lines to distant ones
_JOINT = 0.85  # of the sharpest step inside
_LEAST = 0.01  # contrast below which lines do not differ


@dataclass(frozen=True)
class TexturePrediction:
    """What a model says of a texture.

    Attributes:
        slopes: (H, W, 2) float32, see `core.textures.slopes`.
        surface: (H, W, 2) float32, roughness and metalness, 0..1.
    """

    slopes: FloatArray
    surface: FloatArray


def predict_texture(
    model: TextureModel,
    color: FloatArray,
    tileable: bool,
    *,
    block: int = BLOCK,
    on_block: Callable[[int, int], None] = lambda done, total: None,
) -> TexturePrediction:
    """Predict slopes and surface of a whole texture.

    The network is convolutional, so that a pixel's answer depends on what is around it only. Every block is given a
    margin of what surrounds it: neighbouring pixels, the other side of a tileable texture, or the mirrored border. The
    margin is cut off again, and the blocks begin at multiples of the network's own step, so that they fit together as
    if the texture had been looked at in one piece. A tileable texture is first rolled to an origin of its own
    (`texture_origin`): its map does not depend on where it happens to be cut.

    Args:
        color: (H, W, 3) float32, sRGB-encoded, 0..1; both sides 8 or more.
        tileable: whether it repeats without a seam.
        block: side of a block without its margin, pixels.
        on_block: called with (blocks done, blocks in all).

    Raises:
        BadSize: the texture is smaller than 8 pixels.
        WorkFailed: the model failed.
    """
    if tileable:
        origin = texture_origin(color)
        if any(origin):
            rolled = np.roll(color, (-origin[0], -origin[1]), (0, 1))
            found = _predicted(model, rolled, True, block, on_block)
            return TexturePrediction(np.roll(found.slopes, origin, (0, 1)), np.roll(found.surface, origin, (0, 1)))
    return _predicted(model, color, tileable, block, on_block)


def _predicted(
    model: TextureModel, color: FloatArray, tileable: bool, block: int, on_block: Callable[[int, int], None]
) -> TexturePrediction:
    height, width = color.shape[:2]
    if min(height, width) < SMALLEST:
        raise BadSize(f"a texture of {width}x{height} pixels; both sides must be {SMALLEST} or more")
    step = model.card.multiple_of
    block = max(step, block // step * step)
    margin = -(-model.margin // step) * step
    slopes = np.empty((height, width, 2), np.float32)
    surface = np.empty((height, width, 2), np.float32)
    corners = [(top, left) for top in range(0, height, block) for left in range(0, width, block)]
    for number, (top, left) in enumerate(corners):
        rows, columns = (
            _reach(start, min(block, length - start), length, margin, step, tileable)
            for start, length in ((top, height), (left, width))
        )
        normals, both = model.run(np.ascontiguousarray(color[rows[:, None], columns[None, :]]))
        inside = (
            slice(margin, margin + min(block, height - top)),
            slice(margin, margin + min(block, width - left)),
        )
        place = (slice(top, top + block), slice(left, left + block))
        slopes[place] = slopes_from_normals(normals[inside])
        surface[place] = both[inside]
        on_block(number + 1, len(corners))
    return TexturePrediction(slopes, surface)


def texture_origin(color: FloatArray) -> tuple[int, int]:
    """The row and column at which a repeating texture begins, told by itself: rolled, it has the rolled origin.

    A network that halves its picture answers a little otherwise where a texture is moved by less than its step. From
    one origin there is one answer. It is where the sums of the rows, and of the columns, read as a text, come first in
    the alphabet.

    Args:
        color: (H, W, 3), 0..1.

    Returns:
        Row and column; (0, 0) where nothing tells one from another.
    """
    # Whole numbers: their sums are the same in any order.
    code = np.round(np.asarray(color, np.float32) * np.float32(255.0)).clip(0, 255).astype(np.uint8)
    rows, columns = (code.sum(axis=axes, dtype=np.int64) for axes in ((1, 2), (0, 2)))
    return _first_rotation(rows), _first_rotation(columns)


def _first_rotation(values: npt.NDArray[np.int64]) -> int:
    """Start of the rotation that is first in lexicographic order: the place of the least, ties by what follows."""
    count = len(values)
    starts = np.flatnonzero(values == values.min())
    for step in range(1, count):
        if len(starts) == 1:
            break
        following = values[(starts + step) % count]
        starts = starts[following == following.min()]
    return int(starts[0])


def is_tileable(color: npt.ArrayLike) -> bool:
    """Whether a texture seems to repeat: its opposite borders differ as neighbours do, not as distant lines do.

    A sharper step than usual passes where there are sharper ones inside, such as the joints of plates.

    Args:
        color: (H, W, C), 0..1.

    Returns:
        True also for a picture without any contrast; False for one of fewer than 4 pixels a side.
    """
    picture = np.asarray(color, dtype=np.float32)
    for axis in (0, 1):
        lines = np.moveaxis(picture, axis, 0)
        if len(lines) < 4:
            return False
        steps = np.abs(np.diff(lines, axis=0)).mean(axis=(1, 2))
        near = max(float(np.median(steps)), float(steps[[0, -1]].mean()))
        far = float(np.abs(lines - np.roll(lines, len(lines) // 2, axis=0)).mean())
        across = float(np.abs(lines[0] - lines[-1]).mean())
        if across > near + _SEAM * max(far - near, _LEAST) and across > _JOINT * float(steps.max()):
            return False
    return True


def _reach(start: int, length: int, whole: int, margin: int, step: int, wrap: bool) -> npt.NDArray[np.int64]:
    """Which rows (or columns) a block with its margin takes, in order."""
    size = -(-(length + 2 * margin) // step) * step
    index = np.arange(start - margin, start - margin + size)
    if wrap:
        return index % whole
    turned = index % (2 * whole)
    return np.where(turned < whole, turned, 2 * whole - 1 - turned)
