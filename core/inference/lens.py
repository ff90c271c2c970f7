"""Which way each pixel of a plate looks, at any resolution of the plate.

A plate is described by the slopes (tangents, x to the right and y up, of the angles from the camera's axis) at the
edges of its pixels. Every resized copy and every tile of it is a sampling of that one window, so that rays continue
across tiles and rounding a size to a multiple of 32 does not change the field of view.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from core.errors import BadConfig

__all__ = ["FOV_ENTRY", "Lens", "SlopeWindow", "plate_window", "told_fov"]

FloatArray = npt.NDArray[np.float32]

FOV_ENTRY = "platelight/fov_degrees"
"""Header entry of a normals file."""


@dataclass(frozen=True)
class SlopeWindow:
    """Slopes at the outer edges of an image: `left` < `right`, `bottom` < `top`."""

    left: float
    right: float
    bottom: float
    top: float

    def rays(self, height: int, width: int) -> FloatArray:
        """Slopes at the pixel centres of a height x width sampling of the window.

        Returns:
            (2, height, width) float32: x to the right, y up. The layout of a network's `rays` input.
        """
        x = self.left + (self.right - self.left) * (np.arange(width) + 0.5) / width
        y = self.top + (self.bottom - self.top) * (np.arange(height) + 0.5) / height
        grid = np.broadcast_arrays(x[None, :], y[:, None])
        return np.ascontiguousarray(np.stack(grid), dtype=np.float32)


@dataclass(frozen=True)
class Lens:
    """How wide a plate was shot, as far as it is known.

    Attributes:
        fov_degrees: full field of view along the longer side of the plate, degrees.
        focal_length_mm, film_back_mm: focal length and width of the film back, millimetres; used where
            `fov_degrees` is None.

    Raises:
        BadConfig: out of range, or only one of focal length and film back.
    """

    fov_degrees: float | None = None
    focal_length_mm: float | None = None
    film_back_mm: float | None = None

    def __post_init__(self) -> None:
        if (self.focal_length_mm is None) != (self.film_back_mm is None):
            raise BadConfig(
                "the focal length and the film back's width are needed together (--focal-length --film-back)"
            )
        if self.fov_degrees is not None and self.focal_length_mm is not None:
            raise BadConfig("give either the field of view (--fov) or focal length and film back, not both")
        if self.fov_degrees is not None and not 1.0 <= self.fov_degrees <= 170.0:
            raise BadConfig(
                f"field of view of {self.fov_degrees} degrees; it must be from 1 to 170 (along the longer side)"
            )
        for name, value in (("focal length", self.focal_length_mm), ("film back", self.film_back_mm)):
            if value is not None and not (math.isfinite(value) and value > 0):
                raise BadConfig(f"{name} of {value} mm; it must be above 0")

    def half_slopes(self, width: float, height: float, default_fov_degrees: float) -> tuple[float, float]:
        """Slopes at the right and the top edge of a frame of width x height square pixels.

        Args:
            width, height: the frame, in units of equal length (pixel aspect already applied).
            default_fov_degrees: field of view along the longer side where nothing is known.
        """
        if self.focal_length_mm is not None and self.film_back_mm is not None:
            right = self.film_back_mm / (2.0 * self.focal_length_mm)
            return right, right * height / width
        degrees = default_fov_degrees if self.fov_degrees is None else self.fov_degrees
        per_unit = math.tan(math.radians(degrees) / 2.0) / max(width, height)
        return per_unit * width, per_unit * height


def told_fov(metadata: Mapping[str, Any]) -> float | None:
    """Full angle along the longer side of the display window, degrees, that a normals file was made with, or None."""
    told = metadata.get(FOV_ENTRY)
    return float(told) if isinstance(told, int | float) and 1.0 <= told <= 170.0 else None


def plate_window(
    width: int,
    height: int,
    lens: Lens,
    default_fov_degrees: float,
    *,
    pixel_aspect: float = 1.0,
    data_window: tuple[int, int] = (0, 0),
    display_window: tuple[int, int, int, int] | None = None,
) -> SlopeWindow:
    """The slopes at the edges of a plate's pixels.

    The field of view is that of the display window, whose middle is on the camera's axis: a crop looks aside and
    overscan looks further out, as they should.

    Args:
        width, height: stored pixels.
        lens: what is known of the lens.
        default_fov_degrees: see `Lens.half_slopes`.
        pixel_aspect: width of a pixel divided by its height.
        data_window, display_window: see `core.image.Image`.

    Raises:
        BadConfig: the pixel aspect is not a positive number.
    """
    if not (math.isfinite(pixel_aspect) and pixel_aspect > 0):
        raise BadConfig(f"pixel aspect of {pixel_aspect}; it must be above 0")
    frame_x, frame_y, frame_width, frame_height = display_window or (*data_window, width, height)
    half_x, half_y = lens.half_slopes(frame_width * pixel_aspect, frame_height, default_fov_degrees)
    left = (data_window[0] - frame_x) / frame_width
    top = (data_window[1] - frame_y) / frame_height
    return SlopeWindow(
        left=half_x * (2.0 * left - 1.0),
        right=half_x * (2.0 * (left + width / frame_width) - 1.0),
        bottom=half_y * (1.0 - 2.0 * (top + height / frame_height)),
        top=half_y * (1.0 - 2.0 * top),
    )
