"""Depth as programs write it, brought to planar depth."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from core.depth_kind import DepthKind
from core.errors import BadChannels, BadInput
from core.image import Image

__all__ = ["planar_depth"]

FloatArray = npt.NDArray[np.float32]


def planar_depth(image: Image, slopes: npt.ArrayLike, kind: DepthKind, name: str) -> FloatArray:
    """The depth in an image as planar depth.

    Args:
        image: has a channel as `core.image.Image.depth` finds it, in metres or any other unit.
        slopes: (H, W, 2) x and y of each pixel's ray where it is one unit deep; used for `DISTANCE` only.
        kind: what the numbers are.
        name: what messages call the image, usually its path.

    Returns:
        (H, W, 1) float32 in the unit of the file; 0 where there is no surface: where a number is 0, negative or not
        finite.

    Raises:
        BadChannels: no depth there.
        BadInput: all of it is negative, as some programs measure along the axis that comes out of the camera.
    """
    try:
        found = image.depth()
    except BadChannels as error:
        raise BadChannels(f"{name}: {error}") from error
    there = np.isfinite(found) & (found > 0.0)
    if not there.any() and (found < 0.0).any():
        raise BadInput(f"{name}: all depth is negative; multiply it by -1, so that it grows away from the camera")
    depth = np.where(there, found, np.float32(0.0))
    if kind is DepthKind.INVERSE:
        # A number so small that its inverse is none is the far plane's.
        depth = np.divide(np.float32(1.0), depth, out=np.zeros_like(depth), where=depth > np.finfo(np.float32).tiny)
    elif kind is DepthKind.DISTANCE:
        rays = np.asarray(slopes, np.float32)
        depth = depth / np.sqrt(1.0 + np.square(rays).sum(-1, keepdims=True))
    return np.asarray(depth, np.float32)
