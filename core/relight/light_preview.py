"""A light estimate to look at: the plate with two grey balls beside it, one in the nine harmonics, one in key and
ambient light."""

from __future__ import annotations

import os
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from core.color import to_display
from core.image import SRGB, Image, write_image
from core.relight.harmonics import irradiance
from worker_link.light import PlateLight

__all__ = ["light_preview", "save_light_preview"]

FloatArray: TypeAlias = npt.NDArray[np.float32]

_TALLEST = 540
_LEAST = 64
_SUPER = 3


def light_preview(plate: npt.ArrayLike, light: PlateLight, *, albedo: float = 0.3) -> FloatArray:
    """Plate and balls, scene-linear.

    Args:
        plate: (H, W, 3) scene-linear, in the estimate's colour space; shown at 540 rows at most.
        light: its estimate, not balanced.
        albedo: of the balls; the mean albedo that the estimate assumed puts them into the plate's exposure.

    Returns:
        (h, w + h/2, 3) float32: the plate, and to its right the ball in the nine harmonics above the ball in key and
        ambient light.
    """
    picture = np.nan_to_num(np.asarray(plate, dtype=np.float32), nan=0.0, posinf=0.0, neginf=0.0)
    small = _small(picture)
    side = max(_LEAST // 2, small.shape[0] // 2)
    facing, covered = _ball(side * _SUPER)
    unit = facing.reshape(-1, 3)
    soft = np.maximum(irradiance(np.array(light.harmonics), unit), 0.0).reshape(facing.shape)
    cosine = np.maximum(facing @ np.array(light.toward), 0.0)[..., None]
    hard = cosine * np.array(light.key) + np.array(light.ambient)
    balls = np.concatenate([_shrunk(lit * albedo * covered, _SUPER) for lit in (soft, hard)], axis=0)
    result = np.zeros((max(small.shape[0], 2 * side), small.shape[1] + side, 3), dtype=np.float32)
    result[: small.shape[0], : small.shape[1]] = small
    result[: 2 * side, small.shape[1] :] = balls
    return result


def save_light_preview(
    path: str | os.PathLike[str], plate: npt.ArrayLike, light: PlateLight, *, albedo: float = 0.3
) -> None:
    """Write `light_preview` display-encoded for an sRGB screen, 8 bit.

    Raises:
        BadConfig, DiskFull, BadInput, WorkFailed: as `core.image.write_image`.
    """
    shown = to_display(light_preview(plate, light, albedo=albedo), light.color_space)
    write_image(path, Image(shown, ("R", "G", "B"), color_space=SRGB))


def _small(picture: FloatArray) -> FloatArray:
    return _shrunk(picture, max(1, -(-picture.shape[0] // _TALLEST)))


def _shrunk(picture: npt.ArrayLike, by: int) -> FloatArray:
    """Means of by x by pixels; a remainder at the right and bottom is cut off."""
    pixels = np.asarray(picture, dtype=np.float32)
    height, width = (max(1, size // by) for size in pixels.shape[:2])
    cut = pixels[: height * by, : width * by]
    if cut.shape[:2] != (height * by, width * by):
        return cut[:1, :1]
    means: FloatArray = cut.reshape(height, by, width, by, 3).mean(axis=(1, 3), dtype=np.float32)
    return means


def _ball(side: int) -> tuple[FloatArray, FloatArray]:
    """(side, side, 3) unit normals of a ball that faces the camera, and (side, side, 1) where it is."""
    y, x = (np.mgrid[0:side, 0:side] + 0.5) * (2.0 / side) - 1.0
    x, y = x / 0.92, -y / 0.92
    flat = x * x + y * y
    z = np.sqrt(np.maximum(0.0, 1.0 - flat))
    covered = (flat <= 1.0)[..., None]
    return np.stack([x, y, z], axis=-1).astype(np.float32), covered.astype(np.float32)
