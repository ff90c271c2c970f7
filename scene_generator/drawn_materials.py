"""Procedural materials as pictures: colour, roughness and metalness of one tile, without relief or painted light.

A set to learn from, or to try a generative model on, where nobody has textures of their own at hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from scene_generator.materials import ROLES, material
from scene_generator.spec import SpecError
from scene_generator.textures.maps import material_maps

__all__ = ["SURFACES", "VERSION", "DrawnMaterial", "draw_material"]

VERSION = 1
"""Of what is drawn: another one, other pictures from the same seed."""

SURFACES = (
    "wall", "wallpaper", "stucco", "masonry", "brick", "ashlar", "roof", "cobble", "marble", "tiles", "floor_tiles",
    "checkered", "ground", "sand", "rock", "gravel", "asphalt", "concrete", "wood", "painted_wood", "bark", "fabric",
    "cloth", "leather", "carpet", "terrazzo", "metal", "brushed_metal", "rust", "painted_metal",
)  # fmt: skip
"""Roles of surfaces that a tile shows well."""

_OVERSAMPLING = 2


@dataclass(frozen=True)
class DrawnMaterial:
    """One tile, top row first, float32.

    Attributes:
        role: what it is of.
        color: (S, S, 3), scene-linear Rec.709, 0..1.
        roughness, metalness: (S, S), 0..1.
    """

    role: str
    color: npt.NDArray[np.float32]
    roughness: npt.NDArray[np.float32]
    metalness: npt.NDArray[np.float32]


def draw_material(seed: int, index: int, size: int, roles: Sequence[str] = SURFACES) -> DrawnMaterial:
    """Tile `index` of `seed`: a pure function of its arguments.

    Args:
        seed, index: 0 or more.
        size: pixels a side, 16 or more; it is drawn at twice the size and averaged.
        roles: of `scene_generator.materials.ROLES`, in turn.

    Raises:
        SpecError: a number out of range, or an unknown role.
    """
    if size < 16 or seed < 0 or index < 0:
        raise SpecError(f"material {index} of seed {seed} at {size} pixels: 0 or more, and at least 16, are needed")
    unknown = sorted(set(roles) - set(ROLES))
    if unknown or not roles:
        raise SpecError(f"role {unknown[0] if unknown else ''!r}: unknown; known are {', '.join(sorted(ROLES))}")
    role = roles[index % len(roles)]
    rng = np.random.default_rng([VERSION, seed, index])
    maps = material_maps(material(rng, role), _OVERSAMPLING * size)
    return DrawnMaterial(role, *(_halved(part) for part in (maps.base_color, maps.roughness, maps.metalness)))


def _halved(pixels: np.ndarray) -> npt.NDArray[np.float32]:
    """Means of squares of pixels, and the top row first."""
    side = len(pixels) // _OVERSAMPLING
    blocks = pixels[::-1].reshape(side, _OVERSAMPLING, side, _OVERSAMPLING, -1).mean((1, 3))
    return np.ascontiguousarray(blocks.reshape(side, side, *pixels.shape[2:]), dtype=np.float32)
