"""Forms without boxes: implicit blends, displaced balls, rocks, sculptures, animals, busts, on ground or pedestal."""

from __future__ import annotations

import math

from scene_generator.families import light
from scene_generator.families.family import Family
from scene_generator.families.layout import Layout, at, begin, calmed, framed, scatter
from scene_generator.families.ranges import Dice, Range
from scene_generator.families.things import ORGANIC, thing
from scene_generator.materials import material

RANGES = {
    "count": Range(1, 9, "forms"),
    "radius": Range(0.15, 0.7, "horizontal radius of a form", "m", log=True),
    "focal_mm": Range(24, 135, "focal length", "mm", log=True),
    "crop": Range(1.1, 3.2, "frame width over the width of the form looked at", log=True),
    "pitch": Range(-0.05, 1.1, "camera above the middle", "rad"),
    "roll": Range(-0.12, 0.12, "camera roll", "rad"),
    "pedestal": Range(0.25, 0.25, "share that stand on a pedestal"),
    "backdrop": Range(0.45, 0.45, "share with a wall or cloth behind"),
    "outdoors": Range(0.4, 0.4, "share under a sky instead of studio light"),
}


def organic(dice: Dice) -> Layout:
    """Return random organic forms about the origin. World: ground at y = 0."""
    rng = dice.rng
    raised = float(rng.uniform(0.2, 1.0)) if dice.chance("pedestal") else 0.0
    focal, pitch, azimuth = dice.draw("focal_mm"), dice.draw("pitch"), rng.uniform(0, 2 * math.pi)
    largest = max(dice.draw("radius"), 0.16)
    wide = float(rng.uniform(0.35, 0.6))
    if raised:
        spots = [q for q in scatter(rng, 3, wide - 0.1, wide - 0.1, (0.15, 0.35)) if math.hypot(*q[:2]) + q[2] < wide]
        around = scatter(rng, dice.count("count") // 2, 2.0, 2.0, (0.1, 0.35), [(0.0, 0.0, wide * 1.8)])
        spots = spots or [(0.0, 0.0, 0.7 * wide)]
    else:
        spots, around = scatter(rng, dice.count("count"), 1.1, 1.1, (0.15, largest)) or [(0.0, 0.0, 0.3)], []
    view, distance = framed(rng, spots, raised, focal, dice.draw("crop"), pitch, azimuth, dice.draw("roll"))
    eye = (view.to_world[3], view.to_world[7], view.to_world[11])
    kinds = light.OUTDOORS if dice.chance("outdoors") else light.INDOORS
    to = begin(dice, view, light.sky(rng, kinds), distance)
    roles = ("ground", "floor", "soil", "sand", "plain", "rock", "grass", "snow")
    skin = calmed(material(rng, roles[int(rng.integers(len(roles)))]), eye[1], 3 * distance)
    if rng.random() < 0.4:
        wave = rng.uniform(0.8, 4.0)
        to.add("ground", "sheet", (60, 60, 0.02 * wave, wave), at(0, -0.02, 0), skin, int(rng.integers(2**31)))
    else:
        to.add("ground", "quad", (60, 60), at(0, 0, 0), skin)
    if dice.chance("backdrop"):
        away = math.atan2(-eye[0], -eye[2]) + rng.normal(0, 0.2)
        back = rng.uniform(1.9, 3.5)
        place = at(back * math.sin(away), 0, back * math.cos(away), away + math.pi)
        if rng.random() < 0.5:
            to.add("wall", "box", (14, 6, 0.2), place @ at(0, 3, 0), material(rng, "wall"))
        else:
            numbers = (6.0, 4.0, int(rng.integers(6, 20)), rng.uniform(0.2, 0.8))
            to.add("backdrop", "curtain", numbers, place, material(rng, "curtain"), int(rng.integers(2**31)))
    if raised:
        if rng.random() < 0.5:
            to.add("pedestal", "box", (2 * wide, raised, 2 * wide), at(0, raised / 2, 0), material(rng, "marble"))
        else:
            to.add("pedestal", "cylinder", (1.1 * wide, 1.1 * wide, raised), at(0, 0, 0), material(rng, "concrete"))
    for x, z, r in spots:
        thing(rng, to, x, raised, z, r, ORGANIC)
    for x, z, r in around:
        if math.hypot(x - eye[0], z - eye[2]) > r + 0.4:
            thing(rng, to, x, 0.0, z, r, ORGANIC)
    light.lamps(rng, to, (0, 0.4, 0), (3.0 + distance, 5.0 + distance), (-3.0, 1.5))
    return to


FAMILY = Family("organic", "blends, displaced balls, rocks, sculptures, animals and busts", RANGES, organic)
