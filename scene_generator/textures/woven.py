"""Cloth: the threads of weaves and knits, and what is woven into them."""

from __future__ import annotations

from typing import Dict  # noqa: UP035 - Python 3.9

import numpy as np

from scene_generator.textures.coordinates import axis, plane
from scene_generator.textures.noise import Painter, noise


def _threads(rng: np.random.Generator, size: int, scale: int, float_over: int) -> np.ndarray:
    # Two sets of threads; each passes over `float_over` of the other set and under as many, shifted by one each row.
    n = 2 * float_over * max(1, min(24, 2 * scale) // float_over)
    n = min(n, max(2 * float_over, size // 4 // (2 * float_over) * (2 * float_over)))
    t = axis(size) * n
    thread = t.astype(np.int64)
    warp = np.abs(np.sin(np.pi * t))[None, :]
    weft = np.abs(np.sin(np.pi * t))[:, None]
    over = (thread[:, None] + thread[None, :]) % (2 * float_over) < float_over
    uneven = 0.05 * np.clip(noise(rng, size, 8), -2, 2)
    values: np.ndarray = (np.where(over, warp, 0.8 * weft) * (0.9 + uneven)).astype(np.float32)
    return values


def _weave(rng: np.random.Generator, size: int, scale: int) -> np.ndarray:
    return _threads(rng, size, scale, 1)


def _twill(rng: np.random.Generator, size: int, scale: int) -> np.ndarray:
    return _threads(rng, size, scale, 2)


def _denim(rng: np.random.Generator, size: int, scale: int) -> np.ndarray:
    # Diagonal ribs, threads of uneven thickness, and wear in large soft areas.
    slub = np.clip(noise(rng, size, 20, 0.8, (16.0, 1.0)), -2, 2)
    worn = np.clip(noise(rng, size, 1, 2.0), -2, 2)
    values: np.ndarray = 0.5 * _threads(rng, size, scale, 2) + 0.16 * slub + 0.12 * worn
    return values


def _slub(rng: np.random.Generator, size: int, scale: int) -> np.ndarray:
    # Thick and thin threads both ways: linen, raw silk, canvas.
    warp = np.clip(noise(rng, size, 6 * scale, 0.8, (14.0, 1.0)), -2, 2)
    weft = np.clip(noise(rng, size, 6 * scale, 0.8, (1.0, 14.0)), -2, 2)
    values: np.ndarray = warp + weft
    return values


def _knit(rng: np.random.Generator, size: int, scale: int) -> np.ndarray:
    # Columns of V: two slanted strands that mirror each other.
    columns = min(2 * max(2, scale), max(2, size // 10))
    v, u = plane(size)
    f = (u * columns) % 1.0 - 0.5
    strand = np.sqrt(np.maximum(1 - (4 * np.abs(f) - 1) ** 2, 0))
    loop = np.abs(np.sin(np.pi * (v * round(1.3 * columns) + 1.1 * np.abs(f))))
    uneven = 0.04 * np.clip(noise(rng, size, 4), -2, 2)
    values: np.ndarray = (loop * strand) ** 0.7 * (1 + uneven)
    return values


def _plaid(rng: np.random.Generator, size: int, scale: int) -> np.ndarray:
    # One sequence of bands, used for both sets of threads.
    count = int(rng.integers(4, 9))
    width = rng.uniform(0.2, 1.0, count)
    cuts = np.cumsum(width) / width.sum()
    bands = rng.random(count)
    sett = max(1, scale // 2)
    # The tile begins in the middle of a band.
    t = (axis(size) * sett + 0.5 * cuts[0]) % 1.0
    line = bands[np.minimum(np.searchsorted(cuts, t, side="right"), count - 1)]
    values: np.ndarray = 0.5 * (line[:, None] + line[None, :])
    return values


def _ribs(rng: np.random.Generator, size: int, scale: int) -> np.ndarray:
    # Corduroy, ribbed knit, pleats.
    n = min(4 * scale, size // 6)
    wave = np.abs(np.sin(np.pi * plane(size)[1] * max(1, n))) ** 0.7
    values: np.ndarray = wave + 0.06 * np.clip(noise(rng, size, 16, 1.0), -2, 2)
    return values


def _quilt(rng: np.random.Generator, size: int, scale: int) -> np.ndarray:
    # Stitched diamonds, full in the middle.
    v, u = plane(size)
    n = max(1, scale // 2) * 2
    a, b = np.abs(np.sin(np.pi * n * (u + v) / 1.0)), np.abs(np.sin(np.pi * n * (u - v)))
    values: np.ndarray = np.sqrt(a * b) + 0.03 * np.clip(noise(rng, size, 6), -2, 2)
    return values


KINDS: Dict[str, Painter] = {  # noqa: UP006
    "weave": _weave,
    "twill": _twill,
    "denim": _denim,
    "slub": _slub,
    "knit": _knit,
    "plaid": _plaid,
    "ribs": _ribs,
    "quilt": _quilt,
}
