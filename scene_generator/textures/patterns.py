"""Tileable grey patterns in 0..1, float32, shape (size, size), top row first; pure functions of a `Pattern`.

Every pattern has the period of the tile in both axes: the right edge continues at the left one, so a repeated texture
shows no seam.
"""

from __future__ import annotations

from typing import Callable, Dict  # noqa: UP035 - Python 3.9

import numpy as np

from scene_generator.spec import Pattern, SpecError


def make(pattern: Pattern, size: int) -> np.ndarray:
    """Return the pattern as (size, size) float32 in 0..1. Raises SpecError for an unknown kind or a bad scale."""
    if pattern.kind not in KINDS:
        raise SpecError(f"pattern kind {pattern.kind!r} is unknown; known are {sorted(KINDS)}")
    if not 1 <= pattern.scale <= 64:
        raise SpecError(f"pattern scale {pattern.scale} is outside 1..64")
    rng = np.random.default_rng(pattern.seed)
    grey = _unit(KINDS[pattern.kind](rng, size, pattern.scale))
    if pattern.contrast != 1.0:
        # A logistic curve about the middle, scaled to keep 0 and 1 in place.
        k = 4.0 * pattern.contrast - 3.9
        edge = 1.0 / (1.0 + np.exp(0.5 * k))
        grey = (1.0 / (1.0 + np.exp(-k * (grey - 0.5))) - edge) / (1.0 - 2.0 * edge)
    return grey.astype(np.float32)


def noise(rng: np.random.Generator, size: int, scale: int, slope: float = 1.6) -> np.ndarray:
    """Return Gaussian noise with a power-law spectrum, zero mean, unit deviation; (size, size) float32.

    Frequencies below `scale` cycles a tile are damped, above it the amplitude falls as 1 / f**slope (spectral
    synthesis: Saupe, "Algorithms for random fractals", 1988). The Fourier transform makes it periodic.
    """
    fy = np.fft.fftfreq(size, 1.0 / size)[:, None]
    fx = np.fft.rfftfreq(size, 1.0 / size)[None, :]
    f = np.hypot(fx, fy)
    amplitude = np.where(
        f > 0, np.maximum(f / scale, 1e-3) ** 2 / (1.0 + np.maximum(f / scale, 1e-3) ** (2.0 + slope)), 0
    )
    phase = rng.standard_normal((size, size // 2 + 1)) + 1j * rng.standard_normal((size, size // 2 + 1))
    field = np.fft.irfft2(phase * amplitude, s=(size, size))
    return (field / max(float(field.std()), 1e-9)).astype(np.float32)


def _unit(field: np.ndarray) -> np.ndarray:
    low, high = float(field.min()), float(field.max())
    return (field - low) / max(high - low, 1e-9)


def _grid(size: int) -> np.ndarray:
    return (np.arange(size, dtype=np.float32) + 0.5) / size


def _flat(rng: np.random.Generator, size: int, scale: int) -> np.ndarray:
    del rng, scale
    return np.zeros((size, size), np.float32)


def _cloud(rng: np.random.Generator, size: int, scale: int) -> np.ndarray:
    values: np.ndarray = 0.5 + np.clip(noise(rng, size, scale), -2.2, 2.2) / 4.4
    return values


def _grain(rng: np.random.Generator, size: int, scale: int) -> np.ndarray:
    values: np.ndarray = 0.5 + np.clip(noise(rng, size, min(64, scale * 6), 0.6), -2.5, 2.5) / 5.0
    return values


def _patches(rng: np.random.Generator, size: int, scale: int) -> np.ndarray:
    field = noise(rng, size, scale, 2.0)
    return np.clip((field - rng.uniform(-0.6, 0.6)) * 6.0 + 0.5, 0.0, 1.0)


def _checker(rng: np.random.Generator, size: int, scale: int) -> np.ndarray:
    del rng
    even = 2 * max(1, scale // 2)
    cell = np.floor(_grid(size) * even).astype(int)
    values: np.ndarray = ((cell[:, None] + cell[None, :]) % 2).astype(np.float32)
    return values


def _stripes(rng: np.random.Generator, size: int, scale: int) -> np.ndarray:
    x = _grid(size)[None, :] * scale + noise(rng, size, 2) * rng.choice([0.0, 0.0, 0.05])
    wave = 0.5 + 0.5 * np.sin(2 * np.pi * x)
    return np.broadcast_to(np.clip((wave - 0.5) * rng.uniform(1, 12) + 0.5, 0, 1), (size, size)).astype(np.float32)


def _wood(rng: np.random.Generator, size: int, scale: int) -> np.ndarray:
    # Rings stretched along one axis and bent by slow noise, with fine fibres along the same axis.
    y, x = np.meshgrid(_grid(size), _grid(size), indexing="ij")
    bend = noise(rng, size, 1, 2.5) * 0.5
    rings = 0.5 + 0.5 * np.sin(2 * np.pi * (x * scale + bend + 0.3 * np.sin(2 * np.pi * y)))
    fibre = np.repeat(noise(rng, size, 24, 0.5).mean(axis=0, keepdims=True), size, axis=0)
    values: np.ndarray = (rings**0.7 + 0.25 * fibre / max(float(fibre.std()), 1e-6) * 0.5).astype(np.float32)
    return values


def _marble(rng: np.random.Generator, size: int, scale: int) -> np.ndarray:
    y, x = np.meshgrid(_grid(size), _grid(size), indexing="ij")
    a, b = rng.integers(0, max(2, scale // 2) + 1, 2)
    veins = np.abs(np.sin(np.pi * (2 * a * x + 2 * b * y + noise(rng, size, 2, 1.8) * 0.9)))
    values: np.ndarray = (veins**0.5).astype(np.float32)
    return values


def _bricks(rng: np.random.Generator, size: int, scale: int) -> np.ndarray:
    rows = 2 * max(1, scale)
    columns = max(1, scale)
    y, x = np.meshgrid(_grid(size), _grid(size), indexing="ij")
    row = np.floor(y * rows).astype(int)
    u = x * columns + 0.5 * (row % 2)
    column = np.floor(u).astype(int) % columns
    edge = np.minimum(np.minimum(u % 1.0, 1 - u % 1.0) * 2.0, np.minimum((y * rows) % 1.0, 1 - (y * rows) % 1.0))
    tone = rng.uniform(0.55, 1.0, (rows, columns))[row, column]
    width = rng.uniform(0.06, 0.16)
    values: np.ndarray = (tone * np.clip((edge - width) / 0.06 + 0.5, 0, 1)).astype(np.float32)
    return values


def _tiles(rng: np.random.Generator, size: int, scale: int) -> np.ndarray:
    t = _grid(size) * scale
    edge = np.minimum(t % 1.0, 1 - t % 1.0)
    width = rng.uniform(0.02, 0.06)
    line = np.clip((edge - width) / 0.03 + 0.5, 0, 1)
    cell = np.floor(t).astype(int)
    tone = rng.uniform(0.8, 1.0, (scale, scale))[np.ix_(cell, cell)]
    return (np.minimum(line[:, None], line[None, :]) * tone).astype(np.float32)


def _planks(rng: np.random.Generator, size: int, scale: int) -> np.ndarray:
    t = _grid(size) * scale
    edge = np.minimum(t % 1.0, 1 - t % 1.0)
    line = np.clip((edge - 0.03) / 0.03 + 0.5, 0, 1)[None, :]
    tone = rng.uniform(0.5, 1.0, scale)[np.floor(t).astype(int)][None, :]
    values: np.ndarray = (line * tone * (0.85 + 0.15 * _wood(rng, size, 2 * scale))).astype(np.float32)
    return values


def _weave(rng: np.random.Generator, size: int, scale: int) -> np.ndarray:
    # Two sets of threads, one above the other in turn, as in plain-weave cloth.
    n = 2 * max(2, min(24, 2 * scale))
    t = _grid(size) * n
    warp = np.abs(np.sin(np.pi * t))[None, :]
    weft = np.abs(np.sin(np.pi * t))[:, None]
    over = (np.floor(t).astype(int)[:, None] + np.floor(t).astype(int)[None, :]) % 2 == 0
    return (np.where(over, warp, weft) * (0.9 + 0.05 * noise(rng, size, 8))).astype(np.float32)


def _cells(rng: np.random.Generator, size: int, scale: int) -> np.ndarray:
    # Distance to the nearest of one jittered point a grid cell (Worley, "A cellular texture basis function", 1996).
    n = min(12, max(2, scale))
    point = (np.stack(np.meshgrid(np.arange(n), np.arange(n), indexing="ij"), -1) + rng.random((n, n, 2))) / n
    y, x = np.meshgrid(_grid(size), _grid(size), indexing="ij")
    cy, cx = (y * n).astype(int), (x * n).astype(int)
    best = np.full((size, size), 9.0, np.float32)
    for dy in (-1, 0, 1):
        for dx in (-1, 0, 1):
            p = point[(cy + dy) % n, (cx + dx) % n]
            oy, ox = np.abs(p[..., 0] - y), np.abs(p[..., 1] - x)
            best = np.minimum(best, np.minimum(oy, 1 - oy) ** 2 + np.minimum(ox, 1 - ox) ** 2)
    return np.sqrt(best)


def _print(rng: np.random.Generator, size: int, scale: int) -> np.ndarray:
    # Rectangles and discs over each other: the flat colour of posters, labels and screens.
    y, x = np.meshgrid(_grid(size), _grid(size), indexing="ij")
    out = np.full((size, size), rng.random(), np.float32)
    for _ in range(6 + 2 * min(scale, 10)):
        c, half, tone = rng.random(2), rng.uniform(0.02, 0.28, 2), rng.random()
        dy, dx = np.abs(y - c[0]), np.abs(x - c[1])
        dy, dx = np.minimum(dy, 1 - dy), np.minimum(dx, 1 - dx)
        inside = (dy < half[0]) & (dx < half[1]) if rng.random() < 0.7 else dy**2 + dx**2 < half[0] ** 2
        out[inside] = tone
    return out


def _letters(rng: np.random.Generator, size: int, scale: int) -> np.ndarray:
    # Rows of small random glyphs on a 5 x 5 raster: text as a camera sees it, without any font.
    rows, columns = 2 * max(2, min(10, scale)), 3 * max(2, min(10, scale))
    page = np.ones((rows, 7, columns, 6), np.float32)
    ink = rng.random((rows, 5, columns, 5)) < 0.5
    written = (rng.random((rows, 1, columns, 1)) < 0.8) & (rng.random((rows, 1, 1, 1)) < 0.7)
    page[:, 1:6, :, :5] = np.where(ink & written, 0.0, 1.0)
    flat = page.reshape(rows * 7, columns * 6)
    i = (_grid(size) * flat.shape[0]).astype(int)
    j = (_grid(size) * flat.shape[1]).astype(int)
    values: np.ndarray = flat[np.ix_(i, j)]
    return values


def _scratches(rng: np.random.Generator, size: int, scale: int) -> np.ndarray:
    out = np.zeros((size, size), np.float32)
    t = np.linspace(0, 1, 2 * size, dtype=np.float32)
    for _ in range(8 * scale):
        start, angle, length = rng.random(2), rng.uniform(0, 2 * np.pi), rng.uniform(0.05, 0.6)
        i = ((start[0] + np.sin(angle) * t * length) * size).astype(int) % size
        j = ((start[1] + np.cos(angle) * t * length) * size).astype(int) % size
        out[i, j] = np.maximum(out[i, j], rng.uniform(0.3, 1.0))
    return out


KINDS: Dict[str, Callable[[np.random.Generator, int, int], np.ndarray]] = {  # noqa: UP006
    "flat": _flat,
    "cloud": _cloud,
    "grain": _grain,
    "patches": _patches,
    "checker": _checker,
    "stripes": _stripes,
    "wood": _wood,
    "marble": _marble,
    "bricks": _bricks,
    "tiles": _tiles,
    "planks": _planks,
    "weave": _weave,
    "cells": _cells,
    "print": _print,
    "letters": _letters,
    "scratches": _scratches,
}
