"""The pinhole camera: film back, focal length, rays through pixels, positions from depth.

Camera space is right-handed, +X right, +Y up, looking down -Z. Pixel (0, 0) is the top left one and its centre lies at
(0.5, 0.5); pixels are square. Formulas: Hartley and Zisserman, Multiple View Geometry, 2nd ed., chapter 6.1, with the
y and z axes turned to the convention above.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.errors import BadConfig

__all__ = ["IDENTITY", "PinholeCamera"]

FloatArray = npt.NDArray[np.float32]
DoubleArray = npt.NDArray[np.float64]

IDENTITY: tuple[float, ...] = tuple(float(row == column) for row in range(4) for column in range(4))


@dataclass(frozen=True)
class PinholeCamera:
    """A camera without distortion whose axis goes through the middle of the image.

    Attributes:
        width, height: image size, pixels.
        focal_length_mm: focal length, millimetres.
        horizontal_aperture_mm: width of the film back, millimetres; the height follows from the image's aspect.
        camera_to_world: 4x4 matrix as 16 floats, row by row, that acts on column vectors; metres. Rotation and
            translation only.

    Raises:
        BadConfig: a size, length or matrix that no camera can have.
    """

    width: int
    height: int
    focal_length_mm: float
    horizontal_aperture_mm: float = 36.0
    camera_to_world: tuple[float, ...] = IDENTITY

    def __post_init__(self) -> None:
        if self.width < 1 or self.height < 1:
            raise BadConfig(f"camera image of {self.width}x{self.height} pixels; both must be 1 or more")
        for name in ("focal_length_mm", "horizontal_aperture_mm"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value > 0):
                raise BadConfig(f"camera {name} is {value}; it must be a positive number of millimetres")
        matrix = np.asarray(self.camera_to_world, dtype=np.float64)
        if matrix.size != 16 or not np.isfinite(matrix).all():
            raise BadConfig("camera_to_world must be 16 finite numbers, the rows of a 4x4 matrix")
        # Accepting a nested 4x4 costs nothing and is what JSON files and numpy give.
        object.__setattr__(self, "camera_to_world", tuple(float(value) for value in matrix.ravel()))

    @classmethod
    def from_fov_degrees(
        cls, width: int, height: int, fov_x_degrees: float, camera_to_world: tuple[float, ...] = IDENTITY
    ) -> PinholeCamera:
        """A camera from its horizontal field of view, on a film back 36 mm wide.

        Args:
            width, height: pixels.
            fov_x_degrees: full angle between the left and right edges of the image, above 0 and below 180.

        Raises:
            BadConfig: the angle is out of range.
        """
        if not 0.0 < fov_x_degrees < 180.0:
            raise BadConfig(f"field of view of {fov_x_degrees} degrees; it must be above 0 and below 180")
        aperture = 36.0
        focal = aperture / (2.0 * math.tan(math.radians(fov_x_degrees) / 2.0))
        return cls(width, height, focal, aperture, camera_to_world)

    @property
    def fov_x(self) -> float:
        """Full horizontal field of view, radians."""
        return 2.0 * math.atan(self.horizontal_aperture_mm / (2.0 * self.focal_length_mm))

    @property
    def fov_y(self) -> float:
        """Full vertical field of view, radians."""
        return 2.0 * math.atan(self.horizontal_aperture_mm * self.height / self.width / (2.0 * self.focal_length_mm))

    @property
    def focal_length_pixels(self) -> float:
        """Focal length in units of one pixel."""
        return self.focal_length_mm / self.horizontal_aperture_mm * self.width

    @property
    def matrix(self) -> DoubleArray:
        """`camera_to_world` as a (4, 4) float64 array."""
        return np.asarray(self.camera_to_world, dtype=np.float64).reshape(4, 4)

    def ray_slopes(self) -> FloatArray:
        """Where the ray through each pixel centre meets the plane one metre ahead (Z = -1).

        Returns:
            (H, W, 2) float32: x to the right, y up; tangents of the angles from the axis.
        """
        x, y = self._slopes()
        return np.stack(np.broadcast_arrays(x[None, :], y[:, None]), axis=-1).astype(np.float32)

    def directions(self) -> FloatArray:
        """Unit directions from the camera through each pixel centre, in camera space.

        Returns:
            (H, W, 3) float32; z is negative.
        """
        slopes = self.ray_slopes()
        ones = np.full((*slopes.shape[:2], 1), -1.0, dtype=np.float32)
        rays = np.concatenate([slopes, ones], axis=-1)
        unit: FloatArray = (rays / np.linalg.norm(rays, axis=-1, keepdims=True)).astype(np.float32)
        return unit

    def position_from_depth(self, z: npt.ArrayLike) -> FloatArray:
        """Camera-space positions from planar depth.

        Args:
            z: (H, W) or (H, W, 1) distances along the viewing axis (not along the ray), metres, positive ahead.

        Returns:
            (H, W, 3) float32 positions, metres; z is `-depth`.

        Raises:
            ValueError: the depth is not of the camera's size.
        """
        depth = np.asarray(z, dtype=np.float32)
        depth = depth[..., 0] if depth.ndim == 3 and depth.shape[2] == 1 else depth
        if depth.shape != (self.height, self.width):
            raise ValueError(f"depth of shape {depth.shape} does not fit a camera of {self.width}x{self.height} pixels")
        slopes = self.ray_slopes()
        return np.stack([slopes[..., 0] * depth, slopes[..., 1] * depth, -depth], axis=-1)

    def _slopes(self) -> tuple[DoubleArray, DoubleArray]:
        focal = self.focal_length_pixels
        x = (np.arange(self.width, dtype=np.float64) + 0.5 - self.width / 2.0) / focal
        y = (self.height / 2.0 - (np.arange(self.height, dtype=np.float64) + 0.5)) / focal
        return x, y
