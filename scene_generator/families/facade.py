"""A building front on a street: windows in rows, ledges, door, columns, pavement, things before it; 18 to 60 mm."""

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
)
from scene_generator.families.things import thing
from scene_generator.materials import material
from scene_generator.spec import Material


def facade(rng: Rng) -> Layout:
    """Return a random building front. World: street at y = 0, the front in the plane z = 0 facing +Z."""
    storeys, bays = int(rng.integers(1, 5)), int(rng.integers(2, 7))
    storey, bay = float(rng.uniform(2.6, 3.6)), float(rng.uniform(1.8, 3.4))
    width, height = bays * bay + 0.8, storeys * storey + 0.6
    focal = focal_length(rng, 18, 60)
    azimuth = float(rng.normal(0, 0.55))
    distance = float(rng.uniform(3.0, 14.0)) * (focal / 30) ** 0.7
    target = (rng.uniform(-0.35, 0.35) * width, rng.uniform(0.8, min(height, 6.0)), 0.0)
    eye = (target[0] + distance * math.sin(azimuth), rng.uniform(0.8, 2.6), max(distance * math.cos(azimuth), 1.5))
    to = Layout(camera(eye, target, focal, rng.normal(0, 0.04)), outdoor_sky(rng))
    to.add("street", "quad", (80, 80), at(0, 0, 0), material(rng, "ground"))
    wall = material(rng, "masonry" if rng.random() < 0.5 else "wall")
    to.add("front", "box", (width, height, 4.0), at(0, height / 2, -2.0), wall)
    trim, glass = material(rng, "plain"), material(rng, "plastic")
    _openings(rng, to, storeys, bays, storey, bay, trim, glass)
    if rng.random() < 0.6:
        to.add("cornice", "box", (width + 0.5, 0.35, 0.7), at(0, height - 0.1, 0.1), trim)
    if rng.random() < 0.5:
        to.add("plinth", "box", (width + 0.1, rng.uniform(0.3, 0.9), 0.16), at(0, 0.3, 0.02), material(rng, "masonry"))
    for s in range(1, storeys):
        if rng.random() < 0.4:
            to.add("ledge", "box", (width, 0.14, 0.24), at(0, s * storey, 0.08), trim)
    if rng.random() < 0.35:
        r = float(rng.uniform(0.12, 0.25))
        for i in range(bays + 1):
            to.add("column", "cylinder", (r, r * 0.85, storey), at((i - bays / 2) * bay, 0, 0.25 + r), trim)
    if rng.random() < 0.6:
        to.add("pavement", "box", (60, 0.24, 2.2), at(0, 0.0, 1.1), material(rng, "ground"))
    if rng.random() < 0.5:
        # A neighbour that stands forward or back, for corners and long perspective.
        side = float(rng.choice([-1, 1]))
        w, h = rng.uniform(4, 10), height * rng.uniform(0.6, 1.3)
        z = rng.uniform(-1.5, 2.5)
        to.add("neighbour", "box", (w, h, 4.0), at(side * (width + w) / 2, h / 2, z - 2.0), material(rng, "wall"))
    for x, z, r in scatter(rng, int(rng.integers(0, 6)), width / 2, 1.2, (0.2, 0.6)):
        if math.hypot(x - eye[0], z + 2.4 - eye[2]) > 1.5:
            thing(rng, to, x, 0.12, z + 2.4, r)
    for _ in range(2):
        a = rng.uniform(-1.3, 1.3)
        position = (18 * math.sin(a), rng.uniform(8.0, 16.0), 18 * math.cos(a))
        to.lights.append(
            quad_light(position, (0, 2, 0), 4, 4, scaled(light_color(rng), 20 * math.exp(rng.uniform(-3, 2))))
        )
    return to


def _openings(
    rng: Rng, to: Layout, storeys: int, bays: int, storey: float, bay: float, trim: Material, glass: Material
) -> None:
    # Windows stand in frames proud of the wall; their panes lie back between the frame's bars.
    w, h = bay * rng.uniform(0.35, 0.6), storey * rng.uniform(0.45, 0.62)
    deep = float(rng.uniform(0.05, 0.22))
    edge = float(rng.uniform(0.06, 0.16))
    bars = int(rng.integers(0, 3))
    shutters = material(rng, "plain") if rng.random() < 0.25 else None
    leaf = material(rng, "wood")
    door = int(rng.integers(bays))
    for j in range(storeys):
        for i in range(bays):
            x, y = (i - (bays - 1) / 2) * bay, j * storey + storey * 0.52
            ww, hh = w, h
            pane = glass
            if j == 0 and i == door:
                hh, y, pane = storey * 0.78, storey * 0.39, leaf
            to.add("pane", "box", (ww, hh, 0.04), at(x, y, 0.02), pane)
            for s in (-1, 1):
                to.add("jamb", "box", (edge, hh + 2 * edge, deep), at(x + s * (ww + edge) / 2, y, deep / 2), trim)
                to.add("lintel", "box", (ww, edge, deep), at(x, y + s * (hh + edge) / 2, deep / 2), trim)
            if pane is glass:
                for k in range(1, bars + 1):
                    to.add("bar", "box", (0.05, hh, 0.08), at(x - ww / 2 + k * ww / (bars + 1), y, 0.04), trim)
                if bars:
                    to.add("bar", "box", (ww, 0.05, 0.08), at(x, y, 0.04), trim)
                to.add(
                    "sill", "box", (ww + 3 * edge, 0.07, deep + 0.12), at(x, y - hh / 2 - edge, deep / 2 + 0.05), trim
                )
                if shutters is not None:
                    for s in (-1, 1):
                        place = at(x + s * (ww * 0.75 + edge), y, 0.06)
                        to.add("shutter", "box", (ww * 0.5, hh, 0.05), place, shutters)
