"""What lies over a material: dust, dirt, runs, stains, scratches, cracks, spilt or sprayed paint, snow, moss."""

from __future__ import annotations

import dataclasses
from typing import Callable, Dict, Sequence  # noqa: UP035 - Python 3.9

from scene_generator.materials.colors import color, hsv, mixed, near, scaled
from scene_generator.materials.surface import FLAT, Rng, between, pattern
from scene_generator.spec import ColorTexture, Layer, Material, Vec3

Cover = Callable[[Rng, Vec3], Layer]


def even(c: Vec3) -> ColorTexture:
    """Return one colour everywhere."""
    return ColorTexture(c, c, FLAT)


def worn(
    rng: Rng, made: Material, share: float = 0.25, kinds: Sequence[str] = ("dust", "dirt", "scratches")
) -> Material:
    """Return `made` with one or two layers of wear on a `share` of all materials, otherwise as it is."""
    if rng.random() >= share:
        return made
    layers = made.layers
    for _ in range(1 + int(rng.random() < 0.35)):
        kind = kinds[int(rng.integers(len(kinds)))]
        layers = (*layers, WEAR[kind](rng, made.base_color.high))
    return dataclasses.replace(made, layers=layers)


def _dust(rng: Rng, under: Vec3) -> Layer:
    # Half transparent: its colour is on the way to the colour below.
    c = mixed(hsv(rng, (0.06, 0.13), (0.1, 0.35), (0.2, 0.5)), under, between(rng, (0.2, 0.7)))
    mask = pattern(rng, ("dirt", "cloud", "rust"), 1, 8)
    return Layer(mask, between(rng, (0.1, 0.7)), between(rng, (0.3, 0.9)), even(c), 0.0, between(rng, (0.75, 1.0)))


def _dirt(rng: Rng, under: Vec3) -> Layer:
    c = mixed(hsv(rng, (0.04, 0.12), (0.2, 0.5), (0.02, 0.12)), under, between(rng, (0.1, 0.6)))
    mask = pattern(rng, ("dirt", "dirt", "dirt", "cloud", "cloud", "splashes"), 1, 8)
    return Layer(mask, between(rng, (0.05, 0.5)), between(rng, (0.1, 0.6)), even(c), 0.0, between(rng, (0.7, 1.0)))


def _drips(rng: Rng, under: Vec3) -> Layer:
    c = scaled(near(rng, under, 0.15), between(rng, (0.3, 0.75)) if rng.random() < 0.75 else 1.6)
    mask = pattern(rng, ("drips",), 1, 8)
    return Layer(mask, between(rng, (0.05, 0.3)), between(rng, (0.3, 1.0)), even(c), 0.0, between(rng, (0.4, 1.0)))


def _stains(rng: Rng, under: Vec3) -> Layer:
    # Damp, grease, repaired areas: darker or lighter, mostly with another gloss.
    c = scaled(near(rng, under, 0.2), between(rng, (0.5, 0.95)))
    mask = pattern(rng, ("smooth", "cloud", "patches"), 1, 4)
    return Layer(mask, between(rng, (0.05, 0.4)), between(rng, (0.02, 0.3)), even(c), 0.0, between(rng, (0.15, 1.0)))


def _scratches(rng: Rng, under: Vec3) -> Layer:
    c = scaled(near(rng, under, 0.1), between(rng, (0.5, 1.7)))
    mask = pattern(rng, ("scratches",), 1, 8)
    depth = -between(rng, (0.0001, 0.0006))
    return Layer(mask, between(rng, (0.01, 0.08)), 0.4, even(c), 0.0, between(rng, (0.3, 0.9)), depth)


def _cracks(rng: Rng, under: Vec3) -> Layer:
    mask = pattern(rng, ("cracks",), 1, 4)
    depth = -between(rng, (0.0005, 0.002))
    return Layer(mask, between(rng, (0.01, 0.05)), 0.3, even(scaled(under, 0.25)), 0.0, 0.95, depth)


def _splashes(rng: Rng, under: Vec3) -> Layer:
    c = color(rng, 0.5, 0.02, 0.8)
    mask = pattern(rng, ("splashes",), 1, 6)
    return Layer(mask, between(rng, (0.02, 0.15)), 0.1, even(c), 0.0, between(rng, (0.2, 0.9)), 0.0)


def _graffiti(rng: Rng, under: Vec3) -> Layer:
    # Sprayed: colour and gloss, no relief.
    mask = pattern(rng, ("graffiti",), 2, 6)
    colors = ColorTexture(color(rng, 0.9, 0.02, 0.3), color(rng, 0.9, 0.1, 0.8), mask, 0.0)
    return Layer(mask, between(rng, (0.15, 0.4)), 0.05, colors, 0.0, between(rng, (0.3, 0.8)))


def _moss(rng: Rng, under: Vec3) -> Layer:
    c = hsv(rng, (0.17, 0.3), (0.4, 0.8), (0.03, 0.2))
    mask = pattern(rng, ("dirt", "rust", "cloud"), 1, 3)
    colors = ColorTexture(scaled(c, 0.5), c, pattern(rng, ("tufts", "grain"), 3, 6), 0.1)
    return Layer(
        mask, between(rng, (0.05, 0.45)), between(rng, (0.1, 0.3)), colors, 0.0, 0.95, between(rng, (0.0, 0.002))
    )


def rust(rng: Rng, cover: float, height: float = 0.0015) -> Layer:
    """Return rust on bare or painted metal: brown, rough, no metal any more, swollen."""
    dark, light = hsv(rng, (0.01, 0.05), (0.6, 0.85), (0.02, 0.1)), hsv(rng, (0.03, 0.07), (0.65, 0.9), (0.15, 0.4))
    mask = pattern(rng, ("rust",), 1, 6)
    colors = ColorTexture(light, dark, pattern(rng, ("cloud", "dirt"), 3, 9), 0.15)
    return Layer(mask, cover, between(rng, (0.04, 0.25)), colors, 0.0, between(rng, (0.75, 1.0)), height)


def bare(rng: Rng, tint: Vec3, cover: float, kinds: Sequence[str] = ("chips", "scratches")) -> Layer:
    """Return places where paint has come off metal of colour `tint`: metalness 1, cut in by the paint's thickness."""
    mask = pattern(rng, kinds, 1, 7)
    if mask.kind == "scratches":
        return Layer(mask, min(cover, 0.1), 0.3, even(tint), 1.0, between(rng, (0.15, 0.45)), -0.0004)
    return Layer(mask, cover, between(rng, (0.02, 0.06)), even(tint), 1.0, between(rng, (0.2, 0.55)), -0.0008)


WEAR: Dict[str, Cover] = {  # noqa: UP006
    "dust": _dust,
    "dirt": _dirt,
    "drips": _drips,
    "stains": _stains,
    "scratches": _scratches,
    "cracks": _cracks,
    "splashes": _splashes,
    "graffiti": _graffiti,
    "moss": _moss,
}
"""Every kind of wear; each takes the colour that it lies on."""
