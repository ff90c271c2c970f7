"""What stands in streets and squares: cars, bicycles, lamps, signs, benches, bins, fences."""

from __future__ import annotations

import numpy as np

from scene_generator.families.layout import Layout, Rng, at
from scene_generator.materials import material


def car(rng: Rng, to: Layout, x: float, z: float, yaw: float) -> None:
    """Put a car on y = 0; its length runs along X before `yaw` turns it. It may move."""
    first = len(to.objects)
    seed = int(rng.integers(2**31))
    numbers = (rng.uniform(3.6, 5.0), rng.uniform(1.65, 1.95), rng.uniform(1.35, 2.0))
    place = at(x, 0, z, yaw)
    to.add("car", "car_body", numbers, place, material(rng, "car_paint"), seed)
    to.add("car_glass", "car_glass", numbers, place, material(rng, "glass"), seed)
    to.add("car_wheels", "car_wheels", numbers, place, material(rng, "rubber"), seed)
    to.movable.append(to.since(first))


def furniture(rng: Rng, to: Layout, x: float, y: float, z: float, yaw: float) -> None:
    """Put one thing of the street, of up to 1 m radius, on height `y`."""
    kind, seed = rng.random(), int(rng.integers(2**31))
    place = at(x, y, z, yaw)
    metal = material(rng, "painted_metal" if rng.random() < 0.7 else "metal")
    if kind < 0.2:
        to.add("lamp", "street_lamp", (rng.uniform(3.5, 7.0),), place, metal, seed)
    elif kind < 0.32:
        to.add("bollard", "bollard", (rng.uniform(0.08, 0.2), rng.uniform(0.6, 1.1)), place, metal, seed)
    elif kind < 0.46:
        to.add("bench", "bench", (rng.uniform(1.3, 1.9),), place, material(rng, "wood"), seed)
    elif kind < 0.6:
        to.add("sign", "sign_post", (rng.uniform(1.8, 3.0),), place, material(rng, "print"), seed)
    elif kind < 0.72:
        to.add("bin", "bin", (rng.uniform(0.2, 0.4), rng.uniform(0.7, 1.2)), place, metal, seed)
    elif kind < 0.84:
        to.add("bicycle", "bicycle", (rng.uniform(1.5, 1.9),), place, metal, seed)
    elif kind < 0.92:
        to.add("cone", "traffic_cone", (rng.uniform(0.4, 0.8),), place, material(rng, "plastic"), seed)
    else:
        numbers = (rng.uniform(1.2, 1.9), rng.uniform(0.8, 1.2), rng.uniform(0.1, 0.2))
        to.add("fence", "fence", numbers, place, material(rng, "wood"), seed)


def railing(rng: Rng, to: Layout, place: np.ndarray, length: float) -> None:
    """Put a railing of `length` metres along the place's X axis."""
    numbers = (length, rng.uniform(0.8, 1.2), rng.uniform(0.1, 0.3), rng.uniform(0.012, 0.04))
    to.add("railing", "railing", numbers, place, material(rng, "painted_metal"))
