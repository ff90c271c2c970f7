"""A furnished room from inside: walls, window, door, desks, chairs, shelves, sofa, pictures, clutter; 16 to 40 mm."""

from __future__ import annotations

import math
from typing import List  # noqa: UP035 - Python 3.9

import numpy as np

from scene_generator.families.layout import (
    Layout,
    Rng,
    at,
    camera,
    facing,
    focal_length,
    light_color,
    outdoor_sky,
    quad_light,
    scaled,
    scatter,
)
from scene_generator.families.things import cabinet, chair, monitor, shelf, sofa, table, thing
from scene_generator.materials import material


def room(rng: Rng) -> Layout:
    """Return a random room. World: floor at y = 0, the walls about the origin, camera near +Z looking about -Z."""
    w, h, d = float(rng.uniform(3.0, 7.0)), float(rng.uniform(2.3, 3.4)), float(rng.uniform(3.5, 7.5))
    close = rng.random() < 0.4
    eye = np.array([rng.uniform(-0.35, 0.35) * w, rng.uniform(0.8, 1.9), d / 2 - rng.uniform(0.3, 1.4)])
    target = np.array([rng.uniform(-0.45, 0.45) * w, rng.uniform(0.1, 1.5), rng.uniform(-d / 2, d / 6)])
    if close:
        # A detail of the room: a corner, a desk, a chair, from near.
        eye[2] = rng.uniform(-d / 6, d / 3)
        target = np.array([rng.uniform(-0.5, 0.5) * w, rng.uniform(0.2, 1.4), rng.uniform(-d / 2, -d / 3)])
    to = Layout(camera(eye.tolist(), target.tolist(), focal_length(rng, 16, 40), rng.normal(0, 0.06)), outdoor_sky(rng))
    _shell(rng, to, w, h, d)
    _windows(rng, to, w, h, d)
    taken = [(float(eye[0]), float(eye[2]), 0.45)]
    back = -d / 2
    for place in _wall_places(rng, w, d):
        kind = rng.random()
        if kind < 0.35:
            shelf(rng, to, place)
        elif kind < 0.7:
            top = cabinet(rng, to, place)
            if top < 1.3:
                p = place @ at(rng.normal(0, 0.2), top, 0.22)
                thing(rng, to, p[0, 3], p[1, 3], p[2, 3], rng.uniform(0.06, 0.18))
        taken.append((float(place[0, 3]), float(place[2, 3]), 0.7))
    for _ in range(int(rng.integers(1, 4))):
        for x, z, _r in scatter(rng, 1, w / 2 - 0.8, d / 2 - 0.9, (0.7, 0.8), taken):
            taken.append((x, z, 0.8))
            yaw = float(rng.choice([0, math.pi / 2])) + (rng.normal(0, 0.4) if rng.random() < 0.4 else 0.0)
            if rng.random() < 0.3:
                sofa(rng, to, x, z, float(rng.uniform(0, 2 * math.pi)) if rng.random() < 0.4 else yaw)
            else:
                _desk(rng, to, x, z, yaw)
    for x, z, r in scatter(rng, int(rng.integers(0, 8)), w / 2 - 0.3, d / 2 - 0.4, (0.12, 0.35), taken):
        thing(rng, to, x, 0.0, z, r)
        taken.append((x, z, r))
    for x, z, _r in scatter(rng, int(rng.integers(0, 3)), w / 2 - 0.5, d / 2 - 0.5, (0.3, 0.35), taken):
        chair(rng, to, x, z, float(rng.uniform(0, 2 * math.pi)))
    for _ in range(int(rng.integers(0, 4))):
        pw, ph = rng.uniform(0.3, 1.2, 2)
        y = rng.uniform(1.1, max(1.2, h - 0.5 - ph / 2))
        frame = material(rng, "plain")
        if rng.random() < 0.5:
            place = at(rng.uniform(-w / 2 + 0.6, w / 2 - 0.6), y, back + 0.02)
        else:
            s = rng.choice([-1, 1])
            place = at(s * (w / 2 - 0.02), y, rng.uniform(back + 0.6, d / 2 - 1.0), -s * math.pi / 2)
        to.add("frame", "box", (pw + 0.06, ph + 0.06, 0.03), place, frame)
        to.add("picture", "box", (pw, ph, 0.01), place @ at(0, 0, 0.02), material(rng, "print"))
    return to


def _shell(rng: Rng, to: Layout, w: float, h: float, d: float) -> None:
    paint = material(rng, "wall")
    to.add("floor", "quad", (w, d), at(0, 0, 0), material(rng, "floor"))
    ceiling = material(rng, "wall") if rng.random() < 0.5 else material(rng, "plain")
    to.add("ceiling", "quad", (w, d), facing((0, h, 0), (0, -1, 0)), ceiling)
    for width, position, normal in (
        (w, (0, h / 2, -d / 2), (0, 0, 1)),
        (w, (0, h / 2, d / 2), (0, 0, -1)),
        (d, (-w / 2, h / 2, 0), (1, 0, 0)),
        (d, (w / 2, h / 2, 0), (-1, 0, 0)),
    ):
        skin = paint if rng.random() < 0.75 else material(rng, "wall")
        to.add("wall", "quad", (width, h), facing(position, normal), skin)
    if rng.random() < 0.6:
        strip = material(rng, "plain")
        to.add("skirting", "box", (w, 0.1, 0.02), at(0, 0.05, -d / 2 + 0.01), strip)
        for s in (-1, 1):
            to.add("skirting", "box", (0.02, 0.1, d), at(s * (w / 2 - 0.01), 0.05, 0), strip)
    if rng.random() < 0.5:
        x = rng.uniform(-w / 2 + 0.6, w / 2 - 0.6)
        frame, leaf = material(rng, "plain"), material(rng, "wood")
        to.add("door_frame", "box", (1.02, 2.1, 0.06), at(x, 1.05, -d / 2 + 0.02), frame)
        to.add("door", "box", (0.86, 2.02, 0.04), at(x, 1.01, -d / 2 + 0.05), leaf)
        to.add("knob", "ellipsoid", (0.03, 0.03, 0.03), at(x + 0.34, 1.0, -d / 2 + 0.1), material(rng, "metal"))


def _windows(rng: Rng, to: Layout, w: float, h: float, d: float) -> None:
    lamp = math.exp(rng.uniform(-1.0, 1.5))
    size = rng.uniform(0.3, 1.0)
    position = (rng.uniform(-0.3, 0.3) * w, h - 0.02, rng.uniform(-0.3, 0.3) * d)
    to.lights.append(
        quad_light(position, (position[0], 0, position[2]), size, size, scaled(light_color(rng), 6 * lamp / size**2))
    )
    frame = material(rng, "plain")
    side = float(rng.choice([-1, 1]))
    ww, wh = rng.uniform(0.7, 1.8), rng.uniform(0.8, 1.5)
    sun = math.exp(rng.uniform(-2.0, 2.0))
    if rng.random() < 0.3:
        x, y, z = rng.uniform(-0.3, 0.3) * w, rng.uniform(1.2, 1.6), -d / 2
        place, target = at(x, y, z), (x, y, z + 1)
        glow = (x, y, z + 0.03)
    else:
        x, y, z = side * w / 2, rng.uniform(1.2, 1.6), rng.uniform(-0.3, 0.2) * d
        place, target = at(x, y, z, -side * math.pi / 2), (x - side, y, z)
        glow = (x - 0.03 * side, y, z)
    to.lights.append(quad_light(glow, target, ww, wh, scaled(light_color(rng), 4 * sun)))
    for s in (-1, 1):
        to.add("window_frame", "box", (0.07, wh + 0.14, 0.1), place @ at(s * (ww / 2 + 0.035), 0, 0.03), frame)
        to.add("window_frame", "box", (ww, 0.07, 0.1), place @ at(0, s * (wh / 2 + 0.035), 0.03), frame)
    for i in range(1, int(rng.integers(1, 4))):
        to.add("window_bar", "box", (0.04, wh, 0.06), place @ at(-ww / 2 + i * ww / 3, 0, 0.05), frame)
    to.add("sill", "box", (ww + 0.2, 0.03, 0.2), place @ at(0, -wh / 2 - 0.08, 0.1), frame)


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
