"""Stone, earth, sand and water."""

from __future__ import annotations

from typing import Dict  # noqa: UP035 - Python 3.9

import numpy as np

from scene_generator.textures.coordinates import plane, ramp
from scene_generator.textures.noise import Painter, cells, noise, ridges


def _marble(rng: np.random.Generator, size: int, scale: int) -> np.ndarray:
    # Veins lie on zero lines of slow noises, wide and dark here, thin and faint there; clouds between them.
    where = ramp(noise(rng, size, 1.0, 3.0), -1.0, 1.5)
    wide = ramp(np.abs(noise(rng, size, scale, 2.2, (1.0, 1.6))), 0.5, 0.0) ** 2
    thin = ramp(np.abs(noise(rng, size, 1.5 * scale, 2.2, (1.6, 1.0))), 0.12, 0.0)
    clouds = np.clip(noise(rng, size, scale, 2.0), -2, 2)
    values: np.ndarray = 0.12 * clouds - np.maximum(wide * (0.2 + 0.8 * where), 0.45 * thin * (1 - where))
    return values


def _granite(rng: np.random.Generator, size: int, scale: int) -> np.ndarray:
    near, _, number = cells(int(rng.integers(2**32)), size, min(48, max(8, 6 * scale)))
    tone = rng.beta(0.8, 0.8, int(number.max()) + 1)[number]
    values: np.ndarray = tone + 0.1 * near + 0.1 * np.clip(noise(rng, size, 3), -2, 2)
    return values


def _stones(rng: np.random.Generator, size: int, count: int, jitter: float, colored: bool) -> np.ndarray:
    near, second, number = cells(int(rng.integers(2**32)), size, count, jitter)
    inside = (second - near) / np.maximum(second + near, 1e-6)
    dome = np.sqrt(np.clip(inside * 1.6, 0, 1))
    tone = rng.random(count * count)[number]
    fine = np.clip(noise(rng, size, 14, 1.2), -2, 2)
    raised: np.ndarray = dome * (0.85 + 0.15 * tone) + 0.015 * fine
    toned: np.ndarray = ramp(inside, 0.04, 0.22) * np.clip(0.45 + 0.5 * tone + 0.06 * fine, 0.2, 1.1)
    return toned if colored else raised


def _cobbles(rng: np.random.Generator, size: int, scale: int) -> np.ndarray:
    return _stones(rng, size, max(2, 2 * scale), 0.55, True)


def _cobbles_height(rng: np.random.Generator, size: int, scale: int) -> np.ndarray:
    return _stones(rng, size, max(2, 2 * scale), 0.55, False)


def _gravel(rng: np.random.Generator, size: int, scale: int) -> np.ndarray:
    return _stones(rng, size, min(40, max(6, 5 * scale)), 1.0, True)


def _gravel_height(rng: np.random.Generator, size: int, scale: int) -> np.ndarray:
    return _stones(rng, size, min(40, max(6, 5 * scale)), 1.0, False)


def _rubble(rng: np.random.Generator, size: int, scale: int) -> np.ndarray:
    # Field stones in a wall: irregular flat faces.
    near, second, number = cells(int(rng.integers(2**32)), size, max(2, scale), 0.9)
    tone = rng.random(max(2, scale) ** 2)[number]
    values: np.ndarray = ramp(second - near, 0.05, 0.14) * (
        0.45 + 0.5 * tone + 0.05 * np.clip(noise(rng, size, 10, 1.2), -2, 2)
    )
    return values


def _rubble_height(rng: np.random.Generator, size: int, scale: int) -> np.ndarray:
    near, second, number = cells(int(rng.integers(2**32)), size, max(2, scale), 0.9)
    tone = rng.random(max(2, scale) ** 2)[number]
    face = ramp(second - near, 0.03, 0.3)
    values: np.ndarray = face * (2 - face) * (0.8 + 0.2 * tone) + 0.04 * np.clip(noise(rng, size, 8, 1.6), -2, 2)
    return values


def _crags(rng: np.random.Generator, size: int, scale: int) -> np.ndarray:
    # Broken rock: ridges over ridges, the finer ones on the heights.
    coarse = ridges(rng, size, scale, 2.2)
    values: np.ndarray = (
        coarse
        + 0.45 * coarse * ridges(rng, size, 2.5 * scale, 2.0)
        + 0.1 * np.clip(noise(rng, size, 6 * scale, 1.4), -2, 2)
    )
    return values


def _strata(rng: np.random.Generator, size: int, scale: int) -> np.ndarray:
    # Beds of rock, bent and of uneven hardness.
    bend = noise(rng, size, 1, 2.6)
    layers = np.clip(noise(rng, size, 3 * scale, 1.0, (1.0, 12.0)), -2, 2)
    values: np.ndarray = layers + 0.8 * np.sin(2 * np.pi * (plane(size)[0] * scale + 0.25 * bend))
    return values


def _ripples(rng: np.random.Generator, size: int, scale: int) -> np.ndarray:
    # Water in a light wind: long crests, no sharp edges.
    crests = noise(rng, size, 2 * scale, 3.2, (1.0, 1.8))
    values: np.ndarray = np.clip(crests, -2.5, 2.5) + 0.4 * np.clip(noise(rng, size, 4 * scale, 3.0), -2.5, 2.5)
    return values


def _dunes(rng: np.random.Generator, size: int, scale: int) -> np.ndarray:
    # Sand ripples: a gentle windward and a steeper lee side, forking where the phase is bent.
    phase = plane(size)[0] * 2 * scale + 0.35 * noise(rng, size, 2, 2.5)
    s = 2 * np.pi * phase
    values: np.ndarray = np.sin(s + 0.5 * np.sin(s)) + 0.05 * np.clip(noise(rng, size, 24, 0.6), -2, 2)
    return values


def _stucco(rng: np.random.Generator, size: int, scale: int) -> np.ndarray:
    blobs = ramp(noise(rng, size, 5 * scale, 2.6), -0.6, 1.2)
    values: np.ndarray = blobs + 0.12 * np.clip(noise(rng, size, 10 * scale, 1.5), -2, 2)
    return values


def _aggregate(rng: np.random.Generator, size: int, scale: int) -> np.ndarray:
    # Asphalt and exposed concrete: stones in a binder.
    near, second, number = cells(int(rng.integers(2**32)), size, min(56, max(12, 8 * scale)))
    tone = rng.beta(1.2, 2.0, int(number.max()) + 1)[number]
    values: np.ndarray = ramp(second - near, 0.0, 0.3) * (0.3 + tone) + 0.12 * np.clip(noise(rng, size, 2), -2, 2)
    return values


def _clods(rng: np.random.Generator, size: int, scale: int) -> np.ndarray:
    # Soil: lumps of many sizes.
    lumps = np.abs(noise(rng, size, 2 * scale, 1.8))
    values: np.ndarray = -np.minimum(lumps, 2.0) + 0.25 * np.clip(noise(rng, size, 10 * scale, 1.0), -2, 2)
    return values


def _tufts(rng: np.random.Generator, size: int, scale: int) -> np.ndarray:
    # Grass or moss from above: short blades in clumps.
    blades = noise(rng, size, 10 * scale, 0.8, (1.0, 2.5)) + noise(rng, size, 10 * scale, 0.8, (2.5, 1.0))
    values: np.ndarray = np.clip(blades, -3, 3) * 0.5 + 0.6 * np.clip(noise(rng, size, 1.5 * scale, 2.0), -2, 2)
    return values


KINDS: Dict[str, Painter] = {  # noqa: UP006
    "marble": _marble,
    "granite": _granite,
    "cobbles": _cobbles,
    "cobbles_height": _cobbles_height,
    "gravel": _gravel,
    "gravel_height": _gravel_height,
    "rubble": _rubble,
    "rubble_height": _rubble_height,
    "crags": _crags,
    "strata": _strata,
    "ripples": _ripples,
    "dunes": _dunes,
    "stucco": _stucco,
    "aggregate": _aggregate,
    "clods": _clods,
    "tufts": _tufts,
}
