"""The ten numbers of a material, and the eight of them that a picture can show.

Names and ranges are those of MaterialX `standard_surface` (Georgiev et al., "Autodesk Standard Surface", 2019); colours
are scene-linear Rec.709. Its formulas hold `base` and `base_color` only as their product, and `specular` and
`specular_color` likewise, so no picture can tell the factors of either apart.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from core.errors import BadSize

__all__ = [
    "COUNT",
    "GROUPS",
    "PARAMETERS",
    "QUANTITIES",
    "from_quantities",
    "to_quantities",
]

FloatArray = npt.NDArray[np.float32]

PARAMETERS = (
    "base",
    "base_color.r",
    "base_color.g",
    "base_color.b",
    "specular",
    "specular_color.r",
    "specular_color.g",
    "specular_color.b",
    "specular_roughness",
    "metalness",
)
"""Order of the ten numbers in every array of them; each is 0..1."""

COUNT = len(PARAMETERS)

QUANTITIES = (
    "base_color.r",
    "base_color.g",
    "base_color.b",
    "specular_color.r",
    "specular_color.g",
    "specular_color.b",
    "specular_roughness",
    "metalness",
)
"""Order of the eight identifiable numbers: base x base_color, specular x specular_color, roughness and metalness."""

GROUPS = {
    "base_color": slice(0, 3),
    "specular_color": slice(3, 6),
    "specular_roughness": slice(6, 7),
    "metalness": slice(7, 8),
}
"""Name -> where its numbers are among `QUANTITIES`."""


def to_quantities(parameters: npt.ArrayLike) -> FloatArray:
    """(..., 10) of `PARAMETERS` -> (..., 8) of `QUANTITIES`, both 0..1. Raises BadSize for another last axis."""
    values = np.asarray(parameters, np.float32)
    if values.shape[-1:] != (COUNT,):
        raise BadSize(f"material parameters have shape {values.shape}; the last axis must be {COUNT}")
    products = [values[..., :1] * values[..., 1:4], values[..., 4:5] * values[..., 5:8]]
    return np.concatenate([*products, values[..., 8:]], -1)


def from_quantities(quantities: npt.ArrayLike) -> FloatArray:
    """(..., 8) -> (..., 10): the same look with base 1 and specular 1, which is how materials are mostly written.

    Raises:
        BadSize: another last axis.
    """
    values = np.asarray(quantities, np.float32)
    if values.shape[-1:] != (len(QUANTITIES),):
        raise BadSize(f"material quantities have shape {values.shape}; the last axis must be {len(QUANTITIES)}")
    one = np.ones_like(values[..., :1])
    return np.concatenate([one, values[..., :3], one, values[..., 3:6], values[..., 6:]], -1)
