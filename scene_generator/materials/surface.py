"""Putting a material together: patterns, relief by how rough it looks, glossiness, size of its tile."""

from __future__ import annotations

from typing import Callable, Dict, Optional, Sequence, Tuple  # noqa: UP035 - Python 3.9

import numpy as np

from scene_generator.spec import Bump, ColorTexture, Material, Pattern, ScalarTexture

Rng = np.random.Generator
Recipe = Callable[[Rng], Material]
Pair = Tuple[float, float]  # noqa: UP006

FLAT = Pattern("flat", 0, 1)
NO_RELIEF = Bump(0.0, FLAT)

STEEPNESS: Dict[str, Pair] = {  # noqa: UP006
    "aggregate": (15, 0.28),
    "ashlar_height": (11, 0.45),
    "bark": (19, 0.21),
    "bricks_height": (12, 0.55),
    "brush_strokes": (25, 0.13),
    "cells": (1.3, 0.84),
    "chips": (8.2, 0.43),
    "clods": (20, 0.22),
    "cloud": (8.3, 0.51),
    "cobbles_height": (5.3, 0.72),
    "corrugated": (4, 0.97),
    "crags": (11, 0.48),
    "diamond_plate": (3.9, 0.91),
    "dirt": (10, 0.34),
    "dunes": (9.2, 0.56),
    "fibre": (27, 0.055),
    "fur": (17, 0.16),
    "grain": (34, 0.0041),
    "granite": (7.4, 0.48),
    "gravel_height": (14, 0.45),
    "herringbone_height": (7.4, 0.73),
    "hexagons_height": (3.9, 0.88),
    "knit": (9.3, 0.59),
    "leaf_veins": (12, 0.2),
    "leather": (13, 0.39),
    "louvres": (4.9, 0.8),
    "marble": (24, 0.0072),
    "mosaic_height": (27, 0.24),
    "panels_height": (7.7, 0.14),
    "planks_height": (5.9, 0.41),
    "pores": (24, 0.094),
    "quilt": (3.9, 0.8),
    "ribs": (11, 0.6),
    "ripples": (3.3, 0.72),
    "roof_tiles_height": (1.8, 0.94),
    "rubble_height": (4.5, 0.73),
    "rust": (9.8, 0.31),
    "slub": (22, 0.071),
    "smooth": (1.4, 0.93),
    "spots": (8.3, 0.6),
    "strands": (18, 0.08),
    "strata": (18, 0.13),
    "stripes": (2, 1),
    "stucco": (20, 0.36),
    "tiles_height": (4.7, 0.78),
    "tufts": (20, 0.13),
    "twill": (10, 0.69),
    "weave": (13, 0.6),
    "wood": (11, 0.23),
}
"""(k, p): the mean slope of a pattern of depth 1 is about k * scale**p, measured at 192 texels a side."""


def pattern(rng: Rng, kinds: Sequence[str], low: int, high: int, contrast: float = 1.0) -> Pattern:
    """Return a pattern of one of `kinds` at a scale of `low` .. `high`."""
    kind = kinds[int(rng.integers(len(kinds)))]
    return Pattern(kind, int(rng.integers(2**32)), int(rng.integers(low, high + 1)), contrast)


def like(given: Pattern, kind: str) -> Pattern:
    """Return the pattern of another kind with the same seed and scale: the height of a colour pattern's pieces."""
    return Pattern(kind, given.seed, given.scale)


def relief(rng: Rng, height: Pattern, tilt: Pair, share: float = 1.0) -> Bump:
    """Return a bump whose normals lean by about `tilt` degrees on average, drawn log-uniformly; flat in 1 - `share`."""
    drawn = float(np.exp(rng.uniform(np.log(tilt[0]), np.log(tilt[1]))))
    if rng.random() >= share:
        return NO_RELIEF
    k, p = STEEPNESS[height.kind]
    return Bump(round(min(0.1, float(np.tan(np.radians(drawn))) / (k * height.scale**p)), 7), height)


def surface(
    rng: Rng,
    colors: ColorTexture,
    rough: Pair,
    bump: Bump = NO_RELIEF,
    *,
    metal: float = 0.0,
    specular: Pair = (0.4, 1.0),
    tile: Pair = (0.6, 2.0),
    gloss: Optional[Pattern] = None,  # noqa: UP045
    vary: float = 0.4,
) -> Material:
    """Return a material.

    Args:
        rng: random numbers.
        colors: base colour.
        rough: range that both ends of its roughness are drawn from.
        bump: relief.
        metal: metalness everywhere.
        specular: range of the specular weight.
        tile: range of the tile's width in metres, log-uniform.
        gloss: pattern of the roughness; without it, half of all follow the colour and half a pattern of their own.
        vary: how much of the way between the two drawn roughnesses a surface spans, 0 .. 1.
    """
    a, b = (float(x) for x in rng.uniform(*rough, 2))
    own = pattern(rng, ("cloud", "patches", "dirt", "grain", "smooth"), 1, 8)
    if gloss is None:
        gloss = colors.pattern if rng.random() < 0.5 else own
    repeat = round(float(1 / np.exp(rng.uniform(np.log(tile[0]), np.log(tile[1])))), 6)
    return Material(
        base=1.0,
        base_color=colors,
        metalness=ScalarTexture(metal, metal, FLAT),
        specular=float(rng.uniform(*specular)),
        specular_roughness=ScalarTexture(a, a + vary * (b - a), gloss),
        bump=bump,
        repeat=(repeat, repeat),
    )


def between(rng: Rng, span: Pair) -> float:
    """Return a number drawn uniformly from a range."""
    return float(rng.uniform(*span))
