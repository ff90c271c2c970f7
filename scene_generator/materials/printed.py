"""Printed, shown and drawn: colour that may look solid on surfaces that are flat."""

from __future__ import annotations

from typing import Dict, Tuple  # noqa: UP035 - Python 3.9

import numpy as np

from scene_generator.materials.colors import color, hsv, scaled
from scene_generator.materials.surface import NO_RELIEF, Pair, Recipe, Rng, between, pattern, surface
from scene_generator.spec import ColorTexture, Material, Vec3


def inks(rng: Rng, count: int, saturation: float = 0.7) -> Tuple[Vec3, ...]:  # noqa: UP006
    """Return `count` colours from dark to light: a picture's tones keep their order, whatever their hues."""
    drawn = [color(rng, saturation, 0.01, 0.85) for _ in range(count)]
    return tuple(sorted(drawn, key=lambda c: float(np.dot(c, (0.2126, 0.7152, 0.0722)))))


def _flat(
    rng: Rng,
    kinds: Tuple[str, ...],  # noqa: UP006
    scale: Tuple[int, int],  # noqa: UP006
    rough: Pair,
    tile: Pair,
    specular: Pair = (0.4, 1.0),
) -> Material:
    if rng.random() < 0.7:
        tones = inks(rng, int(rng.integers(2, 6)), float(rng.choice([0.2, 0.35, 0.8])))
    else:  # in no order: posterised
        tones = tuple(color(rng, 0.8, 0.01, 0.85) for _ in range(int(rng.integers(2, 6))))
    colors = ColorTexture(tones[0], tones[-1], pattern(rng, kinds, *scale), between(rng, (0, 0.04)), tones[1:-1])
    own = pattern(rng, ("cloud", "smooth", "flat"), 1, 3)
    return surface(rng, colors, rough, NO_RELIEF, tile=tile, specular=specular, gloss=own)


def _print(rng: Rng) -> Material:
    kinds = ("print", "letters", "stripes", "checker", "poster", "photo", "newspaper", "damask", "graffiti", "flowers")
    return _flat(rng, kinds, (2, 8), (0.1, 0.9), (0.15, 0.6))


def _poster(rng: Rng) -> Material:
    return _flat(rng, ("poster", "poster", "photo", "print", "graffiti"), (2, 8), (0.15, 0.9), (0.4, 1.5))


def _picture(rng: Rng) -> Material:
    return _flat(
        rng, ("photo", "photo", "poster", "brush_strokes", "marble", "camouflage"), (1, 6), (0.1, 0.8), (0.4, 1.2)
    )


def _screen(rng: Rng) -> Material:
    made = _flat(rng, ("screen", "photo", "poster", "print"), (2, 8), (0.03, 0.3), (0.3, 1.2), (0.7, 1.0))
    if rng.random() < 0.25:  # switched off
        c = hsv(rng, (0.0, 1.0), (0.0, 0.2), (0.004, 0.02))
        off = ColorTexture(c, scaled(c, 1.2), pattern(rng, ("smooth",), 1, 2))
        return surface(rng, off, (0.03, 0.2), NO_RELIEF, specular=(0.8, 1.0))
    return made


def _page(rng: Rng) -> Material:
    ink, paper = hsv(rng, (0, 1), (0, 0.3), (0.01, 0.08)), hsv(rng, (0.08, 0.15), (0.0, 0.2), (0.5, 0.85))
    colors = ColorTexture(
        ink, paper, pattern(rng, ("newspaper", "newspaper", "letters"), 2, 7), between(rng, (0, 0.04))
    )
    return surface(rng, colors, (0.6, 1.0), NO_RELIEF, tile=(0.2, 0.5), gloss=pattern(rng, ("cloud",), 1, 3))


ROLES: Dict[str, Recipe] = {  # noqa: UP006
    "print": _print,
    "poster": _poster,
    "picture": _picture,
    "screen": _screen,
    "page": _page,
}
"""All of them are without relief."""
