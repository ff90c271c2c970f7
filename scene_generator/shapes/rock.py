"""Stones: a solid between random planes, its edges rounded, its skin rough."""

from __future__ import annotations

from typing import Callable, Dict, Sequence, Tuple  # noqa: UP035 - Python 3.9

import numpy as np

from scene_generator.shapes.implicit import standing
from scene_generator.shapes.mesh import Mesh, grid, join
from scene_generator.shapes.waves import cube_sphere, waves

Numbers = Sequence[float]


def star(radius: float, r: np.ndarray, slope: np.ndarray, directions: np.ndarray, squash: np.ndarray) -> Mesh:
    """Return the mesh of a surface given by its distance from the origin along each direction; normals are exact.

    Args:
        radius: metres, multiplies all; also the scale of the texture coordinates. r: (N,) relative distance, above 0.
        slope: (3, N) gradient of r, taken as a function of the direction in space. directions: (6, K, K, 3) of
            `cube_sphere`, N = 6 K K. squash: scale along x, y, z, applied last.
    """
    d = directions.reshape(-1, 3).T
    tangential = slope - (slope * d).sum(0) * d
    # A normal goes with the inverse transpose of what the points go with.
    normal = (r * d - tangential).T / squash
    points = (radius * r * d).T * squash
    shape = directions.shape
    t = np.linspace(0, 1, shape[1]) * (np.pi / 2 * radius * float(np.mean(squash)))
    vv, uu = np.meshgrid(t, t, indexing="ij")
    uv = np.stack([uu, vv], -1)
    return join([grid(a, b, uv) for a, b in zip(points.reshape(shape), normal.reshape(shape))])


def _rock(numbers: Numbers, seed: int) -> Mesh:
    # The body: with planes n . p = h, the p-norm of max(0, n . p / h) is 1 on a polyhedron whose edges are the rounder,
    # the lower p; it is homogeneous, so the distance along a direction is its inverse.
    radius, roughness, angularity = numbers
    rng = np.random.default_rng(seed)
    directions = cube_sphere(44)
    d = directions.reshape(-1, 3).T.astype(np.float32)
    count = int(rng.integers(12, 24))
    n = rng.normal(size=(count, 3))
    n /= np.linalg.norm(n, axis=1, keepdims=True)
    # Six more along the axes bound the stone where random ones leave a gap.
    n = np.concatenate([n, np.eye(3), -np.eye(3)]).astype(np.float32)
    h = np.concatenate([rng.uniform(0.62, 1.0, count), rng.uniform(0.8, 1.0, 6)]).astype(np.float32)[:, None]
    power = np.float32(4 * 12 ** float(np.clip(angularity, 0, 1)))
    ratio = np.maximum((n @ d) / h, 1e-6)
    most = ratio.max(0)
    terms = (ratio / most) ** (power - 1)
    total = (terms * ratio / most).sum(0)
    g = most * total ** (1 / power)
    slope_g = ((n / h).T @ terms) * total ** (1 / power - 1)
    noise, slope = np.zeros_like(g), np.zeros_like(d)
    for octave in range(4):
        value, change = waves(d, rng, 0.5 * 2.1**octave, 7)
        # The last octave's waves are three cells long. Ridges cut in, as chips do; the square root keeps their creases
        # smooth enough for the gradient to be exact.
        crease = np.sqrt(value * value + 0.06)
        weight = np.float32(roughness * 0.17 * (1 - 0.55 * angularity) * 0.5**octave)
        mix = 0.35 + 0.5 * angularity
        noise += weight * ((1 - mix) * value - mix * (crease - 0.8))
        slope += weight * ((1 - mix) - mix * value / crease) * change
    bounded = np.tanh(noise)
    slope *= 1 - bounded**2
    r = (1 + bounded) / g
    slope = slope / g - (1 + bounded) / g**2 * slope_g
    squash = np.array([1.0, rng.uniform(0.5, 0.95), rng.uniform(0.65, 1.0)])
    reach = float(np.hypot(r * d[0], r * d[2] * squash[2]).max())
    return standing(star(radius / reach * 0.95, r, slope, directions, squash), 0.05 * radius)


KINDS: Dict[str, Tuple[Callable[[Numbers, int], Mesh], Tuple[str, ...]]] = {  # noqa: UP006
    "rock": (_rock, ("radius", "roughness", "angularity")),
}
