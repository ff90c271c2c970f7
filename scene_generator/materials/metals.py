"""Metals, bare, brushed, rusted and under paint."""

from __future__ import annotations

import dataclasses
from typing import Dict  # noqa: UP035 - Python 3.9

from scene_generator.materials.colors import color, near
from scene_generator.materials.surface import NO_RELIEF, Recipe, Rng, between, like, pattern, relief, surface
from scene_generator.materials.wear import bare, rust, worn
from scene_generator.spec import Bump, ColorTexture, Material, Vec3

TINTS = (
    (0.56, 0.57, 0.58),
    (0.90, 0.91, 0.92),
    (0.95, 0.70, 0.30),
    (0.93, 0.60, 0.45),
    (0.40, 0.38, 0.36),
    (0.53, 0.51, 0.49),
    (0.80, 0.60, 0.30),
)
"""Reflectance at normal incidence of iron, aluminium, gold, copper, dark steel, steel and brass, scene-linear."""


def _iron(rng: Rng) -> Vec3:
    return near(rng, TINTS[(0, 4, 5)[int(rng.integers(3))]], 0.08)


def _tint(rng: Rng) -> Vec3:
    return near(rng, TINTS[int(rng.integers(len(TINTS)))], 0.08)


def _sheet(rng: Rng) -> Bump:
    # What sheet metal is pressed into.
    kinds = ("smooth", "smooth", "cloud", "panels_height", "diamond_plate", "corrugated", "ribs")
    return relief(rng, pattern(rng, kinds, 2, 6), (0.6, 5.0), 0.35)


def _bare(rng: Rng) -> Material:
    return _bare_of(rng, _tint(rng))


def _bare_of(rng: Rng, c: Vec3) -> Material:
    colors = ColorTexture(c, near(rng, c, 0.06), pattern(rng, ("grain", "cloud", "scratches", "fibre"), 2, 8))
    made = surface(rng, colors, (0.12, 0.65), _sheet(rng), metal=1.0)
    return worn(rng, made, 0.3, ("dust", "dirt", "drips"))


def _metal(rng: Rng) -> Material:
    return (_bare, _bare, _brushed, _chrome, _rusty, _painted, _painted)[int(rng.integers(7))](rng)


def _brushed(rng: Rng) -> Material:
    c = _tint(rng)
    lines = pattern(rng, ("fibre", "fibre", "brush_strokes"), 5, 10)
    colors = ColorTexture(near(rng, c, 0.04), c, lines)
    bump = relief(rng, lines, (0.4, 2.5), 0.7)
    made = surface(rng, colors, (0.15, 0.55), bump, metal=1.0, gloss=lines, vary=0.7, tile=(0.3, 1.0))
    return worn(rng, made, 0.2, ("dust", "dirt"))


def _chrome(rng: Rng) -> Material:
    c = near(rng, TINTS[1] if rng.random() < 0.7 else TINTS[2], 0.04)
    colors = ColorTexture(c, near(rng, c, 0.02), pattern(rng, ("smooth",), 1, 3))
    bump = relief(rng, pattern(rng, ("smooth",), 1, 3), (0.2, 1.5), 0.25)
    made = surface(rng, colors, (0.03, 0.14), bump, metal=1.0)
    return worn(rng, made, 0.15, ("dust", "dirt"))


def _rusty(rng: Rng) -> Material:
    # Bare or painted metal on its way to nothing but rust.
    made = _painted(rng) if rng.random() < 0.6 else _bare_of(rng, _iron(rng))
    layers = (*made.layers[:1], rust(rng, between(rng, (0.15, 0.8)), between(rng, (0.0005, 0.002))))
    if rng.random() < 0.3:
        layers = (*layers, rust(rng, between(rng, (0.05, 0.2)), 0.0005))
    return dataclasses.replace(made, layers=layers)


def _painted(rng: Rng) -> Material:
    c = color(rng, 0.6, 0.02, 0.7)
    colors = ColorTexture(c, near(rng, c, 0.06), pattern(rng, ("cloud", "smooth", "brush_strokes"), 1, 4), 0.02)
    if rng.random() < 0.2:
        spots = pattern(rng, ("panels",), 2, 6)
        colors = ColorTexture(near(rng, c, 0.1), c, spots, 0.02)
        bump = relief(rng, like(spots, "panels_height"), (0.8, 4.0))
    else:
        bump = _sheet(rng)
    made = surface(rng, colors, (0.15, 0.7), bump)
    layers = []
    if rng.random() < 0.5:
        layers.append(bare(rng, _iron(rng), between(rng, (0.02, 0.3))))
        if rng.random() < 0.4:
            layers.append(rust(rng, between(rng, (0.03, 0.2)), 0.0006))
    return worn(rng, dataclasses.replace(made, layers=tuple(layers)), 0.25, ("dust", "dirt", "drips", "scratches"))


def _car_paint(rng: Rng) -> Material:
    # Flakes under a clear coat: a fine sparkle in the colour, a smooth surface.
    c = color(rng, 0.9, 0.01, 0.7)
    flakes = pattern(rng, ("grain", "grain", "cloud"), 8, 12)
    colors = ColorTexture(near(rng, c, 0.1), c, flakes, between(rng, (0, 0.05)))
    peel = relief(rng, pattern(rng, ("smooth",), 6, 12), (0.1, 0.6), 0.3)
    made = surface(rng, colors, (0.05, 0.25), peel, metal=float(rng.choice([0.0, 0.0, 0.4])), specular=(0.8, 1.0))
    return worn(rng, made, 0.25, ("dust", "dirt", "splashes", "scratches"))


def _plain_metal(rng: Rng) -> Material:
    c = _tint(rng)
    return surface(rng, ColorTexture(c, c, pattern(rng, ("cloud",), 2, 4)), (0.2, 0.6), NO_RELIEF, metal=1.0)


ROLES: Dict[str, Recipe] = {  # noqa: UP006
    "metal": _metal,
    "bare_metal": _plain_metal,
    "brushed_metal": _brushed,
    "chrome": _chrome,
    "rust": _rusty,
    "painted_metal": _painted,
    "car_paint": _car_paint,
}
