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


def latlong(sky: Sky, height: int = 64) -> np.ndarray:
    """Return the sky's radiance as (height, 2 * height, 3) float32, scene-linear Rec.709, layout as `directions`."""
    d = directions(height)
    up = d[..., 1:2]
    zenith, horizon, ground = (np.asarray(c, np.float64) for c in (sky.zenith, sky.horizon, sky.ground))
    above = horizon + (zenith - horizon) * np.clip(up, 0, 1) ** 0.6
    below = ground + (horizon - ground) * np.clip(1 + up * 6, 0, 1)
    radiance = np.where(up > 0, above, below)
    if sky.clouds > 0:
        rng = np.random.default_rng(sky.seed)
        square = np.clip(patterns.noise(rng, 2 * height, 4, 1.5), -2, 2)
        radiance = radiance * np.maximum(1 + sky.clouds * square[:height, :, None] * (up > -0.05), 0.1)
    for patch in sky.patches:
        axis = np.asarray(patch.direction)
        angle = np.arccos(np.clip(d @ (axis / np.linalg.norm(axis)), -1, 1))
        # A soft rim two texels wide keeps a small sun from flickering with the resolution.
        rim = 2 * np.pi / height
        weight = np.clip((patch.radius + rim / 2 - angle) / rim, 0, 1)[..., None]
        radiance = radiance + weight * np.asarray(patch.radiance)
    values: np.ndarray = np.maximum(radiance, 0).astype(np.float32)
    return values
