"""Pictures to measure with, made on the spot: the same for the same size, neither empty nor pure noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.camera import PinholeCamera
from core.image import Image
from core.relight.shade import Surface

__all__ = ["FRAME_TYPES", "LitScene", "lit_scene", "made_plate", "training_frame", "training_metadata"]

FloatArray = npt.NDArray[np.float32]

FRAME_TYPES = {"A": "half", "N": "float", "depth": "float"}
"""How the layers of a training frame are stored; the picture itself as half."""

_FOV_DEGREES = 50.0


@dataclass(frozen=True)
class LitScene:
    """A plate, (H, W, 3) scene-linear Rec.709, and what it shows."""

    plate: FloatArray
    surface: Surface


def made_plate(height: int, width: int, seed: int) -> FloatArray:
    """(height, width, 3) float32 scene-linear Rec.709, 0 to about 20: smooth shading, edges, grain and one light."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32) / max(height, 8)
    waves = 2.0 + 6.0 * rng.random(4)
    shade = 0.3 + 0.2 * np.sin(waves[0] * x + waves[1] * y) * np.cos(waves[2] * y)
    shade *= np.where(np.sin(waves[3] * (x - y)) > 0, 1.0, 0.4)
    tint = 0.5 + 0.5 * rng.random(3)
    grain = rng.normal(0.0, 0.01, (height, width, 3))
    place = rng.random(2)
    light = 20.0 * np.exp(-60.0 * ((x - place[0]) ** 2 + (y - place[1]) ** 2))
    plate: FloatArray = (np.abs(shade[..., None] * tint + grain) + light[..., None]).astype(np.float32)
    return plate


def lit_scene(width: int, height: int) -> LitScene:
    """Round things before the camera, smooth with grain; every pixel has a surface with its own properties."""
    dice = np.random.default_rng(1)
    x, y = np.meshgrid(
        np.linspace(-1.6, 1.6, width, dtype=np.float32), np.linspace(0.9, -0.9, height, dtype=np.float32)
    )
    lean = np.stack([np.sin(7.0 * x), np.sin(9.0 * y), 1.2 + 0.4 * np.cos(5.0 * x * y)], axis=-1).astype(np.float32)
    grain = dice.standard_normal((height, width, 3), dtype=np.float32)
    depth = (2.5 + 0.5 * np.cos(3.0 * x) * np.cos(4.0 * y)).astype(np.float32)
    plate = np.clip(0.4 + 0.2 * lean + 0.02 * grain, 0.0, None)
    one = dice.uniform(0.0, 1.0, (3, height, width, 1)).astype(np.float32)
    surface = Surface(
        normals=lean,
        position=np.stack([x * depth * 0.5, y * depth * 0.5, -depth], axis=-1),
        albedo=np.clip(plate, 0.0, 1.0),
        roughness=0.2 + 0.8 * one[0],
        metalness=one[1],
        occlusion=one[2],
    )
    return LitScene(plate, surface)


def training_frame(size: int, seed: int) -> Image:
    """What a shard holds of one scene: R G B A, unit camera-space normals N, depth in metres; (size, size)."""
    shot = lit_scene(size, size)
    normals = shot.surface.normals / np.linalg.norm(shot.surface.normals, axis=2, keepdims=True)
    position = shot.surface.position
    assert position is not None
    layers = {"": made_plate(size, size, seed), "A": np.ones((size, size), np.float32), "N": normals}
    return Image.from_layers({**layers, "depth": -position[..., 2]})


def training_metadata(size: int, index: int) -> dict[str, object]:
    """What a shard's JSON holds of `training_frame`, as far as loading and training need it."""
    film = PinholeCamera.from_fov_degrees(size, size, _FOV_DEGREES)
    lens = {"focal_length_mm": film.focal_length_mm, "horizontal_aperture_mm": film.horizontal_aperture_mm}
    return {"seed": 0, "index": index, "spec_hash": f"made{index}", "family": "made", "camera": lens}
