"""Rows of plate, prediction and reference, for people to look at."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import OpenImageIO as oiio  # noqa: N813

from core.color import to_display
from core.errors import WorkFailed
from core.image import SRGB, Image, write_image

__all__ = ["sheet_row", "write_sheet"]

FloatArray = npt.NDArray[np.float32]
_HEIGHT = 192
_GAP = 4
_GREY = 0.18


def sheet_row(plate: FloatArray, predicted: FloatArray, reference: FloatArray, mask: npt.NDArray[np.bool_]) -> FloatArray:
    """Plate, prediction and reference side by side.

    Args:
        plate: (H, W, 3) scene-linear Rec.709.
        predicted, reference: (H, W, 3) unit normals, shown as 0.5 + 0.5 n.
        mask: (H, W) bool; the reference is grey elsewhere.

    Returns:
        (192, w, 3) float32, display-encoded 0..1.
    """
    shown = np.where(mask[..., None], 0.5 + 0.5 * reference, _GREY)
    cells = [_shrink(cell) for cell in (to_display(plate), 0.5 + 0.5 * predicted, shown)]
    gap = np.full((_HEIGHT, _GAP, 3), _GREY, np.float32)
    return np.concatenate([cells[0], gap, cells[1], gap, cells[2]], axis=1)


def write_sheet(path: Path, rows: Sequence[FloatArray]) -> None:
    """Write rows below each other as an 8-bit picture; narrow rows are filled up with grey.

    Raises:
        DiskFull, BadInput: the file cannot be written.
        ValueError: there are no rows.
    """
    width = max(row.shape[1] for row in rows)
    padded = [
        np.pad(row, ((0, _GAP), (0, width - row.shape[1]), (0, 0)), constant_values=_GREY).astype(np.float32) for row in rows
    ]
    sheet = np.clip(np.concatenate(padded), 0.0, 1.0)
    write_image(path, Image(sheet, ("R", "G", "B"), color_space=SRGB), dtype="uint8")


def _shrink(picture: npt.NDArray[np.floating]) -> FloatArray:
    width = max(1, round(picture.shape[1] * _HEIGHT / picture.shape[0]))
    source = oiio.ImageBuf(np.ascontiguousarray(picture, np.float32))
    result = oiio.ImageBufAlgo.resize(source, roi=oiio.ROI(0, width, 0, _HEIGHT, 0, 1, 0, 3))
    if result.has_error:
        raise WorkFailed(f"contact sheet: a picture could not be resized ({result.geterror().strip()})")
    return np.asarray(result.get_pixels(oiio.FLOAT), np.float32).reshape(_HEIGHT, width, 3)
