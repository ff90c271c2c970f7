"""Random colours, scene-linear Rec.709: calm on average as on film sets, now and then strong."""

from __future__ import annotations

import colorsys
from typing import Tuple  # noqa: UP035 - Python 3.9

import numpy as np

from scene_generator.spec import Vec3

Rng = np.random.Generator


def color(rng: Rng, saturation: float = 0.5, low: float = 0.05, high: float = 0.8) -> Vec3:
    """Return a scene-linear colour: any hue, mostly calm saturation, value between `low` and `high`."""
    s = float(rng.beta(1.2, 2.5)) * 2 * saturation
    r, g, b = colorsys.hsv_to_rgb(float(rng.random()), min(s, 1.0), float(rng.uniform(low**0.5, high**0.5)) ** 2)
    return (r, g, b)


def hsv(
    rng: Rng,
    hue: Tuple[float, float],  # noqa: UP006
    saturation: Tuple[float, float],  # noqa: UP006
    value: Tuple[float, float],  # noqa: UP006
) -> Vec3:
    """Return a scene-linear colour of a hue in turns (may pass below 0 or above 1), saturation and value in 0..1.

    Values are uniform in their square root, which is nearly even to the eye.
    """
    v = float(rng.uniform(value[0] ** 0.5, value[1] ** 0.5)) ** 2
    r, g, b = colorsys.hsv_to_rgb(float(rng.uniform(*hue)) % 1.0, float(rng.uniform(*saturation)), v)
    return (r, g, b)


def near(rng: Rng, c: Vec3, spread: float) -> Vec3:
    """Return a colour like `c`: as a whole lighter or darker by the factor exp(`spread`), its hue a quarter of that."""
    factor = np.exp(rng.normal(0, spread)) * np.exp(rng.normal(0, spread * 0.25, 3))
    return _within(np.asarray(c) * factor)


def scaled(c: Vec3, factor: float) -> Vec3:
    """Return `c` times `factor`, kept inside 0.003..0.92."""
    return _within(np.asarray(c) * factor)


def mixed(a: Vec3, b: Vec3, share: float) -> Vec3:
    """Return the colour `share` of the way from `a` to `b`."""
    return _within(np.asarray(a) * (1 - share) + np.asarray(b) * share)


def kin(rng: Rng, c: Vec3, count: int, spread: float) -> Tuple[Vec3, ...]:  # noqa: UP006
    """Return `count` colours like `c`: a palette of one thing."""
    return tuple(near(rng, c, spread) for _ in range(count))


def _within(c: np.ndarray) -> Vec3:
    r, g, b = np.clip(c, 0.003, 0.92)
    return (float(r), float(g), float(b))
