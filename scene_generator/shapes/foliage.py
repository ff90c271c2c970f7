"""Plants: trees, bushes, grass, potted plants, flowers, hedges, ferns and ivy. Metres, +Y up, standing on y = 0."""

from __future__ import annotations

from typing import Callable, Dict, List, Sequence, Tuple  # noqa: UP035 - Python 3.9

import numpy as np

from scene_generator.shapes.leaves import blades, leaf_cards
from scene_generator.shapes.mesh import Mesh, join
from scene_generator.shapes.surfaces import boxes, grounded, tubes, unit
from scene_generator.shapes.tree import conifer, tree_leaves, tree_wood

Numbers = Sequence[float]
UP = np.array([0.0, 1.0, 0.0])


def _directions(rng: np.random.Generator, count: int, low: float = -1.0) -> np.ndarray:
    # Even over the sphere above height `low`.
    y, turn = rng.uniform(low, 1, count), rng.uniform(0, 2 * np.pi, count)
    r = np.sqrt(1 - y * y)
    return np.stack([r * np.cos(turn), y, r * np.sin(turn)], 1)


def _lumps(d: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    # A radius factor about 1 that varies smoothly with direction.
    wave, phase = rng.normal(0, 2.6, (6, 3)), rng.uniform(0, 2 * np.pi, 6)
    out: np.ndarray = 1 + strength * np.sin(d @ wave.T + phase).mean(1)
    return out


def _bush(numbers: Numbers, seed: int) -> Mesh:
    """Leaves in a lumpy shell around stems; `density` 0 .. 1 is the share of at most 3300 leaves."""
    radius, size, density = numbers
    rng = np.random.default_rng((seed, 21))
    squash = float(rng.uniform(0.8, 1.15))
    stems = 22
    d = _directions(rng, stems, 0.15)
    s = np.linspace(0, 1, 6)
    foot = d * np.array([0.12, 0.0, 0.12]) * radius
    tip = d * radius * 0.85 * np.array([1, squash, 1]) + UP * radius * 0.75 * squash
    paths = foot[:, None] + (tip - foot)[:, None] * s[None, :, None] ** np.array([1.4, 0.9, 1.4])
    wood = tubes(paths, radius * 0.02 * (1 - 0.8 * s)[None] * np.ones((stems, 1)), 5, "open")
    count = max(1, int(3300 * np.clip(density, 0, 1)))
    out = _directions(rng, count, -0.85)
    depth = 1 - 0.45 * rng.random(count) ** 1.5
    where = out * (depth * _lumps(out, rng, 0.4))[:, None] * np.array([1.0, squash, 1.0])
    base = where * radius * 0.88 + UP * radius * 0.88 * squash
    base[:, 1] = np.maximum(base[:, 1], size * 0.6)
    facing = unit(out + 0.5 * UP + 0.5 * rng.normal(0, 1, out.shape))
    heading = unit(rng.normal(0, 1, out.shape) + 0.5 * out - 0.2 * UP)
    heading = unit(heading - facing * (heading * facing).sum(1, keepdims=True))
    aspect = float(rng.uniform(0.3, 0.75))
    leaves = leaf_cards(base, heading, facing, size * rng.uniform(0.6, 1.2, count), aspect, rng)
    return grounded(join([wood, leaves]))


def _grass(numbers: Numbers, seed: int) -> Mesh:
    """A tuft of at most 2100 bent blades over a disc; `height` is that of the tallest."""
    radius, height, count = numbers
    rng = np.random.default_rng((seed, 22))
    n = int(np.clip(round(count), 1, 2100))
    clumps = rng.uniform(-1, 1, (max(3, n // 40), 2))
    root = clumps[rng.integers(len(clumps), size=n)] * 0.85 + rng.normal(0, 0.08, (n, 2))
    far = np.linalg.norm(root, axis=1)
    root *= (np.minimum(far, 0.95 * np.sqrt(rng.random(n))) / np.maximum(far, 1e-6))[:, None] * radius
    tall = height * rng.uniform(0.35, 0.97, n) * (1 - 0.35 * (np.linalg.norm(root, axis=1) / radius) ** 2)
    turn = rng.uniform(0, 2 * np.pi, n)
    bend = rng.beta(2, 3, n) * 1.7
    t = np.linspace(0, 1, 5)
    lean = rng.normal(0, 0.12, n)[:, None] + bend[:, None] * t[None] ** 1.3
    step = tall[:, None] / 4
    mid = (lean[:, 1:] + lean[:, :-1]) / 2
    zero = np.zeros((n, 1))
    out = np.concatenate([zero, np.cumsum(np.sin(mid) * step, 1)], 1)
    y = np.maximum(np.concatenate([zero, np.cumsum(np.cos(mid) * step, 1)], 1), 0.0)
    paths = np.stack([root[:, :1] + out * np.cos(turn)[:, None], y, root[:, 1:] + out * np.sin(turn)[:, None]], -1)
    wide = np.minimum(0.012 * height + 0.0015, 0.006) * rng.uniform(0.5, 1.2, (n, 1))
    facing = np.stack([-np.cos(turn), 0.15 + 0 * turn, -np.sin(turn)], 1) + 0.2 * rng.normal(0, 1, (n, 3))
    return grounded(blades(paths, facing, wide * np.array([0.8, 1.0, 0.9, 0.6, 0.0])[None], 0.35))


def _arching(
    rng: np.random.Generator, count: int, length: np.ndarray, start: np.ndarray, bend: np.ndarray, knots: int
) -> Tuple[np.ndarray, np.ndarray]:  # noqa: UP006
    # Midribs that leave the origin at `start` radians from upright and bend over by `bend`, turned by the golden angle.
    turn = np.arange(count) * 2.39996 + rng.normal(0, 0.25, count)
    t = np.linspace(0, 1, knots)
    lean = start[:, None] + bend[:, None] * t[None] ** 1.4
    mid = (lean[:, 1:] + lean[:, :-1]) / 2
    step = length[:, None] / (knots - 1)
    zero = np.zeros((count, 1))
    out = np.concatenate([zero, np.cumsum(np.sin(mid) * step, 1)], 1)
    y = np.concatenate([zero, np.cumsum(np.cos(mid) * step, 1)], 1)
    flat = np.stack([np.cos(turn), 0 * turn, np.sin(turn)], 1)
    return out[..., None] * flat[:, None] + y[..., None] * UP, flat


def _plant(numbers: Numbers, seed: int) -> Mesh:
    """The leaves of a potted plant, `height` above the soil at y = 0: swords, broad leaves, a fig or a palm by seed."""
    height = numbers[0]
    rng = np.random.default_rng((seed, 23))
    kind = int(rng.integers(4))
    parts: List[Mesh] = []  # noqa: UP006
    if kind == 0:  # sword leaves from the ground
        n = int(rng.integers(9, 20))
        long = height * rng.uniform(0.55, 1.0, n)
        paths, flat = _arching(rng, n, long, rng.uniform(0.02, 0.25, n), rng.uniform(0.0, 0.5, n), 12)
        paths = paths + flat[:, None] * 0.03 * height
        t = np.linspace(0, 1, 12)
        wide = 0.055 * height * (0.55 + 0.9 * t * (1 - t) * 2) * np.clip((1 - t) / 0.25, 0, 1) ** 0.7
        parts.append(blades(paths, -flat + 0.3 * UP, wide[None] * rng.uniform(0.7, 1.2, (n, 1)), 0.45))
    elif kind == 1:  # broad leaves on arching stalks
        n = int(rng.integers(12, 26))
        long = height * rng.uniform(0.5, 0.95, n)
        stalk, flat = _arching(rng, n, long, rng.uniform(0.05, 0.55, n), rng.uniform(0.2, 0.8, n), 9)
        stalk = stalk * np.array([1, 1, 1])
        parts.append(tubes(stalk, 0.008 * height * (1.2 - np.linspace(0, 1, 9))[None] * np.ones((n, 1)), 6, "open"))
        tip, heading = stalk[:, -1], unit(stalk[:, -1] - stalk[:, -2])
        parts.append(_broad(tip, unit(heading + 0.5 * flat - 0.25 * UP), UP + 0.35 * flat, 0.38 * height, 0.62, rng))
    elif kind == 2:  # a little fig tree: a trunk, branches and many oval leaves
        s = np.linspace(0, 1, 10)
        sway = 0.06 * height * np.sin(2.5 * s + rng.uniform(0, 6))
        trunk = np.stack([sway - sway[0], s * 0.85 * height, 0.5 * (sway - sway[0])], 1)
        parts.append(tubes(trunk, 0.014 * height * (1.2 - 0.8 * s), 8, "open"))
        n = 34
        start = trunk[rng.integers(4, 10, n)]
        d = unit(_directions(rng, n, -0.1) + 0.4 * UP)
        twig = (
            start[:, None]
            + d[:, None] * (np.linspace(0, 1, 4)[None] * rng.uniform(0.12, 0.32, (n, 1)) * height)[..., None]
        )
        parts.append(tubes(twig, 0.004 * height * np.ones((n, 4)), 5, "open"))
        where = np.concatenate([twig[:, k] for k in (1, 2, 3)] * 2)
        heading = unit(np.concatenate([d] * 6) + rng.normal(0, 0.8, where.shape) - 0.3 * UP)
        parts.append(_broad(where, heading, UP + 0.5 * rng.normal(0, 1, where.shape), 0.13 * height, 0.5, rng))
    else:  # a palm: fronds of narrow leaflets
        n = int(rng.integers(9, 15))
        frond, flat = _arching(
            rng, n, height * rng.uniform(0.8, 1.15, n), rng.uniform(0.05, 0.5, n), rng.uniform(0.7, 1.6, n), 24
        )
        parts.append(tubes(frond, 0.006 * height * (1.15 - np.linspace(0, 1, 24))[None] * np.ones((n, 1)), 5, "open"))
        parts.append(_leaflets(frond[:, 6:], flat, 0.28 * height, 0.09, 0.5, rng))
    whole = join(parts)
    points = whole.positions * np.float32(height / max(float(whole.positions[:, 1].max()), 1e-6))
    points[:, 1] = np.maximum(points[:, 1], 0)
    return Mesh(points, whole.normals, whole.uvs, whole.faces)


def _broad(
    base: np.ndarray, heading: np.ndarray, facing: np.ndarray, size: float, aspect: float, rng: np.random.Generator
) -> Mesh:
    # Large leaves of nine knots: heart- or egg-shaped, drooping towards the tip.
    n, t = len(base), np.linspace(0, 1, 9)
    long = size * rng.uniform(0.7, 1.15, n)
    outline = np.sin(np.pi * t ** float(rng.uniform(0.55, 0.85))) ** 0.75
    outline[[0, -1]] = 0
    facing = unit(facing - heading * (facing * heading).sum(1, keepdims=True))
    fall = rng.uniform(0.1, 0.45, n)[:, None] * t[None] ** 2
    paths = base[:, None] + long[:, None, None] * (
        heading[:, None] * t[None, :, None] - facing[:, None] * fall[..., None]
    )
    return blades(paths, facing, long[:, None] * aspect * 0.5 * outline[None], float(rng.uniform(0.1, 0.3)))


def _leaflets(
    ribs: np.ndarray, flat: np.ndarray, size: float, aspect: float, droop: float, rng: np.random.Generator
) -> Mesh:
    # Pairs of leaflets along every rib (M, K, 3), longest in the middle.
    m, k = ribs.shape[:2]
    t = np.linspace(0, 1, k)
    tangent = unit(np.gradient(ribs, axis=1))
    out = np.broadcast_to(flat[:, None], ribs.shape)
    side = unit(np.cross(tangent, UP + 0.2 * out))
    up = np.cross(side, tangent)
    long = size * np.sin(np.pi * (0.08 + 0.88 * t)) ** 0.7 * np.ones((m, 1))
    s = np.linspace(0, 1, 4)
    parts = []
    for sign in (-1.0, 1.0):
        heading = unit(tangent * 0.55 + sign * side + 0.25 * up + 0.08 * rng.normal(0, 1, ribs.shape))
        paths = ribs[:, :, None] + heading[:, :, None] * (long[..., None] * s)[..., None]
        paths = paths - UP * (long[..., None] * droop * s**2)[..., None]
        width = long[..., None] * aspect * np.array([0.5, 1.0, 0.8, 0.0])
        parts.append(blades(paths.reshape(-1, 4, 3), up.reshape(-1, 3), width.reshape(-1, 4), 0.2))
    return join(parts)


def _fern(numbers: Numbers, seed: int) -> Mesh:
    """A rosette of arching fronds with leaflets in pairs; `radius` is its reach, about half of which is its height."""
    radius = numbers[0]
    rng = np.random.default_rng((seed, 24))
    n = int(rng.integers(11, 18))
    long = radius * rng.uniform(0.9, 1.3, n)
    ribs, flat = _arching(rng, n, long, rng.uniform(0.3, 0.75, n), rng.uniform(0.7, 1.3, n), 26)
    leaflets = _leaflets(ribs[:, 3:], flat, 0.24 * radius, 0.2, 0.25, rng)
    mesh = join(
        [tubes(ribs, 0.009 * radius * (1.1 - np.linspace(0, 1, 26))[None] * np.ones((n, 1)), 5, "open"), leaflets]
    )
    points = mesh.positions * np.float32(radius / float(np.linalg.norm(mesh.positions[:, [0, 2]], axis=1).max()))
    points[:, 1] = np.maximum(points[:, 1], 0)
    return Mesh(points, mesh.normals, mesh.uvs, mesh.faces)


def _flowers(numbers: Numbers, seed: int) -> Mesh:
    """A bunch of one kind of flower: stems, leaves, one or two rings of petals, a domed heart."""
    return join(_flower_parts(numbers, seed))


def _flower_stems(numbers: Numbers, seed: int) -> Mesh:
    return _flower_parts(numbers, seed)[0]


def _flower_heads(numbers: Numbers, seed: int) -> Mesh:
    return _flower_parts(numbers, seed)[1]


def _flower_parts(numbers: Numbers, seed: int) -> List[Mesh]:  # noqa: UP006
    # What is green, and what is not.
    height = numbers[0]
    rng = np.random.default_rng((seed, 25))
    n = int(rng.integers(5, 13))
    stem, flat = _arching(
        rng, n, height * rng.uniform(0.6, 0.95, n), rng.uniform(0.02, 0.35, n), rng.uniform(0.0, 0.6, n), 10
    )
    stem = stem + flat[:, None] * 0.05 * height * rng.random((n, 1, 1))
    heads: List[Mesh] = []  # noqa: UP006
    green = [tubes(stem, np.full((n, 10), 0.007 * height), 6, "open")]
    head, axis = stem[:, -1], unit(stem[:, -1] - stem[:, -2] + 0.35 * rng.normal(0, 1, (n, 3)))
    petals, rings = int(rng.integers(5, 15)), int(rng.integers(1, 3))
    size = height * float(rng.uniform(0.11, 0.19))
    aspect, cup = float(rng.uniform(0.25, 0.6)), float(rng.uniform(-0.15, 0.9))
    side = unit(np.cross(axis, np.array([0.3, 0.1, 0.9])))
    other = np.cross(axis, side)
    t = np.linspace(0, 1, 5)
    for ring in range(rings):
        turn = (np.arange(petals) + 0.5 * ring) * 2 * np.pi / petals + rng.normal(0, 0.06, (n, petals))
        out = side[:, None] * np.cos(turn)[..., None] + other[:, None] * np.sin(turn)[..., None]
        lift = cup + 0.5 * ring
        rise = np.sin(lift) * t - 0.25 * t**2
        line = out[:, :, None] * (np.cos(lift) * t)[:, None] + axis[:, None, None] * rise[:, None]
        paths = head[:, None, None] + line * size * (1 - 0.2 * ring)
        facing = np.broadcast_to(axis[:, None], out.shape) - 0.8 * np.sin(lift) * out
        width = size * aspect * 0.5 * np.array([0.35, 0.8, 1.0, 0.85, 0.0])
        m = n * petals
        heads.append(blades(paths.reshape(m, 5, 3), facing.reshape(m, 3), np.broadcast_to(width, (m, 5)), 0.15))
    heart = np.stack([head - axis * 0.02 * size, head + axis * 0.1 * size], 1)
    heads.append(tubes(heart, np.full((n, 2), 0.2 * size), 10, "round"))
    low = stem[:, rng.integers(2, 6, 3)].reshape(-1, 3)
    heading = unit(np.repeat(flat, 3, 0) + rng.normal(0, 0.6, low.shape) + 0.5 * UP)
    green.append(_broad(low, heading, UP + 0.2 * rng.normal(0, 1, low.shape), 0.22 * height, 0.3, rng))
    found = [join(green), join(heads)]
    scale = np.float32(height / max(float(part.positions[:, 1].max()) for part in found))
    scaled = []
    for part in found:
        points = part.positions * scale
        points[:, 1] = np.maximum(points[:, 1], 0)
        scaled.append(Mesh(points, part.normals, part.uvs, part.faces))
    return scaled


def _hedge(numbers: Numbers, seed: int) -> Mesh:
    """A clipped hedge: leaves over the top and sides of a box, a solid core behind them so that none shows through."""
    width, height, depth, size = numbers
    rng = np.random.default_rng((seed, 26))
    extent = np.array([width, height, depth])
    reach = min(0.6 * size, 0.2 * float(extent.min()))
    count = 3600
    areas = np.array([height * depth, width * depth, width * height])
    axis = rng.choice(3, count, p=np.array([2, 1, 2]) * areas / (np.array([2, 1, 2]) * areas).sum())
    sign = np.where(axis == 1, 1.0, rng.choice([-1.0, 1.0], count))
    p = rng.uniform(-0.5, 0.5, (count, 3)) * (extent - 2 * reach)
    k = np.arange(count)
    bump = _lumps(p * 2.2, rng, 0.5) - 1
    p[k, axis] = sign * (extent[axis] / 2 - reach * (1 + rng.uniform(0, 1, count)) + reach * 0.8 * np.minimum(bump, 0))
    p[:, 1] += height / 2
    out = np.zeros((count, 3))
    out[k, axis] = sign
    facing = unit(out + 0.35 * UP + 0.45 * rng.normal(0, 1, out.shape))
    heading = unit(rng.normal(0, 1, out.shape) + 0.4 * out)
    heading = unit(heading - facing * (heading * facing).sum(1, keepdims=True) * 0.9)
    p[:, 1] = np.clip(p[:, 1], 0.6 * size, height)
    leaves = leaf_cards(p, heading, facing, size * rng.uniform(0.6, 1.1, count), 0.6, rng)
    inner = np.maximum(extent - 4 * reach, 0.4 * extent)
    core = boxes(np.array([[0, inner[1] / 2, 0]]), inner[None], 0.3 * float(inner.min()))
    points = leaves.positions.copy()
    points[:, 1] = np.maximum(points[:, 1], 0)
    return join([core, Mesh(points, leaves.normals, leaves.uvs, leaves.faces)])


def _ivy(numbers: Numbers, seed: int) -> Mesh:
    """Creepers on the wall z = 0: stems that climb and wander from y = 0, leaves that hang and face +Z."""
    width, height, size = numbers
    rng = np.random.default_rng((seed, 27))
    n, knots = int(rng.integers(9, 16)), 40
    x = rng.uniform(-0.42, 0.42, n) * width
    heading = rng.normal(0, 0.35, (n, 1)) + np.cumsum(rng.normal(0, 0.22, (n, knots)), 1)
    heading -= 0.05 * np.cumsum(heading, 1)
    long = height * rng.uniform(0.5, 1.35, (n, 1)) / knots
    sx = x[:, None] + np.cumsum(np.sin(heading) * long, 1)
    sy = np.cumsum(np.abs(np.cos(heading)) * long, 1)
    sx, sy = np.clip(sx, -width / 2 + size / 2, width / 2 - size / 2), np.clip(sy, 0, height - size / 2)
    stems = np.stack([sx, sy, np.full_like(sx, 0.004)], -1)
    step = np.linalg.norm(np.diff(stems, axis=1), axis=2)
    stems[:, 1:, 0] += np.where(step < 1e-4, 1e-3, 0) * np.arange(1, knots)
    wood = tubes(stems, np.full((n, knots), 0.004), 5, "open")
    count = int(np.clip(3.0 * width * height / size**2, 60, 3000))
    pick = stems[rng.integers(n, size=count), rng.integers(knots, size=count)]
    base = pick + np.stack([*(rng.normal(0, 0.9 * size, (2, count))), rng.uniform(0.15, 0.55, count) * size], 1)
    base[:, 0] = np.clip(base[:, 0], -width / 2 + size / 2, width / 2 - size / 2)
    base[:, 1] = np.clip(base[:, 1], size, height)
    facing = unit(np.array([0.0, 0.35, 1.0]) + 0.35 * rng.normal(0, 1, base.shape))
    down = np.array([0.0, -1.0, 0.15]) + 0.5 * rng.normal(0, 1, base.shape) * [1, 0.4, 0.3]
    heading_down = unit(down - facing * (down * facing).sum(1, keepdims=True))
    leaves = leaf_cards(base, heading_down, facing, size * rng.uniform(0.5, 1.1, count), 0.85, rng)
    points = leaves.positions.copy()
    points[:, 2] = np.maximum(points[:, 2], 0.001)
    points[:, 1] = np.clip(points[:, 1], 0, height)
    return join([wood, Mesh(points, leaves.normals, leaves.uvs, leaves.faces)])


KINDS: Dict[str, Tuple[Callable[[Numbers, int], Mesh], Tuple[str, ...]]] = {  # noqa: UP006
    "tree_wood": (tree_wood, ("height", "spread")),
    "tree_leaves": (tree_leaves, ("height", "spread", "leaf_size", "density")),
    "conifer": (conifer, ("height", "spread")),
    "bush": (_bush, ("radius", "leaf_size", "density")),
    "grass": (_grass, ("radius", "height", "blades")),
    "plant": (_plant, ("height",)),
    "flowers": (_flowers, ("height",)),
    "flower_stems": (_flower_stems, ("height",)),
    "flower_heads": (_flower_heads, ("height",)),
    "hedge": (_hedge, ("width", "height", "depth", "leaf_size")),
    "fern": (_fern, ("radius",)),
    "ivy": (_ivy, ("width", "height", "leaf_size")),
}
