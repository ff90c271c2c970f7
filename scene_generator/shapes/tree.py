"""Trees: a random branching skeleton, its wood as tapered tubes, its leaves on the twigs, and conifers. Metres.

The same numbers and seed give wood and leaves of the same tree, whichever is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import List, Sequence, Tuple  # noqa: UP035 - Python 3.9

import numpy as np

from scene_generator.shapes.leaves import blades, leaf_cards
from scene_generator.shapes.mesh import Mesh, join
from scene_generator.shapes.surfaces import grounded, tubes, unit

Numbers = Sequence[float]


@dataclass(frozen=True)
class Branches:
    """All branches of one order."""

    paths: np.ndarray
    """(M, K, 3) metres."""
    radii: np.ndarray
    """(M, K) metres."""


def skeleton(height: float, spread: float, seed: int) -> List[Branches]:  # noqa: UP006
    """Return four orders of branches of a broad-leaved tree `height` tall and `spread` wide, trunk first.

    Children leave their parents at 30 to 60 degrees, turned by the golden angle, and bend up to the light or droop; the
    whole is then scaled to its extents. Radii follow da Vinci's rule: the square of a branch is shared by its children.
    """
    rng = np.random.default_rng((seed, 11))
    habit = float(rng.uniform(-0.25, 0.6))  # below zero twigs droop
    crown = float(rng.uniform(0.22, 0.42))  # height of the first branches
    trunk_radius = height * float(rng.uniform(0.018, 0.03))
    trunk = _bent(np.zeros((1, 3)), np.array([[0.0, 1.0, 0.0]]), np.array([0.85 * height]), 12, 0.12, 0.0, rng)
    s = np.linspace(0, 1, 12)
    flare = 1 + 0.6 * np.exp(-s * 14)
    orders = [Branches(trunk, (trunk_radius * (1 - 0.85 * s) * flare)[None])]
    counts, lengths = (12, 6, 4), (0.42, 0.5, 0.5)
    for order in range(3):
        parent = orders[-1]
        m, k = len(parent.paths), counts[order]
        low = crown if order == 0 else 0.3
        at = (np.linspace(low, 1.0, k)[None] + rng.uniform(-0.05, 0.05, (m, k))).clip(low, 1.0)
        base, along, radius = _at(parent, at)
        turn = (np.arange(k) * 2.39996)[None] + rng.uniform(0, 2 * np.pi, (m, 1)) + rng.normal(0, 0.3, (m, k))
        across = unit(np.cross(along, np.array([0.31, 0.17, 0.93])))
        other = np.cross(along, across)
        out = across * np.cos(turn)[..., None] + other * np.sin(turn)[..., None]
        angle = np.clip(rng.normal(0.85 if order == 0 else 0.75, 0.15, (m, k)) - 0.35 * (at > 0.97), 0.1, 1.3)
        heading = unit(along * np.cos(angle)[..., None] + out * np.sin(angle)[..., None])
        whole = np.linalg.norm(parent.paths[:, -1] - parent.paths[:, 0], axis=1)[:, None]
        if order == 0:
            whole = np.full((1, 1), 0.5 * (height + spread) * 0.95)
        shape = np.sin(np.pi * (0.12 + 0.8 * (at - low) / max(1 - low, 1e-3))) ** 0.6 if order == 0 else 1.15 - 0.6 * at
        long = whole * lengths[order] * shape * rng.uniform(0.75, 1.15, (m, k))
        knots = (9, 7, 5)[order]
        paths = _bent(base.reshape(-1, 3), heading.reshape(-1, 3), long.ravel(), knots, 0.25, habit, rng)
        thin = np.minimum(radius * 0.85, trunk_radius * (0.42, 0.16, 0.06)[order]).reshape(-1, 1)
        orders.append(Branches(paths, thin * (1 - 0.75 * np.linspace(0, 1, knots))[None]))
    tips = np.concatenate([o.paths.reshape(-1, 3) for o in orders])
    wide = np.percentile(np.abs(tips[:, [0, 2]]), 99.5)
    scale = np.array([spread / 2 / wide, height / tips[:, 1].max(), spread / 2 / wide])
    return [Branches(np.maximum(o.paths * scale, [-np.inf, 0.0, -np.inf]), o.radii) for o in orders]


def _bent(
    start: np.ndarray, heading: np.ndarray, length: np.ndarray, knots: int, wander: float, up: float,
    rng: np.random.Generator,
) -> np.ndarray:  # fmt: skip
    # Paths (M, knots, 3) whose heading wanders and bends up (or down for a negative `up`).
    step = length[:, None] / (knots - 1)
    points, d = [start], unit(heading)
    drift = rng.normal(0, 1, (len(start), 3))
    for _ in range(knots - 1):
        drift = 0.7 * drift + 0.7 * rng.normal(0, 1, drift.shape)
        d = unit(d + wander * 0.6 * drift / np.sqrt(knots) + np.array([0.0, up, 0.0]) / knots)
        points.append(points[-1] + d * step)
    return np.stack(points, 1)


def _at(parent: Branches, at: np.ndarray) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:  # noqa: UP006
    # Points, directions and radii at shares `at` (M, k) of the parents' lengths.
    k = parent.paths.shape[1]
    f = at * (k - 1)
    i = np.minimum(f.astype(int), k - 2)
    w = (f - i)[..., None]
    m = np.arange(len(at))[:, None]
    a, b = parent.paths[m, i], parent.paths[m, i + 1]
    ra, rb = parent.radii[m, i], parent.radii[m, i + 1]
    return a + w * (b - a), unit(b - a), ra + w[..., 0] * (rb - ra)


def tree_wood(numbers: Numbers, seed: int) -> Mesh:
    """The trunk and branches of a broad-leaved tree, `height` x `spread` metres, feet at y = 0."""
    height, spread = numbers
    parts = []
    for order, sides in zip(skeleton(height, spread, seed), (14, 8, 5, 4)):
        parts.append(tubes(order.paths, order.radii, sides, "open"))
    return grounded(join(parts))  # the foot's rim, where the trunk leans


def tree_leaves(numbers: Numbers, seed: int) -> Mesh:
    """The leaves on the twigs of `tree_wood` with the same height, spread and seed.

    `leaf_size` is a leaf's length in metres; `density` 0 .. 1 is the share of at most 4800 leaves. Each leaf has a
    front and a back of four triangles.
    """
    height, spread, size, density = numbers
    orders = skeleton(height, spread, seed)
    rng = np.random.default_rng((seed, 12))
    twigs = orders[-1]
    each = max(1, int(np.ceil(4800 * np.clip(density, 0, 1) / len(twigs.paths))))
    at = rng.uniform(0.15, 1.0, (len(twigs.paths), each)) ** 0.8
    base, along, _ = _at(twigs, at)
    base, along = base.reshape(-1, 3), along.reshape(-1, 3)
    keep = rng.permutation(len(base))[: int(4800 * np.clip(density, 0, 1))]
    base, along = base[np.sort(keep)], along[np.sort(keep)]
    out = unit(rng.normal(0, 1, base.shape))
    heading = unit(along * 0.6 + out + np.array([0.0, -0.15, 0.0]))
    facing = unit(np.array([0.0, 1.0, 0.0]) + 0.7 * rng.normal(0, 1, base.shape))
    aspect = float(rng.uniform(0.35, 0.8))
    return leaf_cards(base, heading, facing, size * rng.uniform(0.65, 1.2, len(base)), aspect, rng)


def conifer(numbers: Numbers, seed: int) -> Mesh:
    """A spruce or fir in one mesh: a straight trunk, whorls of drooping branches, flat sprays of needles."""
    height, spread = numbers
    rng = np.random.default_rng((seed, 13))
    s = np.linspace(0, 1, 8)
    trunk = np.stack([0 * s, s * height, 0 * s], 1)
    parts = [tubes(trunk, height * 0.014 * (1.05 - s), 8, "open")]
    whorls = int(np.clip(height * 5, 18, 26))
    low = float(rng.uniform(0.04, 0.16))
    droop, per = float(rng.uniform(0.1, 0.7)), 8
    at = (low + (0.98 - low) * (np.arange(whorls)[:, None] + rng.uniform(0, 0.7, (whorls, per))) / whorls).ravel()
    turn = rng.uniform(0, 2 * np.pi, at.size)
    reach = spread / 2 * (1 - (at - low) / (1 - low)) ** 0.85 * rng.uniform(0.75, 1.0, at.size) + 0.02 * spread
    t = np.linspace(0, 1, 6)
    out = t[None] * reach[:, None]
    fall = reach[:, None] * (-droop * t + 0.5 * droop * t**2)[None] + 0.35 * out * np.clip(at[:, None] - 0.4, 0, 1)
    y = np.maximum(at[:, None] * height + fall, 0.01 * height)
    paths = np.stack([out * np.cos(turn)[:, None], y, out * np.sin(turn)[:, None]], -1)
    thin = (0.004 * height * (1.05 - at))[:, None] * (1.05 - t)[None]
    wood = Branches(paths, thin)
    parts.append(tubes(paths, thin, 3, "open"))
    # Sprays: on both sides of a branch, shorter towards its tip, a little below it.
    n = 9
    share = np.linspace(0.12, 1.0, n)[None] + rng.uniform(-0.03, 0.03, (at.size, n))
    base, along, _ = _at(wood, share.clip(0, 1))
    side = unit(np.cross(along, np.array([0.0, 1.0, 0.0])))
    flip = np.where(np.arange(n) % 2 == 0, 1.0, -1.0)[None, :, None]
    heading = unit(along * 0.9 + side * flip * rng.uniform(0.5, 1.1, (at.size, n, 1)) - [0.0, 0.12, 0.0])
    heading[:, -1] = along[:, -1]
    size = reach[:, None] * (0.42 - 0.22 * share) * rng.uniform(0.8, 1.2, share.shape) + 0.012 * spread
    u = np.linspace(0, 1, 3)[None, None, :, None]
    long = size[..., None, None]
    lines = base[:, :, None] + heading[:, :, None] * u * long - np.array([0.0, 0.22, 0.0]) * long * u**2
    m = lines.reshape(-1, 3, 3)
    width = size.reshape(-1, 1) * np.array([0.1, 0.2, 0.0])[None]
    up = np.broadcast_to([0.0, 1.0, 0.0], (len(m), 3)) + 0.25 * rng.normal(0, 1, (len(m), 3))
    parts.append(blades(m, up, width, -0.5))
    return join(parts)
