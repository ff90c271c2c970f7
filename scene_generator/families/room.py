"""A furnished room from inside: shell, window, door, desks, chairs, shelves, sofa, pictures, clutter, people."""

from __future__ import annotations

import math
from typing import List  # noqa: UP035 - Python 3.9

import numpy as np

from scene_generator.families import light
from scene_generator.families.family import Family
from scene_generator.families.furniture import bed, cabinet, chair, floor_lamp, monitor, shelf, sofa, table
from scene_generator.families.layout import Layout, Rng, at, begin, camera, scatter
from scene_generator.families.people import person, stature
from scene_generator.families.ranges import Dice, Range
from scene_generator.families.room_shell import shell, windows
from scene_generator.families.things import GROUND, thing
from scene_generator.materials import material
from scene_generator.spec import Vec3

RANGES = {
    "width": Range(2.0, 8.0, "room across the view; narrow ones are corridors", "m", log=True),
    "height": Range(2.3, 3.6, "floor to ceiling", "m"),
    "depth": Range(3.0, 9.0, "room along the view", "m"),
    "focal_mm": Range(18, 50, "focal length", "mm", log=True),
    "close_focal_mm": Range(24, 85, "focal length of details", "mm", log=True),
    "camera_height": Range(0.7, 2.0, "camera above the floor", "m"),
    "roll": Range(-0.1, 0.1, "camera roll", "rad"),
    "detail": Range(0.45, 0.45, "share that shows a part of the room from near"),
    "furniture": Range(1, 4, "desks, tables, sofas, beds"),
    "things": Range(0, 8, "things on the floor"),
    "pictures": Range(0, 4, "pictures on the walls"),
    "people": Range(0.15, 0.15, "share with a person"),
}


def room(dice: Dice) -> Layout:
    """Return a random room. World: floor at y = 0, the walls about the origin, camera near +Z looking about -Z."""
    rng = dice.rng
    w, h, d = dice.draw("width"), dice.draw("height"), dice.draw("depth")
    eye = np.array([rng.uniform(-0.35, 0.35) * w, dice.draw("camera_height"), d / 2 - rng.uniform(0.3, 1.4)])
    target = np.array([rng.uniform(-0.45, 0.45) * w, rng.uniform(0.1, 1.6), rng.uniform(-d / 2, d / 6)])
    close, roll = dice.chance("detail"), dice.draw("roll")
    if close:
        # A corner, a desk, a chair, from near.
        focal = dice.draw("close_focal_mm")
        eye[2] = rng.uniform(-d / 6, d / 3)
        target = np.array([rng.uniform(-0.5, 0.5) * w, rng.uniform(0.2, 1.4), rng.uniform(-d / 2, -d / 3)])
    else:
        focal = dice.draw("focal_mm")
    eye_, target_ = eye.tolist(), target.tolist()
    distance = float(np.linalg.norm(eye - target))
    view = camera(eye_, target_, focal, roll)
    to = begin(dice, view, light.sky(rng, light.INDOORS), distance)
    shell(rng, to, w, h, d)
    bright = windows(rng, to, w, h, d)
    taken = [(float(eye[0]), float(eye[2]), 0.45), bright]
    _along_walls(rng, to, w, d, taken)
    for _ in range(dice.count("furniture")):
        for x, z, _r in scatter(rng, 1, w / 2 - 0.7, d / 2 - 0.9, (0.7, 0.8), taken):
            taken.append((x, z, 0.9))
            yaw = float(rng.choice([0, math.pi / 2])) + (rng.normal(0, 0.4) if rng.random() < 0.4 else 0.0)
            kind = rng.random()
            if kind < 0.25:
                sofa(rng, to, x, z, float(rng.uniform(0, 2 * math.pi)) if rng.random() < 0.4 else yaw)
            elif kind < 0.33:
                bed(rng, to, x, z, yaw)
            else:
                _desk(rng, to, x, z, yaw)
    for x, z, r in scatter(rng, dice.count("things"), w / 2 - 0.3, d / 2 - 0.4, (0.12, 0.35), taken):
        thing(rng, to, x, 0.0, z, r, GROUND)
        taken.append((x, z, r))
    for x, z, _r in scatter(rng, int(rng.integers(0, 3)), w / 2 - 0.5, d / 2 - 0.5, (0.34, 0.38), taken):
        taken.append((x, z, 0.38))
        if rng.random() < 0.3:
            floor_lamp(rng, to, x, z)
        else:
            chair(rng, to, x, z, float(rng.uniform(0, 2 * math.pi)))
    if dice.chance("people"):
        for x, z, _r in scatter(rng, 1, w / 2 - 0.5, d / 2 - 0.7, (0.36, 0.4), taken):
            person(rng, to, x, 0, z, float(rng.uniform(0, 2 * math.pi)), stature(rng))
    for _ in range(dice.count("pictures")):
        _picture(rng, to, w, h, d)
    if close and len(taken) > 2:
        # A detail is of something: the camera turns to what stands there.
        x, z, r = taken[2 + int(rng.integers(len(taken) - 2))]
        aim = np.array([x + rng.normal(0, 0.2), rng.uniform(0.25, 1.1), z + rng.normal(0, 0.2)])
        to.focus = float(np.linalg.norm(eye - aim))
        if to.focus > 0.6 + r:
            to.camera = camera(eye_, aim.tolist(), focal, roll)
    return to


def _along_walls(rng: Rng, to: Layout, w: float, d: float, taken: List[Vec3]) -> None:  # noqa: UP006
    for place in _wall_places(rng, w, d):
        spot = (float(place[0, 3]), float(place[2, 3]))
        if any(math.hypot(spot[0] - q[0], spot[1] - q[1]) < 0.8 + q[2] for q in taken):
            continue
        kind = rng.random()
        if kind < 0.4:
            shelf(rng, to, place)
        elif kind < 0.8:
            top = cabinet(rng, to, place)
            if top < 1.3:
                p = place @ at(rng.normal(0, 0.15), top, 0.2)
                thing(rng, to, p[0, 3], p[1, 3], p[2, 3], rng.uniform(0.06, 0.16))
        taken.append((*spot, 0.8))


def _picture(rng: Rng, to: Layout, w: float, h: float, d: float) -> None:
    pw, ph = (float(v) for v in rng.uniform(0.25, 1.2, 2))
    y = rng.uniform(1.1, max(1.2, h - 0.4 - ph / 2))
    if rng.random() < 0.5:
        place = at(rng.uniform(-w / 2 + 0.6, w / 2 - 0.6), y, -d / 2 + 0.002)
    else:
        s = float(rng.choice([-1, 1]))
        place = at(s * (w / 2 - 0.002), y, rng.uniform(-d / 2 + 0.6, d / 2 - 1.0), -s * math.pi / 2)
    edge = float(rng.uniform(0.015, 0.08))
    if rng.random() < 0.75:
        numbers = (pw + 2 * edge, ph + 2 * edge, edge, rng.uniform(0.012, 0.05))
        to.add("frame", "frame_moulding", numbers, place, material(rng, "plain"), int(rng.integers(2**31)))
    to.add("picture", "box", (pw, ph, 0.008), place @ at(0, 0, 0.004), material(rng, "poster"))


def _wall_places(rng: Rng, w: float, d: float) -> List[np.ndarray]:  # noqa: UP006
    places = []
    if rng.random() < 0.6:
        places.append(at(rng.uniform(-w / 2 + 0.9, w / 2 - 0.9), 0, -d / 2 + 0.07))
    for s in (-1.0, 1.0):
        if rng.random() < 0.5:
            places.append(at(s * (w / 2 - 0.03), 0, rng.uniform(-d / 2 + 1.0, d / 6), -s * math.pi / 2))
    return places


def _desk(rng: Rng, to: Layout, x: float, z: float, yaw: float) -> None:
    size = np.array([rng.uniform(0.9, 1.7), rng.uniform(0.68, 0.78), rng.uniform(0.55, 0.8)])
    top = table(rng, to, x, z, yaw, size, material(rng, "wood" if rng.random() < 0.6 else "plain"))
    turn = at(x, 0, z, yaw)
    taken = []
    if rng.random() < 0.6:
        px = rng.uniform(-0.25, 0.25) * size[0]
        p = turn @ at(px, top, -0.12)
        monitor(rng, to, p[0, 3], p[1, 3], p[2, 3], yaw + rng.normal(0, 0.2))
        taken.append((float(px), -0.12, 0.25))
    for ox, oz, r in scatter(rng, int(rng.integers(3, 13)), size[0] / 2 - 0.1, size[2] / 2 - 0.08, (0.03, 0.13), taken):
        p = turn @ at(ox, top, oz)
        thing(rng, to, p[0, 3], p[1, 3], p[2, 3], r)
    if rng.random() < 0.7:
        p = turn @ at(rng.normal(0, 0.2), 0, size[2] / 2 + 0.25)
        chair(rng, to, p[0, 3], p[2, 3], yaw + math.pi + rng.normal(0, 0.4))


FAMILY = Family("room", "a furnished room or corridor from inside", RANGES, room)
