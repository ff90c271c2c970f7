"""The ten numbers of a sample's material: independent and uniform, or correlated as materials are."""

from __future__ import annotations

import colorsys

import numpy as np
import numpy.typing as npt

__all__ = ["CORRELATED", "DRAWS", "UNIFORM", "correlated", "draw", "uniform"]

FloatArray = npt.NDArray[np.float32]

UNIFORM, CORRELATED = "uniform", "correlated"
DRAWS = (UNIFORM, CORRELATED)

_METALS = np.array(
    [
        (0.94, 0.78, 0.37),  # gold
        (0.95, 0.93, 0.88),  # silver
        (0.93, 0.62, 0.52),  # copper
        (0.91, 0.92, 0.92),  # aluminium
        (0.56, 0.57, 0.58),  # iron
        (0.86, 0.73, 0.49),  # brass
        (0.55, 0.55, 0.56),  # chromium
        (0.54, 0.50, 0.45),  # titanium
    ]
)
"""Reflectances at normal incidence, scene-linear Rec.709, rounded: they are starting points, which are then varied."""


def draw(kind: str, rng: np.random.Generator) -> FloatArray:
    """(10,) float32 in the order of `core.materials.parameters.PARAMETERS`; `kind` is one of `DRAWS`."""
    return uniform(rng) if kind == UNIFORM else correlated(rng)


def uniform(rng: np.random.Generator) -> FloatArray:
    """Ten independent numbers, each uniform 0..1."""
    return rng.uniform(size=10).astype(np.float32)


def correlated(rng: np.random.Generator) -> FloatArray:
    """Metal or not, with base 1: metals are bright and little tinted at the edge, others have a white reflection.

    Two in five are metals. Roughness is Beta(2, 2.5), a little more glossy than not.
    """
    roughness = float(rng.beta(2.0, 2.5))
    if rng.uniform() < 0.4:
        color = _METALS[rng.integers(len(_METALS))] * rng.uniform(0.75, 1.05) + rng.normal(0, 0.03, 3)
        tint = np.ones(3) if rng.uniform() < 0.6 else 1.0 - rng.uniform(0, 0.5) * rng.uniform(size=3)
        specular, metalness = 1.0, 1.0
    else:
        hue, saturation = rng.uniform(), rng.beta(1.2, 1.6)
        value = float(np.exp(rng.uniform(np.log(0.03), np.log(0.9))))
        color = np.array(colorsys.hsv_to_rgb(hue, saturation, value))
        tint = np.ones(3)
        specular, metalness = (1.0 if rng.uniform() < 0.6 else float(rng.uniform(0.2, 1.0))), 0.0
    numbers = [1.0, *np.clip(color, 0, 1), specular, *np.clip(tint, 0, 1), roughness, metalness]
    return np.array(numbers, np.float32)
