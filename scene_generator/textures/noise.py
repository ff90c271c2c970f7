"""Tileable noise: spectral clouds, ridges and cells, from which most other patterns are made."""

from __future__ import annotations

from functools import lru_cache
from typing import Callable, Dict, Tuple  # noqa: UP035 - Python 3.9

import numpy as np

from scene_generator.textures.coordinates import axis

Painter = Callable[[np.random.Generator, int, int], np.ndarray]
"""(generator, texels a side, scale) -> (size, size) of any range; `patterns.make` stretches it to 0..1."""


def noise(
    rng: np.random.Generator,
    size: int,
    scale: float,
    slope: float = 1.6,
    stretch: Tuple[float, float] = (1.0, 1.0),  # noqa: UP006
) -> np.ndarray:
    """Return Gaussian noise with a power-law spectrum, zero mean, unit deviation; (size, size) float32.

    Frequencies below `scale` cycles a tile are damped, above it the amplitude falls as 1 / f**slope (spectral
    synthesis: Saupe, "Algorithms for random fractals", 1988). The Fourier transform makes it periodic. `stretch` makes
    features longer along v and u by these factors: (8, 1) gives upright streaks.
    """
    half = (size, size // 2 + 1)
    phase = rng.standard_normal((2, *half), np.float32)
    # Large textures are rare, and their spectra too big to keep.
    spectrum = _amplitude if size <= 512 else _amplitude.__wrapped__
    field = np.fft.irfft2((phase[0] + 1j * phase[1]) * spectrum(size, scale, slope, stretch), s=(size, size))
    return (field / max(float(field.std()), 1e-9)).astype(np.float32)


@lru_cache(maxsize=128)
def _amplitude(size: int, scale: float, slope: float, stretch: Tuple[float, float]) -> np.ndarray:  # noqa: UP006
    fy = np.fft.fftfreq(size, 1.0 / size)[:, None] * stretch[0]
    fx = np.fft.rfftfreq(size, 1.0 / size)[None, :] * stretch[1]
    f = np.hypot(fx, fy)
    g = np.maximum(f / scale, 1e-3)
    amplitude: np.ndarray = np.where(f > 0, g**2 / (1.0 + g ** (2.0 + slope)), 0).astype(np.float32)
    return amplitude


def ridges(rng: np.random.Generator, size: int, scale: float, slope: float = 1.6) -> np.ndarray:
    """Return 1 on the zero lines of a noise, falling to 0 away from them; (size, size) float32.

    (Ridged noise: Musgrave in Ebert et al., "Texturing and Modeling", 1994.)
    """
    values: np.ndarray = 1 - np.minimum(np.abs(noise(rng, size, scale, slope)), 1.0)
    return values


@lru_cache(maxsize=2)
def cells(seed: int, size: int, count: int, jitter: float = 1.0) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:  # noqa: UP006
    """Return a cellular texture of `count` x `count` points (Worley, "A cellular texture basis function", 1996).

    Returns:
        Distance to the nearest point and to the second nearest, float32 in units of a grid cell, and the nearest one's
        number 0 .. count**2 - 1; all (size, size). Grid points move by up to half of `jitter` cells.
    """
    rng = np.random.default_rng(seed)
    points = 0.5 + (rng.random((2, count, count), np.float32) - 0.5) * np.float32(jitter)
    t = axis(size) * np.float32(count)
    cell = t.astype(np.int64)
    near = np.full((size, size), 9.0, np.float32)
    second = np.full((size, size), 9.0, np.float32)
    number = np.zeros((size, size), np.int32)
    ids = np.arange(count * count, dtype=np.int32).reshape(count, count)
    for dy in (-1, 0, 1):
        for dx in (-1, 0, 1):
            # The neighbour's point a grid cell, spread to texels: two cheap takes instead of one look-up a texel.
            rows, columns = (np.arange(count) + dy) % count, (np.arange(count) + dx) % count
            y = (points[0][rows][:, columns] + (np.arange(count) + dy)[:, None]).astype(np.float32)
            x = (points[1][rows][:, columns] + (np.arange(count) + dx)[None, :]).astype(np.float32)
            oy = y[cell][:, cell] - t[:, None]
            ox = x[cell][:, cell] - t[None, :]
            d = oy * oy + ox * ox
            closer = d < near
            second = np.minimum(second, np.maximum(near, d))
            near = np.where(closer, d, near)
            number = np.where(closer, ids[rows][:, columns][cell][:, cell], number)
    near, second = np.sqrt(near), np.sqrt(second)
    for field in (near, second, number):
        field.setflags(write=False)
    return near, second, number


def _flat(rng: np.random.Generator, size: int, scale: int) -> np.ndarray:
    del rng, scale
    return np.zeros((size, size), np.float32)


def _cloud(rng: np.random.Generator, size: int, scale: int) -> np.ndarray:
    values: np.ndarray = np.clip(noise(rng, size, scale), -2.2, 2.2)
    return values


def _grain(rng: np.random.Generator, size: int, scale: int) -> np.ndarray:
    values: np.ndarray = np.clip(noise(rng, size, min(64, scale * 6), 0.6), -2.5, 2.5)
    return values


def _smooth(rng: np.random.Generator, size: int, scale: int) -> np.ndarray:
    # No detail finer than its scale: dents, swellings, large soft stains.
    values: np.ndarray = np.clip(noise(rng, size, scale, 4.0), -2.5, 2.5)
    return values


def _patches(rng: np.random.Generator, size: int, scale: int) -> np.ndarray:
    field = noise(rng, size, scale, 2.0)
    return np.clip((field - rng.uniform(-0.6, 0.6)) * 6.0 + 0.5, 0.0, 1.0)


def _cells(rng: np.random.Generator, size: int, scale: int) -> np.ndarray:
    return cells(int(rng.integers(2**32)), size, min(16, max(2, scale)))[0]


KINDS: Dict[str, Painter] = {  # noqa: UP006
    "flat": _flat,
    "cloud": _cloud,
    "grain": _grain,
    "smooth": _smooth,
    "patches": _patches,
    "cells": _cells,
}
