"""What an occlusion network is told of a picture: normals, rays, depth in radii.

Occlusion does not change where a scene and the radius grow together. So depth is given in units of the radius, and
with the slope of each pixel's ray that is a position, also in radii. Without depth the surface is taken for a plane
that faces the camera, and the network is told so.

Camera space as in `core.camera`: +X right, +Y up, looking down -Z.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from core.errors import BadConfig, BadSize

__all__ = ["METRES", "RELATIVE", "Radius", "Surfaces", "surfaces_of"]

FloatArray = npt.NDArray[np.float32]

METRES, RELATIVE = "metres", "relative"

_LEAST_NORMAL = 0.1  # length below which a normal means that no surface is there


@dataclass(frozen=True)
class Radius:
    """How far away a surface may be and still occlude.

    Attributes:
        value: above 0.
        unit: `METRES`, in the units of the depth; or `RELATIVE`, a share of the longer side of the picture, measured
            where the depth is median.

    Raises:
        BadConfig: no such unit, or a value that is no positive number.
    """

    value: float
    unit: str = METRES

    def __post_init__(self) -> None:
        if self.unit not in (METRES, RELATIVE):
            raise BadConfig(f"radius in {self.unit!r}; use {METRES} or {RELATIVE}")
        if not (math.isfinite(self.value) and self.value > 0.0):
            raise BadConfig(f"radius of {self.value}; it must be a number above 0")

    def metres(self, middle: float, slope: float) -> float:
        """The radius in the units of the depth.

        Args:
            middle: median depth.
            slope: between the first and the last ray along the longer side of the picture.
        """
        return self.value if self.unit == METRES else self.value * middle * slope


@dataclass(frozen=True, eq=False)
class Surfaces:
    """A picture as an occlusion network, or a formula, sees it; 2 x 2 pixels or more.

    Attributes:
        normals: (H, W, 3) float32, camera space, unit; 0 where no surface is.
        slopes: (H, W, 2) float32, where each pixel's ray meets the plane one unit ahead, x to the right and y up.
        depth: (H, W) float32, planar, in radii; 0 where no surface is.
        known: whether the depth was measured; otherwise it is that of a plane.
        radius: in the units that the depth came in.
    """

    normals: FloatArray
    slopes: FloatArray
    depth: FloatArray
    known: bool
    radius: float

    @property
    def pixel(self) -> float:
        """Distance of neighbouring rays of a row on the plane one unit ahead."""
        return float(np.abs(np.diff(self.slopes[0, :, 0])).max())

    @property
    def pixel_aspect(self) -> float:
        """Width of a pixel divided by its height."""
        return self.pixel / float(np.abs(np.diff(self.slopes[:, 0, 1])).max())

    @property
    def radius_pixels(self) -> float:
        """The radius on the picture where the depth is median, widths of a pixel; 0 where nothing is."""
        seen = self.depth[self.depth > 0.0]
        return float(1.0 / (np.median(seen) * self.pixel)) if seen.size else 0.0

    def rows(self, rows: slice) -> Surfaces:
        """The same, cut to some rows. `pixel`, `pixel_aspect` and `radius_pixels` are those of the part."""
        return replace(self, normals=self.normals[rows], slopes=self.slopes[rows], depth=self.depth[rows])

    def positions(self) -> FloatArray:
        """(H, W, 3) float32 camera-space positions in radii; 0 where no surface is."""
        return np.concatenate([self.slopes, np.full_like(self.slopes[..., :1], -1.0)], -1) * self.depth[..., None]


def surfaces_of(
    normals: npt.ArrayLike,
    slopes: npt.ArrayLike,
    radius: Radius,
    depth: npt.ArrayLike | None = None,
    distance: float = 2.0,
) -> Surfaces:
    """Prepare a picture.

    Args:
        normals: (H, W, 3) camera space, -1..1; their length is made 1, and those shorter than 0.1 or not finite mean
            that no surface is there.
        slopes: (H, W, 2) of the rays through the pixels' centres: `core.camera.PinholeCamera.ray_slopes`.
        radius: see `Radius`.
        depth: (H, W) or (H, W, 1) planar depth in metres or any unit; 0, negative and not finite mean no surface. None:
            a plane at `distance`.
        distance: used without depth, and only for a radius in metres.

    Raises:
        BadSize: normals, slopes or depth differ in size, or the picture is a single row or column.
        BadConfig: the distance is no positive number.
    """
    field = np.nan_to_num(np.asarray(normals, np.float32), nan=0.0, posinf=0.0, neginf=0.0)
    rays = np.asarray(slopes, np.float32)
    if field.ndim != 3 or field.shape[2] != 3 or rays.shape != (*field.shape[:2], 2) or min(field.shape[:2]) < 2:
        raise BadSize(f"normals of shape {field.shape} with rays of shape {rays.shape}; (H, W, 3) and (H, W, 2) fit")
    if not (math.isfinite(distance) and distance > 0.0):
        raise BadConfig(f"distance of {distance} metres; it must be a number above 0")
    length = np.sqrt(np.square(field).sum(-1, keepdims=True))
    covered = length[..., 0] >= _LEAST_NORMAL
    if depth is None:
        planar = np.full(covered.shape, distance, np.float32)
    else:
        planar = np.asarray(depth, np.float32)
        planar = planar[..., 0] if planar.ndim == 3 else planar
        if planar.shape != covered.shape:
            raise BadSize(
                f"depth of {planar.shape[1]}x{planar.shape[0]} pixels beside normals of "
                f"{field.shape[1]}x{field.shape[0]}; both must be of one size"
            )
        there = np.isfinite(planar) & (planar > 0.0)
        covered &= there
        planar = np.where(there, planar, np.float32(0.0))
    middle = float(np.median(planar[covered])) if covered.any() else 1.0
    wide = field.shape[1] >= field.shape[0]
    line = rays[0, :, 0] if wide else rays[:, 0, 1]
    # The outermost pixels' centres are one pixel less apart than the picture's edges.
    metres = radius.metres(middle, float(abs(line[-1] - line[0])) * line.size / (line.size - 1))
    return Surfaces(
        normals=np.where(covered[..., None], field / np.maximum(length, 1e-6), np.float32(0.0)).astype(np.float32),
        slopes=rays,
        depth=np.where(covered, planar / np.float32(metres), np.float32(0.0)).astype(np.float32),
        known=depth is not None,
        radius=metres,
    )
