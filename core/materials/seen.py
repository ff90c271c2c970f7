"""Which of a material's numbers a picture can show: a metal hides nothing of its colour, a rough white its gloss."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from core.materials.ball import STUDIO, ball_normals, displayed, shade
from core.materials.parameters import GROUPS, QUANTITIES

__all__ = ["SEEN_FROM", "STEP", "seen", "sensitivity"]

FloatArray = npt.NDArray[np.float32]

STEP = 0.25
"""How far a quantity is moved, up and down, to see what that changes."""

SEEN_FROM = 0.01
"""Mean change of the ball's picture, sRGB-encoded 0..1, from which on a quantity counts as seen: 2.5 steps of 8 bits,
for a move of 0.5 across."""


def sensitivity(quantities: npt.ArrayLike) -> FloatArray:
    """How much the picture of a ball changes with each quantity.

    Args:
        quantities: (B, 8) of `core.materials.parameters.QUANTITIES`, 0..1.

    Returns:
        (B, 8) float32: mean absolute difference of two pictures, sRGB-encoded 0..1, one with the quantity `STEP` higher
        and one with it `STEP` lower (both kept within 0..1), over the ball's pixels under `STUDIO`. The three channels
        of a colour are moved one by one, and only their own channel of the pictures is compared.
    """
    values = np.asarray(quantities, np.float32)
    normals, _ = ball_normals(16)
    found = np.zeros_like(values)
    for index in range(len(QUANTITIES)):
        pictures = []
        for sign in (1.0, -1.0):
            moved = values.copy()
            moved[:, index] = np.clip(moved[:, index] + sign * STEP, 0.0, 1.0)
            pictures.append(displayed(shade(moved, normals, STUDIO.directions, STUDIO.radiance, STUDIO.ambient)))
        change = np.abs(pictures[0] - pictures[1])
        if index < GROUPS["specular_roughness"].start:
            change = change[..., index % 3 : index % 3 + 1]
        found[:, index] = change.mean((1, 2))
    return found


def seen(quantities: npt.ArrayLike) -> npt.NDArray[np.bool_]:
    """(B, 8) where a quantity can be seen: its `sensitivity` is `SEEN_FROM` or more."""
    return np.asarray(sensitivity(quantities) >= SEEN_FROM)
