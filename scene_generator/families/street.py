"""A street in long perspective: two rows of buildings, road, pavements, cars, lamps, trees, people."""

from __future__ import annotations

import math

import numpy as np

from scene_generator.families import light
from scene_generator.families.buildings import front
from scene_generator.families.family import Family
from scene_generator.families.greenery import tree
from scene_generator.families.layout import Layout, at, begin, calm_walls, calmed, camera
from scene_generator.families.people import person, stature
from scene_generator.families.ranges import Dice, Range
from scene_generator.families.street_things import car, furniture, railing
from scene_generator.materials import material

RANGES = {
    "width": Range(6, 22, "street from wall to wall", "m", log=True),
    "buildings": Range(2, 4, "buildings on either side"),
    "storeys": Range(1, 5, "storeys of each building"),
    "focal_mm": Range(18, 135, "focal length", "mm", log=True),
    "camera_height": Range(0.7, 3.2, "camera above the street", "m", log=True),
    "yaw": Range(-0.6, 0.6, "view against the street's axis", "rad"),
    "pitch": Range(-0.08, 0.25, "view above the horizon", "rad"),
    "roll": Range(-0.05, 0.05, "camera roll", "rad"),
    "cars": Range(0, 4, "cars along the kerbs"),
    "people": Range(0, 5, "people on pavements and road"),
    "trees": Range(0, 2, "trees along the kerbs"),
    "open_side": Range(0.25, 0.25, "share of streets with buildings on one side only"),
}


def street(dice: Dice) -> Layout:
    """Return a random street. World: it runs along -Z from the camera near z = 0; road at y = 0."""
    rng = dice.rng
    width = dice.draw("width")
    focal, yaw, pitch = dice.draw("focal_mm"), dice.draw("yaw"), dice.draw("pitch")
    if focal > 50:
        yaw *= 50 / focal  # a long lens that looks across sees nothing but one wall
    eye = (rng.uniform(-0.35, 0.35) * width, dice.draw("camera_height"), rng.uniform(-1.0, 1.0))
    ahead = (math.sin(yaw) * math.cos(pitch), math.sin(pitch), -math.cos(yaw) * math.cos(pitch))
    target = tuple(e + 10 * a for e, a in zip(eye, ahead))
    to = begin(dice, camera(eye, target, focal, dice.draw("roll")), light.sky(rng, light.OUTDOORS), 6 * (focal / 30))
    walk = float(rng.uniform(1.0, 0.25 * width))
    roads = ("asphalt", "cobble", "concrete", "asphalt")
    reach = 14 * max(1.0, focal / 30)
    road = calmed(material(rng, roads[int(rng.integers(4))]), eye[1], reach)
    to.add("road", "quad", (400, 400), at(0, 0, 0), road)
    kerb = 0.13 if rng.random() < 0.75 else 0.0
    paving = calmed(material(rng, "concrete" if rng.random() < 0.6 else "cobble"), eye[1], reach)
    open_side = int(rng.choice([-1, 1])) if dice.chance("open_side") else 0
    for side in (-1, 1):
        if kerb:
            x = side * (width / 2 - walk / 2 + 50)
            to.add("pavement", "box", (walk + 100, kerb, 300), at(x, kerb / 2, -100), paving)
        if side != open_side:
            first = len(to.objects)
            _row(dice, to, side, width, focal)
            calm_walls(to, first, abs(side * width / 2 - eye[0]), reach)
        else:
            _edge(rng, to, side, width, kerb)
    lane = width / 2 - walk
    taken = [(float(eye[0]), float(eye[2]), 2.5)]
    for _ in range(dice.count("cars")):
        x, z = rng.choice([-1, 1]) * (lane - 1.1), -float(rng.uniform(5, 16)) * max(1.0, focal / 35)
        if lane > 2.6 and all(math.hypot(x - q[0], z - q[1]) > 4.2 + q[2] for q in taken):
            car(rng, to, x, z, math.pi / 2 + rng.normal(0, 0.03) + math.pi * rng.integers(2))
            taken += [(x, z + k, 1.1) for k in (-1.7, 0.0, 1.7)]
    kerbside = width / 2 - walk + 0.45
    for _ in range(dice.count("trees")):
        x, z = rng.choice([-1, 1]) * kerbside, -float(rng.uniform(5, 22)) * max(1.0, focal / 35)
        if all(math.hypot(x - q[0], z - q[1]) > 1.2 + q[2] for q in taken):
            tree(rng, to, x, kerb, z, rng.uniform(3.5, 8.0))
            taken.append((x, z, 0.5))
    for _ in range(int(rng.integers(0, 6))):
        x, z = rng.choice([-1, 1]) * (kerbside + 0.15), -float(rng.uniform(3, 18)) * max(1.0, focal / 35)
        if all(math.hypot(x - q[0], z - q[1]) > 1.0 + q[2] for q in taken):
            furniture(rng, to, x, kerb, z, math.pi / 2 + rng.normal(0, 0.1))
            taken.append((x, z, 0.8))
    for _ in range(dice.count("people")):
        x, z = rng.uniform(-0.46, 0.46) * width, -float(rng.uniform(2.5, 14)) * max(1.0, focal / 35)
        if all(math.hypot(x - q[0], z - q[1]) > 0.4 + q[2] for q in taken):
            person(rng, to, x, kerb if abs(x) > lane else 0.0, z, rng.uniform(0, 2 * np.pi), stature(rng))
            taken.append((x, z, 0.4))
    # Behind the camera: in front of it they would hang in the sky.
    light.lamps(rng, to, (0, 2, -8), (26, 36), (-5.0, 0.5), around=(-0.8, 0.8))
    return to


def _row(dice: Dice, to: Layout, side: int, width: float, focal: float) -> None:
    # Buildings shoulder to shoulder, from behind the camera into the distance; only near ones get small parts.
    rng = dice.rng
    z = float(rng.uniform(2.0, 6.0))
    stretch = max(1.0, (focal / 40) ** 0.8)
    for k in range(dice.count("buildings") + 1):
        columns, bay = int(rng.integers(2, 7)), float(rng.uniform(1.8, 3.8)) * (stretch if k > 1 else 1.0)
        bay = min(bay, 4.5)
        long = columns * bay
        place = at(side * (width / 2 + rng.uniform(0.0, 0.5)), 0, z - long / 2, -side * math.pi / 2)
        front(rng, to, place, columns, max(dice.count("storeys"), 1), bay, fine=k < 2)
        z -= long + (0.04 if rng.random() < 0.75 else float(rng.uniform(0.5, 5.0)))


def _edge(rng: np.random.Generator, to: Layout, side: int, width: float, kerb: float) -> None:
    # The open side: a low wall, a railing, a hedge, or nothing before the sky.
    place = at(side * width / 2, kerb, -14, -side * math.pi / 2)
    kind = rng.random()
    if kind < 0.3:
        to.add("low_wall", "box", (40, 0.9, 0.3), place @ at(0, 0.45, 0), material(rng, "ashlar"))
    elif kind < 0.55:
        for k in range(5):
            railing(rng, to, place @ at(-16 + 8 * k, 0, 0), 7.9)
    elif kind < 0.8:
        leaves = material(rng, "leaf")
        for k in range(3):
            numbers = (7.5, rng.uniform(0.9, 2.2), 0.8, 0.07)
            to.add("hedge", "hedge", numbers, place @ at(2 - 8 * k * side, 0, 0), leaves, int(rng.integers(2**31)))


FAMILY = Family("street", "a street in long perspective between rows of buildings", RANGES, street, outdoor=True)
