"""A room's walls, floor and ceiling with mouldings, doors, windows, radiators, blinds and curtains."""

from __future__ import annotations

import math

import numpy as np

from scene_generator.families.layout import Layout, Rng, at, facing, quad_light
from scene_generator.families.light import light_color, scaled
from scene_generator.materials import material
from scene_generator.spec import Vec3


def shell(rng: Rng, to: Layout, w: float, h: float, d: float) -> None:
    """Put floor, ceiling and four walls of a room `w` x `h` x `d` metres about the origin, floor at y = 0."""
    paint = material(rng, "wallpaper" if rng.random() < 0.2 else "wall")
    to.add("floor", "quad", (w, d), at(0, 0, 0), material(rng, "carpet" if rng.random() < 0.15 else "floor"))
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
    if rng.random() < 0.7:
        _strips(rng, to, w, d, 0.0, float(rng.uniform(0.06, 0.16)))
    if rng.random() < 0.25:
        tall = float(rng.uniform(0.08, 0.2))
        _strips(rng, to, w, d, h - tall, tall)
    if rng.random() < 0.15:
        beam = material(rng, "wood")
        for k in range(int(rng.integers(2, 6))):
            to.add("beam", "box", (w, 0.18, 0.14), at(0, h - 0.09, -d / 2 + (k + 0.5) * d / 6), beam)
    if rng.random() < 0.6:
        _door(rng, to, at(rng.uniform(-w / 2 + 0.6, w / 2 - 0.6), 0, -d / 2))
    if rng.random() < 0.3:
        side = float(rng.choice([-1, 1]))
        _door(rng, to, at(side * w / 2, 0, rng.uniform(-d / 2 + 0.6, d / 4), -side * math.pi / 2))


def _strips(rng: Rng, to: Layout, w: float, d: float, y: float, tall: float) -> None:
    # Skirting or cornice along the three walls that are seen.
    strip, seed, out = material(rng, "plain"), int(rng.integers(2**31)), float(rng.uniform(0.012, 0.03))
    for length, place in (
        (w, at(0, y, -d / 2)),
        (d, at(-w / 2, y, 0, math.pi / 2)),
        (d, at(w / 2, y, 0, -math.pi / 2)),
    ):
        to.add("moulding", "moulding", (length, tall, out), place, strip, seed)


def _door(rng: Rng, to: Layout, place: np.ndarray) -> None:
    frame, leaf = material(rng, "plain"), material(rng, "wood" if rng.random() < 0.5 else "plain")
    w, h, edge = float(rng.uniform(0.75, 0.95)), float(rng.uniform(1.95, 2.1)), float(rng.uniform(0.06, 0.12))
    numbers = (w + 2 * edge, h + 2 * edge, edge, rng.uniform(0.03, 0.07))
    # The frame's lower bar lies under the floor.
    to.add("door_frame", "frame_moulding", numbers, place @ at(0, h / 2, 0), frame, int(rng.integers(2**31)))
    to.add("door", "panelled_door", (w, h, 0.025, int(rng.integers(0, 5))), place, leaf, int(rng.integers(2**31)))
    side = float(rng.choice([-1, 1]))
    knob = place @ at(side * (w / 2 - 0.08), 1.0, 0.06)
    to.add("knob", "ellipsoid", (0.03, 0.03, 0.03), knob, material(rng, "metal"))


def windows(rng: Rng, to: Layout, w: float, h: float, d: float) -> Vec3:
    """Put the room's two lights: a lamp at the ceiling and a window with its frame, sill, blind or curtains.

    Returns:
        (x, z, radius) of the floor before the window, which furniture leaves free.
    """
    lamp = math.exp(rng.uniform(-1.8, 1.5))
    size = rng.uniform(0.3, 1.0)
    position = (rng.uniform(-0.3, 0.3) * w, h - 0.02, rng.uniform(-0.3, 0.3) * d)
    radiance = scaled(light_color(rng), 6 * lamp / size**2)
    to.lights.append(quad_light(position, (position[0], 0, position[2]), size, size, radiance))
    side = float(rng.choice([-1, 1]))
    wide, tall = float(rng.uniform(0.7, min(2.4, 0.6 * d))), float(rng.uniform(0.8, 1.5))
    sun = math.exp(rng.uniform(-2.0, 2.0))
    if rng.random() < 0.3:
        wide = min(wide, 0.6 * w)
        x, y, z = rng.uniform(-0.2, 0.2) * w, rng.uniform(1.2, 1.6), -d / 2
        place, target, glow = at(x, y, z), (x, y, z + 1), (x, y, z + 0.015)
    else:
        x, y, z = side * w / 2, rng.uniform(1.2, 1.6), rng.uniform(-0.25, 0.15) * d
        place, target, glow = at(x, y, z, -side * math.pi / 2), (x - side, y, z), (x - 0.015 * side, y, z)
    to.lights.append(quad_light(glow, target, wide, tall, scaled(light_color(rng), 4 * sun)))
    paint, edge = material(rng, "plain"), float(rng.uniform(0.05, 0.11))
    numbers = (wide + 2 * edge, tall + 2 * edge, edge, rng.uniform(0.04, 0.1))
    to.add("window_frame", "frame_moulding", numbers, place, paint, int(rng.integers(2**31)))
    bars = int(rng.integers(0, 3))
    for i in range(bars):
        spot = place @ at(-wide / 2 + (i + 1) * wide / (bars + 1), 0, 0.04)
        to.add("window_bar", "box", (0.04, tall, 0.04), spot, paint)
    if rng.random() < 0.5:
        to.add("window_bar", "box", (wide, 0.04, 0.035), place @ at(0, rng.uniform(-0.1, 0.25) * tall, 0.04), paint)
    sill = (wide + 0.2, 0.03, 0.2, 0.008)
    to.add("sill", "rounded_box", sill, place @ at(0, -tall / 2 - edge - 0.02, 0.1), paint)
    dressing = rng.random()
    if dressing < 0.35:
        cloth = material(rng, "curtain")
        long = min(y + tall / 2 + 0.25, h - 0.05)
        for s in (-1, 1):
            part = wide * rng.uniform(0.25, 0.5)
            spot = place @ at(s * (wide / 2 + 0.1), -y + 0.02, 0.16)
            size_ = (part, long - 0.02, int(rng.integers(4, 12)), rng.uniform(0.2, 0.8))
            to.add("curtain", "curtain", size_, spot, cloth, int(rng.integers(2**31)))
    elif dressing < 0.5:
        part = tall * float(rng.uniform(0.25, 0.6))
        slats = (wide, part, 0.04, int(rng.integers(8, 24)))
        to.add("blind", "louver", slats, place @ at(0, (tall - part) / 2, 0.1), material(rng, "plain"))
    if rng.random() < 0.3:
        heater = (wide * 0.8, min(0.6, y - tall / 2 - edge - 0.12), 0.12)
        if heater[1] > 0.25:
            to.add("radiator", "radiator", heater, place @ at(0, -y + 0.06, 0.1), paint)
    return (float(place[0, 3]), float(place[2, 3]), wide / 2)
