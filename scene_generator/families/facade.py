"""One building's front: windows in their reveals, bars, surrounds, shutters, doors, balconies, cornices, roof."""

from __future__ import annotations

import math

from scene_generator.families import light
from scene_generator.families.buildings import front
from scene_generator.families.family import Family
from scene_generator.families.greenery import bush
from scene_generator.families.layout import Layout, Rng, at, begin, calm_walls, calmed, camera, scatter
from scene_generator.families.people import person, stature
from scene_generator.families.ranges import Dice, Range
from scene_generator.families.street_things import car, furniture
from scene_generator.families.things import GROUND, thing
from scene_generator.materials import material

RANGES = {
    "storeys": Range(1, 5, "storeys of the building"),
    "columns": Range(2, 7, "windows side by side"),
    "bay": Range(1.8, 3.8, "from window to window", "m"),
    "focal_mm": Range(18, 135, "focal length", "mm", log=True),
    "distance": Range(4, 16, "camera to front at 30 mm; longer lenses stand farther off", "m", log=True),
    "azimuth": Range(-1.1, 1.1, "camera's way round from straight before the front", "rad"),
    "camera_height": Range(0.8, 3.0, "camera above the street", "m"),
    "roll": Range(-0.06, 0.06, "camera roll", "rad"),
    "detail": Range(0.3, 0.3, "share of close-ups of a part of the front"),
    "neighbour": Range(0.55, 0.55, "share with a second building beside the first"),
    "street_things": Range(0, 5, "things and plants before the front"),
    "people": Range(0, 2, "people before the front"),
}


def facade(dice: Dice) -> Layout:
    """Return a random building front. World: street at y = 0, the front in the plane z = 0 facing +Z."""
    rng = dice.rng
    storeys, columns = max(dice.count("storeys"), 1), max(dice.count("columns"), 1)
    focal, azimuth = dice.draw("focal_mm"), dice.draw("azimuth")
    close = dice.chance("detail")
    distance = (0.45 if close else 1.0) * dice.draw("distance") * (focal / 30) ** 0.75
    target = (rng.uniform(-0.4, 0.4) * columns * 2.8, rng.uniform(0.8, min(storeys * 3.0, 7.0)), 0.0)
    eye = (
        target[0] + distance * math.sin(azimuth),
        dice.draw("camera_height"),
        max(distance * math.cos(azimuth), 1.2),
    )
    to = begin(dice, camera(eye, target, focal, dice.draw("roll")), light.sky(rng, light.OUTDOORS), distance)
    roles = ("asphalt", "cobble", "concrete", "ground", "gravel")
    road = calmed(material(rng, roles[int(rng.integers(len(roles)))]), eye[1], 1.5 * distance)
    to.add("street", "quad", (160, 160), at(0, 0, 0), road)
    bay = dice.draw("bay")
    width = columns * bay
    front(rng, to, at(0, 0, 0), columns, storeys, bay)
    walk = float(rng.uniform(1.4, 3.0)) if rng.random() < 0.6 else 0.0
    kerb = 0.12 if walk else 0.0
    if walk:
        to.add("pavement", "box", (120, kerb, walk), at(0, kerb / 2, walk / 2), material(rng, "concrete"))
    if dice.chance("neighbour"):
        side, other = float(rng.choice([-1, 1])), int(rng.integers(2, 6))
        wide = float(rng.uniform(1.8, 3.8))
        gap = float(rng.choice([0.05, rng.uniform(0.5, 4.0)]))
        x = side * ((width + other * wide) / 2 + gap)
        front(rng, to, at(x, 0, rng.uniform(-1.5, 1.0)), other, int(rng.integers(1, 5)), wide, fine=False)
    calm_walls(to, 1, eye[2], 1.5 * distance)
    spots = scatter(rng, dice.count("street_things"), width / 2 + 1, 0.4, (0.25, 0.6))
    for x, z, r in spots:
        depth = z + max(walk, 1.6) - 0.6
        if math.hypot(x - eye[0], depth - eye[2]) > 1.2:
            _before(rng, to, x, kerb, depth, r)
    for x, z, _r in scatter(rng, dice.count("people"), width / 2 + 1, 2.0, (0.35, 0.4), spots):
        if math.hypot(x - eye[0], z + 3.6 - eye[2]) > 1.5:
            person(rng, to, x, 0.0, z + 3.6 + walk, rng.uniform(0, 6.28), stature(rng))
    if rng.random() < 0.2 and eye[2] > 9:
        car(rng, to, rng.uniform(-4, 4), walk + 1.3, rng.normal(0, 0.03))
    # Never between a long lens and the front.
    reach = (max(14.0, 1.1 * distance), max(20.0, 1.4 * distance))
    light.lamps(rng, to, (0, 2, 0), reach, (-4.0, 0.8), around=(-1.3, 1.3))
    return to


def _before(rng: Rng, to: Layout, x: float, y: float, z: float, r: float) -> None:
    kind = rng.random()
    if kind < 0.4:
        furniture(rng, to, x, y, z, rng.normal(0, 0.2))
    elif kind < 0.75:
        bush(rng, to, x, y, z, r)
    else:
        thing(rng, to, x, y, z, r, GROUND)


FAMILY = Family(
    "facade", "one building's front with windows, doors, ledges and what stands before it", RANGES, facade, outdoor=True
)
