"""A sky as a few directional lights, for a renderer that has no light from everywhere."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scene_generator.sky import directions
from scene_generator.spec import Vec3, vec3

COLUMNS, ROWS = 8, 3
"""Parts that a sky is cut into, around and from straight up to a little below the horizon."""

_REACH = 0.55
"""Share of the picture's rows that are looked at: what lies further down lights objects from inside the ground."""


@dataclass(frozen=True)
class Sun:
    """Light from one direction."""

    direction: Vec3
    """Unit, from the scene towards it."""
    irradiance: Vec3
    """On a surface that faces it: the integral of the radiance over its part of the sky."""


def suns(radiance: np.ndarray) -> tuple[Sun, ...]:
    """Cut a sky into parts, each a light at its brightness-weighted middle; together they are as bright.

    Args:
        radiance: (H, 2 H, 3), layout of `scene_generator.sky.directions`; H is at least 2 x `ROWS`.
    """
    height = radiance.shape[0]
    ways = directions(height)
    solid = np.sin((np.arange(height) + 0.5) / height * np.pi) * (np.pi / height) ** 2
    light = radiance.astype(np.float64) * solid[:, None, None]
    found = []
    for rows in np.array_split(np.arange(int(height * _REACH)), ROWS):
        for columns in np.array_split(np.arange(2 * height), COLUMNS):
            part = light[rows][:, columns]
            middle = (ways[rows][:, columns] * part.sum(-1, keepdims=True)).sum((0, 1))
            length = float(np.linalg.norm(middle))
            if length > 0:
                found.append(Sun(vec3(middle / length), vec3(part.sum((0, 1)))))
    return tuple(found)
