"""Cloth and waves: curtains, cloth that fell over things, hanging cloths, bedding, cushions, crumpled sheets, folds."""

from __future__ import annotations

import math

from scene_generator.families import light
from scene_generator.families.family import Family
from scene_generator.families.layout import Layout, at, begin, framed, scatter
from scene_generator.families.ranges import Dice, Range
from scene_generator.families.things import draped, thing
from scene_generator.materials import material

RANGES = {
    "cloths": Range(2, 6, "cloths on and about the floor"),
    "focal_mm": Range(24, 135, "focal length", "mm", log=True),
    "crop": Range(0.9, 4.0, "frame width over the width of the cloth looked at", log=True),
    "pitch": Range(0.0, 1.2, "camera above the middle", "rad"),
    "roll": Range(-0.12, 0.12, "camera roll", "rad"),
    "curtain": Range(0.7, 0.7, "share with a curtain behind"),
    "waves": Range(0.25, 0.25, "share in which the floor itself is a wavy surface"),
    "things": Range(0, 4, "other things"),
}


def drapery(dice: Dice) -> Layout:
    """Return random cloth. World: floor at y = 0, curtain towards -Z."""
    rng = dice.rng
    focal, pitch, azimuth = dice.draw("focal_mm"), dice.draw("pitch"), rng.normal(0, 0.5)
    back = -rng.uniform(0.9, 1.8)
    spots = scatter(rng, dice.count("cloths"), 1.1, min(0.9, -back - 0.4), (0.3, 0.6)) or [(0.0, 0.0, 0.4)]
    view, distance = framed(rng, spots, 0.0, focal, dice.draw("crop"), pitch, azimuth, dice.draw("roll"), back)
    to = begin(dice, view, light.sky(rng, light.INDOORS), distance)
    if dice.chance("waves"):
        wave = rng.uniform(0.25, 1.2)
        skin = material(rng, ("fabric", "sand", "water", "snow", "curtain")[int(rng.integers(5))])
        size = (14, 14, wave * rng.uniform(0.04, 0.14), wave)
        to.add("waves", "wavy", size, at(0, -0.04, 0), skin, int(rng.integers(2**31)))
    else:
        to.add("floor", "quad", (30, 30), at(0, 0, 0), material(rng, "carpet" if rng.random() < 0.3 else "floor"))
    if dice.chance("curtain"):
        x = -3.0
        while x < 3.0:
            w = rng.uniform(1.0, 4.0)
            numbers = (w, rng.uniform(2.4, 3.2), int(rng.integers(4, int(7 * w) + 4)), rng.uniform(0.15, 0.9))
            place = at(x + w / 2, 0.0, back + rng.uniform(-0.08, 0.0))
            to.add("curtain", "curtain", numbers, place, material(rng, "curtain"), int(rng.integers(2**31)))
            x += w + rng.uniform(-0.15, 0.05)
    to.add("wall", "box", (16, 4, 0.2), at(0, 2, back - 0.5), material(rng, "wall"))
    taken = [(view.to_world[3], view.to_world[11], 0.4)]
    for x, z, r in spots:
        _cloth(dice, to, x, z, r)
    for x, z, r in scatter(rng, dice.count("things"), 1.2, 0.8, (0.06, 0.2), taken + spots):
        thing(rng, to, x, 0.0, z, r)
    light.lamps(rng, to, (0, 0.6, 0), (2.0 + distance, 4.0 + distance), (-2.5, 1.5), around=(-1.6, 1.6))
    return to


def _cloth(dice: Dice, to: Layout, x: float, z: float, r: float) -> None:
    rng = dice.rng
    kind, seed, yaw = rng.random(), int(rng.integers(2**31)), rng.uniform(0, 2 * math.pi)
    skin = material(rng, "fabric" if rng.random() < 0.6 else "cloth")
    if kind < 0.5:
        inner, top = r * rng.uniform(0.3, 0.55), r * rng.uniform(0.4, 1.5)
        role = "fabric" if rng.random() < 0.6 else "cloth"
        draped(rng, to, at(x, 0, z, yaw), r * rng.uniform(1.3, 1.42), inner, top, role)
    elif kind < 0.62:
        # On a rod between two posts.
        w, h, low = r * 1.6, rng.uniform(0.8, 1.8), rng.uniform(0.1, 0.5)
        place, metal = at(x, 0, z, rng.normal(0, 0.6)), material(rng, "metal")
        to.add("hanging", "hanging_cloth", (w, h), place @ at(0, low, 0), skin, seed)
        to.add("rod", "box", (w + 0.12, 0.02, 0.02), place @ at(0, low + h, 0), metal)
        for side in (-1, 1):
            post = (0.012, 0.012, low + h + 0.02)
            to.add("post", "cylinder", post, place @ at(side * (w / 2 + 0.05), 0, 0), metal)
    elif kind < 0.75:
        to.add("crumpled", "crumpled", (1.35 * r, rng.uniform(0.3, 1.0)), at(x, 0, z, yaw), skin, seed)
    elif kind < 0.9:
        level = 0.0
        for k in range(int(rng.integers(1, 4))):
            tall = r * rng.uniform(0.35, 0.55)
            pillow = material(rng, "fabric")
            place = at(x, level, z, yaw + rng.normal(0, 0.3))
            to.add("cushion", "cushion", (1.35 * r, tall, 1.35 * r), place, pillow, seed + k)
            level += 0.8 * tall
    else:
        to.add("bedding", "bedding", (1.4 * r, 1.4 * r), at(x, 0, z, yaw), skin, seed)


FAMILY = Family("drapery", "curtains, fallen and hanging cloth, bedding, cushions, wavy surfaces", RANGES, drapery)
