"""Built shapes: bevelled boxes, prisms, arches, roofs, stairs, railings, doors, mouldings, books. Metres, +Y up."""

from __future__ import annotations

from typing import Callable, Dict, List, Sequence, Tuple  # noqa: UP035 - Python 3.9

import numpy as np

from scene_generator.shapes.mesh import Mesh, grid, join
from scene_generator.shapes.surfaces import (
    box,
    boxes,
    classical_profile,
    extrude,
    ribbon,
    rotation,
    rounded,
    skin,
    tubes,
    turn,
)
from scene_generator.shapes.sweep import mitred

Numbers = Sequence[float]


def _rounded_box(numbers: Numbers, seed: int) -> Mesh:
    """A box with round edges and corners, CENTRED at the origin; `bevel` is their radius, at most 0.49 of a side."""
    half = np.asarray(numbers[:3], float) / 2
    bevel = float(np.clip(numbers[3], 1e-4 * half.min(), 0.98 * half.min()))
    t = np.tan(np.linspace(0, np.pi / 4, 5))
    t = np.concatenate([-t[::-1], t])
    side = np.repeat([-1.0, 1.0], 5)
    vv, uu = np.meshgrid(np.arange(10), np.arange(10), indexing="ij")
    parts = []
    for axis, u, v in ((0, 2, 1), (1, 0, 2), (2, 0, 1)):
        for sign in (-1.0, 1.0):
            d, core = np.empty((10, 10, 3)), np.empty((10, 10, 3))
            d[..., axis], d[..., u], d[..., v] = sign, t[uu], t[vv]
            core[..., axis], core[..., u], core[..., v] = sign, side[uu], side[vv]
            d /= np.linalg.norm(d, axis=-1, keepdims=True)
            points = core * (half - bevel) + bevel * d
            turned = sign if axis == 2 else -sign
            parts.append(grid(points, d, np.stack([points[..., u] * turned, points[..., v]], -1)))
    return join(parts)


def _upright(mesh: Mesh) -> Mesh:
    # What was extruded along +Z stands along +Y.
    return mesh.moved(rotation(0, -np.pi / 2))


def _prism(numbers: Numbers, seed: int) -> Mesh:
    """A regular polygon of `sides` extruded to `height`; `star` 0 .. 0.8 draws in every second of 2 x sides corners."""
    radius, height, sides, star, bevel = numbers
    n = max(3, round(sides))
    rng = np.random.default_rng(seed)
    count = 2 * n if star > 0 else n
    angle = np.arange(count) * 2 * np.pi / count + rng.uniform(0, 2 * np.pi)
    r = np.where(np.arange(count) % 2 == 1, radius * (1 - min(star, 0.9)), radius) if star > 0 else np.full(n, radius)
    corners = np.stack([r * np.cos(angle), r * np.sin(angle)], 1)
    edge = float(np.linalg.norm(corners[1] - corners[0]))
    bevel = min(bevel, 0.2 * edge, 0.4 * float(r.min()))
    if bevel <= 0:
        return _upright(extrude(corners, height, smooth=False))
    return _upright(extrude(rounded(corners, bevel * 1.6, closed=True), height, bevel))


def arch_curve(kind: int, width: float, height: float, samples: int) -> np.ndarray:
    """Return the opening's outline (K, 2): up the left jamb, over the arch, down the right one; feet at y = 0.

    `kind` 0 is round, 1 pointed, 2 a segment of a circle; the crown is at `height`.
    """
    half = width / 2
    rise = min((half, half * 1.45, half * 0.35)[kind], 0.85 * height)
    spring = height - rise
    t = np.linspace(0, 1, samples)
    if kind == 0:  # an ellipse where the opening is too low for a circle
        over = np.stack([-half * np.cos(np.pi * t), spring + rise * np.sin(np.pi * t)], 1)
    elif kind == 1 and rise > half:
        radius = (half**2 + rise**2) / width
        top = np.arccos((radius - half) / radius)
        a = np.linspace(0, top, samples // 2 + 1)
        left = np.stack([-half + radius - radius * np.cos(a), spring + radius * np.sin(a)], 1)
        over = np.concatenate([left, left[-2::-1] * [-1.0, 1.0]])
    else:
        rise = min(rise, half)
        radius = (half**2 + rise**2) / (2 * rise)
        spring = height - rise
        top = np.arcsin(min(half / radius, 1.0))
        a = np.linspace(-top, top, samples)
        over = np.stack([radius * np.sin(a), height - radius + radius * np.cos(a)], 1)
    foot = np.linspace([-half, 0.0], [-half, spring], 5)[:-1]
    return np.concatenate([foot, over, foot[::-1] * [-1.0, 1.0]])


def _arch(numbers: Numbers, seed: int) -> Mesh:
    """A wall panel with an arched opening through it, its front at z = 0 and its body towards -Z.

    The arch is round, pointed or a segment by seed; its edges are chamfered. Raises nothing: an opening wider or higher
    than the panel is drawn in to 96 % of it.
    """
    width, height, depth, opening_width, opening_height = numbers
    rng = np.random.default_rng(seed)
    ow, oh = min(opening_width, 0.96 * width), min(opening_height, 0.96 * height)
    edge = arch_curve(int(rng.integers(3)), ow, oh, 41)
    chamfer = min(float(rng.uniform(0.01, 0.05)) * ow, 0.3 * depth, 0.4 * min(width - ow, height - oh))
    tangent = np.gradient(edge, axis=0)
    inward = np.stack([tangent[:, 1], -tangent[:, 0]], 1)  # towards the opening
    inward /= np.linalg.norm(inward, axis=1, keepdims=True)
    wide = edge - inward * chamfer
    wide[[0, -1], 1] = 0
    # Each edge point is joined to one on the rectangle: jambs straight across, the arch away from its middle.
    middle = np.array([0.0, min(float(edge[4, 1]), 0.9 * oh)])
    away = wide - middle
    reach = np.where(away[:, 0] == 0, np.inf, (width / 2) / np.maximum(np.abs(away[:, 0]), 1e-9))
    up = np.where(away[:, 1] > 1e-9, (height - middle[1]) / np.maximum(away[:, 1], 1e-9), np.inf)
    outer = middle + away * np.minimum(reach, up)[:, None]
    low = wide[:, 1] <= middle[1]
    outer[low] = np.stack([np.sign(wide[low, 0]) * width / 2, wide[low, 1]], 1)
    for sign in (-1.0, 1.0):  # the nearest point becomes the corner
        corner = np.array([sign * width / 2, height])
        outer[np.linalg.norm(outer - corner, axis=1).argmin()] = corner

    def at(points: np.ndarray, z: float) -> np.ndarray:
        return np.concatenate([points, np.full((len(points), 1), z)], 1)

    parts = []
    for z, sign in ((0.0, 1.0), (-depth, -1.0)):
        face = np.stack([at(wide, z), at(outer, z)])
        parts.append(grid(face, np.broadcast_to([0.0, 0.0, sign], face.shape), face[..., :2] * [sign, 1.0]))
    along = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(edge, axis=0), axis=1))])
    rows = [(wide, 0.0), (edge, -chamfer), (edge, chamfer - depth), (wide, -depth)]
    flat = np.concatenate([inward, np.zeros((len(edge), 1))], 1)
    front, back = np.array([0.0, 0.0, 1.0]) + 0 * flat, np.array([0.0, 0.0, -1.0]) + 0 * flat
    reveal = np.stack([at(p, z) for p, z in rows])
    uv = np.stack(np.broadcast_arrays(along[None], reveal[..., 2]), -1)
    parts.append(grid(reveal, np.stack([front, flat, flat, back]), uv))
    side = np.array([[-width / 2, 0.0], [-width / 2, height], [width / 2, height], [width / 2, 0.0]])
    for a, b, n in zip(side[:-1], side[1:], ([-1.0, 0, 0], [0, 1.0, 0], [1.0, 0, 0])):
        strip = np.stack([at(np.stack([a, b]), 0.0), at(np.stack([a, b]), -depth)])
        length = np.array([0.0, float(np.linalg.norm(b - a))])
        uv = np.stack(np.broadcast_arrays(strip[..., 2], length[None]), -1)
        parts.append(grid(strip, np.broadcast_to(n, strip.shape), uv))
    return join(parts)


def _planes(faces: List[np.ndarray], middle: np.ndarray) -> Mesh:  # noqa: UP006
    # Flat faces of 3 or 4 corners about an inner point; texture coordinates lie in each face, v uphill.
    parts = []
    for corners in faces:
        n = np.cross(corners[1] - corners[0], corners[2] - corners[0])
        n /= np.linalg.norm(n)
        n = n if n @ (corners.mean(0) - middle) > 0 else -n
        v = np.array([0.0, 1.0, 0.0]) - n * n[1] if abs(n[1]) < 0.999 else np.array([0.0, 0.0, -1.0])
        v /= np.linalg.norm(v)
        four = corners if len(corners) == 4 else corners[[0, 1, 2, 2]]
        square = four[[[0, 1], [3, 2]]]
        parts.append(
            grid(square, np.broadcast_to(n, square.shape), np.stack([square @ np.cross(v, n), square @ v], -1))
        )
    return join(parts)


def _gable(numbers: Numbers, seed: int) -> Mesh:
    """A triangular prism: the ridge runs along Z, the gable faces +Z; closed."""
    w, h, d = numbers[0] / 2, numbers[1], numbers[2] / 2
    a, b, c = np.array([-w, 0.0, d]), np.array([w, 0.0, d]), np.array([0.0, h, d])
    back = np.array([0.0, 0.0, -2 * d])
    ends = [np.stack([a, b, c]), np.stack([a, b, c]) + back]
    sides = [np.stack([p, q, q + back, p + back]) for p, q in ((a, b), (b, c), (c, a))]
    return _planes(ends + sides, np.array([0.0, h / 3, 0.0]))


def _hip_roof(numbers: Numbers, seed: int) -> Mesh:
    """A hipped roof over a rectangle: four slopes to a ridge along the longer side (a pyramid if square); closed."""
    w, h, d = numbers[0] / 2, numbers[1], numbers[2] / 2
    ridge = max(max(w, d) - min(w, d), 1e-3)
    along = np.array([ridge, 0.0, 0.0]) if w >= d else np.array([0.0, 0.0, ridge])
    r0, r1 = np.array([0.0, h, 0.0]) - along, np.array([0.0, h, 0.0]) + along
    c = [np.array([x, 0.0, z]) for x, z in ((-w, -d), (-w, d), (w, d), (w, -d))]
    if w >= d:
        slopes = [[c[0], c[1], r0], [c[2], c[3], r1], [c[1], c[2], r1, r0], [c[3], c[0], r0, r1]]
    else:
        slopes = [[c[3], c[0], r0], [c[1], c[2], r1], [c[0], c[1], r1, r0], [c[2], c[3], r0, r1]]
    return _planes([np.stack(s) for s in [*slopes, c]], np.array([0.0, h / 4, 0.0]))


def _stairs(numbers: Numbers, seed: int) -> Mesh:
    """A flight that rises towards -Z: solid risers and, for two seeds in three, treads with a nosing."""
    width, height, depth, count = numbers
    n = max(1, round(count))
    rng = np.random.default_rng(seed)
    rise, going = height / n, depth / n
    nosing, tread = (0.1 * going, 0.18 * rise) if rng.random() < 0.67 else (0.0, 0.0)
    k = np.arange(n)
    front, top = depth / 2 - nosing - k * (depth - nosing) / n, (k + 1) * rise
    back = np.full(n, -depth / 2)
    centres = np.stack([0 * k, (top - tread) / 2, (front + back) / 2], 1)
    sizes = np.stack([0 * k + width - (0.02 * width if tread else 0.0), top - tread, front - back], 1)
    parts = [boxes(centres, sizes, min(0.01, 0.04 * rise))]
    if tread:
        end = np.append(front[1:] - 0.01 * going, -depth / 2)
        slab = np.stack([0 * k, top - tread / 2, (front + nosing + end) / 2], 1)
        parts.append(boxes(slab, np.stack([0 * k + width, 0 * k + tread, front + nosing - end], 1), 0.3 * tread))
    return join(parts)


def _railing(numbers: Numbers, seed: int) -> Mesh:
    """Rails, bars and posts along X in one mesh: square or round bars or turned balusters by seed."""
    length, height, spacing, bar = numbers
    rng = np.random.default_rng(seed)
    kind = int(rng.integers(4))
    gaps = int(np.clip(round(length / spacing), 1, 120))
    x = (np.arange(gaps + 1) / gaps - 0.5) * (length - 2 * bar)
    post = 2.0 * bar
    rail, foot = float(rng.uniform(1.5, 2.5)) * bar, 0.1 * height
    span = max(1, round(length / 1.5))
    px = (np.arange(span + 1) / span - 0.5) * (length - post)
    parts = [boxes(np.stack([px, 0 * px + height / 2, 0 * px], 1), np.array([post, height, post]), 0.15 * post)]
    lines = np.array([[0, height - rail / 2, 0], [0, foot, 0]])
    if kind == 3:
        ends = np.stack([px, 0 * px + height + 0.6 * post, 0 * px], 1) - [0, 0.6 * post, 0]
        knob = turn(_ball(0.75 * post, height - 1.4 * post), 16)
        parts += [
            Mesh(knob.positions + (e * [1, 0, 1]).astype(np.float32), knob.normals, knob.uvs, knob.faces) for e in ends
        ]
        lines[0, 1] = height - 2 * post
    rails = np.array([[length - post, rail, 1.6 * rail], [length - post, bar, bar]])
    parts.append(boxes(lines, rails, 0.3 * bar))
    low, high = foot, float(lines[0, 1])
    inner = x[1:-1] if gaps > 1 else x
    if kind == 0 or kind == 3:
        centres = np.stack([inner, 0 * inner + (low + high) / 2, 0 * inner], 1)
        parts.append(boxes(centres, np.array([bar, high - low, bar]), 0.12 * bar))
    elif kind == 1:
        y = np.linspace(low, high, 3)
        paths = np.stack(np.broadcast_arrays(inner[:, None], y[None], 0.0 * y), -1)
        parts.append(tubes(paths, np.full(paths.shape[:2], bar / 2), 8, "open"))
    else:
        t = np.linspace(0, 1, 17)
        swell = bar * (0.5 + 0.9 * np.exp(-(((t - 0.35) / 0.14) ** 2)) + 0.35 * (np.abs(t - 0.72) < 0.04))
        swell[:2] = swell[-2:] = bar * 0.95
        paths = np.stack(np.broadcast_arrays(inner[:, None], (low + t * (high - low))[None], 0.0 * t), -1)
        parts.append(tubes(paths, np.broadcast_to(swell, paths.shape[:2]), 8, "open"))
    return join(parts)


def _ball(radius: float, low: float) -> np.ndarray:
    # The profile of a ball that stands at the height `low`.
    a = np.linspace(-np.pi / 2, np.pi / 2, 9)
    return np.stack([radius * np.cos(a), low + radius * (1 + np.sin(a))], 1)


def _louver(numbers: Numbers, seed: int) -> Mesh:
    """Tilted slats in a frame (a blind without one, for one seed in four); centred in XY, back z = 0, front +Z."""
    width, height, depth, count = numbers
    rng = np.random.default_rng(seed)
    n = max(1, round(count))
    framed = rng.random() < 0.75
    edge = min(0.08 * min(width, height) + 0.01, 0.2 * min(width, height)) if framed else 0.0
    pitch = (height - 2 * edge) / n
    tilt = float(rng.uniform(0.35, 1.0))
    thick = min(0.12 * pitch, 0.2 * depth)
    reach = min(0.85 * depth / max(np.cos(tilt), 0.3), 1.25 * pitch)
    y = -height / 2 + edge + (np.arange(n) + 0.5) * pitch
    centres = np.stack([0 * y, y, 0 * y + depth / 2], 1)
    jitter = rng.normal(0, 0.04 if not framed else 0.0, n)
    turns = np.stack([rotation(0, tilt + j)[:3, :3] for j in jitter])
    size = np.array([width - 1.6 * edge, thick, reach])
    slats = boxes(centres, np.broadcast_to(size, (n, 3)), 0.4 * thick, turns)
    keep = slats.positions.copy()
    keep[:, 1] = np.clip(keep[:, 1], -height / 2, height / 2)
    keep[:, 2] = np.clip(keep[:, 2], 0, depth)
    parts = [Mesh(keep, slats.normals, slats.uvs, slats.faces)]
    if framed:
        e = 0.15 * min(edge, depth)
        profile = np.array(
            [[0, 0], [0, depth - e], [e, depth], [edge - e, depth], [edge, depth - e], [edge, 0], [0, 0]]
        )
        parts.append(mitred(width, height, profile))
    else:
        cords = np.array([-0.36, 0.36]) * width
        paths = np.stack([np.stack([[x, s * height / 2, depth * 0.97] for s in (-1, 1)]) for x in cords])
        parts.append(tubes(paths, np.full((2, 2), 0.02 * depth + 0.0005), 6, "flat"))
    return join(parts)


def _panelled_door(numbers: Numbers, seed: int) -> Mesh:
    """A door leaf with recessed, moulded panels on its front (+Z); back at z = 0, feet at y = 0. A knob by seed."""
    width, height, depth, panels = numbers
    rng = np.random.default_rng(seed)
    count = max(1, round(panels))
    columns = 2 if count >= 4 or (count == 2 and rng.random() < 0.5) else 1
    rows = max(1, -(-count // columns))
    stile = 0.13 * width
    tall = rng.dirichlet(np.full(rows, 6.0)) * 0.6 + 0.4 / rows
    free = height - stile * (rows + 1) - 0.5 * stile  # the bottom rail is higher
    y_edges, y = [], 1.5 * stile
    for t in tall:
        y_edges.append((y, y + free * float(t)))
        y += free * float(t) + stile
    free = width - stile * (columns + 1)
    x_edges = [(-width / 2 + stile + c * (free / columns + stile), 0.0) for c in range(columns)]
    x_edges = [(a, a + free / columns) for a, _ in x_edges]
    sunk = min(0.4 * depth, 0.018)
    trim = 0.12 * min(free / columns, min(b - a for a, b in y_edges))
    raised = rng.random() < 0.6
    parts = []
    # The front is a lattice of stiles and rails around the panels, all in one plane.
    xs = np.array([-width / 2, *[v for e in x_edges for v in e], width / 2])
    ys = np.array([0.0, *[v for e in y_edges for v in e], height])
    for i in range(len(xs) - 1):
        for j in range(len(ys) - 1):
            if i % 2 == 1 and j % 2 == 1:
                parts += _panel((xs[i], xs[i + 1]), (ys[j], ys[j + 1]), depth, sunk, trim, raised)
            else:
                parts.append(_face_xy((xs[i], xs[i + 1]), (ys[j], ys[j + 1]), depth, 1.0))
    parts.append(_face_xy((-width / 2, width / 2), (0.0, height), 0.0, -1.0))
    sides = extrude(
        np.array([[-width / 2, 0], [width / 2, 0], [width / 2, height], [-width / 2, height]]), depth, smooth=False
    )
    only = np.abs(sides.normals[sides.faces[:, 0], 2]) < 0.5
    parts.append(Mesh(sides.positions, sides.normals, sides.uvs, sides.faces[only]))
    if rng.random() < 0.8:
        a = np.linspace(-np.pi / 2, np.pi / 2, 9)
        r = 0.028
        neck = np.array([[0.0, 0.0], [1.1 * r, 0.0], [1.1 * r, 0.15 * r], [0.4 * r, 0.3 * r], [0.4 * r, 1.0 * r]])
        ball = np.stack([r * np.cos(a), 1.7 * r + 0.7 * r * np.sin(a)], 1)[1:]
        knob = turn(np.concatenate([neck, ball]), 20).moved(rotation(0, np.pi / 2))
        at = np.array([width / 2 - 0.5 * stile, 0.47 * height, depth], np.float32)
        parts.append(Mesh(knob.positions + at, knob.normals, knob.uvs, knob.faces))
    return join(parts)


def _face_xy(x: Tuple[float, float], y: Tuple[float, float], z: float, sign: float) -> Mesh:  # noqa: UP006
    yy, xx = np.meshgrid(np.array(y), np.array(x), indexing="ij")
    points = np.stack([xx, yy, np.full_like(xx, z)], -1)
    return grid(points, np.broadcast_to([0.0, 0.0, sign], points.shape), np.stack([xx * sign, yy], -1))


def _panel(
    x: Tuple[float, float],  # noqa: UP006
    y: Tuple[float, float],  # noqa: UP006
    z: float,
    sunk: float,
    trim: float,
    raised: bool,
) -> List[Mesh]:  # noqa: UP006
    t = np.linspace(0, 1, 7)
    ogee = np.stack([trim * t, z - sunk * t * t * (3 - 2 * t)], 1)
    edge, floor = trim, z - sunk
    profile = ogee
    if raised:
        slope = [[trim * 1.25, floor], [trim * 2.2, floor + 0.75 * sunk]]
        profile = np.concatenate([ogee, slope])
        edge, floor = trim * 2.2, floor + 0.75 * sunk
    w, h = x[1] - x[0], y[1] - y[0]
    frame = mitred(w, h, profile)
    at = np.array([(x[0] + x[1]) / 2, (y[0] + y[1]) / 2, 0.0], np.float32)
    moved = Mesh(frame.positions + at, frame.normals, frame.uvs, frame.faces)
    return [moved, _face_xy((x[0] + edge, x[1] - edge), (y[0] + edge, y[1] - edge), floor, 1.0)]


def _radiator(numbers: Numbers, seed: int) -> Mesh:
    """A column radiator (tubes between headers) or a ridged panel radiator by seed, standing on feet."""
    width, height, depth = numbers
    rng = np.random.default_rng(seed)
    foot = 0.1 * height
    if rng.random() < 0.55:
        rows = 2 if depth < 0.12 else 3
        n = int(np.clip(round(width / 0.055), 2, 60))
        r = min(0.42 * width / n, 0.45 * depth / rows)
        x = (np.arange(n) / (n - 1) - 0.5) * (width - 2 * r)
        z = (np.arange(rows) - (rows - 1) / 2) * (depth - 2 * r) / (rows - 1)
        xx, zz = (a.ravel() for a in np.meshgrid(x, z))
        y = np.linspace(foot + 2 * r, height - 2 * r, 2)
        paths = np.stack(np.broadcast_arrays(xx[:, None], y[None], zz[:, None]), -1)
        parts = [tubes(paths, np.full(paths.shape[:2], r), 10, "open")]
        heads = np.array([[a, b, 0.0] for a in x for b in (foot + 1.6 * r, height - 1.6 * r)])
        parts.append(boxes(heads, np.array([1.9 * r, 3.2 * r, depth]), 0.8 * r))
        pipes = np.array(
            [[[s * width / 2 * 0.99, b, 0.0] for s in (-1, 1)] for b in (foot + 1.6 * r, height - 1.6 * r)]
        )
        parts.append(tubes(pipes, np.full((2, 2), 1.1 * r), 10, "flat"))
    else:
        ridges = int(np.clip(round(width / 0.04), 4, 60))
        t = np.linspace(0, 1, ridges * 6 + 1)
        wave = 0.5 - 0.5 * np.cos(2 * np.pi * t * ridges)
        wave = np.clip(wave * 1.6 - 0.3, 0, 1)
        y = np.concatenate([[0.0, 0.02, 0.05], np.linspace(0.08, 0.92, 6), [0.95, 0.98, 1.0]])
        fade = np.clip((np.minimum(y, 1 - y) - 0.02) / 0.06, 0, 1)
        z = depth / 2 - 0.12 * depth + 0.12 * depth * fade[:, None] * wave[None]
        xx, yy = (
            np.broadcast_to((t - 0.5) * width, z.shape),
            np.broadcast_to((foot + y * (height - foot))[:, None], z.shape),
        )
        parts = [skin(np.stack([xx, yy, z], -1), flip=True)]
        body = np.array([[0.0, (foot + height) / 2, -0.06 * depth]])
        parts.append(boxes(body, np.array([[width, height - foot, 0.88 * depth - 1e-3]]), 0.04 * depth))
        k = int(np.clip(round(width / 0.02), 8, 80))
        fins = np.stack(
            [(np.arange(k) / (k - 1) - 0.5) * 0.94 * width, np.full(k, height - 0.01), np.full(k, -0.06 * depth)], 1
        )
        parts.append(boxes(fins, np.array([0.25 * width / k, 0.02, 0.7 * depth]), 1e-4))
    legs = np.array([[s * 0.42 * width, foot * 0.75, 0.0] for s in (-1, 1)])
    parts.append(boxes(legs, np.array([0.03, 1.5 * foot, 0.6 * depth]), 0.003))
    return join(parts)


def _moulding(numbers: Numbers, seed: int) -> Mesh:
    """A random classical cornice or skirting along X: back z = 0, y 0 .. height, deepest on top for even seeds."""
    length, height, depth = numbers
    rng = np.random.default_rng(seed)
    profile = classical_profile(rng, int(rng.integers(3, 7)))
    rising = np.linspace(0.35, 1.0, len(profile)) if seed % 2 == 0 else np.linspace(1.0, 0.35, len(profile))
    profile = profile * np.stack([np.ones(len(profile)), rising], 1)
    profile *= [height, depth / profile[:, 1].max()]
    x = np.linspace(-length / 2, length / 2, 2)
    parts = [ribbon(profile, x, 0), ribbon(np.array([[height, 0.0], [0.0, 0.0]]), x, 0)]
    for side in (-1.0, 1.0):
        cap = np.stack(
            [
                np.stack([np.full(len(profile), side * length / 2), profile[:, 0], z], -1)
                for z in (profile[:, 1], 0 * profile[:, 1])
            ]
        )
        parts.append(grid(cap, np.broadcast_to([side, 0.0, 0.0], cap.shape), cap[..., [2, 1]]))
    return join(parts)


def _keyboard(numbers: Numbers, seed: int) -> Mesh:
    """A computer keyboard: `width` along X, `depth` along Z (the user at +Z), tallest at the back."""
    width, depth, height = numbers
    rng = np.random.default_rng(seed)
    body = 0.45 * height
    rows, unit_size = 6, (depth * 0.92) / 6
    plate = _rounded_box((width, body, depth, 0.25 * body), seed)
    parts = [Mesh(plate.positions + np.array([0, body / 2, 0], np.float32), plate.normals, plate.uvs, plate.faces)]
    centres, sizes = [], []
    for row in range(rows):
        x, end = -0.48 * width, 0.48 * width
        z = 0.46 * depth - (row + 0.5) * unit_size
        step = 0.96 * width / max(8, round(0.96 * width / unit_size))
        while x < end - 0.5 * step:
            wide = step * (float(rng.choice([1.25, 1.5, 2.0])) if x < -0.47 * width and row < 4 else 1.0)
            if row == 0 and x > -0.3 * width and x < -0.25 * width + step:
                wide = 6 * step
            wide = min(wide, end - x)
            if row != 5 or rng.random() > 0.15:
                centres.append([x + wide / 2, body + (height - body) * 0.45, z])
                sizes.append([wide * 0.88, (height - body) * 0.9, unit_size * 0.86])
            x += wide
    keys = boxes(np.array(centres), np.array(sizes), 0.12 * unit_size)
    tilt = np.clip(-(keys.positions[:, 2] / depth - 0.5), 0, 1) * 0.1 * height
    parts.append(Mesh(keys.positions + np.stack([0 * tilt, tilt, 0 * tilt], 1), keys.normals, keys.uvs, keys.faces))
    return join(parts)


def _books_row(numbers: Numbers, seed: int) -> Mesh:
    """A row of standing books between -width/2 and width/2: spines at +Z, round or flat; the last ones may lean."""
    width, height, depth = numbers
    rng = np.random.default_rng(seed)
    parts, x = [], -width / 2
    while True:
        thick = float(rng.uniform(0.06, 0.2)) * height
        if x + thick > width / 2:
            break
        tall, deep = height * float(rng.uniform(0.72, 1.0)), depth * float(rng.uniform(0.75, 1.0))
        front = depth / 2 - float(rng.uniform(0, 0.1)) * depth
        if front - deep < -depth / 2:
            deep = front + depth / 2
        parts.append(_book(thick, tall, deep, x + thick / 2, front, rng))
        x += thick * (1 + float(rng.uniform(0.0, 0.03)))
        if rng.random() < 0.04:
            x += float(rng.uniform(0.05, 0.2)) * height
    return join(parts) if parts else box((0, height / 2, 0), (width, height, depth), 0.02 * width)


def _book(thick: float, tall: float, deep: float, x: float, front: float, rng: np.random.Generator) -> Mesh:
    board = min(0.003, 0.12 * thick) + 0.02 * thick
    curve = float(rng.choice([0.0, 0.25, 0.4])) * thick
    centres = [[x + s * (thick - board) / 2, tall / 2, front - curve - (deep - curve) / 2] for s in (-1, 1)]
    sizes = [[board, tall, deep - curve]] * 2
    inset = 0.03 * tall
    centres.append([x, tall / 2, front - curve - (deep - curve) / 2 + 0.015 * deep])
    sizes.append([thick - 1.9 * board, tall - inset, (deep - curve) * 0.97 - inset])
    parts = [boxes(np.array(centres), np.array(sizes), 0.25 * board)]
    t = np.linspace(-1, 1, 11)
    raised = int(rng.integers(0, 6))
    y = np.linspace(0, 1, 6 * raised + 2 if raised else 2)
    band = 0.03 * thick * (np.arange(len(y)) % 6 >= 4) if raised else 0 * y
    spine = front - curve + np.sqrt(np.maximum(1 - t**2, 0)) * curve + 1e-4
    z = np.minimum(spine[None] + band[:, None], front + 1e-4)
    points = np.stack(np.broadcast_arrays(x + t * thick / 2, (y * tall)[:, None], z), -1)
    parts.append(skin(points, flip=True))
    for k, up in ((0, -1.0), (-1, 1.0)):
        lid = np.stack([points[k], points[k]])
        lid[1, :, 2] = front - curve - board
        parts.append(grid(lid, np.broadcast_to([0.0, up, 0.0], lid.shape), lid[..., [0, 2]]))
    return join(parts)


KINDS: Dict[str, Tuple[Callable[[Numbers, int], Mesh], Tuple[str, ...]]] = {  # noqa: UP006
    "rounded_box": (_rounded_box, ("width", "height", "depth", "bevel")),
    "prism": (_prism, ("radius", "height", "sides", "star", "bevel")),
    "arch": (_arch, ("width", "height", "depth", "opening_width", "opening_height")),
    "gable": (_gable, ("width", "height", "depth")),
    "hip_roof": (_hip_roof, ("width", "height", "depth")),
    "stairs": (_stairs, ("width", "height", "depth", "steps")),
    "railing": (_railing, ("length", "height", "spacing", "bar")),
    "louver": (_louver, ("width", "height", "depth", "slats")),
    "panelled_door": (_panelled_door, ("width", "height", "depth", "panels")),
    "radiator": (_radiator, ("width", "height", "depth")),
    "moulding": (_moulding, ("length", "height", "depth")),
    "keyboard": (_keyboard, ("width", "depth", "height")),
    "books_row": (_books_row, ("width", "height", "depth")),
}
