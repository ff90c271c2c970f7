"""What has grown: wood, bark, leaves, hair, hides."""

from __future__ import annotations

from typing import Dict  # noqa: UP035 - Python 3.9

import numpy as np

from scene_generator.textures.coordinates import apart, axis, plane, ramp
from scene_generator.textures.noise import Painter, cells, noise


def _wood(rng: np.random.Generator, size: int, scale: int) -> np.ndarray:
    # Growth rings stretched along v, bent by slow noise and around knots, with fibres along the grain.
    v, u = plane(size)
    phase = u * scale + 0.35 * noise(rng, size, 1, 2.6, (2.0, 1.0)) + 0.15 * np.sin(2 * np.pi * v)
    for _ in range(int(rng.integers(0, 3))):
        y, x, r = rng.random(), rng.random(), rng.uniform(0.02, 0.06)
        d = (apart(v, y) / (2.2 * r)) ** 2 + (apart(u, x) / r) ** 2
        phase = phase + rng.uniform(0.8, 1.6) * np.exp(-0.5 * d)
    ring = phase % 1.0
    # Light early wood darkens slowly, then starts anew at a sharper border.
    grain = ramp(ring, 0.0, 0.8) ** 1.8 * ramp(ring, 1.0, 0.85)
    fibre = np.clip(noise(rng, size, 28, 0.9, (14.0, 1.0)), -2, 2)
    values: np.ndarray = (1 - 0.75 * grain + 0.1 * fibre).astype(np.float32)
    return values


def _fibre(rng: np.random.Generator, size: int, scale: int) -> np.ndarray:
    # Fine lines along v: pores of wood, brushed metal, straw.
    values: np.ndarray = np.clip(noise(rng, size, min(64, 6 * scale), 0.8, (24.0, 1.0)), -2.2, 2.2)
    return values


def _bark(rng: np.random.Generator, size: int, scale: int) -> np.ndarray:
    furrow = 1 - np.minimum(np.abs(noise(rng, size, 2 * scale, 1.8, (3.5, 1.0))), 1.0) ** 0.6
    values: np.ndarray = -furrow + 0.15 * np.clip(noise(rng, size, 8 * scale, 1.2, (1.5, 1.0)), -2, 2)
    return values


def _leaf_veins(rng: np.random.Generator, size: int, scale: int) -> np.ndarray:
    # One leaf a tile: a midrib and side veins that leave it upwards on both sides.
    v, u = plane(size)
    side = np.abs(u - 0.5)
    bend = float(rng.uniform(0.6, 1.6))
    vein = np.abs(((v * max(3, 2 * scale) - side * 2 * scale * bend) % 1.0) - 0.5)
    # The bend must not leave a step where the tile repeats: both sides meet at the same height there.
    thin = 0.06 + 0.1 * (0.5 - side)
    lines = np.maximum(0.7 * ramp(vein, thin, 0.0), ramp(side, 0.02, 0.006))
    values: np.ndarray = lines + 0.08 * np.clip(noise(rng, size, 12, 1.2), -2, 2)
    return values


def _strands(rng: np.random.Generator, size: int, scale: int) -> np.ndarray:
    # Hair: strands along v that wave together in locks.
    hair = np.clip(noise(rng, size, min(64, 8 * scale), 0.7, (20.0, 1.0)), -2.2, 2.2)
    locks = np.clip(noise(rng, size, 1.2 * scale, 2.2, (6.0, 1.0)), -2.2, 2.2)
    wave = rng.uniform(0.0, 0.06) * np.sin(2 * np.pi * (axis(size) * rng.integers(1, 4) + rng.random()))
    column = (np.arange(size)[None, :] + np.round(wave * size).astype(np.int64)[:, None]) % size
    values: np.ndarray = (hair + 0.8 * locks)[np.arange(size)[:, None], column]
    return values


def _fur(rng: np.random.Generator, size: int, scale: int) -> np.ndarray:
    coat = noise(rng, size, min(64, 8 * scale), 0.9, (4.0, 1.0))
    values: np.ndarray = np.clip(coat, -2.5, 2.5) + 0.7 * np.clip(noise(rng, size, 2 * scale, 2.0), -2.2, 2.2)
    return values


def _leather(rng: np.random.Generator, size: int, scale: int) -> np.ndarray:
    near, second, _ = cells(int(rng.integers(2**32)), size, min(32, max(6, 5 * scale)))
    pebble = np.minimum((second - near) * 2.5, 1.0)
    values: np.ndarray = pebble * (2 - pebble) + 0.2 * np.clip(noise(rng, size, 2 * scale, 2.2), -2, 2)
    return values


def _pores(rng: np.random.Generator, size: int, scale: int) -> np.ndarray:
    # Skin: fine pits and soft folds.
    pits = np.minimum(noise(rng, size, 9 * scale, 1.6), 0.6)
    values: np.ndarray = np.maximum(pits, -2.2) + 0.5 * np.clip(noise(rng, size, 2 * scale, 2.5, (1.0, 1.6)), -2, 2)
    return values


def _camouflage(rng: np.random.Generator, size: int, scale: int) -> np.ndarray:
    first, second = noise(rng, size, scale, 2.2), noise(rng, size, scale, 2.2)
    values: np.ndarray = np.where(first > 0.7, 3.0, np.where(second > 0.5, 2.0, np.where(first < -0.5, 1.0, 0.0)))
    return values


def _spots(rng: np.random.Generator, size: int, scale: int) -> np.ndarray:
    # Coats of animals, terrazzo, lichen: separate rounded spots of several sizes.
    near, _, number = cells(int(rng.integers(2**32)), size, min(24, max(3, 3 * scale)), 0.8)
    radius = rng.uniform(0.1, 0.42, int(number.max()) + 1)[number]
    return ramp(near - radius + 0.05 * noise(rng, size, 8, 1.8), 0.05, -0.05)


KINDS: Dict[str, Painter] = {  # noqa: UP006
    "wood": _wood,
    "fibre": _fibre,
    "bark": _bark,
    "leaf_veins": _leaf_veins,
    "strands": _strands,
    "fur": _fur,
    "leather": _leather,
    "pores": _pores,
    "camouflage": _camouflage,
    "spots": _spots,
}
