"""Tileable grey patterns in 0..1, float32, (size, size), row 0 at the bottom; pure functions of a `Pattern`.

Every pattern has the period of the tile in both axes: the right edge continues at the left one, so a repeated texture
shows no seam. Two patterns with the same seed and scale whose kinds are NAME and NAME_height show the same pieces.
"""

from __future__ import annotations

from typing import Dict  # noqa: UP035 - Python 3.9

import numpy as np

from scene_generator.spec import Pattern, SpecError
from scene_generator.textures import built, earth, grown, printed, worn, woven
from scene_generator.textures import noise as _noise
from scene_generator.textures.coordinates import unit
from scene_generator.textures.noise import Painter, noise

__all__ = ["KINDS", "make", "noise"]

KINDS: Dict[str, Painter] = {  # noqa: UP006
    **_noise.KINDS,
    **built.KINDS,
    **woven.KINDS,
    **earth.KINDS,
    **grown.KINDS,
    **printed.KINDS,
    **worn.KINDS,
}
"""Every kind of pattern with the function that paints it."""


def make(pattern: Pattern, size: int) -> np.ndarray:
    """Return the pattern as (size, size) float32 in 0..1. Raises SpecError for an unknown kind or a bad scale."""
    if pattern.kind not in KINDS:
        raise SpecError(f"pattern kind {pattern.kind!r} is unknown; known are {sorted(KINDS)}")
    if not 1 <= pattern.scale <= 64:
        raise SpecError(f"pattern scale {pattern.scale} is outside 1..64")
    rng = np.random.default_rng(pattern.seed)
    grey = unit(KINDS[pattern.kind](rng, size, pattern.scale))
    if pattern.contrast != 1.0:
        # A logistic curve about the middle, scaled to keep 0 and 1 in place.
        k = 4.0 * pattern.contrast - 3.9
        edge = 1.0 / (1.0 + np.exp(0.5 * k))
        grey = (1.0 / (1.0 + np.exp(-k * (grey - 0.5))) - edge) / (1.0 - 2.0 * edge)
    return np.broadcast_to(grey, (size, size)).astype(np.float32)
