"""A bust: head, neck and shoulders on a turned base, as one thing of one material. Lengths inside are head heights."""

from __future__ import annotations

from typing import Sequence  # noqa: UP035 - Python 3.9

import numpy as np

from scene_generator.shapes import implicit as sdf
from scene_generator.shapes.head import face, face_axes, face_warp, hair, head
from scene_generator.shapes.implicit import axis, fitted, solid, warped_solid
from scene_generator.shapes.mesh import Mesh, join


def bust(numbers: Sequence[float], seed: int) -> Mesh:
    """Return a bust standing on y = 0, facing +Z; `numbers` is its height alone, in metres. The seed gives the face."""
    (height,) = numbers
    rng = np.random.default_rng((seed, 0xB057))
    f = face(seed, 1.75, float(rng.uniform()))
    with_hair = f.hair not in ("hat", "none", "curly")
    end = np.array([0.0, -0.66, -0.1])
    wide, cut = float(rng.uniform(0.62, 0.82)), float(rng.uniform(-1.15, -0.95))

    def field(p: np.ndarray) -> np.ndarray:
        d = head(p, f, end)
        if with_hair:
            d = sdf.smooth_union(d, hair(p, f, seed), 0.015)
        m = np.stack([np.abs(p[0]), p[1], p[2]])
        chest = sdf.capsule(m, (0, -0.86, -0.1), (wide - 0.15, -0.92, -0.12), 0.2, 0.17)
        chest = sdf.smooth_union(chest, sdf.capsule(m, (0.08, -0.62, -0.13), (0.4, -0.78, -0.13), 0.1, 0.08), 0.15)
        chest = sdf.smooth_union(chest, sdf.ellipsoid(p, (0, -1.0, -0.06), (0.45, 0.4, 0.25)), 0.15)
        bowl = sdf.ellipsoid(p, (0, cut + 0.75, -0.06), (1.05 * wide, 0.85, 0.6))
        chest = sdf.smooth_intersection(chest, bowl, 0.09)
        return sdf.smooth_union(d, chest, 0.1)

    x, y, z = face_axes(cut - 0.2, 0.85, 1.2)
    # The chest is behind the face and wide: its rows and columns may not be as far apart as a neck's.
    y = np.concatenate([axis(float(y[0]), -0.6, 0.033)[:-1], y[y > -0.59], axis(0.58, 0.72, 0.035)[1:]])
    x = np.concatenate([axis(float(x[0]), -0.29, 0.03)[:-1], x[np.abs(x) < 0.28], axis(0.29, float(x[-1]), 0.03)[1:]])
    z = np.concatenate([axis(-0.86, -0.62, 0.04)[:-1], z])
    head_and_chest = warped_solid(field, face_warp, x, y, z)
    low = float(head_and_chest.positions[:, 1].min())

    def base(p: np.ndarray) -> np.ndarray:
        # A turned stem on a square block, up into the chest.
        stem = sdf.capsule(p, (0, low + 0.2, -0.08), (0, low - 0.2, -0.08), 0.09, 0.11)
        ring = sdf.torus(p, (0, low - 0.1, -0.08), 0.095, 0.025)
        block = sdf.rounded_box(p, (0, low - 0.24, -0.08), (0.2, 0.07, 0.2), 0.025)
        return sdf.smooth_union(sdf.smooth_union(stem, ring, 0.02), block, 0.03)

    foot = solid(base, axis(-0.24, 0.24, 0.022), axis(low - 0.34, low + 0.34, 0.022), axis(-0.32, 0.16, 0.022))
    return fitted(join([head_and_chest, foot]), 1e9, height)
