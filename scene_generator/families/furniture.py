"""Furniture put together from boxes, mouldings, cushions and turned parts."""

from __future__ import annotations

import numpy as np

from scene_generator.families.layout import Layout, Rng, at, tilted
from scene_generator.materials import material
from scene_generator.spec import Material


def table(rng: Rng, to: Layout, x: float, z: float, yaw: float, size: np.ndarray, skin: Material) -> float:
    """Put a table of `size` (width, height, depth) on the floor; returns the height of its top."""
    w, h, d = (float(s) for s in size)
    thick = float(rng.uniform(0.02, 0.05))
    turn = at(x, 0, z, yaw)
    legs = skin if rng.random() < 0.5 else material(rng, "metal")
    top = (w, thick, d, rng.uniform(0.05, 0.45) * thick)
    to.add("table_top", "rounded_box", top, turn @ at(0, h - thick / 2, 0), skin)
    leg = float(rng.uniform(0.03, 0.07))
    turned, square, seed = rng.random() < 0.2, rng.random() < 0.75, int(rng.integers(2**31))
    for sx in (-1, 1):
        for sz in (-1, 1):
            px, pz = sx * (w / 2 - leg), sz * (d / 2 - leg)
            if turned:
                numbers = (leg, h - thick, 0.5)
                to.add("table_leg", "lathe", numbers, turn @ at(px, 0, pz), legs, seed)
            elif square:
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
        to.add("seat", "rounded_box", (w, 0.035, d, 0.012), turn @ at(0, h, 0), skin)
        tall = rng.uniform(0.2, 0.45)
        to.add("back", "rounded_box", (w, tall, 0.03, 0.01), turn @ at(0, h + 0.3, -d / 2 + 0.02), skin)
        for s in (-1, 1):
            to.add(
                "back_post", "cylinder", (0.014, 0.014, 0.32), turn @ at(s * (w / 2 - 0.03), h, -d / 2 + 0.03), frame
            )
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
            spot, skin_ = place @ at(left + bw / 2, y + bh / 2, d * 0.5), books[int(rng.integers(4))]
            if rng.random() < 0.35:
                bw = min(float(rng.uniform(0.15, 0.5)), w / 2 - 0.03 - left)
                spot = place @ at(left + bw / 2, y, d * 0.5)
                to.add("books", "books_row", (bw, 0.85 * gap, 0.8 * d), spot, skin_, int(rng.integers(2**31)))
            else:
                to.add("book", "box", (bw, bh, bd), spot, skin_)
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
            size = float(rng.uniform(0.36, 0.5))
            # A cushion lies flat as it is made: it is stood up and leant against the back.
            stand = turn @ at(offset * w, 0.42, -d / 2 + 0.24) @ tilted(1.35)
            numbers = (size, 0.16, size)
            to.add("pillow", "cushion", numbers, stand, material(rng, "fabric"), int(rng.integers(2**31)))


def bed(rng: Rng, to: Layout, x: float, z: float, yaw: float) -> None:
    """Put a bed: rumpled blanket over its body, pillows, headboard."""
    w, d = float(rng.uniform(0.9, 1.8)), float(rng.uniform(1.9, 2.1))
    turn = at(x, 0, z, yaw)
    seed = int(rng.integers(2**31))
    to.add("bedding", "bedding", (w, d), turn, material(rng, "fabric"), seed)
    numbers = (w + 0.1, rng.uniform(0.7, 1.2), 0.06, 0.02)
    board = turn @ at(0, numbers[1] / 2, -d / 2 - 0.06)
    to.add("headboard", "rounded_box", numbers, board, material(rng, "wood"))


def floor_lamp(rng: Rng, to: Layout, x: float, z: float) -> None:
    """Put a standing lamp: foot, pole, shade."""
    tall, metal = float(rng.uniform(1.3, 1.8)), material(rng, "metal")
    to.add("foot", "cylinder", (0.15, 0.13, 0.03), at(x, 0, z), metal)
    to.add("pole", "cylinder", (0.012, 0.012, tall), at(x, 0, z), metal)
    wide = float(rng.uniform(0.14, 0.26))
    shade = (wide, wide * rng.uniform(0.4, 1.0), rng.uniform(0.2, 0.4))
    to.add("shade", "lampshade", shade, at(x, tall - 0.12, z), material(rng, "fabric"))


def monitor(rng: Rng, to: Layout, x: float, y: float, z: float, yaw: float) -> None:
    """Put a computer screen on a desk: stand, foot, panel with something on it."""
    w = rng.uniform(0.35, 0.65)
    h = w * 0.58
    dark = material(rng, "plastic")
    turn = at(x, y, z, yaw)
    to.add("foot", "box", (0.22, 0.015, 0.16), turn @ at(0, 0.0075, 0), dark)
    to.add("stand", "box", (0.05, 0.16, 0.03), turn @ at(0, 0.08, -0.02), dark)
    to.add("panel", "box", (w, h, 0.03), turn @ at(0, 0.12 + h / 2, 0), dark)
    to.add("screen", "box", (w - 0.03, h - 0.03, 0.005), turn @ at(0, 0.12 + h / 2, 0.0165), material(rng, "screen"))
    if rng.random() < 0.5:
        board = turn @ at(rng.normal(0, 0.05), 0, 0.22)
        to.add("keyboard", "keyboard", (0.43, 0.14, 0.025), board, material(rng, "plastic"))
