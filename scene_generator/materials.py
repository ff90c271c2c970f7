"""Random materials by what they are for; parameters follow `standard_surface`.

Colour detail and relief are drawn independently for printed and painted surfaces, so that a network cannot take every
dark line for a groove; they are tied together where nature ties them (bricks, weave, planks, tiles).
"""

from __future__ import annotations

import colorsys
from typing import Callable, Dict, Optional, Tuple  # noqa: UP035 - Python 3.9

import numpy as np

from scene_generator.spec import Bump, ColorTexture, Material, Pattern, ScalarTexture, SpecError, Vec3

Rng = np.random.Generator
FLAT = Pattern("flat", 0, 1)


def material(rng: Rng, role: str) -> Material:
    """Return a random material for `role`, one of `ROLES`. Raises SpecError for another."""
    if role not in ROLES:
        raise SpecError(f"material role {role!r} is unknown; known are {sorted(ROLES)}")
    return ROLES[role](rng)


def color(rng: Rng, saturation: float = 0.5, low: float = 0.05, high: float = 0.8) -> Vec3:
    """Return a scene-linear colour: any hue, mostly calm saturation, value between `low` and `high`."""
    s = float(rng.beta(1.2, 2.5)) * 2 * saturation
    r, g, b = colorsys.hsv_to_rgb(float(rng.random()), min(s, 1.0), float(rng.uniform(low**0.5, high**0.5)) ** 2)
    return (r, g, b)


def _near(rng: Rng, c: Vec3, spread: float) -> Vec3:
    factor = np.exp(rng.normal(0, spread)) * np.exp(rng.normal(0, spread * 0.25, 3))
    r, g, b = np.clip(np.asarray(c) * factor, 0.01, 0.92)
    return (float(r), float(g), float(b))


def _pattern(rng: Rng, kinds: Tuple[str, ...], low: int, high: int, contrast: float = 1.0) -> Pattern:  # noqa: UP006
    kind = kinds[int(rng.integers(len(kinds)))]
    return Pattern(kind, int(rng.integers(2**32)), int(rng.integers(low, high + 1)), contrast)


def _bump(rng: Rng, share: float, low: float, high: float, pattern: Optional[Pattern] = None) -> Bump:  # noqa: UP045
    if rng.random() >= share:
        return Bump(0.0, FLAT)
    depth = float(np.exp(rng.uniform(np.log(low), np.log(high))))
    return Bump(depth, pattern or _pattern(rng, ("cloud", "grain", "cells"), 4, 12))


def _make(
    rng: Rng,
    colors: ColorTexture,
    rough: Tuple[float, float],  # noqa: UP006
    bump: Bump,
    *,
    metal: float = 0.0,
    specular: Tuple[float, float] = (0.4, 1.0),  # noqa: UP006
    tile: Tuple[float, float] = (0.6, 2.0),  # noqa: UP006
) -> Material:
    a, b = (float(x) for x in rng.uniform(*rough, 2))
    gloss = colors.pattern if rng.random() < 0.5 else _pattern(rng, ("cloud", "patches", "scratches", "grain"), 2, 8)
    repeat = float(1 / np.exp(rng.uniform(np.log(tile[0]), np.log(tile[1]))))
    return Material(
        base=1.0,
        base_color=colors,
        metalness=ScalarTexture(metal, metal, FLAT),
        specular=float(rng.uniform(*specular)),
        specular_roughness=ScalarTexture(a, a + 0.4 * (b - a), gloss),
        bump=bump,
        repeat=(repeat, repeat),
    )


def _plain(rng: Rng) -> Material:
    c = color(rng, 0.45)
    colors = ColorTexture(c, _near(rng, c, 0.1), _pattern(rng, ("cloud", "grain"), 1, 6), float(rng.uniform(0, 0.08)))
    return _make(rng, colors, (0.25, 1.0), _bump(rng, 0.25, 0.001, 0.008))


def _wall(rng: Rng) -> Material:
    kind = rng.random()
    if kind < 0.62:
        c = color(rng, 0.25, 0.25, 0.85)
        colors = ColorTexture(
            c, _near(rng, c, 0.06), _pattern(rng, ("cloud", "patches"), 1, 4), float(rng.uniform(0, 0.06))
        )
        return _make(rng, colors, (0.6, 1.0), _bump(rng, 0.3, 0.0006, 0.004), tile=(0.8, 2.5))
    if kind < 0.8:
        c = color(rng, 0.4, 0.15, 0.8)
        flat = ColorTexture(c, _near(rng, c, 0.5), _pattern(rng, ("stripes", "print", "weave", "checker"), 2, 8), 0.03)
        return _make(rng, flat, (0.5, 1.0), _bump(rng, 0.1, 0.0005, 0.002), tile=(0.5, 1.5))
    return _masonry(rng)


def _masonry(rng: Rng) -> Material:
    pattern = _pattern(rng, ("bricks", "tiles", "cells"), 2, 6)
    mortar = color(rng, 0.15, 0.2, 0.6)
    colors = ColorTexture(mortar, color(rng, 0.5, 0.08, 0.6), pattern, float(rng.uniform(0.05, 0.2)))
    return _make(rng, colors, (0.55, 1.0), _bump(rng, 0.85, 0.003, 0.015, pattern), tile=(0.8, 2.0))


def _floor(rng: Rng) -> Material:
    kind = rng.random()
    if kind < 0.35:
        return _wood(rng)
    if kind < 0.6:
        pattern = _pattern(rng, ("tiles", "checker", "marble"), 2, 5)
        c = color(rng, 0.3, 0.1, 0.8)
        relief = _bump(rng, 0.5, 0.001, 0.006, pattern) if pattern.kind == "tiles" else Bump(0.0, FLAT)
        return _make(rng, ColorTexture(_near(rng, c, 0.5), c, pattern, 0.05), (0.1, 0.7), relief, tile=(0.8, 2.5))
    if kind < 0.8:
        return _fabric(rng)
    return _ground(rng)


def _ground(rng: Rng) -> Material:
    c = color(rng, 0.35, 0.06, 0.6)
    pattern = _pattern(rng, ("cloud", "grain", "cells", "patches"), 2, 10)
    colors = ColorTexture(_near(rng, c, 0.35), _near(rng, c, 0.35), pattern, float(rng.uniform(0.05, 0.25)))
    relief = pattern if rng.random() < 0.5 else None
    return _make(rng, colors, (0.6, 1.0), _bump(rng, 0.6, 0.003, 0.02, relief), tile=(0.6, 3.0))


def _wood(rng: Rng) -> Material:
    hue, value = rng.uniform(0.04, 0.11), rng.uniform(0.12, 0.75)
    r, g, b = colorsys.hsv_to_rgb(float(hue), float(rng.uniform(0.25, 0.75)), float(value))
    pattern = _pattern(rng, ("wood", "planks"), 3, 8)
    colors = ColorTexture(_near(rng, (r * 0.6, g * 0.6, b * 0.6), 0.15), (r, g, b), pattern, float(rng.uniform(0, 0.1)))
    return _make(rng, colors, (0.2, 0.8), _bump(rng, 0.35, 0.0008, 0.005, pattern), tile=(0.7, 2.0))


def _fabric(rng: Rng) -> Material:
    pattern = _pattern(rng, ("weave", "grain", "cloud"), 6, 12)
    print_ = _pattern(rng, ("stripes", "checker", "print", "cloud", "patches"), 2, 8)
    c = color(rng, 0.5)
    colors = ColorTexture(c, _near(rng, c, float(rng.choice([0.1, 0.6]))), print_, float(rng.uniform(0, 0.15)))
    return _make(rng, colors, (0.75, 1.0), _bump(rng, 0.6, 0.002, 0.012, pattern), specular=(0.0, 0.5), tile=(0.3, 0.8))


def _plastic(rng: Rng) -> Material:
    c = color(rng, 0.8, 0.02, 0.85)
    colors = ColorTexture(c, _near(rng, c, 0.04), _pattern(rng, ("cloud",), 1, 3), 0.0)
    return _make(rng, colors, (0.05, 0.6), _bump(rng, 0.12, 0.0008, 0.004), specular=(0.6, 1.0))


def _print(rng: Rng) -> Material:
    pattern = _pattern(rng, ("print", "letters", "stripes", "patches", "checker"), 2, 8)
    colors = ColorTexture(color(rng, 0.8, 0.02, 0.6), color(rng, 0.5, 0.3, 0.9), pattern, float(rng.uniform(0, 0.06)))
    return _make(rng, colors, (0.1, 0.9), Bump(0.0, FLAT), tile=(0.15, 0.6))


def _metal(rng: Rng) -> Material:
    tint = [(0.56, 0.57, 0.58), (0.9, 0.91, 0.92), (0.95, 0.7, 0.3), (0.93, 0.6, 0.45), (0.4, 0.38, 0.36)][
        int(rng.integers(5))
    ]
    c = _near(rng, tint, 0.08)
    if rng.random() < 0.35:
        # Rust or paint over metal: colour, metalness and gloss change together.
        pattern = _pattern(rng, ("patches", "cloud"), 2, 6, 2.0)
        other = color(rng, 0.8, 0.04, 0.5)
        rough = float(rng.uniform(0.1, 0.5))
        return Material(
            base=1.0,
            base_color=ColorTexture(c, other, pattern, 0.1),
            metalness=ScalarTexture(1.0, 0.0, pattern),
            specular=float(rng.uniform(0.4, 1.0)),
            specular_roughness=ScalarTexture(rough, float(rng.uniform(0.4, 0.95)), pattern),
            bump=_bump(rng, 0.5, 0.001, 0.006, pattern),
            repeat=(1.0, 1.0),
        )
    colors = ColorTexture(c, _near(rng, c, 0.05), _pattern(rng, ("grain", "cloud", "scratches"), 2, 8), 0.0)
    return _make(rng, colors, (0.12, 0.65), _bump(rng, 0.2, 0.0006, 0.004), metal=1.0)


def _wild(rng: Rng) -> Material:
    # Anything goes: the random diffuse, metal and gloss textures the generator was first made for.
    kinds = ("cloud", "patches", "checker", "stripes", "marble", "cells", "print", "wood", "weave")
    pattern = _pattern(rng, kinds, 1, 10)
    metal = _pattern(rng, ("patches", "checker", "stripes"), 1, 6, 3.0) if rng.random() < 0.25 else FLAT
    a, b = (float(x) for x in rng.uniform(0.06, 1.0, 2))
    relief = pattern if rng.random() < 0.3 else None
    return Material(
        base=1.0,
        base_color=ColorTexture(color(rng, 0.9), color(rng, 0.9), pattern, float(rng.uniform(0, 0.2))),
        metalness=ScalarTexture(0.0, 1.0, metal),
        specular=float(rng.uniform(0.2, 1.0)),
        specular_roughness=ScalarTexture(a, b, _pattern(rng, kinds, 1, 10)),
        bump=_bump(rng, 0.45, 0.001, 0.02, relief),
        repeat=(float(rng.uniform(0.5, 3.0)),) * 2,
    )


def _object(rng: Rng) -> Material:
    pick = (_plain, _plastic, _print, _metal, _wood, _fabric, _wild, _masonry)
    share = np.array([0.22, 0.2, 0.14, 0.12, 0.1, 0.08, 0.1, 0.04])
    return pick[int(rng.choice(len(pick), p=share / share.sum()))](rng)


ROLES: Dict[str, Callable[[Rng], Material]] = {  # noqa: UP006
    "plain": _plain,
    "wall": _wall,
    "masonry": _masonry,
    "floor": _floor,
    "ground": _ground,
    "wood": _wood,
    "fabric": _fabric,
    "plastic": _plastic,
    "print": _print,
    "metal": _metal,
    "wild": _wild,
    "object": _object,
}
