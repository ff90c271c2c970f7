"""Cloth at rest by position based dynamics: a grid of points pulled to its edge lengths, falling onto a support.

Mueller, Heidelberger, Hennix and Ratcliff, "Position based dynamics", 2007. Each pass projects all constraints of one
direction at once and adds their corrections with a factor below one (a Jacobi pass), which numpy does quickly; points
that touch keep only part of their sideways motion (friction).
"""

from __future__ import annotations

from typing import Callable, Optional, Tuple  # noqa: UP035 - Python 3.9

import numpy as np

from scene_generator.shapes.surfaces import smooth_curve

Collide = Callable[[np.ndarray], Tuple[np.ndarray, np.ndarray]]  # noqa: UP006
"""From points (I, J, 3) to points outside the support and a mask (I, J) of those that touched."""

_LINKS = (
    # Row step, column step, stiffness: along the threads, across them (shear), two threads on (bending).
    (1, 0, 0.9),
    (0, 1, 0.9),
    (1, 1, 0.35),
    (1, -1, 0.35),
    (2, 0, 0.12),
    (0, 2, 0.12),
)


def _ends(a: np.ndarray, rows: int, columns: int) -> Tuple[np.ndarray, np.ndarray]:  # noqa: UP006
    # Views of the two ends of every link.
    if columns >= 0:
        return a[: len(a) - rows, : a.shape[1] - columns], a[rows:, columns:]
    return a[: len(a) - rows, -columns:], a[rows:, :columns]


def relax(
    points: np.ndarray,
    spacing: Tuple[float, float],  # noqa: UP006
    steps: int,
    collide: Collide,
    pinned: Optional[np.ndarray] = None,  # noqa: UP045
    gravity: float = 0.05,
    damping: float = 0.9,
    friction: float = 0.6,
    bending: float = 1.0,
) -> np.ndarray:
    """Return the cloth after `steps` of falling and projecting.

    Args:
        points: (I, J, 3) metres. spacing: rest lengths between rows and between columns, metres.
        collide: moves points out of the support. pinned: (I, J) True where a point is held.
        gravity: fall per step, in spacings. damping: share of the motion kept per step, 0 .. 1.
        friction: share of the sideways motion lost where the cloth touches, 0 .. 1. bending: factor on the stiffness
            of the bending links, 0 (silk) .. 4 (felt).
    """
    p = np.array(points, np.float32)
    moved = np.zeros_like(p)
    fall = gravity * min(spacing)
    free = np.ones((*p.shape[:2], 1), np.float32) if pinned is None else (~pinned)[..., None].astype(np.float32)
    rests = []
    for rows, columns, stiffness in _LINKS:
        rest = float(np.hypot(rows * spacing[0], columns * spacing[1]))
        weight = stiffness * (min(bending, 4.0) if max(abs(rows), abs(columns)) == 2 else 1.0)
        rests.append((rows, columns, rest, min(weight, 0.9) * 0.5))
    for _ in range(steps):
        before = p.copy()
        p += moved * damping * free
        p[..., 1] -= fall * free[..., 0]
        for rows, columns, rest, weight in rests:
            a, b = _ends(p, rows, columns)
            d = b - a
            length = np.sqrt(np.einsum("ijk,ijk->ij", d, d))
            share = weight * (1 - rest / np.maximum(length, 1e-9))
            d *= share[..., None]
            one, other = _ends(free, rows, columns)
            # Links of one direction overlap at their ends: below one, or their sum would overshoot.
            start, end = _ends(p, rows, columns)
            correction = d * 0.7
            start += correction * one
            end -= correction * other
        p, touch = collide(p)
        moved = p - before
        moved[touch] *= 1 - friction
        p[touch] = before[touch] + moved[touch]
        p, _ = collide(p)
    return p


def finer(points: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """Return (rows, columns, 3) points on the bilinear surface through `points`, to go on from a coarse result."""
    i = np.linspace(0, len(points) - 1 - 1e-5, rows)
    j = np.linspace(0, points.shape[1] - 1 - 1e-5, columns)
    a, b = i.astype(int), j.astype(int)
    f, g = (i - a)[:, None, None], (j - b)[None, :, None]
    top = points[a][:, b] * (1 - g) + points[a][:, b + 1] * g
    low = points[a + 1][:, b] * (1 - g) + points[a + 1][:, b + 1] * g
    out: np.ndarray = top * (1 - f) + low * f
    return out


def resampled(points: np.ndarray, count: int) -> np.ndarray:
    """Return (count, count, 3) points on the smooth (Catmull-Rom) surface through `points`."""
    for _ in range(2):
        flat = smooth_curve(points.reshape(len(points), -1), count)
        points = flat.reshape(count, -1, 3).swapaxes(0, 1)
    return points


def softened(points: np.ndarray, passes: int = 1, kept: Optional[np.ndarray] = None) -> np.ndarray:  # noqa: UP045
    """Return the points after `passes` of averaging with their neighbours (1 2 1), edges along themselves.

    Points where `kept` (I, J) is True stay where they are.
    """
    p = points
    for _ in range(passes):
        q = p.copy()
        q[1:-1] = 0.25 * p[:-2] + 0.5 * p[1:-1] + 0.25 * p[2:]
        r = q.copy()
        r[:, 1:-1] = 0.25 * q[:, :-2] + 0.5 * q[:, 1:-1] + 0.25 * q[:, 2:]
        p = r if kept is None else np.where(kept[..., None], p, r)
    return p
