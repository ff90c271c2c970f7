"""Things that stand on a surface: single shapes, and furniture put together from boxes and turned parts."""

from __future__ import annotations

import numpy as np

from scene_generator.families.layout import Layout, Rng, at, tumbled
from scene_generator.materials import material
from scene_generator.spec import Material


def thing(rng: Rng, to: Layout, x: float, y: float, z: float, radius: float) -> None:
    """Put one random object of horizontal `radius` on height `y`: box, books, bottle, bowl, can, ball, ring, rock."""
    kind = rng.random()
    seed = int(rng.integers(2**31))
    yaw = float(rng.uniform(0, 2 * np.pi))
    skin = material(rng, "print" if kind < 0.36 and rng.random() < 0.5 else "object")
    if kind < 0.28:
        w, d = radius * rng.uniform(0.8, 1.5), radius * rng.uniform(0.5, 1.3)
        h = radius * rng.uniform(0.3, 2.8)
        to.add("box", "box", (w, h, d), at(x, y + h / 2, z, yaw), skin)
    elif kind < 0.36:
        level = y
        for _ in range(int(rng.integers(1, 5))):
            w, h, d = radius * rng.uniform(0.9, 1.4), radius * rng.uniform(0.1, 0.3), radius * rng.uniform(0.7, 1.1)
            to.add("book", "box", (w, h, d), at(x, level + h / 2, z, yaw + rng.normal(0, 0.2)), material(rng, "print"))
            level += h
    elif kind < 0.5:
        h = radius * rng.uniform(1.2, 4.0)
        to.add("bottle", "vessel", (radius * rng.uniform(0.5, 0.9), h), at(x, y, z), skin, seed)
    elif kind < 0.6:
        to.add("bowl", "bowl", (radius, radius * rng.uniform(0.4, 1.4), rng.random()), at(x, y, z), skin)
    elif kind < 0.72:
        r = radius * rng.uniform(0.4, 0.9)
        top = r * rng.choice([1.0, 1.0, rng.uniform(0.05, 1.3)])
        to.add("can", "cylinder", (r, min(top, radius), radius * rng.uniform(0.5, 3.0)), at(x, y, z), skin)
    elif kind < 0.82:
        rx, ry, rz = radius * rng.uniform(0.7, 1.0, 3)
        to.add("ball", "ellipsoid", (rx, ry, rz), at(x, y + ry, z, yaw), skin)
    elif kind < 0.88:
        minor = radius * rng.uniform(0.15, 0.35)
        to.add("ring", "torus", (radius - minor, minor), at(x, y + minor, z), skin)
    elif kind < 0.94:
        rx, ry, rz = radius * rng.uniform(0.5, 0.95, 3)
        e = rng.uniform(0.15, 1.6, 2)
        to.add("pebble", "superquadric", (rx, ry, rz, *e), at(x, y + ry, z, yaw), skin)
    else:
        place = tumbled(rng)
        place[:3, 3] = x, y + 0.6 * radius, z
        to.add("rock", "blob", (0.75 * radius, rng.uniform(0.08, 0.22), rng.uniform(1.0, 2.5)), place, skin, seed)


def table(rng: Rng, to: Layout, x: float, z: float, yaw: float, size: np.ndarray, skin: Material) -> float:
    """Put a table of `size` (width, height, depth) on the floor; returns the height of its top."""
    w, h, d = (float(s) for s in size)
    thick = float(rng.uniform(0.02, 0.05))
    turn = at(x, 0, z, yaw)
    legs = skin if rng.random() < 0.5 else material(rng, "metal")
    to.add("table_top", "box", (w, thick, d), turn @ at(0, h - thick / 2, 0), skin)
    leg = float(rng.uniform(0.03, 0.07))
    for sx in (-1, 1):
        for sz in (-1, 1):
            px, pz = sx * (w / 2 - leg), sz * (d / 2 - leg)
            if rng.random() < 0.75:
                to.add("table_leg", "box", (leg, h - thick, leg), turn @ at(px, (h - thick) / 2, pz), legs)
            else:
                to.add("table_leg", "cylinder", (leg / 2, leg / 2, h - thick), turn @ at(px, 0, pz), legs)
    return h


def chair(rng: Rng, to: Layout, x: float, z: float, yaw: float) -> None:
    """Put a chair: seat, back, four legs."""
    w, h, d = rng.uniform(0.38, 0.52), rng.uniform(0.42, 0.5), rng.uniform(0.38, 0.5)
    skin, frame = material(rng, "object"), material(rng, "metal" if rng.random() < 0.5 else "wood")
    turn = at(x, 0, z, yaw)
    soft = rng.random() < 0.5
    if soft:
        to.add("seat", "superquadric", (w / 2, 0.06, d / 2, 0.4, 0.25), turn @ at(0, h, 0), skin)
        to.add("back", "superquadric", (w / 2, 0.22, 0.05, 0.3, 0.3), turn @ at(0, h + 0.32, -d / 2), skin)
    else:
        to.add("seat", "box", (w, 0.03, d), turn @ at(0, h, 0), skin)
        to.add("back", "box", (w, rng.uniform(0.2, 0.45), 0.025), turn @ at(0, h + 0.28, -d / 2), skin)
    for sx in (-1, 1):
        for sz in (-1, 1):
            to.add(
                "chair_leg",
                "cylinder",
                (0.015, 0.015, h),
                turn @ at(sx * (w / 2 - 0.03), 0, sz * (d / 2 - 0.03)),
                frame,
            )


def shelf(rng: Rng, to: Layout, place: np.ndarray) -> None:
    """Put an open shelf with its back at the place's -Z side: boards, sides, rows of books and boxes."""
    w, h, d = rng.uniform(0.6, 1.6), rng.uniform(0.7, 2.0), rng.uniform(0.25, 0.4)
    skin = material(rng, "wood" if rng.random() < 0.6 else "plain")
    for sx in (-1, 1):
        to.add("shelf_side", "box", (0.025, h, d), place @ at(sx * w / 2, h / 2, d / 2), skin)
    to.add("shelf_back", "box", (w, h, 0.01), place @ at(0, h / 2, 0.01), skin)
    levels = int(rng.integers(2, 6))
    books = [material(rng, "print" if rng.random() < 0.4 else "plain") for _ in range(4)]
    for i in range(levels + 1):
        y = h * i / levels
        to.add("shelf_board", "box", (w, 0.025, d), place @ at(0, max(y - 0.0125, 0.02), d / 2), skin)
        if i == levels:
            break
        left = -w / 2 + 0.03
        gap = h / levels
        while left < w / 2 - 0.1 and rng.random() < 0.85:
            bw, bh = rng.uniform(0.03, 0.2), gap * rng.uniform(0.4, 0.85)
            bd = d * rng.uniform(0.5, 0.9)
            to.add(
                "book", "box", (bw, bh, bd), place @ at(left + bw / 2, y + bh / 2, d * 0.5), books[int(rng.integers(4))]
            )
            left += bw + float(rng.choice([0.002, 0.05]))


def cabinet(rng: Rng, to: Layout, place: np.ndarray) -> float:
    """Put a closed cabinet with doors or drawers standing proud; returns the height of its top."""
    w, h, d = rng.uniform(0.5, 1.6), rng.uniform(0.5, 1.9), rng.uniform(0.35, 0.6)
    skin = material(rng, "wood" if rng.random() < 0.5 else "plain")
    front = skin if rng.random() < 0.7 else material(rng, "plain")
    handle = material(rng, "metal")
    to.add("cabinet", "box", (w, h, d), place @ at(0, h / 2, d / 2), skin)
    columns, rows = int(rng.integers(1, 4)), int(rng.integers(1, 5))
    cw, ch = w / columns, h / rows
    for i in range(columns):
        for j in range(rows):
            x, y = -w / 2 + (i + 0.5) * cw, (j + 0.5) * ch
            to.add("door", "box", (cw - 0.02, ch - 0.02, 0.03), place @ at(x, y, d), front)
            to.add("handle", "box", (min(0.12, cw / 3), 0.015, 0.03), place @ at(x, y + ch * 0.25, d + 0.03), handle)
    return float(h)


def sofa(rng: Rng, to: Layout, x: float, z: float, yaw: float) -> None:
    """Put a sofa or bed from soft boxes."""
    w, d = rng.uniform(0.9, 2.1), rng.uniform(0.75, 1.0)
    skin = material(rng, "fabric")
    turn = at(x, 0, z, yaw)
    e = (rng.uniform(0.15, 0.4), rng.uniform(0.15, 0.4))
    to.add("sofa_seat", "superquadric", (w / 2, 0.22, d / 2, *e), turn @ at(0, 0.22, 0), skin)
    to.add("sofa_back", "superquadric", (w / 2, 0.42, 0.12, *e), turn @ at(0, 0.45, -d / 2 + 0.1), skin)
    for s in (-1, 1):
        to.add("sofa_arm", "superquadric", (0.1, 0.32, d / 2, *e), turn @ at(s * (w / 2 - 0.05), 0.32, 0), skin)
    for offset in (-0.25, 0.25):
        if rng.random() < 0.6:
            pillow = material(rng, "fabric")
            to.add(
                "pillow", "superquadric", (0.22, 0.2, 0.08, 0.7, 0.5), turn @ at(offset * w, 0.6, -d / 2 + 0.28), pillow
            )


def monitor(rng: Rng, to: Layout, x: float, y: float, z: float, yaw: float) -> None:
    """Put a computer screen on a desk: stand, foot, panel with something on it."""
    w = rng.uniform(0.35, 0.65)
    h = w * 0.58
    dark = material(rng, "plastic")
    turn = at(x, y, z, yaw)
    to.add("foot", "box", (0.22, 0.015, 0.16), turn @ at(0, 0.0075, 0), dark)
    to.add("stand", "box", (0.05, 0.16, 0.03), turn @ at(0, 0.08, -0.02), dark)
    to.add("panel", "box", (w, h, 0.03), turn @ at(0, 0.12 + h / 2, 0), dark)
    to.add("screen", "box", (w - 0.03, h - 0.03, 0.005), turn @ at(0, 0.12 + h / 2, 0.0165), material(rng, "print"))
