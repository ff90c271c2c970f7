"""Wood, bark, leaves and fruit."""

from __future__ import annotations

import dataclasses
from typing import Dict  # noqa: UP035 - Python 3.9

from scene_generator.materials.colors import hsv, kin, mixed, near, scaled
from scene_generator.materials.surface import NO_RELIEF, Recipe, Rng, between, like, pattern, relief, surface
from scene_generator.materials.wear import worn
from scene_generator.spec import ColorTexture, Material


def _wood(rng: Rng) -> Material:
    c = hsv(rng, (0.035, 0.09), (0.4, 0.8), (0.06, 0.6))
    if rng.random() < 0.1:  # grey with age
        c = hsv(rng, (0.06, 0.12), (0.02, 0.2), (0.15, 0.45))
    dark = scaled(near(rng, c, 0.1), between(rng, (0.3, 0.65)))
    spots = pattern(rng, ("wood", "planks"), 3, 8)
    height = like(spots, "planks_height") if spots.kind == "planks" else spots
    middle = (mixed(dark, c, 0.6),)
    colors = ColorTexture(dark, c, spots, between(rng, (0, 0.08)), middle)
    made = surface(rng, colors, (0.15, 0.8), relief(rng, height, (0.5, 4.0), 0.5), tile=(0.5, 1.6))
    return worn(rng, made, 0.25, ("scratches", "dust", "stains", "dirt", "splashes"))


def _bark(rng: Rng) -> Material:
    c = hsv(rng, (0.04, 0.12), (0.1, 0.5), (0.08, 0.35))
    height = pattern(rng, ("bark", "bark", "bark", "fibre"), 1, 5)
    colors = ColorTexture(scaled(c, 0.3), c, height, between(rng, (0.06, 0.15)), kin(rng, scaled(c, 0.8), 1, 0.15))
    made = surface(rng, colors, (0.8, 1.0), relief(rng, height, (7.0, 15.0)), specular=(0.0, 0.4), tile=(0.3, 1.0))
    return worn(rng, made, 0.4, ("moss", "moss", "dirt", "dust"))


def _leaf(rng: Rng) -> Material:
    c = hsv(rng, (0.17, 0.34), (0.45, 0.85), (0.05, 0.32))
    if rng.random() < 0.12:  # autumn
        c = hsv(rng, (0.0, 0.14), (0.6, 0.9), (0.1, 0.45))
    spots = pattern(rng, ("leaf_veins", "cloud", "smooth", "spots", "fibre"), 2, 5)
    colors = ColorTexture(near(rng, c, 0.1), scaled(c, between(rng, (0.6, 1.8))), spots, between(rng, (0.02, 0.12)))
    height = spots if spots.kind in ("leaf_veins", "fibre") else pattern(rng, ("smooth", "cloud"), 2, 5)
    bump = relief(rng, height, (0.8, 6.0), 0.6)
    return surface(rng, colors, (0.25, 0.8), bump, specular=(0.3, 1.0), tile=(0.08, 0.4))


def _fruit(rng: Rng) -> Material:
    c = hsv(rng, (-0.05, 0.3), (0.55, 0.95), (0.08, 0.6))
    other = hsv(rng, (0.02, 0.28), (0.5, 0.9), (0.2, 0.65)) if rng.random() < 0.4 else near(rng, c, 0.15)
    spots = pattern(rng, ("smooth", "smooth", "cloud", "cloud", "spots", "fibre"), 1, 4)
    colors = ColorTexture(c, other, spots, between(rng, (0, 0.08)))
    bump = relief(rng, pattern(rng, ("leather", "pores", "smooth"), 4, 10), (0.8, 5.0), 0.35)
    made = surface(rng, colors, (0.1, 0.65), bump, specular=(0.5, 1.0), tile=(0.1, 0.4))
    return worn(rng, made, 0.15, ("dust", "stains", "dirt"))


def _petal(rng: Rng) -> Material:
    hue, saturation = ((-0.12, 0.2), (0.1, 0.9)) if rng.random() < 0.75 else ((0.6, 0.85), (0.2, 0.8))
    c = hsv(rng, hue, saturation, (0.2, 0.85))
    colors = ColorTexture(c, near(rng, c, 0.2), pattern(rng, ("smooth", "fibre"), 1, 5), between(rng, (0, 0.05)))
    return surface(rng, colors, (0.4, 0.9), NO_RELIEF, specular=(0.2, 0.7), tile=(0.05, 0.2))


def _painted_wood(rng: Rng) -> Material:
    made = _wood(rng)
    c = hsv(rng, (0.0, 1.0), (0.0, 0.5), (0.05, 0.8))
    paint = ColorTexture(c, near(rng, c, 0.05), pattern(rng, ("brush_strokes", "cloud"), 1, 5), 0.02)
    return dataclasses.replace(made, base_color=paint, bump=NO_RELIEF if rng.random() < 0.4 else made.bump)


ROLES: Dict[str, Recipe] = {  # noqa: UP006
    "wood": _wood,
    "painted_wood": _painted_wood,
    "bark": _bark,
    "leaf": _leaf,
    "fruit": _fruit,
    "petal": _petal,
}
