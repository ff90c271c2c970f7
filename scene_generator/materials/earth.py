"""Ground, rock, sand, snow, water, roads and concrete."""

from __future__ import annotations

import dataclasses
from typing import Dict  # noqa: UP035 - Python 3.9

from scene_generator.materials.colors import color, hsv, kin, near, scaled
from scene_generator.materials.surface import Recipe, Rng, between, like, pattern, relief, surface
from scene_generator.materials.wear import even, worn
from scene_generator.spec import ColorTexture, Layer, Material


def _ground(rng: Rng) -> Material:
    return (_soil, _soil, _grass, _sand, _gravel, _mixed)[int(rng.integers(6))](rng)


def _mixed(rng: Rng) -> Material:
    c = color(rng, 0.35, 0.06, 0.6)
    spots = pattern(rng, ("cloud", "grain", "clods", "patches", "dirt"), 2, 10)
    colors = ColorTexture(near(rng, c, 0.35), near(rng, c, 0.35), spots, between(rng, (0.05, 0.2)))
    height = pattern(rng, ("cloud", "grain", "clods", "dirt"), 2, 10)
    made = surface(rng, colors, (0.6, 1.0), relief(rng, height, (2.0, 10.0), 0.7), tile=(0.8, 3.0))
    return worn(rng, made, 0.25, ("dust", "stains", "moss", "dirt"))


def _soil(rng: Rng) -> Material:
    c = hsv(rng, (0.04, 0.11), (0.25, 0.65), (0.05, 0.35))
    height = pattern(rng, ("clods", "dirt", "cloud"), 2, 7)
    colors = ColorTexture(scaled(c, 0.45), c, height, between(rng, (0.08, 0.2)), kin(rng, scaled(c, 0.8), 1, 0.1))
    made = surface(rng, colors, (0.8, 1.0), relief(rng, height, (4.0, 14.0)), specular=(0.0, 0.4), tile=(0.8, 3.0))
    if rng.random() < 0.2:  # wet: darker and glossy in the hollows
        wet = Layer(pattern(rng, ("smooth",), 1, 3), between(rng, (0.1, 0.4)), 0.1, even(scaled(c, 0.3)), 0.0, 0.1)
        return dataclasses.replace(made, layers=(wet,))
    return worn(rng, made, 0.35, ("moss", "dust", "stains"))


def _grass(rng: Rng) -> Material:
    c = hsv(rng, (0.15, 0.32), (0.45, 0.8), (0.06, 0.3))
    dry = hsv(rng, (0.1, 0.15), (0.3, 0.6), (0.15, 0.4))
    height = pattern(rng, ("tufts", "grain", "fur"), 2, 6)
    colors = ColorTexture(
        scaled(c, 0.3), near(rng, dry, 0.2) if rng.random() < 0.4 else scaled(c, 1.3), height, 0.15, (c,)
    )
    made = surface(rng, colors, (0.7, 1.0), relief(rng, height, (7.0, 15.0)), specular=(0.1, 0.5), tile=(0.7, 2.5))
    if rng.random() < 0.35:
        bare = Layer(
            pattern(rng, ("cloud", "dirt"), 1, 4),
            between(rng, (0.1, 0.45)),
            0.2,
            even(hsv(rng, (0.05, 0.1), (0.3, 0.6), (0.08, 0.3))),
            0.0,
            0.95,
            -0.003,
        )
        return dataclasses.replace(made, layers=(bare,))
    return made


def _sand(rng: Rng) -> Material:
    c = hsv(rng, (0.07, 0.13), (0.15, 0.5), (0.25, 0.65))
    height = pattern(rng, ("dunes", "dunes", "cloud", "grain", "smooth"), 2, 6)
    colors = ColorTexture(scaled(c, 0.8), c, height, between(rng, (0.02, 0.1)))
    made = surface(rng, colors, (0.8, 1.0), relief(rng, height, (3.0, 11.0)), specular=(0.0, 0.4), tile=(0.6, 2.5))
    return worn(rng, made, 0.2, ("stains", "dirt"))


def _snow(rng: Rng) -> Material:
    c = hsv(rng, (0.5, 0.65), (0.0, 0.08), (0.7, 0.88))
    height = pattern(rng, ("smooth", "cloud", "dunes", "smooth"), 2, 6)
    colors = ColorTexture(scaled(c, 0.93), c, height, between(rng, (0, 0.03)))
    made = surface(rng, colors, (0.5, 1.0), relief(rng, height, (2.0, 9.0)), tile=(0.8, 3.0))
    return worn(rng, made, 0.25, ("dirt", "dust"))


def _rock(rng: Rng) -> Material:
    c = hsv(rng, (0.03, 0.14), (0.03, 0.4), (0.06, 0.5)) if rng.random() < 0.8 else color(rng, 0.25, 0.05, 0.4)
    height = pattern(rng, ("crags", "strata", "cloud", "cloud", "clods"), 1, 5)
    colors = ColorTexture(scaled(c, 0.45), near(rng, c, 0.1), height, between(rng, (0.05, 0.18)), kin(rng, c, 2, 0.15))
    if rng.random() < 0.4:
        colors = dataclasses.replace(colors, pattern=pattern(rng, ("cloud", "strata", "granite", "dirt"), 1, 5))
    made = surface(rng, colors, (0.6, 1.0), relief(rng, height, (5.0, 15.0)), specular=(0.1, 0.7), tile=(0.8, 3.0))
    return worn(rng, made, 0.4, ("moss", "moss", "dirt", "drips", "dust", "cracks"))


def _gravel(rng: Rng) -> Material:
    c = hsv(rng, (0.03, 0.14), (0.03, 0.35), (0.1, 0.5))
    spots = pattern(rng, ("gravel",), 2, 6)
    tones = kin(rng, c, 3, 0.3)
    colors = ColorTexture(scaled(c, 0.2), near(rng, c, 0.2), spots, between(rng, (0.04, 0.12)), tones)
    bump = relief(rng, like(spots, "gravel_height"), (8.0, 15.0))
    return worn(rng, surface(rng, colors, (0.6, 1.0), bump, tile=(0.4, 1.5)), 0.25, ("dirt", "moss", "dust"))


def _water(rng: Rng) -> Material:
    c = hsv(rng, (0.35, 0.62), (0.2, 0.7), (0.005, 0.06))
    spots = pattern(rng, ("smooth", "cloud"), 1, 3)
    height = pattern(rng, ("ripples", "ripples", "smooth"), 2, 6)
    colors = ColorTexture(c, near(rng, c, 0.3), spots)
    return surface(rng, colors, (0.03, 0.12), relief(rng, height, (0.4, 5.0)), specular=(0.8, 1.0), tile=(1.0, 5.0))


def _asphalt(rng: Rng) -> Material:
    c = hsv(rng, (0.05, 0.65), (0.0, 0.12), (0.03, 0.2))
    height = pattern(rng, ("aggregate", "grain"), 3, 7)
    colors = ColorTexture(scaled(c, 0.5), scaled(c, 1.5), height, between(rng, (0.03, 0.1)), (c,))
    made = surface(rng, colors, (0.7, 1.0), relief(rng, height, (3.0, 9.0)), specular=(0.2, 0.7), tile=(1.2, 4.0))
    layers = []
    if rng.random() < 0.4:  # mended areas
        mask = pattern(rng, ("print", "patches"), 1, 3)
        layers.append(
            Layer(mask, between(rng, (0.1, 0.4)), 0.02, even(near(rng, c, 0.3)), 0.0, between(rng, (0.5, 0.95)))
        )
    if rng.random() < 0.35:  # road paint: colour only
        paint = hsv(rng, (0.11, 0.14), (0.0, 0.75), (0.5, 0.8))
        layers.append(Layer(pattern(rng, ("road_lines",), 1, 4), 0.3, 0.3, even(paint), 0.0, between(rng, (0.4, 0.8))))
    made = dataclasses.replace(made, layers=tuple(layers))
    return worn(rng, made, 0.35, ("cracks", "stains", "dust", "dirt"))


def _concrete(rng: Rng) -> Material:
    c = hsv(rng, (0.05, 0.16), (0.0, 0.15), (0.15, 0.55))
    height = pattern(rng, ("cloud", "grain", "aggregate", "panels_height", "stucco", "planks_height"), 2, 5)
    spots = pattern(rng, ("cloud", "dirt", "smooth"), 1, 4)
    colors = ColorTexture(scaled(c, 0.75), c, spots, between(rng, (0.03, 0.1)))
    made = surface(rng, colors, (0.6, 1.0), relief(rng, height, (0.8, 5.0)), specular=(0.1, 0.6), tile=(1.0, 4.0))
    return worn(rng, made, 0.45, ("drips", "stains", "cracks", "dirt", "graffiti", "moss"))


ROLES: Dict[str, Recipe] = {  # noqa: UP006
    "ground": _ground,
    "soil": _soil,
    "grass": _grass,
    "sand": _sand,
    "snow": _snow,
    "rock": _rock,
    "gravel": _gravel,
    "water": _water,
    "asphalt": _asphalt,
    "concrete": _concrete,
}
