"""Which way the green channel of a normal map goes, seen from the map itself.

Slopes of a surface have no curl: dp/dy = dq/dx. With the green channel turned round the two have opposite signs, so
that the sign of their product tells OpenGL (Y+) from DirectX (Y-) wherever a map has relief in both directions.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from core.textures.slopes import slopes_from_normals

__all__ = ["CONVENTIONS", "DIRECTX", "OPENGL", "SURE", "agreement_with_opengl", "convention_of"]

OPENGL = "opengl"
DIRECTX = "directx"
CONVENTIONS = (OPENGL, DIRECTX)

SURE = 0.05
"""Agreement, either way, above which a single map is taken at its word."""


def agreement_with_opengl(normals: npt.ArrayLike) -> float:
    """How far a map obeys dp/dy = dq/dx when read as OpenGL: the correlation of both sides.

    Args:
        normals: (H, W, 3), -1..1, top row first, as they are in the file.

    Returns:
        -1..1; near 1 for an OpenGL map, near -1 for a DirectX one, 0 where it cannot be told.
    """
    slopes = np.clip(slopes_from_normals(normals), -4.0, 4.0).astype(np.float64)
    if min(slopes.shape[:2]) < 3:
        return 0.0
    # Differences over the same 2 x 2 pixels, so that both sides belong to the same place; y points up.
    p, q = slopes[..., 0], slopes[..., 1]
    p_up = 0.5 * (p[:-1, :-1] + p[:-1, 1:] - p[1:, :-1] - p[1:, 1:])
    q_right = 0.5 * (q[:-1, 1:] + q[1:, 1:] - q[:-1, :-1] - q[1:, :-1])
    scale = float(np.sqrt(np.square(p_up).sum() * np.square(q_right).sum()))
    return float((p_up * q_right).sum() / scale) if scale > 1e-9 else 0.0


def convention_of(agreements: Sequence[float]) -> str | None:
    """The convention of a set of maps that were made alike, from `agreement_with_opengl` of each.

    Returns:
        "opengl" or "directx", or None where the maps cannot tell.
    """
    told = [value for value in agreements if abs(value) > SURE]
    total = sum(told)
    if not told or abs(total) < SURE:
        return None
    return OPENGL if total > 0 else DIRECTX
