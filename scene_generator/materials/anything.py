"""Mixtures of other roles, and the fully random."""

from __future__ import annotations

from typing import Dict, Sequence, Tuple  # noqa: UP035 - Python 3.9

import numpy as np

from scene_generator.materials import cloth, earth, grown, laid, manufactured, metals, painted, printed
from scene_generator.materials.colors import color
from scene_generator.materials.surface import FLAT, Recipe, Rng, between, pattern, relief
from scene_generator.materials.wear import worn
from scene_generator.spec import ColorTexture, Material, ScalarTexture


def _wild(rng: Rng) -> Material:
    # Anything goes: the random diffuse, metal and gloss textures the generator was first made for.
    kinds = (
        "cloud",
        "patches",
        "checker",
        "stripes",
        "marble",
        "cells",
        "print",
        "wood",
        "weave",
        "crags",
        "spots",
        "camouflage",
        "rust",
        "mosaic",
        "brush_strokes",
        "granite",
        "dunes",
    )
    spots = pattern(rng, kinds, 1, 10)
    metal = pattern(rng, ("patches", "checker", "stripes"), 1, 6, 3.0) if rng.random() < 0.25 else FLAT
    a, b = (float(x) for x in rng.uniform(0.06, 1.0, 2))
    height = (
        spots if rng.random() < 0.3 else pattern(rng, ("cloud", "cells", "crags", "stucco", "knit", "smooth"), 1, 10)
    )
    if height.kind in ("patches", "checker", "print", "camouflage", "mosaic"):  # steps in colour, not in height
        height = pattern(rng, ("cloud", "smooth"), 1, 10)
    made = Material(
        base=1.0,
        base_color=ColorTexture(color(rng, 0.9), color(rng, 0.9), spots, between(rng, (0, 0.2))),
        metalness=ScalarTexture(0.0, 1.0, metal),
        specular=between(rng, (0.2, 1.0)),
        specular_roughness=ScalarTexture(a, b, pattern(rng, kinds, 1, 10)),
        bump=relief(rng, height, (1.0, 14.0), 0.5),
        repeat=(round(between(rng, (0.5, 3.0)), 6),) * 2,
    )
    return worn(rng, made, 0.25, ("dust", "dirt", "drips", "stains", "scratches", "splashes", "graffiti"))


def _one_of(shares: Sequence[Tuple[Recipe, float]]) -> Recipe:  # noqa: UP006
    weights = np.array([share for _, share in shares])
    cumulative = np.cumsum(weights / weights.sum())

    def draw(rng: Rng) -> Material:
        k = int(np.searchsorted(cumulative, rng.random(), side="right"))
        return shares[min(k, len(shares) - 1)][0](rng)

    return draw


_floor = _one_of(
    (
        (grown.ROLES["wood"], 0.32),
        (laid.ROLES["floor_tiles"], 0.17),
        (laid.ROLES["checkered"], 0.05),
        (laid.ROLES["marble"], 0.08),
        (manufactured.ROLES["terrazzo"], 0.05),
        (cloth.ROLES["carpet"], 0.18),
        (earth.ROLES["concrete"], 0.1),
        (painted.ROLES["plain"], 0.05),
    )
)

_object = _one_of(
    (
        (painted.ROLES["plain"], 0.18),
        (manufactured.ROLES["plastic"], 0.16),
        (printed.ROLES["print"], 0.12),
        (metals.ROLES["metal"], 0.12),
        (grown.ROLES["wood"], 0.09),
        (cloth.ROLES["fabric"], 0.07),
        (manufactured.ROLES["ceramic"], 0.06),
        (cloth.ROLES["leather"], 0.03),
        (manufactured.ROLES["rubber"], 0.02),
        (manufactured.ROLES["paper"], 0.03),
        (laid.ROLES["marble"], 0.02),
        (earth.ROLES["rock"], 0.02),
        (laid.ROLES["masonry"], 0.02),
        (_wild, 0.08),
    )
)

ROLES: Dict[str, Recipe] = {  # noqa: UP006
    "floor": _floor,
    "wild": _wild,
    "object": _object,
}
