"""Light from all around for one sample: drawn studios, skies, rooms and fields of colour, at one exposure.

Every light is brought to the same level, so that brightness tells of the material: a white Lambertian ball, seen whole
from the front, has the mean radiance `LEVEL`. A photograph that is exposed for its subject is near that, not at it.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from scene_generator.sky import directions, latlong
from scene_generator.spec import Sky, SoftBox, vec3
from scene_generator.textures import patterns

__all__ = ["HEIGHT", "KINDS", "LEVEL", "environment", "white_ball"]

FloatArray = npt.NDArray[np.float32]

HEIGHT = 64
"""Rows of an environment; it has twice as many columns."""

LEVEL = 0.8
"""Mean radiance of the disc of a white Lambertian ball under every light, as the camera sees it."""


def environment(kind: str, rng: np.random.Generator, toward_camera: npt.ArrayLike) -> FloatArray:
    """Radiance from every direction.

    Args:
        kind: one of `KINDS`.
        toward_camera: (3,) from the object; decides the exposure (`LEVEL`).

    Returns:
        (HEIGHT, 2 HEIGHT, 3) float32, scene-linear Rec.709, laid out as `scene_generator.sky.directions`.
    """
    radiance = np.maximum(KINDS[kind](rng), 0.0).astype(np.float32)
    level = float(white_ball(radiance, toward_camera).mean())
    return radiance * np.float32(LEVEL / max(level, 1e-6))


def white_ball(radiance: FloatArray, toward_camera: npt.ArrayLike) -> FloatArray:
    """(3,) mean radiance of the disc of a white Lambertian ball seen from `toward_camera`.

    A disc weighs each normal n by max(n.v, 0); what remains of that integral is a sum over lights whose weight depends
    on the angle between light and camera alone. It is summed over 48 normals.
    """
    d = directions(radiance.shape[0]).reshape(-1, 3)
    rows = np.sin((np.arange(radiance.shape[0]) + 0.5) / radiance.shape[0] * np.pi)
    solid_angle = np.repeat(rows, radiance.shape[1])
    solid_angle = solid_angle * (4 * np.pi / solid_angle.sum())
    view = np.asarray(toward_camera, float)
    view = view / np.linalg.norm(view)
    across = np.cross(view, [0.0, 0.0, 1.0] if abs(view[1]) > 0.9 else [0.0, 1.0, 0.0])
    across = across / np.linalg.norm(across)
    up = np.cross(across, view)
    # A sunflower of points of equal area on the disc.
    index = np.arange(48) + 0.5
    radius, angle = np.sqrt(index / 48), index * np.pi * (3 - np.sqrt(5))
    x, y = radius * np.cos(angle), radius * np.sin(angle)
    normals = x[:, None] * across + y[:, None] * up + np.sqrt(1 - radius**2)[:, None] * view
    weight = np.maximum(normals @ d.T, 0.0) * solid_angle / np.pi
    found: FloatArray = (weight.mean(0) @ radiance.reshape(-1, 3).astype(float)).astype(np.float32)
    return found


def _studio(rng: np.random.Generator) -> FloatArray:
    d = directions(HEIGHT)
    low, high = sorted(np.exp(rng.uniform(np.log(0.01), np.log(0.5), 2)))
    made = (low + (high - low) * (0.5 + 0.5 * d[..., 1:2])) * _white(rng, 0.1)
    for _ in range(int(rng.integers(1, 6))):
        forward = _direction(rng, -0.25)
        made = made + _panel(d, forward, rng) * _white(rng, 0.25) * np.exp(rng.uniform(np.log(2), np.log(30)))
    return np.asarray(made, np.float32)


def _sky(rng: np.random.Generator) -> FloatArray:
    blue = np.array([0.35, 0.6, 1.0]) * rng.uniform(0.4, 1.5)
    zenith = blue * rng.uniform(0.5, 1.0) + rng.uniform(0, 0.4)
    horizon = blue * 0.6 + rng.uniform(0.2, 0.9) * _white(rng, 0.15)
    ground = np.exp(rng.uniform(np.log(0.05), np.log(0.5))) * _white(rng, 0.3)
    sun = SoftBox(vec3(_direction(rng, 0.15)), rng.uniform(0.06, 0.2), vec3(_white(rng, 0.2) * rng.uniform(20, 150)))
    clouds = float(rng.choice([0.0, rng.uniform(0.2, 1.0)]))
    seed = int(rng.integers(2**31))
    return latlong(Sky(vec3(zenith), vec3(horizon), vec3(ground), clouds, (sun,), seed), HEIGHT)


def _room(rng: np.random.Generator) -> FloatArray:
    d = directions(HEIGHT)
    # Six walls of a box about the camera, each with its own shade and stains.
    axis = np.abs(d).argmax(-1)
    wall = axis * 2 + (np.take_along_axis(d, axis[..., None], -1)[..., 0] > 0)
    shades = np.exp(rng.uniform(np.log(0.08), np.log(0.8), (6, 1))) * np.array([_white(rng, 0.25) for _ in range(6)])
    made = shades[wall] * (0.6 + 0.8 * _noise(rng, 2.0)[..., None])
    for _ in range(int(rng.integers(1, 4))):
        made = made + _panel(d, _direction(rng, -0.1), rng) * _white(rng, 0.3) * rng.uniform(4, 25)
    if rng.uniform() < 0.5:
        made = made + _panel(d, np.array([0.0, 1.0, 0.0]) + rng.normal(0, 0.3, 3), rng) * rng.uniform(4, 20)
    return np.asarray(made, np.float32)


def _colors(rng: np.random.Generator) -> FloatArray:
    made = np.stack([_noise(rng, float(rng.uniform(1.6, 2.4))) for _ in range(3)], -1)
    made = (made.mean(-1, keepdims=True) + rng.uniform(0, 0.6) * (made - made.mean(-1, keepdims=True))) * 3 - 0.8
    made = np.exp(rng.uniform(0.6, 1.5) * made)
    return np.asarray(made * _white(rng, 0.15), np.float32)


KINDS: dict[str, Callable[[np.random.Generator], FloatArray]] = {
    "studio": _studio,
    "sky": _sky,
    "room": _room,
    "colors": _colors,
}
"""Name -> the radiance before it is brought to `LEVEL`."""


def _panel(d: npt.NDArray[np.float64], forward: npt.NDArray[np.float64], rng: np.random.Generator) -> FloatArray:
    # A rectangle on a plane before the object, with soft edges; 1 inside.
    forward = forward / np.linalg.norm(forward)
    right = np.cross([0.0, 1.0, 0.0], forward)
    right = right / max(float(np.linalg.norm(right)), 1e-6)
    up = np.cross(forward, right)
    roll = rng.uniform(-0.4, 0.4)
    right, up = right * np.cos(roll) + up * np.sin(roll), up * np.cos(roll) - right * np.sin(roll)
    depth = d @ forward
    u, v = ((d @ axis) / np.maximum(depth, 1e-3) for axis in (right, up))
    half = np.exp(rng.uniform(np.log(0.08), np.log(0.8), 2))
    soft = 0.05
    inside = np.clip((half[0] - np.abs(u)) / soft + 0.5, 0, 1) * np.clip((half[1] - np.abs(v)) / soft + 0.5, 0, 1)
    bars = 1.0
    if rng.uniform() < 0.3:  # a window's bars
        count = rng.integers(1, 4)
        bars = (np.abs((u / half[0] * count) % 1 - 0.5) < 0.46).astype(float)
    return np.asarray(np.where(depth > 0, inside * bars, 0.0)[..., None], np.float32)


def _noise(rng: np.random.Generator, power: float) -> FloatArray:
    # Of three octave fields on the sphere's axes: no seam and no pinched poles.
    d = directions(HEIGHT)
    size, total = 64, np.zeros(d.shape[:2])
    for plane in ((0, 1), (1, 2), (2, 0)):
        field = patterns.noise(np.random.default_rng(int(rng.integers(2**31))), size, 2, power)
        i, j = (((d[..., k] * 0.5 + 0.5) * size * 0.999).astype(int) % size for k in plane)
        total = total + field[i, j]
    low, high = np.percentile(total, (2, 98))
    return np.asarray(np.clip((total - low) / max(high - low, 1e-6), 0, 1), np.float32)


def _white(rng: np.random.Generator, tint: float) -> npt.NDArray[np.float64]:
    # Warm or cool mostly, seldom green: mean 1.
    warm, green = rng.normal(0, tint), rng.normal(0, 0.25 * tint)
    color = np.exp([warm, green, -warm])
    return np.asarray(color / color.mean())


def _direction(rng: np.random.Generator, lowest: float) -> npt.NDArray[np.float64]:
    y, phi = rng.uniform(lowest, 1.0), rng.uniform(0, 2 * np.pi)
    r = np.sqrt(1 - y * y)
    return np.array([r * np.cos(phi), y, r * np.sin(phi)])
