"""Painted and plain surfaces: walls, plaster, stucco, wallpaper."""

from __future__ import annotations

from typing import Dict  # noqa: UP035 - Python 3.9

from scene_generator.materials import laid
from scene_generator.materials.colors import color, hsv, kin, near
from scene_generator.materials.surface import Recipe, Rng, between, pattern, relief, surface
from scene_generator.materials.wear import worn
from scene_generator.spec import ColorTexture, Material

INDOOR_WEAR = ("dirt", "stains", "scratches", "dust")
OUTDOOR_WEAR = ("dirt", "dirt", "drips", "drips", "stains", "stains", "cracks", "dust", "moss", "graffiti", "splashes")


def _plain(rng: Rng) -> Material:
    c = color(rng, 0.45)
    colors = ColorTexture(c, near(rng, c, 0.1), pattern(rng, ("cloud", "grain"), 1, 6), between(rng, (0, 0.08)))
    height = pattern(rng, ("cloud", "grain", "cells", "smooth", "stucco"), 4, 12)
    made = surface(rng, colors, (0.25, 1.0), relief(rng, height, (0.6, 6.0), 0.25))
    return worn(rng, made, 0.2, INDOOR_WEAR)


def _paint(rng: Rng) -> Material:
    c = color(rng, 0.25, 0.25, 0.85)
    spots = pattern(rng, ("cloud", "smooth", "brush_strokes"), 1, 4)
    colors = ColorTexture(c, near(rng, c, 0.05), spots, between(rng, (0, 0.05)))
    height = pattern(rng, ("stucco", "grain", "brush_strokes", "cloud"), 3, 8)
    return surface(rng, colors, (0.5, 1.0), relief(rng, height, (0.5, 4.0), 0.35), tile=(0.8, 2.5))


def _wall(rng: Rng) -> Material:
    kind = rng.random()
    if kind < 0.6:
        return worn(rng, _paint(rng), 0.25, INDOOR_WEAR)
    if kind < 0.78:
        return _wallpaper(rng)
    if kind < 0.84:
        return _stucco(rng)
    return laid.ROLES["masonry"](rng)


def _wallpaper(rng: Rng) -> Material:
    kinds = ("stripes", "damask", "damask", "flowers", "flowers", "stars", "dots", "chevrons", "plaid", "print")
    motif = pattern(rng, kinds, 2, 8)
    c = color(rng, 0.35, 0.15, 0.8)
    colors = ColorTexture(c, near(rng, c, 0.4), motif, 0.03, kin(rng, c, int(rng.integers(0, 3)), 0.35))
    # A light relief of its own, never the motif's: the picture is flat.
    height = pattern(rng, ("slub", "grain", "stucco"), 3, 8)
    made = surface(rng, colors, (0.5, 1.0), relief(rng, height, (0.4, 2.0), 0.3), tile=(0.5, 1.6))
    return worn(rng, made, 0.15, INDOOR_WEAR)


def _stucco(rng: Rng) -> Material:
    c = hsv(rng, (0.02, 0.15), (0.03, 0.45), (0.2, 0.8)) if rng.random() < 0.8 else color(rng, 0.5, 0.1, 0.7)
    height = pattern(rng, ("stucco", "grain", "cloud", "brush_strokes"), 2, 7)
    colors = ColorTexture(near(rng, c, 0.12), c, pattern(rng, ("cloud", "smooth"), 1, 3), between(rng, (0.02, 0.1)))
    made = surface(rng, colors, (0.75, 1.0), relief(rng, height, (2.0, 10.0)), specular=(0.1, 0.5), tile=(1.0, 3.0))
    return worn(rng, made, 0.4, OUTDOOR_WEAR)


ROLES: Dict[str, Recipe] = {  # noqa: UP006
    "plain": _plain,
    "wall": _wall,
    "wallpaper": _wallpaper,
    "stucco": _stucco,
}
