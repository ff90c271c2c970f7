"""People: portraits, half and full figures, standing or seated, before walls, backdrops, rooms, trees and sky."""

from __future__ import annotations

import math
from typing import List  # noqa: UP035 - Python 3.9

import numpy as np

from scene_generator.families import light
from scene_generator.families.family import Family
from scene_generator.families.furniture import chair
from scene_generator.families.greenery import bush, tree
from scene_generator.families.layout import Layout, Rng, at, begin, calmed, camera, scatter
from scene_generator.families.people import person, stature
from scene_generator.families.ranges import Dice, Range
from scene_generator.materials import material
from scene_generator.spec import Vec3

RANGES = {
    "people": Range(1, 5, "people"),
    "focal_mm": Range(28, 135, "focal length", "mm", log=True),
    "crop": Range(0.35, 2.4, "metres of the figure that fill the frame's width", "m", log=True),
    "camera_height": Range(0.7, 1.9, "camera above the ground", "m"),
    "azimuth": Range(-0.9, 0.9, "camera's way round from before the first face", "rad"),
    "roll": Range(-0.08, 0.08, "camera roll", "rad"),
    "seated": Range(0.2, 0.2, "share in which the first one sits"),
    "outdoors": Range(0.5, 0.5, "share under a sky, with plants behind"),
}


def figures(dice: Dice) -> Layout:
    """Return random people. World: ground at y = 0, the first one at the origin."""
    rng = dice.rng
    height, seated = stature(rng), dice.chance("seated")
    focal, crop, azimuth = dice.draw("focal_mm"), dice.draw("crop"), dice.draw("azimuth")
    face = height * (0.69 if seated else 0.93)
    # A tight crop looks at the face, a wide one at the middle of the body.
    aim = face - 0.35 * max(crop - 0.45, 0.0)
    distance = max(crop * focal / 36.0, 0.45)
    target = (rng.normal(0, 0.08 * crop), aim + rng.normal(0, 0.05 * crop), 0.0)
    up = dice.draw("camera_height")
    eye = (distance * math.sin(azimuth), aim + (up - aim) * min(1.0, distance / 2.5), distance * math.cos(azimuth))
    outdoors = dice.chance("outdoors")
    kinds = light.OUTDOORS if outdoors else light.INDOORS
    to = begin(dice, camera(eye, target, focal, dice.draw("roll")), light.sky(rng, kinds), distance)
    roles = ("grass", "asphalt", "ground", "sand", "cobble") if outdoors else ("floor", "plain", "carpet", "concrete")
    skin = calmed(material(rng, roles[int(rng.integers(len(roles)))]), eye[1], 4 * distance)
    to.add("ground", "quad", (120, 120), at(0, 0, 0), skin)
    person(rng, to, 0, 0, 0, rng.normal(0, 0.35), height, seated=seated)
    if seated:
        _seat(rng, to, height)
    behind = [(0.0, 0.0, 0.45)]
    line = [(eye[0] * k / 5, eye[2] * k / 5, 0.35 if k < 5 else 0.6) for k in range(1, 6)]
    for x, z, r in scatter(rng, dice.count("people") - 1, 1.6, 1.8, (0.32, 0.38), behind + line):
        person(rng, to, x, 0, z, rng.uniform(0, 2 * np.pi) if rng.random() < 0.5 else rng.normal(0, 0.5), stature(rng))
        behind.append((x, z, r))
    away = azimuth + math.pi
    if outdoors:
        _park(rng, to, away, behind)
    else:
        _indoors(rng, to, away, behind)
    light.lamps(rng, to, (0, face, 0), (2.0 + distance, 4.0 + distance), (-3.0, 1.3))
    return to


def _seat(rng: Rng, to: Layout, height: float) -> None:
    if rng.random() < 0.5:
        to.add("stool", "cylinder", (0.17, 0.17, 0.245 * height), at(0, 0, -0.05), material(rng, "object"))
    else:
        top = 0.245 * height
        numbers = (0.46, top, 0.42, 0.03)
        to.add("seat", "rounded_box", numbers, at(0, top / 2, -0.06), material(rng, "object"))


def _park(rng: Rng, to: Layout, away: float, taken: List[Vec3]) -> None:  # noqa: UP006
    for _ in range(int(rng.integers(1, 5))):
        a, far = away + rng.normal(0, 0.5), rng.uniform(2.5, 14)
        x, z = far * math.sin(a), far * math.cos(a)
        if any(math.hypot(x - q[0], z - q[1]) < 1.2 + q[2] for q in taken):
            continue
        if rng.random() < 0.5:
            tree(rng, to, x, 0, z, rng.uniform(3.0, 7.0))
        else:
            bush(rng, to, x, 0, z, rng.uniform(0.5, 1.1))
        taken.append((x, z, 0.6))
    if rng.random() < 0.35:
        far = rng.uniform(4, 12)
        place = at(far * math.sin(away), 0, far * math.cos(away), away + math.pi + rng.normal(0, 0.4))
        if rng.random() < 0.5:
            to.add("wall", "box", (30, 3.5, 0.3), place @ at(0, 1.75, 0), material(rng, "brick"))
        else:
            numbers = (16.0, rng.uniform(1.2, 3.0), 1.0, 0.12)
            to.add("hedge", "hedge", numbers, place, material(rng, "leaf"), int(rng.integers(2**31)))


def _indoors(rng: Rng, to: Layout, away: float, people: List[Vec3]) -> None:  # noqa: UP006
    turn = float(rng.normal(0, 0.2))
    # Behind everyone: how far each stands along the way to the wall, and what the wall's turn takes away there.
    room = max(x * math.sin(away) + z * math.cos(away) for x, z, _ in people) + 0.45 + 1.8 * abs(math.sin(turn))
    far = max(float(rng.uniform(0.7, 3.5)), room)
    place = at(far * math.sin(away), 0, far * math.cos(away), away + math.pi + turn)
    kind = rng.random()
    if kind < 0.35:
        numbers = (7.0, 3.2, int(rng.integers(8, 26)), rng.uniform(0.2, 0.8))
        to.add("backdrop", "curtain", numbers, place, material(rng, "curtain"), int(rng.integers(2**31)))
    elif kind < 0.85:
        to.add("wall", "box", (16, 4.5, 0.2), place @ at(0, 2.25, -0.1), material(rng, "wall"))
        for _ in range(int(rng.integers(0, 3))):
            w, h = rng.uniform(0.3, 1.1, 2)
            spot = place @ at(rng.uniform(-2, 2), rng.uniform(1.2, 2.1), 0.0)
            edge = rng.uniform(0.03, 0.08)
            to.add("frame", "frame_moulding", (w + 2 * edge, h + 2 * edge, edge, 0.03), spot, material(rng, "wood"))
            to.add("picture", "box", (w, h, 0.008), spot @ at(0, 0, 0.004), material(rng, "poster"))
    if rng.random() < 0.3:
        a = away + rng.normal(0, 0.8)
        chair(rng, to, 1.4 * math.sin(a), 1.4 * math.cos(a), rng.uniform(0, 2 * np.pi))


FAMILY = Family("figures", "people from portrait to full figure, indoors and out", RANGES, figures)
