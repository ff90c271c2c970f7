"""Smooth noise as a sum of plane waves: any dimension, its gradient exact."""

from __future__ import annotations

from typing import Sequence, Tuple  # noqa: UP035 - Python 3.9

import numpy as np


def waves(
    p: np.ndarray, rng: np.random.Generator, frequency: float, count: int = 8, stretch: Sequence[float] = (1, 1, 1)
) -> Tuple[np.ndarray, np.ndarray]:  # noqa: UP006
    """Return noise (N,) of unit variance at points (3, N) and its gradient (3, N).

    A random-phase sum of cosines (M. Shinozuka and C.-M. Jan, "Digital simulation of random processes and its
    applications", Journal of Sound and Vibration 1972).

    Args:
        frequency: cycles per metre, about; each wave's is within a factor of 1.5 of it. count: number of waves.
        stretch: frequency along each axis relative to `frequency`.
    """
    direction = rng.normal(size=(count, 3))
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    k = direction * np.asarray(stretch) * (2 * np.pi * frequency * 1.5 ** rng.uniform(-1, 1, (count, 1)))
    k = k.astype(np.float32)
    phase = rng.uniform(0, 2 * np.pi, (count, 1)).astype(np.float32)
    angle = k @ p.astype(np.float32) + phase
    scale = np.float32(np.sqrt(2 / count))
    return np.cos(angle).sum(0) * scale, -(k.T @ np.sin(angle)) * scale


def cube_sphere(cells: int) -> np.ndarray:
    """Return unit directions (6, cells + 1, cells + 1, 3): the six sides of a cube blown up to the sphere.

    Without poles, so that neither textures nor normals pinch.
    """
    t = np.tan(np.linspace(-np.pi / 4, np.pi / 4, cells + 1))
    vv, uu = np.meshgrid(t, t, indexing="ij")
    sides = []
    for axis, u, v in ((0, 2, 1), (1, 0, 2), (2, 0, 1)):
        for sign in (-1.0, 1.0):
            d = np.zeros((*uu.shape, 3))
            d[..., axis], d[..., u], d[..., v] = sign, uu, vv
            sides.append(d / np.linalg.norm(d, axis=-1, keepdims=True))
    return np.stack(sides)
