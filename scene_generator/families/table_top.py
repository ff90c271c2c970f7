"""A table-top with clutter from above or across: boxes, bottles, bowls, books; a wall behind; 22 to 60 mm."""

from __future__ import annotations

import math

import numpy as np

from scene_generator.families.layout import (
    Layout,
    Rng,
    at,
    camera,
    focal_length,
    light_color,
    outdoor_sky,
    quad_light,
    scaled,
    scatter,
)
from scene_generator.families.things import table, thing
from scene_generator.materials import material


def table_top(rng: Rng) -> Layout:
    """Return a random table-top. World: floor at y = 0, the table about the origin, camera on its +Z side."""
    size = np.array([rng.uniform(0.7, 2.0), rng.uniform(0.4, 1.0), rng.uniform(0.5, 1.1)])
    top = float(size[1])
    focal = focal_length(rng, 22, 60)
    pitch = rng.uniform(0.1, 1.2)
    distance = rng.uniform(0.55, 1.5) * (focal / 28) ** 0.8
    azimuth = rng.normal(0, 0.5)
    target = (rng.uniform(-0.3, 0.3) * size[0], top + rng.uniform(-0.1, 0.2), rng.uniform(-0.3, 0.3) * size[2])
    eye = (
        target[0] + distance * math.cos(pitch) * math.sin(azimuth),
        target[1] + distance * math.sin(pitch) + 0.05,
        target[2] + distance * math.cos(pitch) * math.cos(azimuth),
    )
    to = Layout(camera(eye, target, focal, rng.normal(0, 0.06)), outdoor_sky(rng))
    to.add("floor", "quad", (12, 12), at(0, 0, 0), material(rng, "floor"))
    skin = material(rng, ("wood", "plain", "plastic", "fabric", "floor")[int(rng.integers(5))])
    table(rng, to, 0.0, 0.0, 0.0, size, skin)
    if rng.random() < 0.75:
        gap = rng.uniform(0.02, 1.8)
        z = -size[2] / 2 - gap - 0.05
        to.add(
            "wall", "box", (12, 5, 0.1), at(0, 2.5, z, rng.normal(0, 0.12) if gap > 0.9 else 0.0), material(rng, "wall")
        )
        if rng.random() < 0.4:
            w, h = rng.uniform(0.3, 1.0, 2)
            to.add(
                "picture",
                "box",
                (w, h, 0.03),
                at(rng.uniform(-1, 1), top + 0.4 + h / 2, z + 0.065),
                material(rng, "print"),
            )
        if rng.random() < 0.3:
            side = rng.choice([-1, 1])
            to.add(
                "side_wall",
                "box",
                (0.1, 5, 12),
                at(side * (size[0] / 2 + rng.uniform(0.1, 1.5)), 2.5, 0),
                material(rng, "wall"),
            )
    else:
        for x, z, r in scatter(rng, 5, 3.0, 1.0, (0.2, 0.6)):
            thing(rng, to, x, 0.0, z - size[2] / 2 - 2.0, r)
    level = top
    if rng.random() < 0.2:
        w, d = size[0] * rng.uniform(0.3, 0.9), size[2] * rng.uniform(0.4, 0.9)
        to.add(
            "cloth",
            "sheet",
            (w, d, 0.004, 0.3),
            at(0, top + 0.006, 0),
            material(rng, "fabric"),
            int(rng.integers(2**31)),
        )
        level += 0.012
    count = int(rng.integers(5, 24))
    for x, z, r in scatter(rng, count, size[0] / 2 - 0.1, size[2] / 2 - 0.08, (0.035, 0.17)):
        thing(rng, to, x, level, z, r)
    for _ in range(2):
        a = (
            rng.uniform(-math.pi, math.pi)
            if not any(o.name.startswith("wall") for o in to.objects)
            else rng.uniform(-1.4, 1.4)
        )
        reach, up, edge = rng.uniform(1.2, 3.0), rng.uniform(1.2, 2.2), rng.uniform(0.2, 1.2)
        power = math.exp(rng.uniform(-1.5, 2.2)) * reach**2
        position = (eye[0] + reach * math.sin(a) * 0.8, max(top, eye[1]) + up, eye[2] * 0.5 + reach * math.cos(a))
        to.lights.append(quad_light(position, (0, top, 0), edge, edge, scaled(light_color(rng), power / edge**2)))
    return to
