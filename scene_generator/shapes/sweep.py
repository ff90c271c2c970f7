"""Shapes swept along a curve: tubes, cables, mugs and jugs with handles, mitred frames. Metres, +Y up."""

from __future__ import annotations

from typing import Callable, Dict, List, Sequence, Tuple  # noqa: UP035 - Python 3.9

import numpy as np

from scene_generator.shapes.mesh import Mesh, grid, join
from scene_generator.shapes.surfaces import classical_profile, smooth_curve, smooth_runs, tubes, turn, unit

Numbers = Sequence[float]


def _tube(numbers: Numbers, seed: int) -> Mesh:
    """A smooth random tube with half-sphere ends: lying on the ground for even seeds, standing for odd ones.

    `bend` is the curvature in turns along the length, 0 (straight) .. 2; `taper` the share of the radius lost, 0 .. 1.
    """
    length, radius, bend, taper = numbers
    rng = np.random.default_rng(seed)
    s = np.linspace(0, 1, 72)
    radii = radius * np.maximum(1 - taper * s, 0.02)
    k, phase = rng.uniform(0.5, 2.2, 3), rng.uniform(0, 2 * np.pi, 3)
    wander = np.sin(2 * np.pi * k * s[:, None] + phase) @ (rng.uniform(0.4, 1.0, 3) / 2)
    heading = 2 * np.pi * bend * (wander - wander[0]) * 0.5
    if seed % 2 == 0:
        step = np.stack([np.cos(heading), np.zeros_like(s), np.sin(heading)], 1)
    else:
        lean = np.clip(bend, 0, 1) * 1.1 * np.sin(2 * np.pi * rng.uniform(0.3, 0.8) * s)
        step = np.stack([np.sin(lean) * np.cos(heading), np.cos(lean), np.sin(lean) * np.sin(heading)], 1)
    path = np.concatenate([[[0.0, 0.0, 0.0]], np.cumsum((step[1:] + step[:-1]) / 2, 0)]) * length / (len(s) - 1)
    path[:, 1] += radii if seed % 2 == 0 else radii[0]
    mesh = tubes(path, radii, 24)
    middle = (mesh.positions.max(0) + mesh.positions.min(0)) / 2
    low = np.array([middle[0], mesh.positions[:, 1].min(), middle[2]], np.float32)
    return Mesh(mesh.positions - low, mesh.normals, mesh.uvs, mesh.faces)


def _cable(numbers: Numbers, seed: int) -> Mesh:
    """A cable that hangs between (-span/2, 0, 0) and (span/2, 0, 0), `sag` deep: a parabola, flat ends."""
    span, sag, radius = numbers
    x = np.linspace(-1, 1, 65)
    path = np.stack([x * span / 2, -sag * (1 - x * x), np.zeros_like(x)], 1)
    return tubes(path, np.full(len(x), radius), 10, "flat")


def _cup(outer: np.ndarray, wall: float, floor: float) -> np.ndarray:
    # The profile of a vessel with an inside: bottom, outer wall, round lip, inner wall, floor.
    tangent = np.gradient(outer, axis=0)
    out = np.stack([tangent[:, 1], -tangent[:, 0]], 1) / np.linalg.norm(tangent, axis=1, keepdims=True)
    inner = (outer - out * wall)[outer[:, 1] > floor + wall][::-1]
    angle = np.linspace(0, np.pi, 7)[1:-1, None]
    middle = (outer[-1] + inner[0]) / 2
    across = outer[-1] - middle
    lip = middle + np.cos(angle) * across + np.sin(angle) * np.array([-across[1], across[0]])
    corner = np.array([[inner[-1, 0] - wall * 0.3, floor + wall * 0.3], [inner[-1, 0] - wall, floor]])
    middle_of_floor = np.array([[max(inner[-1, 0] * 0.5, 0.0), floor], [0.0, floor]])
    base = np.array([[0.0, 0.0], [outer[0, 0] * 0.97, 0.0]])
    return np.concatenate([base, outer, lip, inner, corner, middle_of_floor])


def _radius_at(outer: np.ndarray, y: float) -> float:
    return float(np.interp(y, outer[:, 1], outer[:, 0]))


def _handle(outer: np.ndarray, low: float, high: float, reach: float, thick: float, rng: np.random.Generator) -> Mesh:
    # A C or an ear between two heights of the wall, its ends sunk into the wall.
    r0, r1 = _radius_at(outer, low) - thick * 0.4, _radius_at(outer, high) - thick * 0.4
    widest = max(r0, r1) + reach
    ear = float(rng.uniform(-0.25, 0.3)) * (high - low)
    knots = np.array(
        [
            [r1, high],
            [r1 + reach * 0.6, high + 0.25 * min(ear, 0) + 0.02 * (high - low)],
            [widest, (low + high) / 2 + 0.28 * (high - low) + ear * 0.3],
            [widest - reach * 0.12, (low + high) / 2 - 0.15 * (high - low)],
            [r0 + reach * 0.45, low + 0.06 * (high - low)],
            [r0, low],
        ]
    )
    path = smooth_curve(np.concatenate([knots, np.zeros((6, 1))], 1), 40)
    swell = 1 + 0.25 * np.cos(np.linspace(-np.pi, np.pi, 40)) ** 2
    return tubes(path, thick * swell, 14)


def _mug(numbers: Numbers, seed: int) -> Mesh:
    """A hollow cup with a handle towards +X (turn it as you like); `radius` is the widest of the body."""
    radius, height = numbers
    rng = np.random.default_rng(seed)
    t = np.linspace(0, 1, 20)
    shape = int(rng.integers(3))
    low, belly = float(rng.uniform(0.7, 0.95)), float(rng.uniform(0.0, 0.25))
    r = [low + (1 - low) * t**0.6, np.full_like(t, 1.0), low + belly * np.sin(np.pi * t) + (1 - low) * t][shape]
    r = r / r.max()
    r[0] *= 0.94
    outer = np.stack([radius * r, height * t], 1)
    wall = float(rng.uniform(0.05, 0.09)) * radius
    body = turn(_cup(outer, wall, 0.06 * height), 56)
    ends = float(rng.uniform(0.12, 0.25)), float(rng.uniform(0.75, 0.88))
    reach = radius * float(rng.uniform(0.45, 0.7))
    return join([body, _handle(outer, ends[0] * height, ends[1] * height, reach, 0.085 * radius, rng)])


def _jug(numbers: Numbers, seed: int) -> Mesh:
    """A pitcher: turned body whose rim is drawn out to a spout at -X, handle at +X."""
    radius, height = numbers
    rng = np.random.default_rng(seed)
    belly, neck = float(rng.uniform(0.3, 0.45)), float(rng.uniform(0.45, 0.65))
    knots = np.array(
        [[0.55, 0.0], [0.8, 0.1], [1.0, belly], [0.85, belly + 0.2], [neck, 0.8], [neck * 1.05, 0.9], [neck * 1.2, 1.0]]
    )
    outer = smooth_curve(knots * [radius, height], 40)
    body = turn(_cup(outer, 0.06 * radius, 0.05 * height), 64)
    # The spout: the rim's front half is pulled out and up by a smooth bump of angle and height.
    p = body.positions.astype(float)
    up = np.clip((p[:, 1] / height - 0.78) / 0.22, 0, 1.2) ** 2
    angle = np.arctan2(p[:, 2], -p[:, 0])
    weight = up * np.exp(-((angle / 0.45) ** 2))
    p[:, 0] -= weight * 0.4 * radius
    p[:, 1] += weight * 0.05 * height
    p[:, 2] *= 1 - 0.35 * weight
    spouted = Mesh(p.astype(np.float32), body.normals, body.uvs, body.faces)
    handle = _handle(outer, 0.3 * height, 0.9 * height, radius * 0.6, 0.09 * radius, rng)
    return join([_bent(body, spouted), handle])


def _bent(before: Mesh, after: Mesh) -> Mesh:
    # Normals of a deformed mesh: each is moved by the turn that its triangles' normals made.
    def summed(mesh: Mesh) -> np.ndarray:
        p = mesh.positions[mesh.faces].astype(float)
        n = np.cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0])
        total = np.zeros((len(mesh.positions), 3))
        for k in range(3):
            np.add.at(total, mesh.faces[:, k], n)
        return unit(total)

    n = before.normals + summed(after) - summed(before)
    n /= np.maximum(np.linalg.norm(n, axis=1, keepdims=True), 1e-12)
    return Mesh(after.positions, n.astype(np.float32), after.uvs, after.faces)


def mitred(width: float, height: float, profile: np.ndarray) -> Mesh:
    """Return the profile (K, 2) of distance in from the outer edge and z, run round a rectangle in XY with mitres."""
    parts: List[Mesh] = []  # noqa: UP006
    for run in smooth_runs(profile, 0.6):
        tangent = np.gradient(run, axis=0)
        u, z = run[:, 0][:, None], run[:, 1][:, None]
        sign = np.array([-1.0, 1.0])[None]
        out, up = tangent[:, 1][:, None] + 0 * sign, tangent[:, 0][:, None] + 0 * sign
        length = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(run, axis=0), axis=1))])[:, None]
        for along, across, swap in ((width, height, False), (height, width, True)):
            for side in (-1.0, 1.0):
                a, b = sign * (along / 2 - u), side * (across / 2 - u) + 0 * sign
                na, nb = np.zeros_like(a), side * out
                points = np.stack([b, a, z + 0 * a] if swap else [a, b, z + 0 * a], -1)
                normals = np.stack([nb, na, up] if swap else [na, nb, up], -1)
                parts.append(grid(points, normals, np.stack([a, length + u.min() + 0 * a], -1)))
    return join(parts)


def _frame_moulding(numbers: Numbers, seed: int) -> Mesh:
    """A picture, door or window frame: outer `width` x `height`, `edge` wide, `depth` thick; centred, back at 0."""
    width, height, edge, depth = numbers
    rng = np.random.default_rng(seed)
    edge = min(edge, 0.49 * min(width, height))
    moulded = classical_profile(rng, int(rng.integers(2, 5))) * [edge, depth]
    profile = np.concatenate([[[0.0, 0.0]], moulded, [[edge, 0.0], [edge, 0.0], [0.0, 0.0]]])
    if rng.random() < 0.25:  # a plain flat frame with eased edges
        e = 0.12 * min(edge, depth)
        profile = np.array(
            [[0, 0], [0, depth - e], [e, depth], [edge - e, depth], [edge, depth - e], [edge, 0.0], [0.0, 0.0]]
        )
    return mitred(width, height, profile)


KINDS: Dict[str, Tuple[Callable[[Numbers, int], Mesh], Tuple[str, ...]]] = {  # noqa: UP006
    "tube": (_tube, ("length", "radius", "bend", "taper")),
    "cable": (_cable, ("span", "sag", "radius")),
    "mug": (_mug, ("radius", "height")),
    "jug": (_jug, ("radius", "height")),
    "frame_moulding": (_frame_moulding, ("width", "height", "edge", "depth")),
}
