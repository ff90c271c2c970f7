"""Camera-space positions from planar depth and a camera as hosts describe it: the other way to `core.inference.lens`.

The product knows a plate by the slopes at its edges. Here it is focal length, film back, pixel aspect, crop and shift,
by the formulas of Hartley and Zisserman, Multiple View Geometry, 2nd ed., 2004, chapter 6.1, with y up and the view
along -Z. Tests hold the product and the gizmos' kernels against it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from core.errors import BadConfig, BadSize
from core.inference.lens import SlopeWindow

__all__ = ["ViewWindow", "depth_from_distance", "position_from_depth", "stage_positions"]

FloatArray: TypeAlias = npt.NDArray[np.float32]


@dataclass(frozen=True)
class ViewWindow:
    """Which part of the film a picture shows, and through which lens.

    Attributes:
        format_width, format_height: pixels of the whole format (display window), which the film back's width fits.
        focal_length_mm, horizontal_aperture_mm: lens and width of the film back, millimetres.
        pixel_aspect: width of a pixel divided by its height; 2 for a 2:1 anamorphic plate.
        left, top: where the picture's first pixel lies in the format, pixels from its top left corner; negative with
            overscan. 0, 0 is a picture that starts with the format. Hosts that count rows from below (Nuke) give
            top = format_height - (bbox.y + bbox.h).
        width, height: pixels of the picture; None means all of the format.
        center_x, center_y: shift of the optical axis in units of half the film's width, +x right and +y up; the axis
            meets the film there.

    Raises:
        BadConfig: a size, length or aspect that no camera can have.
    """

    format_width: int
    format_height: int
    focal_length_mm: float
    horizontal_aperture_mm: float = 36.0
    pixel_aspect: float = 1.0
    left: int = 0
    top: int = 0
    width: int | None = None
    height: int | None = None
    center_x: float = 0.0
    center_y: float = 0.0

    def __post_init__(self) -> None:
        for name in ("format_width", "format_height", "width", "height"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise BadConfig(f"view {name} is {value}; it must be 1 pixel or more")
        for name in ("focal_length_mm", "horizontal_aperture_mm", "pixel_aspect"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value > 0):
                raise BadConfig(f"view {name} is {value}; it must be a positive number")

    @classmethod
    def from_fov_degrees(cls, width: int, height: int, fov_x_degrees: float, pixel_aspect: float = 1.0) -> ViewWindow:
        """A window without crop from its horizontal field of view, on a film back 36 mm wide.

        Raises:
            BadConfig: the angle is not above 0 and below 180.
        """
        if not 0.0 < fov_x_degrees < 180.0:
            raise BadConfig(f"field of view of {fov_x_degrees} degrees; it must be above 0 and below 180")
        focal = 18.0 / math.tan(math.radians(fov_x_degrees) / 2.0)
        return cls(width, height, focal, pixel_aspect=pixel_aspect)

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the picture, pixels."""
        return self.height or self.format_height, self.width or self.format_width

    @property
    def focal_pixels(self) -> tuple[float, float]:
        """Focal length in pixel widths and in pixel heights: they differ by the pixel aspect."""
        across = self.focal_length_mm / self.horizontal_aperture_mm * self.format_width
        return across, across * self.pixel_aspect

    @property
    def axis_pixel(self) -> tuple[float, float]:
        """Where the optical axis meets the picture: column and row counted from its own top left corner."""
        shift_x = self.center_x * 0.5 * self.format_width
        shift_y = self.center_y * 0.5 * self.format_width * self.pixel_aspect
        return self.format_width / 2.0 + shift_x - self.left, self.format_height / 2.0 - shift_y - self.top

    def edges(self) -> SlopeWindow:
        """The same as the product has it: slopes where the picture ends."""
        height, width = self.size
        (across, down), (column, row) = self.focal_pixels, self.axis_pixel
        return SlopeWindow(-column / across, (width - column) / across, (row - height) / down, row / down)

    def ray_slopes(self) -> FloatArray:
        """Where the ray through each pixel's centre meets the plane Z = -1: (H, W, 2) float32, x right, y up."""
        height, width = self.size
        (across, down), (column, row) = self.focal_pixels, self.axis_pixel
        x = (np.arange(width, dtype=np.float64) + 0.5 - column) / across
        y = (row - (np.arange(height, dtype=np.float64) + 0.5)) / down
        return np.stack(np.broadcast_arrays(x[None, :], y[:, None]), axis=-1).astype(np.float32)


def position_from_depth(depth: npt.ArrayLike, view: ViewWindow) -> FloatArray:
    """Camera-space positions of pixels with planar depth.

    Args:
        depth: (H, W) or (H, W, 1) metres along the optical axis, not along the ray (see `depth_from_distance`).
        view: the camera and the picture's place in it.

    Returns:
        (H, W, 3) float32 metres, z = -depth; zero where depth is not finite or not above 0.

    Raises:
        BadSize: the depth is not of the view's size.
    """
    planar = _planar(depth, view.size)
    seen = np.isfinite(planar) & (planar > 0.0)
    z = np.where(seen, planar, np.float32(0.0))[..., None]
    return np.concatenate([view.ray_slopes() * z, -z], axis=-1).astype(np.float32)


def depth_from_distance(distance: npt.ArrayLike, view: ViewWindow) -> FloatArray:
    """Planar depth from distance along the ray, which some renderers call depth: (H, W, 1) float32 metres.

    Raises:
        BadSize: the distance is not of the view's size.
    """
    along = _planar(distance, view.size)
    slopes = view.ray_slopes()
    planar: FloatArray = (along / np.sqrt(1.0 + np.sum(slopes * slopes, axis=-1)))[..., None].astype(np.float32)
    return planar


def stage_positions(view: ViewWindow, distance: float = 2.0) -> FloatArray:
    """Positions on a flat stage that faces the camera at `distance` metres, for want of depth; (H, W, 3) float32."""
    z = np.full((*view.size, 1), distance, np.float32)
    return np.concatenate([view.ray_slopes() * z, -z], axis=-1)


def _planar(depth: npt.ArrayLike, size: tuple[int, int]) -> FloatArray:
    values = np.asarray(depth, dtype=np.float32)
    values = values[..., 0] if values.ndim == 3 and values.shape[2] == 1 else values
    if values.shape != size:
        raise BadSize(f"depth of shape {values.shape}; the view's {size[1]}x{size[0]} pixels are needed")
    return values
