"""Trees, bushes, hedges and grass; leaves and wood of one plant share a seed and so fit."""

from __future__ import annotations

import numpy as np

from scene_generator.families.layout import Layout, Rng, at
from scene_generator.materials import material
from scene_generator.spec import Material


def tree(rng: Rng, to: Layout, x: float, y: float, z: float, height: float) -> None:
    """Put a tree of `height` metres: a conifer, a leafy tree or, in winter, a bare one."""
    seed, yaw = int(rng.integers(2**31)), float(rng.uniform(0, 2 * np.pi))
    place = at(x, y, z, yaw)
    if rng.random() < 0.22:
        to.add("conifer", "conifer", (height, height * rng.uniform(0.2, 0.4)), place, material(rng, "leaf"), seed)
        return
    numbers = (height, height * float(rng.uniform(0.3, 0.6)))
    to.add("wood", "tree_wood", numbers, place, material(rng, "bark"), seed)
    if rng.random() < 0.88:
        leaf = height * float(rng.uniform(0.018, 0.04))
        to.add("leaves", "tree_leaves", (*numbers, leaf, rng.uniform(0.4, 1.0)), place, material(rng, "leaf"), seed)


def bush(rng: Rng, to: Layout, x: float, y: float, z: float, radius: float) -> None:
    """Put a bush, a fern or flowers of horizontal `radius` metres."""
    seed, place = int(rng.integers(2**31)), at(x, y, z, rng.uniform(0, 2 * np.pi))
    kind = rng.random()
    if kind < 0.6:
        numbers = (radius, radius * rng.uniform(0.06, 0.2), rng.uniform(0.4, 1.0))
        to.add("bush", "bush", numbers, place, material(rng, "leaf"), seed)
    elif kind < 0.8:
        to.add("fern", "fern", (radius,), place, material(rng, "leaf"), seed)
    else:
        flowers(rng, to, place, radius * float(rng.uniform(0.9, 1.5)), seed)


def flowers(rng: Rng, to: Layout, place: np.ndarray, height: float, seed: int) -> None:
    """Put a bunch of flowers of `height` metres: green stems and leaves, heads of another colour."""
    to.add("leaves", "flower_stems", (height,), place, material(rng, "leaf"), seed)
    to.add("flowers", "flower_heads", (height,), place, material(rng, "petal"), seed)


def tuft(rng: Rng, to: Layout, x: float, y: float, z: float, radius: float, skin: Material) -> None:
    """Put a patch of grass of `radius` metres."""
    numbers = (radius, radius * rng.uniform(0.3, 1.0), int(rng.integers(120, 500)))
    to.add("grass", "grass", numbers, at(x, y, z), skin, int(rng.integers(2**31)))
