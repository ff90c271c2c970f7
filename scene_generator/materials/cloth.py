"""Cloth, leather, curtains and carpets."""

from __future__ import annotations

from typing import Dict, Tuple  # noqa: UP035 - Python 3.9

from scene_generator.materials.colors import color, hsv, kin, near, scaled
from scene_generator.materials.surface import Pair, Recipe, Rng, between, pattern, relief, surface
from scene_generator.materials.wear import worn
from scene_generator.spec import Bump, ColorTexture, Material, Pattern

WEAVES = ("weave", "twill", "knit", "slub", "ribs", "grain")
MOTIFS = (
    "stripes",
    "plaid",
    "plaid",
    "dots",
    "flowers",
    "chevrons",
    "camouflage",
    "stars",
    "damask",
    "checker",
    "print",
)


def _cloth_color(rng: Rng) -> Tuple[float, float, float]:  # noqa: UP006
    return color(rng, 0.35, 0.02, 0.6) if rng.random() < 0.8 else color(rng, 0.9, 0.05, 0.6)


def _woven(rng: Rng, motif_share: float, tilt: Pair, tile: Pair, kinds: Tuple[str, ...] = WEAVES) -> Material:  # noqa: UP006
    height = pattern(rng, kinds, 5, 12)
    c = _cloth_color(rng)
    if rng.random() < motif_share:
        # Dyed or printed: the motif is colour, the threads are the relief.
        motif = pattern(rng, MOTIFS, 2, 8)
        colors = ColorTexture(
            c, _cloth_color(rng), motif, between(rng, (0.02, 0.1)), kin(rng, c, int(rng.integers(0, 3)), 0.6)
        )
    else:
        spots = height if rng.random() < 0.6 else pattern(rng, ("cloud", "slub", "smooth"), 1, 6)
        colors = ColorTexture(scaled(c, between(rng, (0.55, 0.95))), near(rng, c, 0.08), spots, between(rng, (0, 0.08)))
    bump = relief(rng, height, tilt, 0.7)
    return surface(rng, colors, (0.7, 1.0), bump, specular=(0.0, 0.5), tile=tile)


def _fabric(rng: Rng) -> Material:
    return worn(rng, _woven(rng, 0.4, (1.5, 8.0), (0.25, 0.8)), 0.15, ("stains", "dust", "dirt"))


def _clothing(rng: Rng) -> Material:
    r = rng.random()
    if r < 0.2:
        return _denim(rng)
    if r < 0.3:
        return _leather(rng)
    return worn(rng, _woven(rng, 0.35, (1.0, 7.0), (0.15, 0.6)), 0.15, ("stains", "dust", "dirt"))


def _denim(rng: Rng) -> Material:
    c = hsv(rng, (0.58, 0.64), (0.4, 0.85), (0.03, 0.25)) if rng.random() < 0.8 else color(rng, 0.2, 0.02, 0.4)
    height = pattern(rng, ("twill",), 8, 12)
    colors = ColorTexture(scaled(c, 0.5), scaled(c, 2.2), Pattern("denim", height.seed, height.scale), 0.05, (c,))
    bump = relief(rng, height, (1.0, 5.0), 0.8)
    return surface(rng, colors, (0.8, 1.0), bump, specular=(0.0, 0.4), tile=(0.2, 0.5))


def _leather(rng: Rng) -> Material:
    c = hsv(rng, (0.02, 0.1), (0.3, 0.8), (0.01, 0.3)) if rng.random() < 0.7 else color(rng, 0.6, 0.01, 0.4)
    height = pattern(rng, ("leather", "leather", "pores", "quilt"), 3, 8)
    colors = ColorTexture(scaled(c, 0.65), c, height if rng.random() < 0.6 else pattern(rng, ("cloud",), 1, 4), 0.04)
    made = surface(rng, colors, (0.25, 0.7), relief(rng, height, (1.0, 6.0)), tile=(0.2, 0.6))
    return worn(rng, made, 0.3, ("scratches", "dust", "stains"))


def _curtain(rng: Rng) -> Material:
    return _woven(rng, 0.35, (1.0, 6.0), (0.3, 1.0), ("weave", "slub", "ribs", "ribs", "twill"))


def _carpet(rng: Rng) -> Material:
    c = color(rng, 0.45, 0.03, 0.5)
    height = pattern(rng, ("grain", "fur", "tufts", "weave"), 4, 9)
    if rng.random() < 0.5:
        kinds = ("damask", "flowers", "chevrons", "print", "stripes", "plaid", "mosaic")
        colors = ColorTexture(c, color(rng, 0.6, 0.03, 0.5), pattern(rng, kinds, 2, 7), 0.12, kin(rng, c, 1, 0.6))
    else:
        colors = ColorTexture(scaled(c, 0.6), c, height, between(rng, (0.05, 0.15)))
    bump: Bump = relief(rng, height, (3.0, 12.0))
    made = surface(rng, colors, (0.9, 1.0), bump, specular=(0.0, 0.2), tile=(0.6, 1.8))
    return worn(rng, made, 0.2, ("stains", "dust", "dirt"))


ROLES: Dict[str, Recipe] = {  # noqa: UP006
    "fabric": _fabric,
    "cloth": _clothing,
    "leather": _leather,
    "curtain": _curtain,
    "carpet": _carpet,
}
