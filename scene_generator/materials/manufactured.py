"""Plastic, rubber, ceramic, glass and paper."""

from __future__ import annotations

from typing import Dict  # noqa: UP035 - Python 3.9

from scene_generator.materials.colors import color, hsv, kin, near, scaled
from scene_generator.materials.surface import NO_RELIEF, Recipe, Rng, between, pattern, relief, surface
from scene_generator.materials.wear import worn
from scene_generator.spec import ColorTexture, Material


def _plastic(rng: Rng) -> Material:
    c = color(rng, 0.8, 0.02, 0.85)
    colors = ColorTexture(c, near(rng, c, 0.04), pattern(rng, ("cloud", "smooth"), 1, 3))
    height = pattern(rng, ("grain", "leather", "stucco", "ribs", "smooth"), 4, 12)
    made = surface(rng, colors, (0.05, 0.6), relief(rng, height, (0.6, 4.0), 0.15), specular=(0.6, 1.0))
    return worn(rng, made, 0.2, ("scratches", "dust", "dirt"))


def _rubber(rng: Rng) -> Material:
    c = hsv(rng, (0.0, 1.0), (0.0, 0.15), (0.01, 0.06)) if rng.random() < 0.75 else color(rng, 0.8, 0.03, 0.5)
    colors = ColorTexture(c, near(rng, c, 0.1), pattern(rng, ("cloud", "grain"), 1, 5), 0.03)
    height = pattern(rng, ("grain", "ribs", "diamond_plate", "weave", "louvres"), 4, 10)
    made = surface(rng, colors, (0.5, 0.95), relief(rng, height, (0.8, 6.0), 0.4), specular=(0.2, 0.7), tile=(0.2, 0.8))
    return worn(rng, made, 0.35, ("dust", "dirt", "scratches"))


def _ceramic(rng: Rng) -> Material:
    c = hsv(rng, (0.05, 0.15), (0.0, 0.15), (0.5, 0.88)) if rng.random() < 0.55 else color(rng, 0.7, 0.03, 0.7)
    kinds = ("cloud", "smooth", "spots", "flowers", "stripes", "brush_strokes", "dots", "chevrons")
    share = 0.6 if rng.random() < 0.35 else 0.05
    # Painted under the glaze: the decoration is flat.
    colors = ColorTexture(c, near(rng, c, share), pattern(rng, kinds, 1, 7), between(rng, (0, 0.03)))
    bump = relief(rng, pattern(rng, ("smooth", "cloud"), 2, 5), (0.3, 2.0), 0.3)
    made = surface(rng, colors, (0.03, 0.3), bump, specular=(0.8, 1.0), tile=(0.2, 0.8))
    return worn(rng, made, 0.1, ("dust", "stains"))


def _glass(rng: Rng) -> Material:
    # A window from outside by day: dark and glossy; panes are never quite even.
    c = hsv(rng, (0.4, 0.65), (0.05, 0.5), (0.004, 0.06))
    colors = ColorTexture(c, near(rng, c, 0.4), pattern(rng, ("smooth", "cloud", "print"), 1, 3))
    bump = relief(rng, pattern(rng, ("smooth",), 1, 2), (0.1, 0.6), 0.4)
    made = surface(rng, colors, (0.03, 0.12), bump, specular=(0.9, 1.0), tile=(0.8, 2.5))
    return worn(rng, made, 0.25, ("dust", "drips", "dirt"))


def _paper(rng: Rng) -> Material:
    c = hsv(rng, (0.06, 0.16), (0.0, 0.25), (0.5, 0.88)) if rng.random() < 0.7 else color(rng, 0.5, 0.2, 0.8)
    if rng.random() < 0.25:  # cardboard
        c = hsv(rng, (0.06, 0.1), (0.35, 0.6), (0.2, 0.45))
    colors = ColorTexture(
        c, near(rng, c, 0.05), pattern(rng, ("cloud", "grain", "smooth"), 1, 5), between(rng, (0, 0.04))
    )
    bump = NO_RELIEF
    if rng.random() < 0.3:
        bump = relief(rng, pattern(rng, ("grain", "smooth", "ribs", "slub"), 2, 6), (0.3, 2.5))
    made = surface(rng, colors, (0.7, 1.0), bump, specular=(0.1, 0.5), tile=(0.2, 0.8))
    return worn(rng, made, 0.2, ("stains", "dirt"))


def _terrazzo(rng: Rng) -> Material:
    c = color(rng, 0.2, 0.2, 0.8)
    colors = ColorTexture(
        c, color(rng, 0.5, 0.05, 0.7), pattern(rng, ("spots", "granite"), 2, 6), 0.03, kin(rng, c, 1, 0.3)
    )
    made = surface(rng, colors, (0.06, 0.5), NO_RELIEF, tile=(0.5, 1.5))
    return worn(rng, made, 0.2, ("dust", "scratches", "stains"))


def _wax(rng: Rng) -> Material:
    c = hsv(rng, (0.0, 0.15), (0.1, 0.7), (0.2, 0.8))
    colors = ColorTexture(scaled(c, 0.9), c, pattern(rng, ("smooth", "cloud"), 1, 3))
    bump = relief(rng, pattern(rng, ("smooth", "cloud"), 2, 6), (0.5, 5.0), 0.5)
    return surface(rng, colors, (0.2, 0.5), bump, tile=(0.15, 0.5))


ROLES: Dict[str, Recipe] = {  # noqa: UP006
    "plastic": _plastic,
    "rubber": _rubber,
    "ceramic": _ceramic,
    "glass": _glass,
    "paper": _paper,
    "terrazzo": _terrazzo,
    "wax": _wax,
}
