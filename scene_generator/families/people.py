"""A person from parts that fit together: head, hair, hands, clothes, shoes."""

from __future__ import annotations

import numpy as np

from scene_generator.families.layout import Layout, Rng, at
from scene_generator.materials import material


def person(
    rng: Rng, to: Layout, x: float, y: float, z: float, yaw: float, height: float, *, seated: bool = False
) -> None:
    """Put a person of `height` metres on height `y`, looking along +Z turned by `yaw`; the whole figure may move."""
    first = len(to.objects)
    seed = int(rng.integers(2**31))
    numbers = (height, float(seated), 0.0 if seated else float(rng.uniform(0, 1)))
    place = at(x, y, z, yaw)
    skin = material(rng, "skin")
    to.add("head", "figure_head", numbers, place, skin, seed)
    to.add("hands", "figure_hands", numbers, place, skin, seed)
    to.add("hair", "figure_hair", numbers, place, material(rng, "hair"), seed)
    to.add("top", "figure_top", numbers, place, material(rng, "cloth"), seed)
    to.add("legs", "figure_legs", numbers, place, material(rng, "cloth"), seed)
    to.add("shoes", "figure_shoes", numbers, place, material(rng, "leather" if rng.random() < 0.7 else "rubber"), seed)
    to.movable.append(to.since(first))


def stature(rng: Rng) -> float:
    """Return a height in metres: mostly adults, some children."""
    return float(rng.uniform(1.0, 1.5) if rng.random() < 0.15 else np.clip(rng.normal(1.72, 0.09), 1.5, 1.98))
