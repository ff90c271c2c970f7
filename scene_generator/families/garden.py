"""Foliage: trees, bushes, hedges, ferns, flowers, grass, ivy on walls, pots; from leaves close by to a park."""

from __future__ import annotations

from scene_generator.families import light
from scene_generator.families.family import Family
from scene_generator.families.greenery import bush, tree, tuft
from scene_generator.families.layout import Layout, at, begin, calmed, framed, scatter
from scene_generator.families.people import person, stature
from scene_generator.families.ranges import Dice, Range
from scene_generator.families.street_things import furniture
from scene_generator.families.things import thing
from scene_generator.materials import material

RANGES = {
    "plants": Range(2, 7, "bushes, ferns, flowers"),
    "trees": Range(0, 3, "trees"),
    "tufts": Range(0, 5, "patches of long grass"),
    "focal_mm": Range(18, 135, "focal length", "mm", log=True),
    "crop": Range(0.7, 5.0, "frame width over the width of the plant looked at", log=True),
    "pitch": Range(-0.1, 0.7, "camera above the plant", "rad"),
    "roll": Range(-0.08, 0.08, "camera roll", "rad"),
    "wall": Range(0.4, 0.4, "share with a wall, often grown with ivy, or a hedge behind"),
    "person": Range(0.12, 0.12, "share with a person"),
}


def garden(dice: Dice) -> Layout:
    """Return a random garden. World: ground at y = 0, plants about the origin, wall towards -Z."""
    rng = dice.rng
    focal = dice.draw("focal_mm")
    back = -rng.uniform(1.6, 3.5)
    walled = dice.chance("wall")
    spots = scatter(rng, dice.count("plants"), 1.8, min(1.4, -back - 0.3), (0.25, 0.8)) or [(0.0, 0.0, 0.5)]
    pitch, crop = dice.draw("pitch"), dice.draw("crop")
    wall = back if walled else None
    view, distance = framed(rng, spots, 0.0, focal, crop, pitch, rng.normal(0, 0.5), dice.draw("roll"), wall)
    eye = (view.to_world[3], view.to_world[7], view.to_world[11])
    to = begin(dice, view, light.sky(rng, light.OUTDOORS), distance)
    roles = ("grass", "soil", "gravel", "ground", "cobble", "grass")
    skin = calmed(material(rng, roles[int(rng.integers(6))]), eye[1], 3 * distance)
    if rng.random() < 0.5:
        wave = rng.uniform(1.5, 6.0)
        to.add("ground", "sheet", (80, 80, 0.015 * wave, wave), at(0, -0.03, 0), skin, int(rng.integers(2**31)))
    else:
        to.add("ground", "quad", (120, 120), at(0, 0, 0), skin)
    for x, z, r in spots:
        if rng.random() < 0.85:
            bush(rng, to, x, 0, z, r)
        else:
            thing(rng, to, x, 0, z, 0.7 * r, {"pot": 0.6, "rock": 0.3, "bust": 0.1})
    taken = [(float(eye[0]), float(eye[2]), 0.55), *spots]
    if walled:
        _behind(dice, to, back)
    for _ in range(dice.count("trees")):
        for x, z, r in scatter(rng, 1, 4.0, 3.0, (0.3, 0.4), taken):
            deep = back - 0.8 - abs(z) if walled else z
            tree(rng, to, x, 0, deep, rng.uniform(2.5, 7.0))
            taken.append((x, deep, r))
    grass = material(rng, "leaf")
    for x, z, r in scatter(rng, dice.count("tufts"), 2.0, 1.5, (0.15, 0.4)):
        tuft(rng, to, x, 0, z, r, grass)
    if rng.random() < 0.3:
        for x, z, _r in scatter(rng, 1, 2.0, 1.2, (0.8, 0.9), taken):
            furniture(rng, to, x, 0, z, rng.normal(0, 0.5))
            taken.append((x, z, 0.8))
    if dice.chance("person"):
        for x, z, _r in scatter(rng, 1, 1.2, 1.0, (0.35, 0.4), taken):
            person(rng, to, x, 0, z, rng.normal(0, 0.8), stature(rng))
    light.lamps(rng, to, (0, 0.6, 0), (4.0 + distance, 8.0 + distance), (-5.0, 0.2))
    return to


def _behind(dice: Dice, to: Layout, back: float) -> None:
    rng = dice.rng
    if rng.random() < 0.3:
        numbers = (9.0, rng.uniform(1.2, 2.6), 0.9, rng.uniform(0.05, 0.12))
        to.add("hedge", "hedge", numbers, at(0, 0, back - 0.5), material(rng, "leaf"), int(rng.integers(2**31)))
        return
    roles = ("brick", "stucco", "wall", "ashlar", "wood", "concrete")
    height = rng.uniform(1.6, 5.0)
    skin = material(rng, roles[int(rng.integers(6))])
    to.add("wall", "box", (24, height, 0.25), at(0, height / 2, back - 0.125), skin)
    if rng.random() < 0.6:
        for _ in range(int(rng.integers(1, 4))):
            size = (rng.uniform(0.8, 2.5), min(height, rng.uniform(1.0, 2.6)), rng.uniform(0.04, 0.1))
            place = at(rng.uniform(-2.5, 2.5), 0.0, back)
            to.add("ivy", "ivy", size, place, material(rng, "leaf"), int(rng.integers(2**31)))
    if rng.random() < 0.35:
        w, h = rng.uniform(0.7, 1.2), rng.uniform(0.9, 1.4)
        place = at(rng.uniform(-1, 1), min(1.5, height - h / 2 - 0.1), back)
        to.add("window_frame", "frame_moulding", (w, h, 0.1, 0.08), place, material(rng, "plain"))
        to.add("window", "box", (w - 0.18, h - 0.18, 0.02), place @ at(0, 0, 0.02), material(rng, "glass"))


FAMILY = Family("garden", "trees, bushes, hedges, grass, flowers and ivy", RANGES, garden, outdoor=True)
