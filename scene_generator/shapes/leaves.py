"""Leaves as thin curved cards with two true sides: what plants, trees and hedges are covered with. Metres."""

from __future__ import annotations

import numpy as np

from scene_generator.shapes.mesh import Mesh, join
from scene_generator.shapes.surfaces import grids, unit

GAP = 0.0005
"""Metres between the front and the back of a leaf."""


def blades(paths: np.ndarray, facing: np.ndarray, widths: np.ndarray, fold: float = 0.2) -> Mesh:
    """Return M leaves about the midribs `paths` (M, K, 3), each a front and a back `GAP` apart with opposite normals.

    Args:
        facing: (M, 3), roughly where the fronts look. widths: (M, K) half widths, 0 where a leaf is pointed.
        fold: slope by which both halves rise from the midrib (V-shaped above 0, a ridge below 0).

    Vertices of the backs follow those of the fronts in the same order; a leaf has 4 (K - 1) triangles a side, less
    those that vanish at points.
    """
    tangent = unit(np.gradient(paths, axis=1))
    side = unit(np.cross(tangent, facing[:, None]))
    normal = np.cross(side, tangent)
    across = np.array([-1.0, 0.0, 1.0])
    offset = widths[..., None] * across
    points = paths[:, :, None] + offset[..., None] * side[:, :, None]
    points = points + (np.abs(offset) * fold)[..., None] * normal[:, :, None]
    tilt = np.broadcast_to(-across * fold, offset.shape)
    n = unit(normal[:, :, None] + tilt[..., None] * side[:, :, None])
    length = np.concatenate(
        [np.zeros((len(paths), 1)), np.cumsum(np.linalg.norm(np.diff(paths, axis=1), axis=2), 1)], 1
    )
    uv = np.stack([offset, np.broadcast_to(length[..., None], offset.shape)], -1)
    half = normal[:, :, None] * (GAP / 2)  # the same across a leaf, so that points stay points
    return join([grids(points + half, n, uv), grids(points - half, -n, uv)])


def leaf_cards(
    base: np.ndarray, heading: np.ndarray, facing: np.ndarray, size: np.ndarray, aspect: float, rng: np.random.Generator
) -> Mesh:
    """Return leaves of three knots (four triangles a side) that start at `base` (M, 3) and point along `heading`.

    Args:
        facing: (M, 3), where the fronts look. size: (M,) lengths. aspect: width by length, 0.1 .. 1.
    """
    t = np.array([0.0, 0.45, 1.0])
    droop = unit(facing) * (rng.uniform(0.05, 0.35, len(base)) * size)[:, None]
    paths = base[:, None] + heading[:, None] * (t[None, :, None] * size[:, None, None])
    paths = paths - droop[:, None] * (t**2)[None, :, None]
    widths = size[:, None] * aspect * 0.5 * np.array([0.0, 1.0, 0.0])[None]
    return blades(paths, facing, widths, 0.25)
