"""Objects on a ground under a sky: shapes that rest and some in the air, mixed light, now and then a wall behind."""

from __future__ import annotations

import math

from scene_generator.families import light
from scene_generator.families.family import Family
from scene_generator.families.layout import Layout, at, begin, calmed, camera, scatter, tumbled
from scene_generator.families.ranges import Dice, Range
from scene_generator.families.things import GROUND, TABLE, thing
from scene_generator.materials import material

RANGES = {
    "count": Range(5, 14, "objects"),
    "focal_mm": Range(18, 135, "focal length", "mm", log=True),
    "distance": Range(1.5, 3.6, "camera to the middle at 36 mm", "m"),
    "pitch": Range(0.05, 1.25, "camera above the middle", "rad"),
    "roll": Range(-0.1, 0.1, "camera roll", "rad"),
    "flying": Range(0.1, 0.1, "share of objects that are in the air"),
    "wall": Range(0.3, 0.3, "share with a wall behind"),
    "uneven": Range(0.3, 0.3, "share on wavy ground"),
}


def cluster(dice: Dice) -> Layout:
    """Return a random cluster. World: ground about y = 0, the cluster about the origin, 3 m wide."""
    rng = dice.rng
    azimuth, pitch, focal = rng.uniform(0, 2 * math.pi), dice.draw("pitch"), dice.draw("focal_mm")
    distance = dice.draw("distance") * (focal / 36) ** 0.85
    target = (rng.uniform(-0.5, 0.5), rng.uniform(0.1, 0.6), rng.uniform(-0.5, 0.5))
    eye = (
        target[0] + distance * math.cos(pitch) * math.sin(azimuth),
        max(target[1] + distance * math.sin(pitch), 0.15),
        target[2] + distance * math.cos(pitch) * math.cos(azimuth),
    )
    kinds = light.OUTDOORS if rng.random() < 0.6 else light.INDOORS
    to = begin(dice, camera(eye, target, focal, dice.draw("roll")), light.sky(rng, kinds), distance)
    ground = calmed(material(rng, "ground" if rng.random() < 0.6 else "floor"), eye[1], 3 * distance)
    if dice.chance("uneven"):
        wave = rng.uniform(0.8, 4.0)
        to.add("ground", "sheet", (60, 60, 0.02 * wave, wave), at(0, -0.02, 0), ground, int(rng.integers(2**31)))
    else:
        to.add("ground", "quad", (60, 60), at(0, 0, 0), ground)
    if dice.chance("wall"):
        # A backdrop or wall behind, as in many product shots and streets.
        away = math.atan2(-math.sin(azimuth), -math.cos(azimuth)) + rng.normal(0, 0.3)
        w, h, d = rng.uniform(3, 12), rng.uniform(1.5, 6), rng.uniform(0.1, 0.5)
        back = rng.uniform(2.6, 4.0)
        place = at(back * math.sin(away), h / 2, back * math.cos(away), away)
        to.add("wall", "box", (w, h, d), place, material(rng, "wall"))
    for x, z, r in scatter(rng, dice.count("count"), 1.6, 1.6, (0.12, 0.6)):
        if math.hypot(x - eye[0], z - eye[2]) < r + 0.3 and eye[1] < 3 * r:
            continue
        if dice.chance("flying"):
            place = tumbled(rng)
            place[:3, 3] = x, rng.uniform(1.4, 2.2), z
            skin, size = material(rng, "object"), rng.uniform(0.2, 0.45)
            first = len(to.objects)
            if rng.random() < 0.5:
                numbers = tuple(rng.uniform(0.4, 1.2, 3) * size * 1.4)
                to.add("flying", "rounded_box", (*numbers, 0.05 * size), place, skin)
            else:
                to.add("flying", "torus", (size, size * rng.uniform(0.2, 0.45)), place, skin)
            to.movable.append(to.since(first))
        else:
            thing(rng, to, x, 0.0, z, r, GROUND if rng.random() < 0.6 else TABLE)
    light.lamps(rng, to, (0, 0.3, 0), (4.0 + distance, 7.0 + distance), (-3.0, 2.0))
    return to


FAMILY = Family("cluster", "objects on a ground, some in the air", RANGES, cluster)
