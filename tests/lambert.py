"""Training pairs in closed form: a sphere before a tilted wall, lit from one side, with exact normals.

No renderer and no noise, so that a test knows every pixel's answer; small enough to be made in milliseconds.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from core.camera import PinholeCamera
from core.image import Image, encode_exr
from core.shards import ShardIndex, write_shard

FloatArray = npt.NDArray[np.float32]
FOV_DEGREES = 50.0


@dataclass(frozen=True)
class Scene:
    """A sphere (centre and radius in metres, camera space) and the share of the picture's height that has a wall."""

    centre: tuple[float, float, float] = (0.1, 0.05, -3.0)
    radius: float = 0.8
    wall: bool = True


def random_scene(rng: np.random.Generator) -> Scene:
    """A sphere somewhere in view."""
    x, y = rng.uniform(-0.6, 0.6, 2)
    return Scene((float(x), float(y), -3.0), float(rng.uniform(0.5, 0.9)))


def camera(width: int, height: int) -> PinholeCamera:
    """The camera of every picture here."""
    return PinholeCamera.from_fov_degrees(width, height, FOV_DEGREES)


def sphere_normals(slopes: npt.ArrayLike, centre: npt.ArrayLike, radius: float) -> npt.NDArray[np.float64]:
    """Normals of the sphere along rays: (H, W, 2) slopes -> (H, W, 3), 0 where a ray misses.

    From |t d - c| = r with d = (x, y, -1): the nearer root of a quadratic equation.
    """
    xy = np.asarray(slopes, np.float64)
    d = np.concatenate([xy, -np.ones((*xy.shape[:2], 1))], axis=2)
    c = np.asarray(centre, np.float64)
    a, b = (d * d).sum(2), d @ c
    inside = b * b - a * (c @ c - radius * radius)
    hit = inside > 0
    t = (b - np.sqrt(np.where(hit, inside, 0.0))) / a
    return np.where(hit[..., None], (d * t[..., None] - c) / radius, 0.0)


def frame(scene: Scene, width: int = 48, height: int = 40) -> Image:
    """R, G, B, A and N of a scene: scene-linear, float."""
    normals = sphere_normals(camera(width, height).ray_slopes(), scene.centre, scene.radius)
    ball = np.linalg.norm(normals, axis=2) > 0.5
    if scene.wall:
        normals[~ball] = np.array([math.sin(0.3), 0.0, math.cos(0.3)])
    seen = np.linalg.norm(normals, axis=2) > 0.5
    light = np.array([-0.48, 0.6, 0.64])
    shade = 0.1 + 0.9 * np.maximum(normals @ light, 0.0)
    color = np.where(ball[..., None], [0.7, 0.5, 0.4], [0.3, 0.4, 0.5])
    plate = shade[..., None] * color * seen[..., None]
    return Image.from_layers({"": plate, "A": seen.astype(np.float32), "N": normals})


def metadata(index: int, width: int = 48, height: int = 40, **changes: Any) -> dict[str, Any]:
    """What a sample's JSON holds."""
    film = camera(width, height)
    lens = {"focal_length_mm": film.focal_length_mm, "horizontal_aperture_mm": film.horizontal_aperture_mm}
    return {"seed": 7, "index": index, "spec_hash": f"hash{index}", "family": "spheres", "camera": lens, **changes}


def samples(
    count: int, width: int = 48, height: int = 40, seed: int = 11
) -> Iterator[tuple[str, bytes, dict[str, Any]]]:
    """What `write_shard` takes."""
    rng = np.random.default_rng(seed)
    for index in range(count):
        data = encode_exr(frame(random_scene(rng), width, height), dtype="float")
        yield f"sample_{index:04d}", data, metadata(index, width, height)


def write_set(folder: Path, count: int = 8, width: int = 48, height: int = 40) -> ShardIndex:
    """A folder with one shard."""
    return write_shard(folder / "shard_0000.tar", samples(count, width, height))


def damage(shard: Path, index: ShardIndex, key: str) -> None:
    """Change one byte in the middle of a sample's picture."""
    member = next(record.image for record in index.records if record.key == key)
    data = bytearray(shard.read_bytes())
    data[member.offset + member.size // 2] ^= 0xFF
    shard.write_bytes(bytes(data))
