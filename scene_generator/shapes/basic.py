"""Simple solids and sheets. Each is a pure function of its numbers (metres) and seed; +Y is up."""

from __future__ import annotations

from typing import Callable, Dict, List, Sequence, Tuple  # noqa: UP035 - Python 3.9

import numpy as np

from scene_generator.shapes.mesh import Mesh, grid, join

Numbers = Sequence[float]


def _quad(numbers: Numbers, seed: int) -> Mesh:
    # In the plane y = 0, facing +Y, centred.
    width, depth = numbers
    x = np.array([-width / 2, width / 2])
    z = np.array([depth / 2, -depth / 2])
    zz, xx = np.meshgrid(z, x, indexing="ij")
    points = np.stack([xx, np.zeros_like(xx), zz], -1)
    return grid(points, np.broadcast_to([0.0, 1.0, 0.0], points.shape), np.stack([xx, -zz], -1))


def _box(numbers: Numbers, seed: int) -> Mesh:
    # Centred; six separate faces, so that edges are sharp and textures lie upright on the sides.
    size = np.asarray(numbers) / 2
    faces: List[Mesh] = []  # noqa: UP006
    for axis, u, v in ((0, 2, 1), (1, 0, 2), (2, 0, 1)):
        for sign in (-1.0, 1.0):
            a, b = np.array([-1.0, 1.0]) * size[u], np.array([-1.0, 1.0]) * size[v]
            bb, aa = np.meshgrid(b, a, indexing="ij")
            points = np.zeros((2, 2, 3))
            points[..., axis], points[..., u], points[..., v] = sign * size[axis], aa, bb
            normal = np.zeros(3)
            normal[axis] = sign
            turn = sign if axis == 2 else -sign
            faces.append(grid(points, np.broadcast_to(normal, points.shape), np.stack([aa * turn, bb], -1)))
    return join(faces)


def _sphere_grids(cells: int) -> List[np.ndarray]:  # noqa: UP006
    # Six faces of a cube blown up to the sphere: no poles, so neither textures nor normals pinch.
    t = np.tan(np.linspace(-np.pi / 4, np.pi / 4, cells + 1))
    vv, uu = np.meshgrid(t, t, indexing="ij")
    grids = []
    for axis, u, v in ((0, 2, 1), (1, 0, 2), (2, 0, 1)):
        for sign in (-1.0, 1.0):
            d = np.zeros((*uu.shape, 3))
            d[..., axis], d[..., u], d[..., v] = sign, uu, vv
            grids.append(d / np.linalg.norm(d, axis=-1, keepdims=True))
    return grids


def _face_uv(cells: int, radius: float) -> np.ndarray:
    t = np.linspace(0, 1, cells + 1) * (np.pi / 2 * radius)
    vv, uu = np.meshgrid(t, t, indexing="ij")
    return np.stack([uu, vv], -1)


def _ellipsoid(numbers: Numbers, seed: int) -> Mesh:
    radii = np.asarray(numbers)
    cells = 24
    uv = _face_uv(cells, float(radii.mean()))
    return join([grid(d * radii, d / radii, uv) for d in _sphere_grids(cells)])


def _superquadric(numbers: Numbers, seed: int) -> Mesh:
    # Barr, "Superquadrics and angle-preserving transformations", 1981: the implicit form and its gradient.
    radii, (e1, e2) = np.asarray(numbers[:3]), numbers[3:]
    cells = 40
    uv = _face_uv(cells, float(radii.mean()))
    parts = []
    for d in _sphere_grids(cells):
        a = np.maximum(np.abs(d), 1e-6)
        ring = a[..., 0] ** (2 / e2) + a[..., 2] ** (2 / e2)
        f = ring ** (e2 / e1) + a[..., 1] ** (2 / e1)
        r = f ** (-e1 / 2)
        gradient = np.stack(
            [
                ring ** (e2 / e1 - 1) * a[..., 0] ** (2 / e2 - 1),
                a[..., 1] ** (2 / e1 - 1),
                ring ** (e2 / e1 - 1) * a[..., 2] ** (2 / e2 - 1),
            ],
            -1,
        )
        gradient = gradient / np.maximum(np.abs(gradient).max(axis=-1, keepdims=True), 1e-12)
        parts.append(grid(d * r[..., None] * radii, np.sign(d) * gradient / radii, uv))
    return join(parts)


def _blob(numbers: Numbers, seed: int) -> Mesh:
    # A sphere whose radius varies with a few plane waves; the normal follows from the radius' gradient.
    radius, roughness, frequency = numbers
    rng = np.random.default_rng(seed)
    count = 7
    wave = rng.normal(0, frequency, (count, 3))
    phase = rng.uniform(0, 2 * np.pi, count)
    amplitude = rng.uniform(0.3, 1.0, count) * roughness / (1 + np.linalg.norm(wave, axis=1) / frequency)
    cells = 40
    uv = _face_uv(cells, radius)
    parts = []
    for d in _sphere_grids(cells):
        angle = d @ wave.T + phase
        r = 1 + np.sin(angle) @ amplitude
        slope = (np.cos(angle) * amplitude) @ wave
        tangential = slope - (slope * d).sum(-1, keepdims=True) * d
        parts.append(grid(radius * r[..., None] * d, r[..., None] * d - tangential, uv))
    return join(parts)


def _torus(numbers: Numbers, seed: int) -> Mesh:
    major, minor = numbers
    u, v = np.meshgrid(np.linspace(0, 2 * np.pi, 65), np.linspace(0, 2 * np.pi, 33), indexing="ij")
    normal = np.stack([np.cos(v) * np.cos(u), np.sin(v), np.cos(v) * np.sin(u)], -1)
    centre = np.stack([major * np.cos(u), np.zeros_like(u), major * np.sin(u)], -1)
    return grid(centre + minor * normal, normal, np.stack([u * major, v * minor], -1))


def revolve(curves: Sequence[np.ndarray], steps: int = 64) -> Mesh:
    """Turn profile curves about +Y. Each curve is (K, 2) radius and height, smooth inside, sharp where curves meet.

    Curves run so that the outside is on their right (from the bottom's centre, up the side, to the top's centre).
    """
    turn = np.linspace(0, 2 * np.pi, steps + 1)
    widest = max(float(c[:, 0].max()) for c in curves)
    parts = []
    for curve in curves:
        tangent = np.gradient(curve, axis=0)
        r, y = curve[:, 0][:, None], curve[:, 1][:, None]
        out, up = tangent[:, 1][:, None], -tangent[:, 0][:, None]
        cos, sin = np.cos(turn)[None], np.sin(turn)[None]
        points = np.stack([r * cos, np.broadcast_to(y, (len(curve), steps + 1)), r * sin], -1)
        normals = np.stack([out * cos, np.broadcast_to(up, (len(curve), steps + 1)), out * sin], -1)
        if np.ptp(curve[:, 1]) < 1e-6:
            uv = points[..., [0, 2]]  # a disc: planar coordinates do not pinch at its centre
        else:
            along = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(curve, axis=0), axis=1))])
            aa, tt = np.meshgrid(along, turn * widest, indexing="ij")
            uv = np.stack([-tt, aa], -1)
        parts.append(grid(points, normals, uv))
    return join(parts)


def _cylinder(numbers: Numbers, seed: int) -> Mesh:
    # Standing on y = 0; the top radius may differ (a cone when near zero).
    bottom, top, height = numbers
    low, high = np.array([1e-4, 0.0]), np.array([1e-4, height])
    a, b = np.array([bottom, 0.0]), np.array([top, height])
    return revolve([np.linspace(low, a, 3), np.linspace(a, b, 4), np.linspace(b, high, 3)])


def _smooth(points: np.ndarray, samples: int) -> np.ndarray:
    # Catmull-Rom through the points.
    p = np.concatenate([2 * points[:1] - points[1:2], points, 2 * points[-1:] - points[-2:-1]])
    t = np.linspace(0, len(points) - 1 - 1e-6, samples)
    i = t.astype(int)
    f = (t - i)[:, None]
    p0, p1, p2, p3 = p[i], p[i + 1], p[i + 2], p[i + 3]
    values: np.ndarray = 0.5 * (
        2 * p1 + (p2 - p0) * f + (2 * p0 - 5 * p1 + 4 * p2 - p3) * f**2 + (3 * p1 - p0 - 3 * p2 + p3) * f**3
    )
    return values


def _vessel(numbers: Numbers, seed: int) -> Mesh:
    # Bottles, vases, lamps, chess-piece shapes: a random smooth profile closed by two discs, standing on y = 0.
    radius, height = numbers
    rng = np.random.default_rng(seed)
    knots = int(rng.integers(4, 7))
    r = radius * np.clip(np.cumsum(rng.normal(0, 0.28, knots)) + 0.8, 0.25, 1.0)
    profile = _smooth(np.stack([r, np.linspace(0, height, knots)], 1), 48)
    profile[:, 0] = np.maximum(profile[:, 0], 0.1 * radius)
    low, high = np.array([1e-4, 0.0]), np.array([1e-4, height])
    return revolve([np.linspace(low, profile[0], 3), profile, np.linspace(profile[-1], high, 3)])


def _bowl(numbers: Numbers, seed: int) -> Mesh:
    # A bowl or cup with an inside: up the outer wall, over the rim, down the inner wall.
    radius, height, belly = numbers
    t = np.linspace(0, 1, 24)
    foot = 0.45 + 0.4 * belly
    outer = np.stack([radius * (foot + (1 - foot) * t ** (0.3 + 0.7 * (1 - belly))), height * t], 1)
    wall = 0.06 * radius
    inner = (outer - [wall, 0.0])[::-1].copy()
    inner[:, 1] = np.maximum(inner[:, 1], 0.08 * height)
    floor = np.linspace([inner[-1, 0], 0.08 * height], [1e-4, 0.08 * height], 3)
    base = np.linspace([1e-4, 0.0], outer[0], 3)
    rim = np.linspace(outer[-1], inner[0], 3)
    return revolve([base, outer, rim, inner[:-2], floor])


def _sheet(numbers: Numbers, seed: int) -> Mesh:
    # A wavy rectangle over y = 0, facing +Y: ground, cloth, water. Height is a sum of sines; the normal is exact.
    width, depth, height, wavelength = numbers
    rng = np.random.default_rng(seed)
    count = 8
    angle = rng.uniform(0, 2 * np.pi) + rng.normal(0, 0.9, count)
    k = 2 * np.pi / wavelength * rng.uniform(0.4, 1.8, count)
    kx, kz = k * np.cos(angle), k * np.sin(angle)
    phase, amplitude = (
        rng.uniform(0, 2 * np.pi, count),
        height * rng.uniform(0.2, 1.0, count) * (wavelength * k) ** -0.7,
    )
    x, z = np.linspace(-width / 2, width / 2, 129), np.linspace(-depth / 2, depth / 2, 129)
    zz, xx = np.meshgrid(z, x, indexing="ij")
    wave = xx[..., None] * kx + zz[..., None] * kz + phase
    y = np.sin(wave) @ amplitude
    normal = np.stack([-np.cos(wave) @ (amplitude * kx), np.ones_like(y), -np.cos(wave) @ (amplitude * kz)], -1)
    return grid(np.stack([xx, y, zz], -1), normal, np.stack([xx, -zz], -1))


KINDS: Dict[str, Tuple[Callable[[Numbers, int], Mesh], Tuple[str, ...]]] = {  # noqa: UP006
    "quad": (_quad, ("width", "depth")),
    "box": (_box, ("width", "height", "depth")),
    "ellipsoid": (_ellipsoid, ("radius_x", "radius_y", "radius_z")),
    "superquadric": (_superquadric, ("radius_x", "radius_y", "radius_z", "exponent_1", "exponent_2")),
    "blob": (_blob, ("radius", "roughness", "frequency")),
    "torus": (_torus, ("major_radius", "minor_radius")),
    "cylinder": (_cylinder, ("bottom_radius", "top_radius", "height")),
    "vessel": (_vessel, ("radius", "height")),
    "bowl": (_bowl, ("radius", "height", "belly")),
    "sheet": (_sheet, ("width", "depth", "height", "wavelength")),
}
