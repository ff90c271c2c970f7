"""Pictures that move in a known way, for tests of flow and of smoothing over time."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]


def texture(height: int, width: int, shift: tuple[float, float] = (0.0, 0.0), seed: int = 0) -> FloatArray:
    """(height, width) brightness about 0.5, a sum of waves, moved by `shift` pixels to the right and down."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    total = np.zeros((height, width))
    for _ in range(40):
        turn, speed, phase = rng.uniform(0, 2 * np.pi), rng.uniform(0.03, 0.45), rng.uniform(0, 2 * np.pi)
        along = np.cos(turn) * (x - shift[0]) + np.sin(turn) * (y - shift[1])
        total += np.sin(speed * along + phase)
    return (0.5 + 0.05 * total).clip(0, 1).astype(np.float32)


def as_view(grey: FloatArray) -> FloatArray:
    """(H, W, 3) grey picture."""
    return np.repeat(grey[..., None], 3, axis=2)


def constant(height: int, width: int, vector: tuple[float, float, float]) -> FloatArray:
    """(height, width, 3) one unit normal everywhere."""
    unit = np.asarray(vector, dtype=np.float64) / np.linalg.norm(vector)
    return np.broadcast_to(unit, (height, width, 3)).astype(np.float32)


def wavy(height: int, width: int, steepness: float = 0.5, waves: float = 3.0) -> FloatArray:
    """(height, width, 3) normals of gentle hills."""
    y, x = np.mgrid[0:height, 0:width] / max(height, width) * 2 * np.pi * waves
    field = np.stack([steepness * np.sin(x), steepness * np.cos(y), np.ones_like(x)], axis=-1)
    return (field / np.linalg.norm(field, axis=-1, keepdims=True)).astype(np.float32)
