"""How `standard_surface` goes to Mitsuba's BSDFs: four mappings, from the plainest to the nearest.

Each mapping is a function of the parameters at some points of a surface to a BSDF as a dictionary. `texture` turns an
array of values at the points, (..., 1) or (..., 3), into a Mitsuba texture, so that the renderer and the measurement
(`measure.py`, `benchmarks/bsdf_mapping.py`) use the very same functions.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from scene_generator.mtlx.standard_surface import artistic_ior

__all__ = [
    "CORRELATED_GAIN",
    "DIELECTRIC_ALBEDO",
    "KNOTS",
    "MAPPINGS",
    "Points",
    "layers",
    "principled",
    "principled_and_conductor",
    "principled_plain",
]

FloatArray = npt.NDArray[Any]
MakeTexture = Callable[[FloatArray], Any]


@dataclass(frozen=True, eq=False)
class Points:
    """Parameters of `standard_surface` at points: arrays of one leading shape, scene-linear Rec.709."""

    base_color: FloatArray
    """(..., 3), 0..1, already times `base`."""
    roughness: FloatArray
    """(...), `specular_roughness`, 0..1."""
    metalness: FloatArray
    """(...), 0..1."""
    specular: float = 1.0
    """0..1, the same at all points, at `specular_IOR` 1.5."""
    specular_color: tuple[float, float, float] = (1.0, 1.0, 1.0)


LOWEST_ROUGHNESS = 0.03
"""Smoother surfaces are rendered as this: narrower lobes than that of alpha 0.0009 are only noise."""

KNOTS = np.linspace(0.0, 1.0, 11)
"""`specular_roughness` at which the two tables below are given."""

DIELECTRIC_ALBEDO = np.array([0.0919, 0.0914, 0.0877, 0.0800, 0.0695, 0.0592, 0.0494, 0.0406, 0.0329, 0.0263, 0.0208])
"""Cosine-weighted mean over views of the directional albedo of the dielectric of index 1.5."""

CORRELATED_GAIN = np.array([1.0, 1.0, 1.0001, 1.0004, 1.0013, 1.0033, 1.0073, 1.0150, 1.0289, 1.0517, 1.0866])
"""Albedo of a perfect GGX reflector with height-correlated masking over that with Mitsuba's separable masking."""


def principled_plain(points: Points, texture: MakeTexture) -> dict[str, Any]:
    """Parameters by their names: `specular` 0.5 is index 1.5 in `principled`. Without `specular_color`."""
    return {
        "type": "principled",
        "base_color": texture(points.base_color),
        "roughness": texture(points.roughness[..., None]),
        "metallic": texture(points.metalness[..., None]),
        "specular": 0.5 * points.specular,
    }


def principled(points: Points, texture: MakeTexture) -> dict[str, Any]:
    """`principled` with the parameters that come nearest to the reference; no `specular_color`.

    The diffuse part of `principled` (Burley, 2012) brightens towards grazing views with roughness, and gives up less to
    the reflection above it than `standard_surface` has it: the base colour of what is not metal makes up for the mean
    of both. `specular` 0 would make metals black there. The numbers minimise the mean BRDF error of dielectrics over
    roughness, specular, three greys and four angles; `benchmarks/bsdf_mapping.py` measures what is left.
    """
    diffuse = 1.013 - 0.036 * points.roughness - points.specular * (0.072 - 0.041 * points.roughness)
    factor = points.metalness + (1 - points.metalness) * diffuse
    return {
        "type": "principled",
        "base_color": texture(np.clip(points.base_color * factor[..., None], 0.0, 1.0)),
        "roughness": texture(points.roughness[..., None]),
        "metallic": texture(points.metalness[..., None]),
        "specular": max(0.485 * points.specular, 1e-3),
    }


def principled_and_conductor(points: Points, texture: MakeTexture) -> dict[str, Any]:
    """`principled` for the dielectric part, blended by metalness with a conductor of Gulbrandsen's index."""
    plain = principled(dataclasses.replace(points, metalness=np.zeros_like(points.metalness)), texture)
    return {
        "type": "blendbsdf",
        "weight": texture(points.metalness[..., None]),
        "a": plain,
        "b": _metal(points, texture),
    }


def layers(points: Points, texture: MakeTexture) -> dict[str, Any]:
    """Lambert, a tinted dielectric and a conductor: everything of `standard_surface` that this project writes.

    Mitsuba cannot add BSDFs, so the diffuse and the dielectric part are blended half and half at double reflectance.
    What the dielectric leaves to the diffuse part is taken at the mean over views.
    """
    left = 1 - points.specular * np.interp(points.roughness, KNOTS, DIELECTRIC_ALBEDO)
    tint = 2 * points.specular * np.asarray(points.specular_color)
    gain = np.interp(points.roughness, KNOTS, CORRELATED_GAIN)[..., None]
    glossy = _conductor(points, texture, 1.5, 0.0, gain * tint)
    diffuse = {"type": "diffuse", "reflectance": texture(2 * points.base_color * left[..., None])}
    return {
        "type": "blendbsdf",
        "weight": texture(points.metalness[..., None]),
        "a": {"type": "blendbsdf", "weight": 0.5, "a": diffuse, "b": glossy},
        "b": _metal(points, texture),
    }


def _metal(points: Points, texture: MakeTexture) -> dict[str, Any]:
    edge = (points.specular * np.asarray(points.specular_color)).astype(points.base_color.dtype)
    n, k = artistic_ior(points.base_color, edge)
    gain = np.interp(points.roughness, KNOTS, CORRELATED_GAIN)[..., None]
    return _conductor(points, texture, texture(n), texture(k), gain)


def _conductor(points: Points, texture: MakeTexture, n: Any, k: Any, reflectance: FloatArray) -> dict[str, Any]:
    alpha = np.maximum(points.roughness, LOWEST_ROUGHNESS) ** 2
    return {
        "type": "roughconductor",
        "distribution": "ggx",
        "alpha": texture(alpha[..., None]),
        "eta": n,
        "k": k,
        "specular_reflectance": texture(reflectance),
    }


MAPPINGS: dict[str, Callable[[Points, MakeTexture], dict[str, Any]]] = {
    "principled, by name": principled_plain,
    "principled, remapped": principled,
    "principled + conductor": principled_and_conductor,
    "layers": layers,
}
"""Name in tables to mapping."""
