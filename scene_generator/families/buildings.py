"""A building's front from parts on one grid of openings, with ground floor, cornices and roof."""

from __future__ import annotations

import numpy as np

from scene_generator.families.layout import Layout, Rng, at
from scene_generator.families.street_things import railing
from scene_generator.materials import material
from scene_generator.spec import Material

WALLS = ("wall", "stucco", "brick", "ashlar", "concrete", "masonry", "wood")
_SHARES = (0.2, 0.26, 0.2, 0.12, 0.12, 0.05, 0.05)


def front(
    rng: Rng, to: Layout, place: np.ndarray, columns: int, storeys: int, bay: float, *, fine: bool = True
) -> float:
    """Put a building whose front lies in the place's plane z = 0, facing its +Z, standing on its y = 0.

    Args:
        place: rigid 4 x 4 matrix of the middle of the front's foot.
        bay: metres from window to window; the front is `columns` bays wide.
        fine: with shutters, railings and door; without them for buildings farther off.

    Returns:
        The height of the front in metres.
    """
    storey = float(rng.uniform(2.7, 3.8))
    width, ground = columns * bay, storey * float(rng.uniform(1.0, 1.35))
    reveal = float(rng.uniform(0.05, 0.3))
    wall = material(rng, WALLS[int(rng.choice(len(WALLS), p=_SHARES))])
    base = wall if rng.random() < 0.5 else material(rng, "ashlar" if rng.random() < 0.5 else "concrete")
    trim = material(rng, "plain" if rng.random() < 0.6 else "concrete")
    paint, glass = material(rng, "plain"), material(rng, "glass")
    _ground_floor(rng, to, place, columns, bay, ground, reveal, base, trim, glass, fine)
    height = ground
    if storeys > 1:
        wide, tall = bay * float(rng.uniform(0.3, 0.62)), storey * float(rng.uniform(0.42, 0.72))
        numbers = (columns, storeys - 1, bay, storey, wide, tall, reveal)
        up = place @ at(0, ground, 0)
        seed = int(rng.integers(2**31))
        to.add("front", "front_wall", numbers, up, wall)
        to.add("panes", "front_panes", numbers, up, glass)
        to.add("bars", "front_bars", numbers, up, paint, seed)
        style = rng.random()
        if style < 0.7:
            to.add("surround", "front_trim", numbers, up, trim, seed)
        elif style < 0.82:
            to.add("timbers", "front_timbers", numbers, up, material(rng, "wood"), seed)
        if fine and rng.random() < 0.3:
            to.add("shutters", "front_shutters", numbers, up, material(rng, "plain"), seed)
        if fine and rng.random() < 0.3:
            for k in range(1, storeys):
                if rng.random() < 0.5:
                    _balcony(rng, to, place @ at(0, height + (k - 1) * storey, 0), bay, columns, trim)
        height += (storeys - 1) * storey
    _body(rng, to, place, width, height, reveal, wall, trim)
    return height


def _ground_floor(
    rng: Rng,
    to: Layout,
    place: np.ndarray,
    columns: int,
    bay: float,
    storey: float,
    reveal: float,
    wall: Material,
    trim: Material,
    glass: Material,
    fine: bool,
) -> None:
    shop = rng.random() < 0.35
    wide = bay * float(rng.uniform(0.7, 0.85) if shop else rng.uniform(0.35, 0.6))
    tall = storey * float(rng.uniform(0.72, 0.82) if shop else rng.uniform(0.45, 0.62))
    numbers = (columns, 1, bay, storey, wide, tall, reveal)
    seed = int(rng.integers(2**31))
    to.add("ground_floor", "front_wall", numbers, place, wall)
    to.add("panes", "front_panes", numbers, place, glass)
    to.add("bars", "front_bars", numbers, place, material(rng, "plain"), seed)
    if rng.random() < 0.6:
        to.add("surround", "front_trim", numbers, place, trim, seed)
    if shop and rng.random() < 0.7:
        w, h = columns * bay * float(rng.uniform(0.4, 0.95)), float(rng.uniform(0.3, 0.6))
        to.add("shop_sign", "box", (w, h, 0.12), place @ at(0, storey - h / 2 - 0.05, 0.06), material(rng, "print"))
    if fine:
        _door(rng, to, place, columns, bay, storey, trim)


def _door(rng: Rng, to: Layout, place: np.ndarray, columns: int, bay: float, storey: float, trim: Material) -> None:
    x = (int(rng.integers(columns)) - (columns - 1) / 2) * bay
    w, h = min(float(rng.uniform(0.9, 1.6)), 0.8 * bay), storey * float(rng.uniform(0.68, 0.85))
    skin = material(rng, "wood" if rng.random() < 0.5 else "painted_metal")
    numbers = (w, h, 0.07, int(rng.integers(1, 4)))
    # A door in its own box before the grid's opening covers it, sill and all.
    deep = float(rng.uniform(0.12, 0.35))
    to.add("porch", "box", (w + 0.3, h + 0.2, deep), place @ at(x, (h + 0.2) / 2, deep / 2), trim)
    to.add("door", "panelled_door", numbers, place @ at(x, 0.0, deep), skin, int(rng.integers(2**31)))
    if rng.random() < 0.5:
        steps = int(rng.integers(1, 4))
        to.add("steps", "stairs", (w + 0.6, 0.16 * steps, 0.3 * steps, steps), place @ at(x, 0, deep + 0.2), trim)
    if rng.random() < 0.3:
        to.add("hood", "gable", (w + 0.8, 0.25, 0.7), place @ at(x, h + 0.25, deep + 0.1), trim)


def _balcony(rng: Rng, to: Layout, place: np.ndarray, bay: float, columns: int, trim: Material) -> None:
    x = (int(rng.integers(columns)) - (columns - 1) / 2) * bay
    w, out = bay * float(rng.uniform(0.7, 0.95)), float(rng.uniform(0.6, 1.2))
    to.add("balcony", "box", (w, 0.14, out), place @ at(x, 0.07, out / 2), trim)
    railing(rng, to, place @ at(x, 0.14, out - 0.05), w)


def _body(
    rng: Rng, to: Layout, place: np.ndarray, width: float, height: float, reveal: float, wall: Material, trim: Material
) -> None:
    deep = float(rng.uniform(5.0, 9.0))
    back = reveal + 0.03
    to.add("body", "box", (width, height, deep), place @ at(0, height / 2, -deep / 2 - back), wall)
    for side in (-1, 1):
        to.add(
            "corner", "box", (0.04, height, back), place @ at(side * (width / 2 + 0.02), height / 2, -back / 2), wall
        )
    if rng.random() < 0.6:
        size = (width + 0.3, rng.uniform(0.2, 0.5), rng.uniform(0.2, 0.6))
        seed = int(rng.integers(2**31))
        to.add("cornice", "moulding", size, place @ at(0, height - size[1] * 0.6, 0), trim, seed)
    if rng.random() < 0.4:
        to.add("plinth", "box", (width + 0.04, rng.uniform(0.2, 0.5), 0.1), place @ at(0, 0.2, 0.0), trim)
    roof = rng.random()
    if roof < 0.3:
        rise = rng.uniform(1.2, 3.5)
        numbers = (width + 0.5, rise, deep + 0.9)
        to.add("roof", "gable", numbers, place @ at(0, height, -deep / 2 - back), material(rng, "roof"))
    elif roof < 0.55:
        numbers = (width + 0.6, rng.uniform(1.2, 3.0), deep + 0.9)
        to.add("roof", "hip_roof", numbers, place @ at(0, height, -deep / 2 - back), material(rng, "roof"))
    else:
        to.add("parapet", "box", (width, 0.5, 0.25), place @ at(0, height + 0.25, -0.125), wall)
    if rng.random() < 0.4:
        x = (width / 2 - 0.15) * float(rng.choice([-1, 1]))
        to.add("drainpipe", "cylinder", (0.05, 0.05, height), place @ at(x, 0, 0.06), material(rng, "painted_metal"))
