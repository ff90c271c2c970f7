"""The formula that the networks are measured against: ground-truth ambient occlusion from horizons (GTAO).

Jimenez, Wu, Pesce and Jarabo, "Practical Realtime Strategies for Accurate Indirect Occlusion", SIGGRAPH 2016 course:
in each of several planes through the viewing direction the highest visible elevation is looked for to both sides, and
what lies between them is integrated with the cosine in closed form. Samples fade with their distance in radii, as in
horizon-based ambient occlusion (Bavoil, Sainz and Dimitrov, 2008).

`GtaoSettings` has what is usually tuned by eye; its defaults are tuned on rendered scenes
(`benchmarks/occlusion.py --tune`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.errors import BadConfig
from core.occlusion.geometry import Surfaces

__all__ = ["GtaoSettings", "gtao", "gtao_at"]

FloatArray = npt.NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class GtaoSettings:
    """How horizons are looked for, and what is made of them.

    Attributes:
        planes: directions looked along, 1 or more.
        steps: samples to each side, 1 or more.
        reach: factor on the radius for the search.
        spread: samples lie at ((k + 0.5) / steps)^spread of the reach: above 1 they crowd near the pixel.
        fade: share of the reach at which samples begin to fade, 0..1.
        thickness: how much of a horizon is given up where samples behind it are lower, 0 (things are infinitely deep)
            to 1 (only the last sample counts).
        strength: factor on what is closed.
        power: exponent of what is open.

    Raises:
        BadConfig: a number that has no meaning.
    """

    planes: int = 6
    steps: int = 10
    reach: float = 1.15
    spread: float = 1.0
    fade: float = 0.9
    thickness: float = 0.05
    strength: float = 1.0
    power: float = 1.0

    def __post_init__(self) -> None:
        if self.planes < 1 or self.steps < 1:
            raise BadConfig(f"{self.planes} planes and {self.steps} steps; both must be 1 or more")
        if min(self.reach, self.spread, self.power) <= 0.0 or self.strength < 0.0:
            raise BadConfig("reach, spread and power must be above 0 and strength 0 or more")
        if not (0.0 <= self.fade < 1.0 and 0.0 <= self.thickness <= 1.0):
            raise BadConfig(f"fade {self.fade} and thickness {self.thickness} must lie in 0..1, fade below 1")


def gtao(surfaces: Surfaces, settings: GtaoSettings | None = None, seed: int = 0) -> FloatArray:
    """Occlusion of a whole picture, (H, W, 1) float32: 1 open .. 0 closed; 1 where no surface is.

    Args:
        surfaces: what is there.
        settings: None: the defaults.
        seed: of the turn of each pixel's planes.
    """
    height, width = surfaces.depth.shape
    open_share = np.ones(height * width, np.float32)
    there = np.flatnonzero(surfaces.depth.ravel() > 0.0)
    for part in np.array_split(there, max(1, -(-there.size // (1 << 18)))):
        open_share[part] = gtao_at(surfaces, part, settings, seed)
    return open_share.reshape(height, width, 1)


def gtao_at(
    surfaces: Surfaces, pixels: npt.NDArray[np.int64], settings: GtaoSettings | None = None, seed: int = 0
) -> FloatArray:
    """Occlusion of some pixels.

    Args:
        surfaces: of the whole picture.
        pixels: (N,) indices into the flattened picture; a surface must be there.
        settings: None: the defaults.
        seed: of the turn of each pixel's planes.

    Returns:
        (N,) float32, 1 open .. 0 closed.
    """
    chosen = settings or GtaoSettings()
    height, width = surfaces.depth.shape
    rows, columns = np.divmod(pixels, width)
    field = surfaces.positions()
    position = field[rows, columns]
    normal = surfaces.normals[rows, columns]
    view = -position / np.linalg.norm(position, axis=-1, keepdims=True)
    # Radius on the picture, in the longer of a pixel's sides; at most the picture's own size is searched.
    aspect = surfaces.pixel_aspect
    along_x, along_y = max(1.0, 1.0 / aspect), max(1.0, aspect)
    reach = chosen.reach / np.maximum(surfaces.depth[rows, columns] * surfaces.pixel * along_x, 1e-6)
    reach = np.clip(reach, 1.0, float(max(height, width)))
    # Interleaved gradient noise (Jimenez 2014) turns the planes of neighbouring pixels differently.
    noise = np.modf(52.9829189 * np.modf(0.06711056 * (columns + seed) + 0.00583715 * rows)[0])[0]
    total = np.zeros(len(pixels), np.float32)
    for plane in range(chosen.planes):
        angle = np.pi * (plane + noise) / chosen.planes
        along = np.stack([np.cos(angle), np.sin(angle)], -1)
        # The plane holds the view direction and the way taken on the picture.
        direction = np.concatenate([along, np.zeros_like(along[:, :1])], -1)
        across = direction - (direction * view).sum(-1, keepdims=True) * view
        axis = np.cross(across, view)
        axis /= np.maximum(np.linalg.norm(axis, axis=-1, keepdims=True), 1e-6)
        flat = normal - (normal * axis).sum(-1, keepdims=True) * axis
        length = np.linalg.norm(flat, axis=-1)
        cosine = np.clip((flat * view).sum(-1) / np.maximum(length, 1e-6), -1.0, 1.0)
        tilt = np.sign((across * flat).sum(-1)) * np.arccos(cosine)
        horizons = []
        for side in (-1.0, 1.0):
            least = np.cos(tilt + side * np.pi / 2.0)
            top = least.copy()
            for step in range(chosen.steps):
                share = ((step + 0.5) / chosen.steps) ** chosen.spread
                far = np.maximum(share * reach, 1.0 + step)
                x = np.rint(columns + side * far * along[:, 0] * along_x).astype(np.int64)
                y = np.rint(rows - side * far * along[:, 1] * along_y).astype(np.int64)
                inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
                x, y = np.clip(x, 0, width - 1), np.clip(y, 0, height - 1)
                inside &= surfaces.depth[y, x] > 0.0
                delta = field[y, x] - position
                distance = np.maximum(np.linalg.norm(delta, axis=-1), 1e-6)
                fade = np.clip((distance / chosen.reach - chosen.fade) / (1.0 - chosen.fade), 0.0, 1.0)
                found = (delta * view).sum(-1) / distance
                found = np.where(inside, found + (least - found) * fade, least)
                sink = np.where(inside, chosen.thickness * (1.0 - fade), 0.0)
                top = np.where(found > top, found, top + (found - top) * sink)
            horizons.append(side * np.arccos(np.clip(top, -1.0, 1.0)))
        low = tilt + np.maximum(horizons[0] - tilt, -np.pi / 2.0)
        high = tilt + np.minimum(horizons[1] - tilt, np.pi / 2.0)
        arcs = sum(0.25 * (-np.cos(2.0 * one - tilt) + cosine + 2.0 * one * np.sin(tilt)) for one in (low, high))
        total += (length * arcs).astype(np.float32)
    open_share = np.clip(total / chosen.planes, 0.0, 1.0) ** chosen.power
    made: FloatArray = np.clip(1.0 - chosen.strength * (1.0 - open_share), 0.0, 1.0).astype(np.float32)
    return made
