"""A picture file as a generator would have drawn it."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor

from core.color import linear_to_srgb, to_scene_linear
from core.errors import BadSize
from core.image import read_image

__all__ = ["read_square"]


def read_square(path: Path, size: int) -> Tensor:
    """The middle square of a picture, averaged down to `size` pixels: (3, size, size), sRGB -1..1.

    Raises:
        FileMissing, UnreadableImage, BadChannels: as `core.image.read_image`.
        BadSize: it is smaller.
    """
    image = read_image(path)
    linear = np.clip(np.nan_to_num(to_scene_linear(image.rgb(), image.color_space)), 0.0, 1.0)
    height, width = linear.shape[:2]
    side = min(height, width)
    if side < size:
        raise BadSize(f"{path}: has {width} x {height} pixels; {size} x {size} or more are needed")
    top, left = (height - side) // 2, (width - side) // 2
    square = np.ascontiguousarray(linear[top : top + side, left : left + side])
    shown = linear_to_srgb(cv2.resize(square, (size, size), interpolation=cv2.INTER_AREA))
    return torch.from_numpy(np.ascontiguousarray(2.0 * shown.transpose(2, 0, 1) - 1.0, dtype=np.float32))
