"""Terrain and sky: hills and ridges, rocks, trees, water, sometimes a figure or a building in it."""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from scene_generator.families import light
from scene_generator.families.family import Family
from scene_generator.families.greenery import bush, tree
from scene_generator.families.layout import Layout, at, begin, calmed, camera
from scene_generator.families.people import person, stature
from scene_generator.families.ranges import Dice, Range
from scene_generator.families.things import THINGS
from scene_generator.materials import material
from scene_generator.shapes.terrain import terrain_height

RANGES = {
    "extent": Range(60, 400, "edge of the ground", "m", log=True),
    "relief": Range(0.03, 0.22, "height over edge of the ground"),
    "roughness": Range(0.2, 0.9, "how much fine relief there is"),
    "focal_mm": Range(18, 135, "focal length", "mm", log=True),
    "camera_height": Range(1.0, 12.0, "camera above the ground under it", "m", log=True),
    "pitch": Range(-0.2, 0.06, "view above the horizon", "rad"),
    "roll": Range(-0.05, 0.05, "camera roll", "rad"),
    "rocks": Range(0, 10, "rocks"),
    "trees": Range(0, 6, "trees and bushes"),
    "water": Range(0.25, 0.25, "share with a lake or sea"),
    "person": Range(0.15, 0.15, "share with a person"),
}


def landscape(dice: Dice) -> Layout:
    """Return a random landscape. World: the ground's middle at the origin, camera some way out on +Z, looking to -Z."""
    rng = dice.rng
    edge = dice.draw("extent")
    numbers = (edge, edge, edge * dice.draw("relief"), dice.draw("roughness"))
    seed = int(rng.integers(2**31))

    def ground(x: float, z: float) -> float:
        return float(terrain_height(numbers, seed, np.array([x]), np.array([z]))[0])

    focal, pitch = dice.draw("focal_mm"), dice.draw("pitch")
    x0, z0 = rng.uniform(-0.1, 0.1) * edge, rng.uniform(0.2, 0.42) * edge
    eye = (x0, ground(x0, z0) + dice.draw("camera_height"), z0)
    yaw = rng.normal(0, 0.25)
    target = (
        eye[0] + 10 * math.sin(yaw) * math.cos(pitch),
        eye[1] + 10 * math.sin(pitch),
        eye[2] - 10 * math.cos(yaw) * math.cos(pitch),
    )
    to = begin(dice, camera(eye, target, focal, dice.draw("roll")), light.sky(rng, light.OUTDOORS), 0.15 * edge)
    roles = ("grass", "rock", "sand", "snow", "soil", "ground", "grass", "rock")
    # A tile of a metre is less than a pixel out there: larger ones, as fields, scree and snow drifts.
    skin = calmed(material(rng, roles[int(rng.integers(8))]), 4.0, 20.0)
    tiles = 1 / float(np.exp(rng.uniform(np.log(1.5), np.log(12.0))))
    skin = dataclasses.replace(skin, repeat=(tiles, tiles))
    to.add("ground", "terrain", numbers, at(0, 0, 0), skin, seed)
    if dice.chance("water"):
        wave = rng.uniform(1.0, 4.0)
        level = min(eye[1] - 1.0, rng.uniform(-0.25, 0.15) * numbers[2])
        size = (3 * edge, 3 * edge, 0.012 * wave, wave)
        kind = "quad" if rng.random() < 0.5 else "wavy"
        to.add("water", kind, size[:2] if kind == "quad" else size, at(0, level, 0), material(rng, "water"), seed + 1)
    stretch = (focal / 36) ** 0.8

    def ahead(near: float, far: float) -> tuple[float, float, float]:
        d, a = stretch * rng.uniform(near, far), yaw + rng.normal(0, 0.45) / max(stretch, 1.0)
        x, z = eye[0] + d * math.sin(a), eye[2] - d * math.cos(a)
        return x, ground(x, z), z

    inside = 0.48 * edge
    for _ in range(dice.count("rocks")):
        x, y, z = ahead(3, 0.3 * edge)
        if max(abs(x), abs(z)) < inside:
            THINGS["rock"](rng, to, x, y - 0.05, z, float(np.exp(rng.uniform(np.log(0.2), np.log(3.0)))))
    for _ in range(dice.count("trees")):
        x, y, z = ahead(5, 0.35 * edge)
        if max(abs(x), abs(z)) < inside:
            if rng.random() < 0.7:
                tree(rng, to, x, y - 0.05, z, rng.uniform(3.0, 10.0))
            else:
                bush(rng, to, x, y - 0.05, z, rng.uniform(0.5, 1.2))
    if dice.chance("person"):
        x, y, z = ahead(3, 9)
        if max(abs(x), abs(z)) < inside:
            person(rng, to, x, y - 0.02, z, rng.uniform(0, 2 * np.pi), stature(rng))
    light.lamps(rng, to, (eye[0], eye[1], eye[2] - 10), (40, 60), (-6.0, -2.0), around=(-0.8, 0.8))
    return to


FAMILY = Family("landscape", "terrain, rocks, trees, water and sky", RANGES, landscape, outdoor=True)
