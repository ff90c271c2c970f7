"""A table-top with clutter from above or across: boxes, bottles, bowls, books, cups, plants; a wall behind."""

from __future__ import annotations

import math

import numpy as np

from scene_generator.families import light
from scene_generator.families.family import Family
from scene_generator.families.furniture import table
from scene_generator.families.layout import Layout, Rng, at, begin, camera, scatter
from scene_generator.families.ranges import Dice, Range
from scene_generator.families.things import GROUND, thing
from scene_generator.materials import material

RANGES = {
    "width": Range(0.7, 2.0, "table across the view", "m"),
    "height": Range(0.4, 1.0, "table top above the floor", "m"),
    "depth": Range(0.5, 1.1, "table along the view", "m"),
    "things": Range(4, 24, "things on the table"),
    "focal_mm": Range(20, 100, "focal length", "mm", log=True),
    "distance": Range(0.5, 1.5, "camera to target at 28 mm", "m"),
    "pitch": Range(0.08, 1.3, "camera above the target", "rad"),
    "roll": Range(-0.12, 0.12, "camera roll", "rad"),
    "wall": Range(0.75, 0.75, "share with a wall behind"),
    "cloth": Range(0.2, 0.2, "share with a cloth on the table"),
}


def table_top(dice: Dice) -> Layout:
    """Return a random table-top. World: floor at y = 0, the table about the origin, camera on its +Z side."""
    rng = dice.rng
    size = np.array([dice.draw("width"), dice.draw("height"), dice.draw("depth")])
    top = float(size[1])
    focal, pitch = dice.draw("focal_mm"), dice.draw("pitch")
    distance = dice.draw("distance") * (focal / 28) ** 0.8
    azimuth = rng.normal(0, 0.5)
    target = (rng.uniform(-0.3, 0.3) * size[0], top + rng.uniform(-0.1, 0.2), rng.uniform(-0.3, 0.3) * size[2])
    eye = (
        target[0] + distance * math.cos(pitch) * math.sin(azimuth),
        target[1] + distance * math.sin(pitch) + 0.05,
        target[2] + distance * math.cos(pitch) * math.cos(azimuth),
    )
    to = begin(dice, camera(eye, target, focal, dice.draw("roll")), light.sky(rng, light.INDOORS), distance)
    to.add("floor", "quad", (14, 14), at(0, 0, 0), material(rng, "floor"))
    roles = ("wood", "plain", "plastic", "fabric", "marble", "wood")
    table(rng, to, 0.0, 0.0, 0.0, size, material(rng, roles[int(rng.integers(6))]))
    walled = dice.chance("wall")
    if walled:
        _wall(rng, to, size)
    else:
        for x, z, r in scatter(rng, 5, 3.0, 1.0, (0.2, 0.6)):
            thing(rng, to, x, 0.0, z - size[2] / 2 - 2.0, r, GROUND)
    level = top
    if dice.chance("cloth"):
        w, d = size[0] * rng.uniform(0.3, 0.9), size[2] * rng.uniform(0.4, 0.9)
        skin = material(rng, "fabric")
        to.add("cloth", "sheet", (w, d, 0.004, 0.3), at(0, top + 0.006, 0), skin, int(rng.integers(2**31)))
        level += 0.011
    for x, z, r in scatter(rng, dice.count("things"), size[0] / 2 - 0.1, size[2] / 2 - 0.08, (0.035, 0.17)):
        if max(abs(x) + r - size[0] / 2, abs(z) + r - size[2] / 2) < 0.4 * r:
            thing(rng, to, x, level, z, r)
    reach, around = (1.5 + distance, 3.0 + distance), (-1.3, 1.3) if walled else (-math.pi, math.pi)
    light.lamps(rng, to, (0, top, 0), reach, (-1.5, 2.0), around=around)
    return to


def _wall(rng: Rng, to: Layout, size: np.ndarray) -> None:
    gap = rng.uniform(0.02, 1.8)
    z = -size[2] / 2 - gap
    skin = material(rng, "wallpaper" if rng.random() < 0.15 else "wall")
    turn = rng.normal(0, 0.12) if gap > 0.9 else 0.0
    wall = at(0, 0, z, turn)
    to.add("wall", "box", (14, 5, 0.1), wall @ at(0, 2.5, -0.05), skin)
    top = float(size[1])
    if rng.random() < 0.4:
        w, h = rng.uniform(0.25, 0.9, 2)
        place = wall @ at(rng.uniform(-1, 1), top + 0.3 + h / 2, 0.001)
        to.add("picture", "box", (w, h, 0.008), place, material(rng, "poster"))
        numbers = (w + 0.06, h + 0.06, 0.03, 0.025)
        to.add("frame", "frame_moulding", numbers, place, material(rng, "plain"), int(rng.integers(2**31)))
    if rng.random() < 0.15:
        numbers = (2.5, top + 1.5, int(rng.integers(6, 20)), rng.uniform(0.2, 0.8))
        if gap > 0.35:
            cloth = material(rng, "curtain")
            to.add("curtain", "curtain", numbers, wall @ at(0, 0, 0.15), cloth, int(rng.integers(2**31)))
    if rng.random() < 0.3:
        side = rng.choice([-1, 1])
        x = side * (size[0] / 2 + rng.uniform(0.1, 1.5))
        to.add("side_wall", "box", (0.1, 5, 14), at(x + 0.05 * side, 2.5, 0), material(rng, "wall"))


FAMILY = Family("table_top", "a table-top with clutter, usually before a wall", RANGES, table_top)
