"""Skin, hair and statues of bodies."""

from __future__ import annotations

import dataclasses
from typing import Dict  # noqa: UP035 - Python 3.9

import numpy as np

from scene_generator.materials.colors import hsv, near, scaled
from scene_generator.materials.surface import Recipe, Rng, between, pattern, relief, surface
from scene_generator.materials.wear import worn
from scene_generator.spec import ColorTexture, Layer, Material, Vec3

DARKEST = (0.045, 0.024, 0.016)
LIGHTEST = (0.63, 0.41, 0.32)
"""Ends of the range of human skin, as reflectances for red, green and blue light, scene-linear."""


def _tone(rng: Rng) -> Vec3:
    t = float(rng.random()) ** 0.8
    c = np.exp(np.log(DARKEST) * (1 - t) + np.log(LIGHTEST) * t) * np.exp(rng.normal(0, (0.05, 0.06, 0.1)))
    r, g, b = (float(x) for x in np.clip(c, 0.01, 0.75))
    return (r, g, b)


def _skin(rng: Rng) -> Material:
    c = _tone(rng)
    redder = (c[0] * 0.98, c[1] * between(rng, (0.75, 0.95)), c[2] * between(rng, (0.75, 0.95)))
    colors = ColorTexture(c, redder, pattern(rng, ("cloud", "smooth"), 1, 4), between(rng, (0.01, 0.05)))
    bump = relief(rng, pattern(rng, ("pores", "cloud"), 4, 8), (0.4, 3.0), 0.8)
    made = surface(rng, colors, (0.35, 0.6), bump, specular=(0.5, 1.0), tile=(0.12, 0.4))
    if rng.random() < 0.15:  # freckles, moles
        spots = pattern(rng, ("spots",), 8, 20)
        mark = Layer(
            spots, between(rng, (0.005, 0.03)), 0.5, ColorTexture(scaled(c, 0.7), scaled(c, 0.7), spots), 0.0, 0.5
        )
        made = dataclasses.replace(made, layers=(mark,))
    return made


def _hair(rng: Rng) -> Material:
    r = rng.random()
    if r < 0.45:
        c = hsv(rng, (0.03, 0.09), (0.2, 0.6), (0.008, 0.05))
    elif r < 0.8:
        c = hsv(rng, (0.03, 0.1), (0.4, 0.75), (0.04, 0.4))
    else:
        c = hsv(rng, (0.05, 0.15), (0.0, 0.15), (0.2, 0.7))
    height = pattern(rng, ("strands", "strands", "fur"), 3, 8)
    colors = ColorTexture(scaled(c, 0.65), scaled(c, 1.3), height, 0.03, (c,))
    bump = relief(rng, height, (5.0, 14.0))
    return surface(rng, colors, (0.3, 0.65), bump, specular=(0.5, 1.0), tile=(0.1, 0.35))


def _statue(rng: Rng) -> Material:
    r = rng.random()
    height = pattern(rng, ("cloud", "grain", "smooth", "pores"), 3, 8)
    if r < 0.5:  # stone
        c = hsv(rng, (0.04, 0.16), (0.0, 0.25), (0.2, 0.75))
        colors = ColorTexture(
            scaled(c, 0.8), c, pattern(rng, ("cloud", "marble", "dirt"), 1, 4), between(rng, (0, 0.08))
        )
        made = surface(rng, colors, (0.4, 1.0), relief(rng, height, (0.6, 6.0), 0.7), tile=(0.4, 1.2))
        return worn(rng, made, 0.45, ("dirt", "moss", "drips", "stains", "cracks"))
    if r < 0.7:  # plaster
        c = hsv(rng, (0.08, 0.14), (0.0, 0.1), (0.6, 0.85))
        colors = ColorTexture(near(rng, c, 0.03), c, pattern(rng, ("smooth", "cloud"), 1, 4))
        return worn(rng, surface(rng, colors, (0.6, 1.0), relief(rng, height, (0.4, 3.0), 0.4)), 0.2, ("dust", "dirt"))
    # Bronze: bare on the heights, brown or green elsewhere.
    c = hsv(rng, (0.07, 0.11), (0.45, 0.7), (0.25, 0.6))
    colors = ColorTexture(scaled(c, 0.7), c, pattern(rng, ("cloud",), 1, 4))
    made = surface(rng, colors, (0.2, 0.5), relief(rng, height, (0.5, 4.0), 0.5), metal=1.0, tile=(0.3, 1.0))
    patina = hsv(rng, (0.38, 0.48), (0.25, 0.6), (0.1, 0.4)) if rng.random() < 0.5 else scaled(c, 0.15)
    spots = pattern(rng, ("dirt", "rust", "cloud"), 1, 5)
    skin = ColorTexture(patina, near(rng, patina, 0.2), spots, 0.1)
    layer = Layer(spots, between(rng, (0.2, 0.9)), between(rng, (0.1, 0.5)), skin, 0.0, between(rng, (0.5, 0.9)))
    return dataclasses.replace(made, layers=(layer,))


ROLES: Dict[str, Recipe] = {  # noqa: UP006
    "skin": _skin,
    "hair": _hair,
    "statue": _statue,
}
