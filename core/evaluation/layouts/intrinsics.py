"""Focal lengths of a data set's camera, from its files, as field of view and pixel aspect."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from core.errors import BadInput

__all__ = ["Intrinsics", "read_intrinsics"]


@dataclass(frozen=True)
class Intrinsics:
    """A pinhole camera in pixels; pixel (0, 0) is the top left one and its centre lies at (0.5, 0.5).

    Attributes:
        fx, fy: focal lengths.
        cx, cy: where the axis meets the image.
    """

    fx: float
    fy: float
    cx: float
    cy: float

    def scaled(self, across: float, down: float) -> Intrinsics:
        """The same camera after its image is resized by these factors."""
        return Intrinsics(self.fx * across, self.fy * down, self.cx * across, self.cy * down)

    def pixel_aspect(self) -> float:
        """Width of a pixel divided by its height."""
        return self.fy / self.fx

    def fov_degrees(self, height: int, width: int) -> float:
        """Field of view along the longer side, degrees, as if the axis met the middle of the image.

        `core.inference.lens.Lens` knows no offset of the axis (NYUv2 has 6 of 640 pixels across and 14 of 480 down).
        """
        lengths = (width / self.fx, height / self.fy)
        return math.degrees(2.0 * math.atan(max(lengths) / 2.0))

    def slopes(self, height: int, width: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Tangents at the pixel centres: (W,) to the right and (H,) up."""
        u = (np.arange(width, dtype=np.float64) + 0.5 - self.cx) / self.fx
        v = (self.cy - np.arange(height, dtype=np.float64) - 0.5) / self.fy
        return u, v


def read_intrinsics(path: Path) -> Intrinsics:
    """Read a camera matrix.

    Args:
        path: `.npy` with a (3, 3) or (4, 4) matrix; or text with 9 or 16 numbers row by row, or with the four numbers
            fx, fy, cx, cy; separated by spaces, commas or lines. A matrix with cx in its last row (MATLAB's order) is
            understood.

    Raises:
        BadInput: none of these; FileMissing is left to the caller, who knows which names would do.
    """
    try:
        if path.suffix == ".npy":
            numbers = np.load(path, allow_pickle=False).astype(np.float64)
        else:
            numbers = np.array(path.read_text("utf-8").replace(",", " ").split(), np.float64)
    except (ValueError, OSError) as error:
        raise BadInput(f"{path}: cannot be read as a camera matrix ({error}); get the file again") from error
    return _intrinsics(numbers, path)


def _intrinsics(numbers: npt.NDArray[np.float64], path: Path) -> Intrinsics:
    if numbers.size == 4:
        fx, fy, cx, cy = numbers.ravel()
    elif numbers.size in (9, 16):
        side = math.isqrt(numbers.size)
        matrix = numbers.reshape(side, side)
        matrix = matrix.T if matrix[0, 2] == 0.0 and matrix[2, 0] != 0.0 else matrix
        fx, fy, cx, cy = matrix[0, 0], matrix[1, 1], matrix[0, 2], matrix[1, 2]
    else:
        raise BadInput(f"{path}: {numbers.size} numbers; a camera has 4 (fx, fy, cx, cy), 9 or 16 (a matrix)")
    if not (np.isfinite([fx, fy, cx, cy]).all() and fx > 0 and fy > 0):
        raise BadInput(f"{path}: focal lengths {fx} and {fy}; both must be above 0 pixels")
    return Intrinsics(float(fx), float(fy), float(cx), float(cy))
