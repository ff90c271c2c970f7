"""Loose things that stand on a surface, by where one meets them; every one stays inside its disc and rests."""

from __future__ import annotations

from typing import Callable, Dict, Mapping  # noqa: UP035 - Python 3.9

import numpy as np

from scene_generator.families.greenery import flowers
from scene_generator.families.layout import Layout, Rng, at, tumbled
from scene_generator.materials import material

Thing = Callable[[Rng, Layout, float, float, float, float], None]


def thing(rng: Rng, to: Layout, x: float, y: float, z: float, radius: float, shares: Mapping[str, float] = {}) -> None:
    """Put one random thing of horizontal `radius` (metres) on height `y`; it may move.

    Args:
        shares: names of `THINGS` with their shares; without them `TABLE`.
    """
    first = len(to.objects)
    if to.meshes and rng.random() < to.mesh_share:
        asset = to.meshes[int(rng.integers(len(to.meshes)))]
        size = 2 * radius / max(float(np.hypot(asset.extent[0], asset.extent[2])), 0.3)
        place = at(x, y, z, rng.uniform(0, 2 * np.pi))
        to.add("mesh", "mesh", (size,), place, material(rng, "object"), asset=asset.name)
    else:
        names, share = list(shares or TABLE), np.array(list((shares or TABLE).values()))
        THINGS[names[int(rng.choice(len(names), p=share / share.sum()))]](rng, to, x, y, z, radius)
    to.movable.append(to.since(first))


def _yaw(rng: Rng) -> float:
    return float(rng.uniform(0, 2 * np.pi))


def _seed(rng: Rng) -> int:
    return int(rng.integers(2**31))


def _box(rng: Rng, to: Layout, x: float, y: float, z: float, r: float) -> None:
    w, d, h = r * rng.uniform(0.8, 1.5), r * rng.uniform(0.5, 1.3), r * rng.uniform(0.3, 2.8)
    skin = material(rng, "print" if rng.random() < 0.5 else "object")
    place = at(x, y + h / 2, z, _yaw(rng))
    if rng.random() < 0.5:
        to.add("box", "rounded_box", (w, h, d, min(w, h, d) * rng.uniform(0.02, 0.2)), place, skin)
    else:
        to.add("box", "box", (w, h, d), place, skin)


def _stack(rng: Rng, to: Layout, x: float, y: float, z: float, r: float) -> None:
    # Books or boxes on each other, each a little turned.
    level, yaw = y, _yaw(rng)
    for _ in range(int(rng.integers(1, 6))):
        w, h, d = r * rng.uniform(0.9, 1.4), r * rng.uniform(0.08, 0.3), r * rng.uniform(0.7, 1.1)
        to.add("book", "box", (w, h, d), at(x, level + h / 2, z, yaw + rng.normal(0, 0.2)), material(rng, "print"))
        level += h


def _books(rng: Rng, to: Layout, x: float, y: float, z: float, r: float) -> None:
    w, h, d = r * rng.uniform(1.2, 1.7), r * rng.uniform(0.8, 1.4), r * rng.uniform(0.5, 0.8)
    to.add("books", "books_row", (w, h, d), at(x, y, z, _yaw(rng)), material(rng, "print"), _seed(rng))


def _bottle(rng: Rng, to: Layout, x: float, y: float, z: float, r: float) -> None:
    numbers = (r * rng.uniform(0.4, 0.9), r * rng.uniform(1.2, 4.0))
    to.add("bottle", "vessel", numbers, at(x, y, z), material(rng, "object"), _seed(rng))


def _bowl(rng: Rng, to: Layout, x: float, y: float, z: float, r: float) -> None:
    skin = material(rng, "ceramic" if rng.random() < 0.6 else "object")
    to.add("bowl", "bowl", (r, r * rng.uniform(0.4, 1.4), rng.random()), at(x, y, z), skin)


def _can(rng: Rng, to: Layout, x: float, y: float, z: float, r: float) -> None:
    low = r * rng.uniform(0.4, 0.9)
    top = low * float(rng.choice([1.0, 1.0, rng.uniform(0.05, 1.1)]))
    skin = material(rng, "print" if rng.random() < 0.3 else "object")
    to.add("can", "cylinder", (low, top, r * rng.uniform(0.5, 3.0)), at(x, y, z), skin)


def _ball(rng: Rng, to: Layout, x: float, y: float, z: float, r: float) -> None:
    rx, ry, rz = r * rng.uniform(0.7, 1.0, 3)
    to.add("ball", "ellipsoid", (rx, ry, rz), at(x, y + ry, z, _yaw(rng)), material(rng, "object"))


def _ring(rng: Rng, to: Layout, x: float, y: float, z: float, r: float) -> None:
    minor = r * rng.uniform(0.12, 0.35)
    to.add("ring", "torus", (r - minor, minor), at(x, y + minor, z), material(rng, "object"))


def _pebble(rng: Rng, to: Layout, x: float, y: float, z: float, r: float) -> None:
    rx, ry, rz = r * rng.uniform(0.5, 0.95, 3)
    e = rng.uniform(0.15, 1.6, 2)
    # A small exponent makes a box of it, whose corners reach farther than its sides.
    corner = 2 ** (0.5 - min(float(e[1]), 1.0) / 2)
    to.add(
        "pebble",
        "superquadric",
        (rx / corner, ry, rz / corner, *e),
        at(x, y + ry, z, _yaw(rng)),
        material(rng, "object"),
    )


def _lump(rng: Rng, to: Layout, x: float, y: float, z: float, r: float) -> None:
    place = tumbled(rng)
    place[:3, 3] = x, y + 0.6 * r, z
    numbers = (0.75 * r, rng.uniform(0.08, 0.22), rng.uniform(1.0, 2.5))
    to.add("lump", "blob", numbers, place, material(rng, "object"), _seed(rng))


def _rock(rng: Rng, to: Layout, x: float, y: float, z: float, r: float) -> None:
    numbers = (r, rng.uniform(0.1, 0.5), rng.random())
    to.add("rock", "rock", numbers, at(x, y, z, _yaw(rng)), material(rng, "rock"), _seed(rng))


def _displaced(rng: Rng, to: Layout, x: float, y: float, z: float, r: float) -> None:
    numbers = (0.8 * r, rng.uniform(0.05, 0.35), int(rng.integers(1, 6)))
    skin = material(rng, "object" if rng.random() < 0.7 else "fruit")
    to.add("lump", "displaced", numbers, at(x, y, z, _yaw(rng)), skin, _seed(rng))


def _metaballs(rng: Rng, to: Layout, x: float, y: float, z: float, r: float) -> None:
    skin = material(rng, "object" if rng.random() < 0.7 else "statue")
    to.add("blend", "metaballs", (r,), at(x, y, z, _yaw(rng)), skin, _seed(rng))


def _sculpture(rng: Rng, to: Layout, x: float, y: float, z: float, r: float) -> None:
    skin = material(rng, "statue" if rng.random() < 0.6 else "object")
    to.add("sculpture", "sculpture", (r, r * rng.uniform(1.0, 3.5)), at(x, y, z, _yaw(rng)), skin, _seed(rng))


def _animal(rng: Rng, to: Layout, x: float, y: float, z: float, r: float) -> None:
    skin = material(rng, "object" if rng.random() < 0.6 else "statue")
    to.add("animal", "quadruped", (r * rng.uniform(0.75, 0.97),), at(x, y, z, _yaw(rng)), skin, _seed(rng))


def _bust(rng: Rng, to: Layout, x: float, y: float, z: float, r: float) -> None:
    skin = material(rng, "statue")
    to.add("bust", "bust", (r * rng.uniform(1.8, 2.6),), at(x, y, z, rng.normal(0, 0.9)), skin, _seed(rng))


def _lathe(rng: Rng, to: Layout, x: float, y: float, z: float, r: float) -> None:
    numbers = (r * rng.uniform(0.3, 0.8), r * rng.uniform(1.0, 4.0), rng.random())
    to.add("turned", "lathe", numbers, at(x, y, z), material(rng, "object"), _seed(rng))


def _mug(rng: Rng, to: Layout, x: float, y: float, z: float, r: float) -> None:
    skin = material(rng, "ceramic" if rng.random() < 0.6 else "print")
    numbers = (0.56 * r, r * rng.uniform(0.9, 1.7))
    to.add("mug", "mug", numbers, at(x, y, z, _yaw(rng)), skin, _seed(rng))


def _jug(rng: Rng, to: Layout, x: float, y: float, z: float, r: float) -> None:
    skin = material(rng, "ceramic" if rng.random() < 0.5 else "object")
    to.add("jug", "jug", (0.57 * r, r * rng.uniform(1.2, 2.4)), at(x, y, z, _yaw(rng)), skin, _seed(rng))


def _dish(rng: Rng, to: Layout, x: float, y: float, z: float, r: float) -> None:
    to.add("dish", "plate_dish", (r, r * rng.uniform(0.12, 0.25)), at(x, y, z), material(rng, "ceramic"), _seed(rng))
    if rng.random() < 0.5:
        place = at(x, y + 0.05 * r, z, _yaw(rng))
        to.add("food", "displaced", (0.35 * r, rng.uniform(0.1, 0.3), 3), place, material(rng, "fruit"), _seed(rng))


def _glass(rng: Rng, to: Layout, x: float, y: float, z: float, r: float) -> None:
    skin = material(rng, "ceramic" if rng.random() < 0.5 else "chrome")
    to.add("goblet", "wine_glass", (0.6 * r, r * rng.uniform(1.5, 3.0)), at(x, y, z), skin, _seed(rng))


def _fruit(rng: Rng, to: Layout, x: float, y: float, z: float, r: float) -> None:
    numbers = (r * rng.uniform(0.6, 0.95), rng.uniform(0.1, 0.9))
    to.add("fruit", "fruit", numbers, at(x, y, z, _yaw(rng)), material(rng, "fruit"), _seed(rng))


def _prism(rng: Rng, to: Layout, x: float, y: float, z: float, r: float) -> None:
    star = float(rng.uniform(0.4, 0.8)) if rng.random() < 0.25 else 1.0
    numbers = (0.9 * r, r * rng.uniform(0.3, 2.5), int(rng.integers(3, 9)), star, rng.uniform(0.01, 0.08) * r)
    to.add("prism", "prism", numbers, at(x, y, z, _yaw(rng)), material(rng, "object"), _seed(rng))


def _paper(rng: Rng, to: Layout, x: float, y: float, z: float, r: float) -> None:
    skin = material(rng, "paper" if rng.random() < 0.6 else "fabric")
    to.add("crumpled", "crumpled", (1.3 * r, rng.uniform(0.2, 1.0)), at(x, y, z, _yaw(rng)), skin, _seed(rng))


def _sheets(rng: Rng, to: Layout, x: float, y: float, z: float, r: float) -> None:
    # Flat paper, cards, a phone: their pictures must not become relief.
    level = y
    for _ in range(int(rng.integers(1, 4))):
        w, d, h = r * rng.uniform(0.8, 1.3), r * rng.uniform(0.6, 1.2), r * rng.uniform(0.004, 0.04)
        to.add("sheet", "box", (w, h, d), at(x, level + h / 2, z, _yaw(rng)), material(rng, "print"))
        level += h


def _cushion(rng: Rng, to: Layout, x: float, y: float, z: float, r: float) -> None:
    numbers = (1.4 * r, r * rng.uniform(0.4, 0.7), 1.4 * r)
    to.add("cushion", "cushion", numbers, at(x, y, z, _yaw(rng)), material(rng, "fabric"), _seed(rng))


def _drape(rng: Rng, to: Layout, x: float, y: float, z: float, r: float) -> None:
    inner, top = r * rng.uniform(0.3, 0.5), r * rng.uniform(0.4, 1.2)
    draped(rng, to, at(x, y, z, _yaw(rng)), 1.35 * r, inner, top, "fabric")


def draped(rng: Rng, to: Layout, place: np.ndarray, size: float, inner: float, top: float, role: str) -> None:
    """Put a cloth that fell over a ball, box or cylinder, with what it fell over: the hem may end above the ground.

    Args:
        size: side of the cloth, metres. inner: radius of the support. top: height of its top.
    """
    kind = int(rng.integers(3))
    if kind == 0:
        top = 2 * inner  # a ball rests on the ground
    to.add("drape", "drape", (size, inner, top, kind), place, material(rng, role), _seed(rng))
    inside = material(rng, "object")
    # A little smaller than what the cloth lies on, so that it does not show through.
    r, h = 0.97 * inner, 0.99 * top
    if kind == 0:
        to.add("support", "ellipsoid", (r, r, r), place @ at(0, top - inner, 0), inside)
    elif kind == 1:
        to.add("support", "box", (2 * r, h, 2 * r), place @ at(0, h / 2, 0), inside)
    else:
        to.add("support", "cylinder", (r, r, h), place, inside)


def _tube(rng: Rng, to: Layout, x: float, y: float, z: float, r: float) -> None:
    numbers = (1.4 * r, r * rng.uniform(0.04, 0.15), rng.random(), rng.random())
    to.add("tube", "tube", numbers, at(x, y, z, _yaw(rng)), material(rng, "object"), _seed(rng))


def _pot(rng: Rng, to: Layout, x: float, y: float, z: float, r: float) -> None:
    # A plant in a pot; leaves reach as far as the disc.
    pot, tall = r * rng.uniform(0.35, 0.55), r * rng.uniform(0.5, 0.9)
    to.add("pot", "bowl", (pot, tall, 0.3), at(x, y, z), material(rng, "ceramic" if rng.random() < 0.5 else "object"))
    soil = (0.86 * pot, 0.86 * pot, 0.02 * r)
    to.add("soil", "cylinder", soil, at(x, y + 0.8 * tall, z), material(rng, "soil"))
    place = at(x, y + 0.8 * tall, z, _yaw(rng))
    # Plants are a little wider than high, flowers narrower.
    if rng.random() < 0.7:
        to.add("leaves", "plant", (r * rng.uniform(0.55, 0.87),), place, material(rng, "leaf"), _seed(rng))
    else:
        flowers(rng, to, place, r * float(rng.uniform(0.8, 1.35)), _seed(rng))


def _lamp(rng: Rng, to: Layout, x: float, y: float, z: float, r: float) -> None:
    tall, shade = r * rng.uniform(2.0, 3.5), r * rng.uniform(0.6, 0.9)
    to.add("lamp_foot", "lathe", (0.45 * r, 0.75 * tall, 0.5), at(x, y, z), material(rng, "object"), _seed(rng))
    numbers = (shade, shade * rng.uniform(0.5, 1.0), 0.4 * tall)
    to.add("lamp_shade", "lampshade", numbers, at(x, y + 0.65 * tall, z), material(rng, "fabric"))


THINGS: Dict[str, Thing] = {  # noqa: UP006
    "animal": _animal,
    "ball": _ball,
    "books": _books,
    "bottle": _bottle,
    "bowl": _bowl,
    "box": _box,
    "bust": _bust,
    "can": _can,
    "cushion": _cushion,
    "dish": _dish,
    "displaced": _displaced,
    "drape": _drape,
    "fruit": _fruit,
    "glass": _glass,
    "jug": _jug,
    "lamp": _lamp,
    "lathe": _lathe,
    "lump": _lump,
    "metaballs": _metaballs,
    "mug": _mug,
    "paper": _paper,
    "pebble": _pebble,
    "pot": _pot,
    "prism": _prism,
    "ring": _ring,
    "rock": _rock,
    "sculpture": _sculpture,
    "sheets": _sheets,
    "stack": _stack,
    "tube": _tube,
}

TABLE: Dict[str, float] = {  # noqa: UP006
    "box": 0.17,
    "bottle": 0.1,
    "can": 0.09,
    "stack": 0.08,
    "sheets": 0.07,
    "bowl": 0.06,
    "mug": 0.06,
    "fruit": 0.06,
    "ball": 0.05,
    "books": 0.03,
    "pebble": 0.03,
    "lathe": 0.03,
    "jug": 0.03,
    "dish": 0.03,
    "paper": 0.02,
    "pot": 0.03,
    "glass": 0.02,
    "prism": 0.02,
    "ring": 0.02,
    "lump": 0.02,
    "animal": 0.015,
    "lamp": 0.015,
    "tube": 0.015,
    "displaced": 0.015,
    "metaballs": 0.01,
    "sculpture": 0.01,
    "bust": 0.01,
}
"""Shares on tables, desks and shelves."""

GROUND: Dict[str, float] = {  # noqa: UP006
    "box": 0.2,
    "rock": 0.12,
    "can": 0.08,
    "ball": 0.08,
    "bottle": 0.06,
    "pot": 0.08,
    "metaballs": 0.06,
    "displaced": 0.06,
    "sculpture": 0.05,
    "animal": 0.05,
    "prism": 0.05,
    "lathe": 0.04,
    "ring": 0.03,
    "pebble": 0.03,
    "lump": 0.03,
    "bust": 0.02,
    "drape": 0.03,
    "tube": 0.02,
    "cushion": 0.02,
}
"""Shares on floors and grounds."""

ORGANIC: Dict[str, float] = {  # noqa: UP006
    "metaballs": 0.2,
    "displaced": 0.16,
    "rock": 0.13,
    "sculpture": 0.13,
    "animal": 0.1,
    "fruit": 0.08,
    "bust": 0.07,
    "lathe": 0.05,
    "lump": 0.04,
    "tube": 0.04,
}
"""Shares where nothing is made of boxes."""
