"""Masonry, roofs and floors: what is laid in pieces, with joints that are grooves."""

from __future__ import annotations

from typing import Dict  # noqa: UP035 - Python 3.9

from scene_generator.materials.colors import color, hsv, kin, mixed, near, scaled
from scene_generator.materials.surface import NO_RELIEF, Pair, Recipe, Rng, between, like, pattern, relief, surface
from scene_generator.materials.wear import worn
from scene_generator.spec import ColorTexture, Material, Vec3

OLD = ("dirt", "dirt", "drips", "drips", "stains", "stains", "moss", "dust", "dust", "graffiti")


def _stone_color(rng: Rng) -> Vec3:
    return (
        hsv(rng, (0.04, 0.16), (0.03, 0.35), (0.06, 0.55))
        if rng.random() < 0.8
        else hsv(rng, (0.5, 0.65), (0.03, 0.2), (0.05, 0.35))
    )


def _pieces(
    rng: Rng, kind: str, face: Vec3, joint: Vec3, scale: Pair, tilt: Pair, rough: Pair, tile: Pair, spread: float
) -> Material:
    # The pattern is 0 in the joints and runs through the tones of the pieces above that.
    spots = pattern(rng, (kind,), int(scale[0]), int(scale[1]))
    dark = scaled(face, between(rng, (0.55, 0.85)))
    colors = ColorTexture(
        joint, near(rng, face, 0.1), spots, between(rng, (0.03, 0.12)), (dark, *kin(rng, face, 2, spread))
    )
    return surface(rng, colors, rough, relief(rng, like(spots, kind + "_height"), tilt, 0.92), tile=tile)


def _brick(rng: Rng) -> Material:
    r = rng.random()
    if r < 0.6:
        face = hsv(rng, (0.0, 0.06), (0.45, 0.8), (0.12, 0.45))
    elif r < 0.8:
        face = hsv(rng, (0.06, 0.12), (0.2, 0.6), (0.2, 0.6))
    else:
        face = color(rng, 0.15, 0.1, 0.8)
    joint = hsv(rng, (0.05, 0.15), (0.02, 0.25), (0.12, 0.55))
    made = _pieces(rng, "bricks", face, joint, (3, 8), (2.0, 8.0), (0.7, 1.0), (0.9, 2.4), 0.25)
    return worn(rng, made, 0.35, OLD)


def _ashlar(rng: Rng) -> Material:
    face = _stone_color(rng)
    kind = "ashlar" if rng.random() < 0.7 else "rubble"
    made = _pieces(
        rng, kind, face, near(rng, scaled(face, 0.6), 0.3), (2, 6), (2.0, 10.0), (0.7, 1.0), (1.5, 4.0), 0.15
    )
    return worn(rng, made, 0.4, (*OLD, "cracks"))


def _roof(rng: Rng) -> Material:
    face = hsv(rng, (0.0, 0.06), (0.4, 0.8), (0.08, 0.4)) if rng.random() < 0.6 else _stone_color(rng)
    if rng.random() < 0.15:
        c = color(rng, 0.4, 0.08, 0.6)
        ribs = pattern(rng, ("corrugated",), 3, 8)
        colors = ColorTexture(c, near(rng, c, 0.08), pattern(rng, ("cloud", "rust"), 1, 4), 0.04)
        made = surface(rng, colors, (0.3, 0.7), relief(rng, ribs, (6.0, 15.0)), tile=(1.0, 2.5))
        return worn(rng, made, 0.4, ("dirt", "drips", "stains", "dust"))
    made = _pieces(rng, "roof_tiles", face, scaled(face, 0.3), (4, 10), (6.0, 15.0), (0.6, 1.0), (1.5, 3.5), 0.2)
    return worn(rng, made, 0.4, ("moss", "dirt", "drips", "dust"))


def _cobble(rng: Rng) -> Material:
    face = _stone_color(rng)
    kind = ("cobbles", "cobbles", "herringbone", "ashlar", "rubble")[int(rng.integers(5))]
    joint = hsv(rng, (0.05, 0.13), (0.1, 0.4), (0.03, 0.25))
    made = _pieces(rng, kind, face, joint, (3, 6), (4.0, 12.0), (0.5, 1.0), (0.9, 2.5), 0.2)
    return worn(rng, made, 0.35, ("dirt", "stains", "moss", "dust"))


def _masonry(rng: Rng) -> Material:
    return (_brick, _brick, _ashlar, _wall_tiles)[int(rng.integers(4))](rng)


def _wall_tiles(rng: Rng) -> Material:
    face = color(rng, 0.5, 0.1, 0.85)
    kind = ("tiles", "tiles", "hexagons", "mosaic", "bricks")[int(rng.integers(5))]
    spread = 0.6 if kind == "mosaic" else 0.08
    made = _pieces(rng, kind, face, color(rng, 0.1, 0.2, 0.7), (3, 7), (0.8, 5.0), (0.05, 0.4), (0.5, 1.5), spread)
    return worn(rng, made, 0.2, ("dirt", "stains", "drips"))


def _floor_tiles(rng: Rng) -> Material:
    face = color(rng, 0.3, 0.1, 0.8)
    kind = ("tiles", "hexagons", "herringbone", "mosaic")[int(rng.integers(4))]
    spread = 0.5 if kind == "mosaic" else 0.12
    made = _pieces(rng, kind, face, color(rng, 0.1, 0.08, 0.5), (2, 6), (0.5, 3.0), (0.08, 0.6), (0.9, 2.5), spread)
    return worn(rng, made, 0.25, ("dirt", "dust", "stains", "scratches"))


def _checkered(rng: Rng) -> Material:
    # Two colours laid without joints: no relief at all.
    colors = ColorTexture(
        color(rng, 0.3, 0.02, 0.3),
        color(rng, 0.2, 0.3, 0.8),
        pattern(rng, ("checker", "chevrons", "print"), 2, 8),
        0.04,
    )
    return worn(rng, surface(rng, colors, (0.06, 0.6), NO_RELIEF, tile=(0.8, 2.5)), 0.25, ("dirt", "dust", "scratches"))


def _marble(rng: Rng) -> Material:
    c = hsv(rng, (0.0, 0.2), (0.0, 0.2), (0.35, 0.85)) if rng.random() < 0.65 else color(rng, 0.4, 0.03, 0.4)
    kind = "marble" if rng.random() < 0.75 else "granite"
    veins = pattern(rng, (kind,), 1, 4 if kind == "marble" else 6)
    dark = near(rng, scaled(c, between(rng, (0.2, 0.7))), 0.2)
    colors = ColorTexture(dark, c, veins, between(rng, (0, 0.05)), (near(rng, mixed(dark, c, 0.7), 0.1),))
    # Polished: what is seen in it is colour only.
    made = surface(rng, colors, (0.04, 0.4), NO_RELIEF, specular=(0.7, 1.0), tile=(0.6, 2.5))
    return worn(rng, made, 0.12, ("dust", "scratches", "stains"))


ROLES: Dict[str, Recipe] = {  # noqa: UP006
    "masonry": _masonry,
    "brick": _brick,
    "ashlar": _ashlar,
    "roof": _roof,
    "cobble": _cobble,
    "marble": _marble,
    "tiles": _wall_tiles,
    "floor_tiles": _floor_tiles,
    "checkered": _checkered,
}
