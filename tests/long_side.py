"""A pinhole camera from the angle along a picture's longer side, as `--fov` means it; the product has only the rays."""

from __future__ import annotations

import math

from core.camera import PinholeCamera

__all__ = ["long_side_camera"]


def long_side_camera(width: int, height: int, fov_degrees: float) -> PinholeCamera:
    half = math.tan(math.radians(fov_degrees) / 2.0) * width / max(width, height)
    return PinholeCamera.from_fov_degrees(width, height, math.degrees(2.0 * math.atan(half)))
