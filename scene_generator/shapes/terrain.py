"""Land: a heightfield of ridges and valleys with gentle ground about the origin."""

from __future__ import annotations

from typing import Callable, Dict, Sequence, Tuple  # noqa: UP035 - Python 3.9

import numpy as np

from scene_generator.shapes.mesh import Mesh, grid

Numbers = Sequence[float]

CELLS = 180
_OCTAVES = 6


def _perlin(x: np.ndarray, z: np.ndarray, table: np.ndarray) -> np.ndarray:
    # Gradient noise in the plane, about -0.7 .. 0.7, period 256: K. Perlin, "Improving noise", SIGGRAPH 2002.
    x0, z0 = np.floor(x), np.floor(z)
    fx, fz = x - x0, z - z0
    i, j = x0.astype(np.int64) & 255, z0.astype(np.int64) & 255
    i1, j1 = (i + 1) & 255, (j + 1) & 255
    order, cos, sin = table[0].astype(np.int64), table[1], table[2]

    def corner(a: np.ndarray, b: np.ndarray, dx: np.ndarray, dz: np.ndarray) -> np.ndarray:
        index = order[(order[a] + b) & 255]
        return np.asarray(cos[index] * dx + sin[index] * dz)

    u, v = fx * fx * fx * (fx * (fx * 6 - 15) + 10), fz * fz * fz * (fz * (fz * 6 - 15) + 10)
    low = corner(i, j, fx, fz) * (1 - u) + corner(i1, j, fx - 1, fz) * u
    high = corner(i, j1, fx, fz - 1) * (1 - u) + corner(i1, j1, fx - 1, fz - 1) * u
    return np.asarray(low * (1 - v) + high * v)


def _land(numbers: Numbers, seed: int, x: np.ndarray, z: np.ndarray) -> np.ndarray:
    width, depth, height, roughness = numbers
    rng = np.random.default_rng(seed)
    turn = rng.uniform(0, 2 * np.pi, 256)
    table = np.stack([rng.permutation(256).astype(float), np.cos(turn), np.sin(turn)])
    features = rng.uniform(1.5, 3.5)
    scale = features / min(width, depth)
    ox, oz = rng.uniform(0, 256, 2)
    angle = rng.uniform(0, np.pi)
    # Ridges run: stretched along one direction.
    stretch = rng.uniform(0.55, 1.0)
    c, s = np.cos(angle), np.sin(angle)
    u = (c * x + s * z) * scale * stretch + ox
    v = (-s * x + c * z) * scale + oz
    bend = rng.uniform(0.15, 0.45)
    u, v = u + bend * _perlin(u * 0.9 + 31.4, v * 0.9, table), v + bend * _perlin(u * 0.9, v * 0.9 + 47.2, table)
    ridged = rng.uniform(0.25, 0.9)
    persistence = 0.32 + 0.22 * float(np.clip(roughness, 0, 1))
    total, weight, amplitude = np.zeros_like(u), np.ones_like(u), 1.0
    cell = np.maximum(_cell(x, width), _cell(z, depth))
    for octave in range(_OCTAVES):
        f, shift = 2.03**octave, 17.3 * octave
        # Waves of fewer than three of the mesh's cells fade out: they could only alias.
        seen = np.clip(1 / (scale * f * cell) - 3, 0, 1)
        n = _perlin(u * f + shift, v * f - shift, table)
        ridge = 1 - np.sqrt(4 * n * n + 0.01)
        ridge = ridge * ridge
        # F. K. Musgrave's ridged multifractal ("Texturing and Modeling", 1994): detail gathers on heights, valleys
        # stay smooth.
        total += amplitude * seen * weight * (ridged * ridge + (1 - ridged) * (n + 0.5))
        weight = weight * np.clip(0.35 + 1.3 * (ridged * ridge + (1 - ridged) * (n + 0.5)), 0.1, 1.0)
        amplitude *= persistence
    distance = np.sqrt((x / width) ** 2 + (z / depth) ** 2) * 2
    flat = rng.uniform(0.08, 0.2)
    t = np.clip((distance - flat) / rng.uniform(0.35, 0.8), 0, 1)
    gentle = rng.uniform(0.04, 0.12)
    return np.asarray(height * (gentle + (1 - gentle) * t * t * (3 - 2 * t)) * (total - 0.45) * 0.85)


def _exact(numbers: Numbers, seed: int, x: np.ndarray, z: np.ndarray) -> np.ndarray:
    zero = np.zeros(1)
    land: np.ndarray = _land(numbers, seed, x, z) - _land(numbers, seed, zero, zero)
    return land


def _spacing(size: float, cells: int = CELLS, extra: int = 0) -> np.ndarray:
    # Cells at the origin, where things stand and cameras are near, are a third of the mean; `extra` go past the rim.
    t = np.arange(-extra, cells + 1 + extra) / cells * 2 - 1
    return np.asarray(size / 2 * (0.35 * t + 0.65 * t**3))


def _cell(x: np.ndarray, size: float) -> np.ndarray:
    # Length of the mesh's cells at `x`.
    rim = _spacing(size)
    return np.asarray(np.interp(x, (rim[1:] + rim[:-1]) / 2, np.diff(rim)))


def terrain_height(numbers: Numbers, seed: int, x: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Return the height (y, metres) of the shape "terrain" at `x`, `z` (any equal shapes, metres, inside its extent).

    It is the surface that the mesh samples: between vertices they differ by the mesh's interpolation error.
    """
    x, z = np.broadcast_arrays(np.asarray(x, float), np.asarray(z, float))
    return np.asarray(_exact(numbers, seed, x.ravel(), z.ravel()).reshape(x.shape))


def _terrain(numbers: Numbers, seed: int) -> Mesh:
    x, z = _spacing(numbers[0], extra=1), _spacing(numbers[1], extra=1)
    zz, xx = np.meshgrid(z, x, indexing="ij")
    y = _exact(numbers, seed, xx.ravel(), zz.ravel()).reshape(xx.shape)
    dz, dx = np.gradient(y, z, x)
    normal = np.stack([-dx, np.ones_like(y), -dz], -1)
    inner = (slice(1, -1), slice(1, -1))
    return grid(np.stack([xx, y, zz], -1)[inner], normal[inner], np.stack([xx, -zz], -1)[inner])


KINDS: Dict[str, Tuple[Callable[[Numbers, int], Mesh], Tuple[str, ...]]] = {  # noqa: UP006
    "terrain": (_terrain, ("width", "depth", "height", "roughness")),
}
