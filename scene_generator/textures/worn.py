"""What time does to surfaces: rust, drips, cracks, scratches, dirt, brush marks. Made to serve as masks of layers."""

from __future__ import annotations

from typing import Dict  # noqa: UP035 - Python 3.9

import numpy as np

from scene_generator.textures.coordinates import apart, axis, ramp
from scene_generator.textures.noise import Painter, noise, ridges


def _rust(rng: np.random.Generator, size: int, scale: int) -> np.ndarray:
    # Blotches of several sizes and the streaks that run down from them.
    blotch = np.clip(noise(rng, size, scale, 1.5), -2.2, 2.2)
    streak = np.clip(noise(rng, size, 4 * scale, 1.4, (8.0, 1.0)), -2.2, 2.2)
    values: np.ndarray = blotch + 0.5 * streak + 0.3 * np.clip(noise(rng, size, 8 * scale, 1.0), -2, 2)
    return values


def _drips(rng: np.random.Generator, size: int, scale: int) -> np.ndarray:
    out = np.zeros((size, size), np.float32)
    t = axis(size)
    for _ in range(5 * scale):
        top, length = rng.random(), rng.uniform(0.15, 0.85)
        width = rng.uniform(0.15, 0.8) * 0.06 / np.sqrt(scale) + 0.7 / size
        x, strength = rng.random(), rng.uniform(0.3, 1.0)
        # Sharp at its head, thinning out below it; v grows upwards.
        below = (top - t) % 1.0
        fade = ramp(below, 0.0, 0.03) * ramp(below, length, 0.3 * length)
        reach = int(np.ceil(width * size)) + 1
        column = (int(x * size) + np.arange(-reach, reach + 1)) % size
        across = np.maximum(1 - (apart(t[column], float(x)) / width) ** 2, 0)
        out[:, column] = np.maximum(out[:, column], strength * fade[:, None] * across[None, :])
    return out


def _cracks(rng: np.random.Generator, size: int, scale: int) -> np.ndarray:
    # Zero lines of a noise, present only where another noise is high, so that they taper off.
    line = np.abs(noise(rng, size, 1.5 * scale, 2.4))
    where = ramp(noise(rng, size, 1.5 * scale, 2.5), -0.3, 1.0)
    values: np.ndarray = ramp(line, 0.09, 0.0) * where
    return values


def _scratches(rng: np.random.Generator, size: int, scale: int) -> np.ndarray:
    # Thin lines, each shared by two texels across its run in proportion to how near it passes (Wu, "An efficient
    # antialiasing technique", 1991), tapering at both ends.
    out = np.zeros((size, size), np.float32)
    bundle = rng.uniform(0, np.pi)
    for _ in range(8 * scale):
        angle = bundle + rng.normal(0, 0.3) if rng.random() < 0.6 else rng.uniform(0, np.pi)
        run = np.arange(max(4, int(rng.uniform(0.05, 0.6) * size)))
        slope, start = np.tan((angle + np.pi / 4) % (np.pi / 2) - np.pi / 4), rng.random(2) * size
        minor = start[0] + slope * run + rng.uniform(-0.1, 0.1) * run**2 / size
        major = (int(start[1]) + run) % size
        low = np.floor(minor).astype(np.int64)
        part = (minor - low).astype(np.float32)
        ink = (rng.uniform(0.3, 1.0) * np.sqrt(np.sin(np.pi * (run + 0.5) / len(run)))).astype(np.float32)
        canvas = out if (angle + np.pi / 4) % np.pi < np.pi / 2 else out.T
        for texel, weight in ((low % size, 1 - part), ((low + 1) % size, part)):
            canvas[texel, major] = np.maximum(canvas[texel, major], ink * weight)
    return out


def _dirt(rng: np.random.Generator, size: int, scale: int) -> np.ndarray:
    soft = np.clip(noise(rng, size, scale, 1.6), -2.2, 2.2)
    values: np.ndarray = (
        soft + 0.8 * ridges(rng, size, 3 * scale, 1.5) + 0.25 * np.clip(noise(rng, size, 9 * scale, 0.8), -2, 2)
    )
    return values


def _chips(rng: np.random.Generator, size: int, scale: int) -> np.ndarray:
    # Flaked paint: islands with angular borders, gathered in some areas.
    coarse = np.clip(noise(rng, size, scale, 3.0), -2.2, 2.2)
    fine = noise(rng, size, 4 * scale, 2.6)
    values: np.ndarray = coarse + 0.7 * np.clip(np.round(1.5 * fine) / 1.5, -2, 2) + 0.1 * np.clip(fine, -2, 2)
    return values


def _brush_strokes(rng: np.random.Generator, size: int, scale: int) -> np.ndarray:
    # Fields of strokes in two directions.
    upright = np.clip(noise(rng, size, 6 * scale, 1.0, (9.0, 1.0)), -2.2, 2.2)
    lying = np.clip(noise(rng, size, 6 * scale, 1.0, (1.0, 9.0)), -2.2, 2.2)
    where = ramp(noise(rng, size, scale, 2.4), -0.25, 0.25)
    values: np.ndarray = upright * where + lying * (1 - where)
    return values


def _splashes(rng: np.random.Generator, size: int, scale: int) -> np.ndarray:
    # Drops and smears: rounded spots of very different sizes.
    out = np.zeros((size, size), np.float32)
    t = axis(size)
    for _ in range(8 * scale):
        y, x, r = rng.random(), rng.random(), 0.012 + 0.07 * rng.random() ** 3
        reach = int(np.ceil(r * size)) + 1
        i, j = ((int(c * size) + np.arange(-reach, reach + 1)) % size for c in (y, x))
        d = np.hypot(apart(t[i], float(y))[:, None], apart(t[j], float(x))[None, :]) / r
        at = np.ix_(i, j)
        out[at] = np.maximum(out[at], ramp(d, 1.0, 0.8) * np.float32(rng.uniform(0.5, 1.0)))
    return out


KINDS: Dict[str, Painter] = {  # noqa: UP006
    "rust": _rust,
    "drips": _drips,
    "cracks": _cracks,
    "scratches": _scratches,
    "dirt": _dirt,
    "chips": _chips,
    "brush_strokes": _brush_strokes,
    "splashes": _splashes,
}
