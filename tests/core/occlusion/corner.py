"""A floor and a wall that meet in a line across the picture: openness is known by formula."""

from __future__ import annotations

import numpy as np

from core.camera import PinholeCamera


def corner(height: int = 64, width: int = 96) -> tuple[np.ndarray, np.ndarray, PinholeCamera]:
    """Normals (H, W, 3), depth (H, W) and camera: a wall 4 m ahead, a floor 1 m below."""
    camera = PinholeCamera.from_fov_degrees(width, height, 60.0)
    slopes = camera.ray_slopes()
    with np.errstate(divide="ignore"):
        floor = np.where(slopes[..., 1] < 0.0, -1.0 / slopes[..., 1], np.inf)
    depth = np.minimum(floor, 4.0).astype(np.float32)
    normals = np.where((floor < 4.0)[..., None], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]).astype(np.float32)
    return normals, depth, camera
