"""Drawn tensors to files: single pictures, sheets and moving pictures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from core.atomic import atomic_path
from core.errors import BadConfig, WorkFailed
from core.image import SRGB, Image, write_image

__all__ = ["MOVING", "as_colors", "sheet", "write_moving", "write_picture"]

Picture = npt.NDArray[np.uint8]

MOVING = (".gif", ".mp4")
"""Endings of files that `write_moving` writes."""

_GAP = 2
_BACKGROUND = 24


def as_colors(pictures: Tensor) -> Picture:
    """(N, 3 or more, H, W), sRGB -1..1 -> (N, H, W, 3), 0..255."""
    colors = (0.5 + 0.5 * pictures[:, :3]).clamp(0.0, 1.0) * 255.0
    found: Picture = colors.round().to(torch.uint8).permute(0, 2, 3, 1).cpu().numpy()
    return found


def sheet(pictures: Sequence[Picture], columns: int, enlarge: int = 1) -> Picture:
    """Pictures of one size in rows, with narrow gaps; the last row may be shorter.

    Args:
        pictures: (H, W, 3) each, at least one.
        columns: 1 or more.
        enlarge: whole factor, each pixel becoming a square.
    """
    height, width = (side * enlarge for side in pictures[0].shape[:2])
    rows = -(-len(pictures) // columns)
    page = np.full((rows * (height + _GAP) - _GAP, columns * (width + _GAP) - _GAP, 3), _BACKGROUND, np.uint8)
    for number, picture in enumerate(pictures):
        row, column = divmod(number, columns)
        top, left = row * (height + _GAP), column * (width + _GAP)
        page[top : top + height, left : left + width] = picture.repeat(enlarge, 0).repeat(enlarge, 1)
    return page


def write_picture(path: Path, pixels: Picture) -> None:
    """(H, W, 3) or (H, W), 0..255 -> an 8-bit file, by its ending. Raises DiskFull, BadInput."""
    values = pixels.astype(np.float32) / np.float32(255.0)
    if values.ndim == 2:
        write_image(path, Image(values[..., None], ("Y",), color_space="raw"), dtype="uint8")
    else:
        write_image(path, Image(values, ("R", "G", "B"), color_space=SRGB), dtype="uint8")


def write_moving(path: Path, frames: Sequence[Picture], frames_per_second: float = 24.0) -> None:
    """Frames of one size as a GIF that repeats, or as an MP4 (MPEG-4), by OpenCV.

    Args:
        frames: (H, W, 3) each, at least one.

    Raises:
        BadConfig: another ending than `MOVING`.
        WorkFailed: this build of OpenCV cannot write it.
        DiskFull, BadInput: the file cannot be written.
    """
    if path.suffix.lower() not in MOVING:
        raise BadConfig(f"{path}: moving pictures are written as {' or '.join(MOVING)}; choose one of these endings")
    with atomic_path(path) as temporary:
        done = (
            _write_gif(temporary, frames, frames_per_second)
            if path.suffix.lower() == ".gif"
            else _write_mp4(temporary, frames, frames_per_second)
        )
        if not done:
            raise WorkFailed(f"{path}: OpenCV {cv2.__version__} cannot write it here; try another of {MOVING}")


def _write_gif(path: Path, frames: Sequence[Picture], rate: float) -> bool:
    moving = cv2.Animation()
    moving.frames = [np.ascontiguousarray(frame[..., ::-1]) for frame in frames]
    moving.durations = [max(20, round(1000.0 / rate))] * len(frames)
    moving.loop_count = 0
    return bool(cv2.imwriteanimation(str(path), moving)) and path.stat().st_size > 0


def _write_mp4(path: Path, frames: Sequence[Picture], rate: float) -> bool:
    height, width = frames[0].shape[:2]
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), rate, (width, height))
    try:
        if not writer.isOpened():
            return False
        for frame in frames:
            writer.write(np.ascontiguousarray(frame[..., ::-1]))
    finally:
        writer.release()
    return path.stat().st_size > 0
