"""A `Sky` as a latitude-longitude picture."""

from __future__ import annotations

import numpy as np

from scene_generator.spec import Sky
from scene_generator.textures import patterns


def directions(height: int) -> np.ndarray:
    """Return the unit world direction of each texel, (height, 2 * height, 3).

    Row 0 is straight up (+Y). Column c sees azimuth phi = 2 pi (c + 0.5) / width with
    direction (sin(phi), ., -cos(phi)) scaled by the sine of the polar angle.
    """
    width = 2 * height
    theta = (np.arange(height) + 0.5) / height * np.pi
    phi = (np.arange(width) + 0.5) / width * 2 * np.pi
    t, p = np.meshgrid(theta, phi, indexing="ij")
    return np.stack([np.sin(t) * np.sin(p), np.cos(t), -np.sin(t) * np.cos(p)], -1)


def latlong(sky: Sky, height: int = 224) -> np.ndarray:
    """Return the sky's radiance as (height, 2 * height, 3) float32, scene-linear Rec.709, layout as `directions`.

    A sky with an `hdri` is not made here: the renderer reads that file.
    """
    d = directions(height)
    up = d[..., 1:2]
    zenith, horizon, ground = (np.asarray(c, np.float64) for c in (sky.zenith, sky.horizon, sky.ground))
    above = horizon + (zenith - horizon) * np.clip(up, 0, 1) ** 0.6
    below = ground + (horizon - ground) * np.clip(1 + up * 6, 0, 1)
    radiance = np.where(up > 0, above, below)
    for patch in sky.patches:
        axis = np.asarray(patch.direction)
        angle = np.arccos(np.clip(d @ (axis / np.linalg.norm(axis)), -1, 1))
        # A soft rim two texels wide keeps a small sun from flickering with the resolution.
        rim = 2 * np.pi / height
        weight = np.clip((patch.radius + rim / 2 - angle) / rim, 0, 1)[..., None]
        radiance = radiance + weight * np.asarray(patch.radiance)
    if sky.clouds > 0:
        thick = _clouds(sky, d)[..., None]
        lit = np.maximum(horizon, zenith).mean() * (1.25 - 0.75 * thick)
        # The sun shines through: clouds that hid it would change the light of the whole scene.
        veiled = np.where(radiance > 4 * horizon.max(), radiance, lit)
        radiance = radiance + (veiled - radiance) * np.clip(2.5 * thick, 0, 0.95)
    values: np.ndarray = np.maximum(radiance, 0).astype(np.float32)
    return values


def _clouds(sky: Sky, d: np.ndarray) -> np.ndarray:
    # Thickness 0..1 of a flat layer overhead, so that clouds grow smaller and denser towards the horizon.
    size = 256
    field = patterns.noise(np.random.default_rng(sky.seed), size, 3, 1.7)
    reach = 1 / (np.maximum(d[..., 1], 0) + 0.12)
    x, y = (d[..., k] * reach * (0.22 * size) for k in (0, 2))
    i, j = np.floor(y).astype(int), np.floor(x).astype(int)
    fy, fx = y - i, x - j
    rows, columns = (i % size, (i + 1) % size), (j % size, (j + 1) % size)
    top = field[rows[0], columns[0]] * (1 - fx) + field[rows[0], columns[1]] * fx
    low = field[rows[1], columns[0]] * (1 - fx) + field[rows[1], columns[1]] * fx
    value = top * (1 - fy) + low * fy
    thick: np.ndarray = np.clip((value + 2.2 * sky.clouds - 1.1) * 0.5, 0, 1) * np.clip(d[..., 1] * 14, 0, 1)
    return thick
