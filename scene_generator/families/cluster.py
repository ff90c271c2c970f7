"""Objects on a ground under a sky: 5 to 14 shapes, some resting, some in the air, mixed light, 20 to 85 mm."""

from __future__ import annotations

import math

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
    tumbled,
)
from scene_generator.families.things import thing
from scene_generator.materials import material


def cluster(rng: Rng) -> Layout:
    """Return a random cluster. World: ground about y = 0, the cluster about the origin, 2 m wide."""
    azimuth, height = rng.uniform(0, 2 * math.pi), rng.uniform(0.05, 1.25)
    focal = focal_length(rng, 20, 85)
    distance = rng.uniform(2.2, 4.5) * (focal / 36) ** 0.85
    target = (rng.uniform(-0.5, 0.5), rng.uniform(0.1, 0.6), rng.uniform(-0.5, 0.5))
    eye = (
        target[0] + distance * math.cos(height) * math.sin(azimuth),
        max(target[1] + distance * math.sin(height), 0.15),
        target[2] + distance * math.cos(height) * math.cos(azimuth),
    )
    to = Layout(camera(eye, target, focal, rng.normal(0, 0.05)), outdoor_sky(rng))
    ground = material(rng, "ground" if rng.random() < 0.6 else "floor")
    if rng.random() < 0.3:
        wave = rng.uniform(0.8, 4.0)
        to.add("ground", "sheet", (60, 60, 0.02 * wave, wave), at(0, -0.02, 0), ground, int(rng.integers(2**31)))
    else:
        to.add("ground", "quad", (60, 60), at(0, 0, 0), ground)
    if rng.random() < 0.3:
        # A backdrop or wall behind, as in many product shots and streets.
        away = math.atan2(-math.sin(azimuth), -math.cos(azimuth)) + rng.normal(0, 0.3)
        w, h, d = rng.uniform(3, 12), rng.uniform(1.5, 6), rng.uniform(0.1, 0.5)
        back = rng.uniform(2.0, 4.0)
        to.add(
            "wall",
            "box",
            (w, h, d),
            at(back * math.sin(away), h / 2, back * math.cos(away), away),
            material(rng, "wall"),
        )
    for x, z, r in scatter(rng, int(rng.integers(5, 15)), 1.6, 1.6, (0.12, 0.6)):
        if rng.random() < 0.12:
            place = tumbled(rng)
            place[:3, 3] = x, rng.uniform(0.8, 1.6), z
            skin, size = material(rng, "object"), rng.uniform(0.2, 0.45)
            if rng.random() < 0.5:
                to.add("flying", "box", tuple(rng.uniform(0.4, 1.2, 3) * size * 1.4), place, skin)
            else:
                to.add("flying", "torus", (size, size * rng.uniform(0.2, 0.45)), place, skin)
        else:
            thing(rng, to, x, 0.0, z, r)
    for _ in range(2):
        a = azimuth + rng.uniform(-2.4, 2.4)
        up = rng.uniform(2.0, 5.0)
        reach = rng.uniform(3.0, 5.0) + distance
        power = math.exp(rng.uniform(-3.0, 2.2)) * reach**2
        size = rng.uniform(0.3, 1.6)
        position = (reach * math.sin(a), up, reach * math.cos(a))
        to.lights.append(quad_light(position, (0, 0.3, 0), size, size, scaled(light_color(rng), power / size**2)))
    return to
