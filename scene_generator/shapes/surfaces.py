"""Surfaces made from curves: tubes, turned bodies, skins over a grid of points, bevelled boxes, extrusions.

What shapes of several parts are put together from. Lengths are metres; normals point out; angles are radians.
"""

from __future__ import annotations

from typing import List, Optional, Tuple  # noqa: UP035 - Python 3.9

import numpy as np

from scene_generator.shapes.mesh import Mesh, grid, join

TINY = 1e-9
Size = Tuple[float, float, float]  # noqa: UP006


def unit(vectors: np.ndarray) -> np.ndarray:
    """Return `vectors` (..., 3 or 2) with length one; vectors of no length stay as they are."""
    out: np.ndarray = vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12)
    return out


def rotation(axis: int, angle: float) -> np.ndarray:
    """Return the 4 x 4 matrix that turns by `angle` about +X (0), +Y (1) or +Z (2), counter-clockwise from +axis."""
    m = np.eye(4)
    a, b = (axis + 1) % 3, (axis + 2) % 3
    m[a, a] = m[b, b] = np.cos(angle)
    m[b, a] = np.sin(angle)
    m[a, b] = -np.sin(angle)
    return m


def translation(x: float, y: float, z: float) -> np.ndarray:
    """Return the 4 x 4 matrix that moves by (x, y, z)."""
    m = np.eye(4)
    m[:3, 3] = x, y, z
    return m


def smooth_curve(points: np.ndarray, samples: int) -> np.ndarray:
    """Return `samples` points on the uniform Catmull-Rom spline through `points` (K, D) (Catmull and Rom, 1974)."""
    p = np.concatenate([2 * points[:1] - points[1:2], points, 2 * points[-1:] - points[-2:-1]])
    t = np.linspace(0, len(points) - 1 - 1e-9, samples)
    i = t.astype(int)
    f = (t - i)[:, None]
    p0, p1, p2, p3 = p[i], p[i + 1], p[i + 2], p[i + 3]
    out: np.ndarray = 0.5 * (
        2 * p1 + (p2 - p0) * f + (2 * p0 - 5 * p1 + 4 * p2 - p3) * f**2 + (3 * p1 - p0 - 3 * p2 + p3) * f**3
    )
    return out


def rounded(points: np.ndarray, radius: float, closed: bool = False, steps: int = 4) -> np.ndarray:
    """Return the polyline `points` (K, 2) with every corner replaced by a curve that starts `radius` before it.

    The curve is a quadratic Bezier; edges shorter than two radii get as much as they have. With `closed` the last
    point joins the first (not repeated in the result).
    """
    p = np.asarray(points, float)
    before, after = np.roll(p, 1, 0) - p, np.roll(p, -1, 0) - p
    la, lb = np.linalg.norm(before, axis=1), np.linalg.norm(after, axis=1)
    reach = np.minimum(radius, 0.49 * np.minimum(la, lb))[:, None]
    start, end = p + unit(before) * reach, p + unit(after) * reach
    t = np.linspace(0, 1, steps + 1)[None, :, None]
    arcs = (1 - t) ** 2 * start[:, None] + 2 * t * (1 - t) * p[:, None] + t**2 * end[:, None]
    if closed:
        return np.asarray(arcs.reshape(-1, 2))
    return np.concatenate([p[:1], arcs[1:-1].reshape(-1, 2), p[-1:]])


def smooth_runs(points: np.ndarray, corner: float = 0.5) -> List[np.ndarray]:  # noqa: UP006
    """Cut the polyline `points` (K, D) where it turns by more than `corner` radians, so that edges there stay sharp."""
    points = points[np.concatenate([[True], np.linalg.norm(np.diff(points, axis=0), axis=1) > TINY])]
    d = unit(np.diff(points, axis=0))
    turn = np.arccos(np.clip((d[1:] * d[:-1]).sum(1), -1, 1))
    cuts = [0, *(np.nonzero(turn > corner)[0] + 1).tolist(), len(points) - 1]
    return [points[a : b + 1] for a, b in zip(cuts[:-1], cuts[1:])]


def _slope(points: np.ndarray, axis: int, closed: bool) -> np.ndarray:
    if closed:  # the last column repeats the first
        inner = np.take(points, np.arange(points.shape[axis] - 1), axis)
        d = (np.roll(inner, -1, axis) - np.roll(inner, 1, axis)) / 2
        return np.concatenate([d, np.take(d, [0], axis)], axis)
    slope: np.ndarray = np.gradient(points, axis=axis)
    return slope


def skin(points: np.ndarray, closed: bool = False, flip: bool = False, uv: Optional[np.ndarray] = None) -> Mesh:  # noqa: UP045
    """Return the smooth surface over an (I, J, 3) grid of points, its normal along d/di x d/dj (against it if `flip`).

    With `closed` the last column repeats the first and the normals run through. Without `uv` (I, J, 2) texture
    coordinates are lengths along the middle row and column.
    """
    n = np.cross(_slope(points, 0, False), _slope(points, 1, closed))
    if uv is None:
        uv = lengths(points)
    return grid(points, -n if flip else n, uv)


def lengths(points: np.ndarray) -> np.ndarray:
    """Return texture coordinates (I, J, 2) in metres: lengths along j and i, averaged over the other direction."""
    along_i = np.linalg.norm(np.diff(points, axis=0), axis=-1).mean(1)
    along_j = np.linalg.norm(np.diff(points, axis=1), axis=-1).mean(0)
    v, u = np.concatenate([[0], np.cumsum(along_i)]), np.concatenate([[0], np.cumsum(along_j)])
    vv, uu = np.meshgrid(v, u, indexing="ij")
    return np.stack([uu, vv], -1)


def turn(profile: np.ndarray, steps: int = 48, corner: float = 0.5) -> Mesh:
    """Turn the profile (K, 2) of radius and height about +Y.

    The outside is on the profile's right: from the bottom's centre, up the side, to the top's centre. Edges sharper
    than `corner` radians stay sharp.
    """
    angle = np.linspace(0, 2 * np.pi, steps + 1)
    cos, sin = np.cos(angle)[None], np.sin(angle)[None]
    widest = float(profile[:, 0].max())
    parts, start = [], 0.0
    for curve in smooth_runs(np.asarray(profile, float), corner):
        tangent = np.gradient(curve, axis=0)
        r, y = curve[:, :1], np.broadcast_to(curve[:, 1:], (len(curve), steps + 1))
        out, up = tangent[:, 1:], np.broadcast_to(-tangent[:, :1], y.shape)
        points = np.stack([r * cos, y, r * sin], -1)
        along = start + np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(curve, axis=0), axis=1))])
        start = float(along[-1])
        if np.ptp(curve[:, 1]) < 1e-6:
            uv = points[..., [0, 2]]  # a disc: planar coordinates do not pinch at its centre
        else:
            aa, tt = np.meshgrid(along, angle * widest, indexing="ij")
            uv = np.stack([-tt, aa], -1)
        parts.append(grid(points, np.stack([out * cos, up, out * sin], -1), uv))
    return join(parts)


def frames(paths: np.ndarray) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:  # noqa: UP006
    """Return tangents, and two directions across, (M, K, 3) each, that do not twist along the paths (M, K, 3).

    Double reflection of Wang, Juettler, Zheng and Liu, "Computation of rotation minimizing frames", 2008.
    """
    tangent = unit(np.gradient(paths, axis=1))
    least = np.eye(3)[np.abs(tangent[:, 0]).argmin(1)]
    side = np.empty_like(tangent)
    side[:, 0] = unit(np.cross(tangent[:, 0], least))
    for k in range(paths.shape[1] - 1):
        v1 = paths[:, k + 1] - paths[:, k]
        c1 = 2 / np.maximum((v1 * v1).sum(1, keepdims=True), 1e-18)
        r = side[:, k] - c1 * (v1 * side[:, k]).sum(1, keepdims=True) * v1
        t = tangent[:, k] - c1 * (v1 * tangent[:, k]).sum(1, keepdims=True) * v1
        v2 = tangent[:, k + 1] - t
        c2 = 2 / np.maximum((v2 * v2).sum(1, keepdims=True), 1e-18)
        side[:, k + 1] = unit(r - c2 * (v2 * r).sum(1, keepdims=True) * v2)
    return tangent, side, np.cross(tangent, side)


def tubes(paths: np.ndarray, radii: np.ndarray, sides: int = 12, ends: str = "round") -> Mesh:
    """Return M tubes about the paths (M, K, 3) with radii (M, K), or about one path (K, 3).

    `ends` is "round" (half spheres beyond the ends), "flat" or "open". Frames do not twist; normals follow the taper.
    """
    paths = np.asarray(paths, float)
    if paths.ndim == 2:
        paths = paths[None]
    radii = np.broadcast_to(np.asarray(radii, float), paths.shape[:2])
    t, u, v = frames(paths)
    step = np.linalg.norm(np.diff(paths, axis=1), axis=2)
    along = np.concatenate([np.zeros((len(paths), 1)), np.cumsum(step, 1)], 1)
    rise = np.gradient(radii, axis=1) / np.maximum(np.linalg.norm(np.gradient(paths, axis=1), axis=2), 1e-9)
    rings = [(paths, radii, np.ones_like(rise), -rise, t, u, v, along)]
    if ends != "open":
        theta = np.linspace(np.pi / 2, 0, 4 if sides < 16 else 6)[:-1]
        cap = np.array([[0.0, 0.0, 1.0], [1.0, 0.0, 1.0]])  # radius, distance beyond the end, normal along
        if ends == "round":
            cap = np.stack([np.cos(theta), np.sin(theta), np.sin(theta)], 1)
        for end, sign, rows in ((0, -1.0, cap), (-1, 1.0, cap[::-1])):
            r, ones = radii[:, [end]], np.ones((len(radii), len(rows)))
            beyond = sign * r * rows[:, 1]
            across = np.sqrt(np.maximum(1 - rows[:, 2] ** 2, 0)) * ones
            here = [x[:, [end]] * ones[..., None] for x in (t, u, v)]
            centres = paths[:, [end]] + beyond[..., None] * t[:, [end]]
            ring = (centres, r * rows[:, 0], across, sign * rows[:, 2] * ones, *here, along[:, [end]] + beyond)
            rings.append(ring)
        rings = [rings[1], rings[0], rings[2]]
    centre, radius, radial, axial, t, u, v, along = (np.concatenate(x, 1) for x in zip(*rings))
    angle = np.linspace(0, 2 * np.pi, sides + 1)
    out = u[:, :, None] * np.cos(angle)[:, None] + v[:, :, None] * np.sin(angle)[:, None]
    points = centre[:, :, None] + radius[..., None, None] * out
    normals = unit(radial[..., None, None] * out + axial[..., None, None] * t[:, :, None])
    around = angle * radii.mean(1)[:, None, None]
    uv = np.stack([np.broadcast_to(around, points.shape[:3]), np.broadcast_to(along[..., None], points.shape[:3])], -1)
    return grids(points, normals, uv)


def grids(points: np.ndarray, normals: np.ndarray, uv: np.ndarray) -> Mesh:
    """Return M grids of points (M, I, J, 3) as one mesh; triangles face along `normals`, flat ones are left out."""
    m, rows, columns = points.shape[:3]
    i, j = np.meshgrid(np.arange(rows - 1), np.arange(columns - 1), indexing="ij")
    a = (i * columns + j).ravel()
    b, c, d = a + columns, a + columns + 1, a + 1
    one = np.concatenate([np.stack([a, b, c], 1), np.stack([a, c, d], 1)])
    faces = (one[None] + (np.arange(m) * rows * columns)[:, None, None]).reshape(-1, 3)
    return oriented(points.reshape(-1, 3), normals.reshape(-1, 3), uv.reshape(-1, 2), faces)


def oriented(points: np.ndarray, normals: np.ndarray, uv: np.ndarray, faces: np.ndarray) -> Mesh:
    """Return the mesh whose triangles (F, 3) are turned to face along the points' normals; flat ones are left out."""
    n = unit(normals)
    p = points[faces]
    geometric = np.cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0])
    wrong = (geometric * n[faces].sum(1)).sum(1) < 0
    faces = np.where(wrong[:, None], faces[:, [0, 2, 1]], faces)
    keep = np.linalg.norm(geometric, axis=1) > 1e-11
    return Mesh(points.astype(np.float32), n.astype(np.float32), uv.astype(np.float32), faces[keep].astype(np.uint32))


def _box_pattern() -> Tuple[np.ndarray, np.ndarray, np.ndarray]:  # noqa: UP006
    # A box with chamfered edges: three corner points a corner, one on each face that meets there.
    corner = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], float)
    points = np.repeat(corner, 3, 0)
    axis = np.tile(np.arange(3), 8)
    index = {(tuple(c), a): k * 3 + a for k, c in enumerate(corner.tolist()) for a in range(3)}
    quads: List[List[int]] = []  # noqa: UP006
    triangles = [[k * 3, k * 3 + 1, k * 3 + 2] for k in range(8)]

    def at(a: int, sa: float, b: int, sb: float, c: int, sc: float, face: int) -> int:
        key = [0.0, 0.0, 0.0]
        key[a], key[b], key[c] = sa, sb, sc
        return index[tuple(key), face]

    for a in range(3):
        b, c = (a + 1) % 3, (a + 2) % 3
        for s in (-1.0, 1.0):
            quads.append([at(a, s, b, x, c, y, a) for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1))])
            for r in (-1.0, 1.0):  # the edge between faces a and b runs along c
                ends = [at(a, s, b, r, c, x, f) for x, f in ((-1, a), (1, a), (1, b), (-1, b))]
                quads.append(ends)
    faces = np.array(triangles + [q[:3] for q in quads] + [[q[0], q[2], q[3]] for q in quads])
    return points, np.eye(3)[axis] * points, faces


_BOX = _box_pattern()


def boxes(centres: np.ndarray, sizes: np.ndarray, bevel: float, turns: Optional[np.ndarray] = None) -> Mesh:  # noqa: UP045
    """Return boxes at `centres` (M, 3) with full `sizes` (M, 3) and chamfers `bevel` wide, 44 triangles each.

    Normals are those of the faces at the chamfers' edges, so chamfers look round. `turns` (M, 3, 3) are rotations.
    """
    corner, normal, faces = _BOX
    half = np.broadcast_to(np.asarray(sizes, float), (len(centres), 3))[:, None] / 2
    chamfer = np.minimum(bevel, 0.45 * half.min(-1, keepdims=True))
    points = corner * half - (corner - normal) * chamfer
    # Texture coordinates lie in the face that the point's normal belongs to, upright on the sides.
    axis = np.abs(normal).argmax(1)
    u = np.where(axis == 0, 2, 0)
    v = np.where(axis == 1, 2, 1)
    k = np.arange(len(corner))
    facing = normal[k, axis]
    uv = np.stack([points[:, k, u] * np.where(axis == 0, -facing, np.where(axis == 2, facing, 1)), points[:, k, v]], -1)
    uv = uv + (np.arange(len(centres)) * 0.377)[:, None, None]  # parts of one thing do not repeat their texture
    normals = np.broadcast_to(normal, points.shape)
    if turns is not None:
        points = np.einsum("mij,mkj->mki", turns, points)
        normals = np.einsum("mij,mkj->mki", turns, normals)
    points = points + np.asarray(centres, float)[:, None]
    all_faces = (faces[None] + (np.arange(len(centres)) * len(corner))[:, None, None]).reshape(-1, 3)
    return oriented(points.reshape(-1, 3), normals.reshape(-1, 3), uv.reshape(-1, 2), all_faces)


def box(centre: Size, size: Size, bevel: float) -> Mesh:
    """Return one box of `boxes`."""
    return boxes(np.array([centre]), np.array([size]), bevel)


def extrude(outline: np.ndarray, depth: float, bevel: float = 0.0, smooth: bool = True) -> Mesh:
    """Return the outline (N, 2), counter-clockwise and star-shaped about the origin, extruded from z = 0 to `depth`.

    Edges at both ends are chamfered by `bevel`. With `smooth` the side's normals run round corners closer than 40
    degrees, which suits outlines with `rounded` corners.
    """
    loop = np.concatenate([outline, outline[:1]])
    tangent = _slope(loop[None], 1, True)[0]
    out = unit(np.stack([tangent[:, 1], -tangent[:, 0]], 1))
    b = min(bevel, 0.45 * depth)
    inset, wide = loop - out * b, loop
    flat, side = np.zeros((len(loop), 1)), np.concatenate([out, np.zeros((len(loop), 1))], 1)
    up = np.zeros((len(loop), 3))
    up[:, 2] = 1.0
    centre = np.zeros_like(loop)
    rows = [(centre, 0.0, -up), (inset, 0.0, -up), (wide, b, side), (wide, depth - b, side), (inset, depth, up)]
    if b == 0:
        rows[2:2] = [(wide, 0.0, side)]
        rows[4:] = [(wide, depth, side), (inset, depth, up)]
    rows.append((centre, depth, up))
    points = np.stack([np.concatenate([p, flat + z], 1) for p, z, _ in rows])
    normals = np.stack([n for _, _, n in rows])
    around = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(loop, axis=0), axis=1))])
    on_side = np.abs(normals[..., 2]) < 0.5
    uv = np.where(
        on_side[..., None], np.stack(np.broadcast_arrays(around, points[..., 2]), -1), points[..., :2] * [1.0, 1.0]
    )
    if not smooth:
        return _faceted(outline, depth)
    return grid(points, normals, uv)


def _faceted(outline: np.ndarray, depth: float) -> Mesh:
    loop = np.concatenate([outline, outline[:1]])
    edge = np.diff(loop, axis=0)
    out = unit(np.stack([edge[:, 1], -edge[:, 0]], 1))
    n = len(outline)
    points, normals = np.zeros((n, 2, 2, 3)), np.zeros((n, 2, 2, 3))
    for j in range(2):
        points[:, :, j, :2] = loop[j : j + n, None]
    points[:, 1, :, 2] = depth
    normals[..., :2] = out[:, None, None]
    around = np.concatenate([[0], np.cumsum(np.linalg.norm(edge, axis=1))])
    uv = np.stack([np.stack([around[j : j + n]] * 2, 1) for j in range(2)], 2)
    side = grids(points, normals, np.stack([uv, points[..., 2]], -1))
    ends = []
    for z, sign in ((0.0, -1.0), (depth, 1.0)):
        p = np.concatenate([[[0.0, 0.0]], outline])
        k = np.arange(n)
        faces = np.stack([np.zeros(n, int), k + 1, (k + 1) % n + 1], 1)
        normal = np.broadcast_to([0.0, 0.0, sign], (n + 1, 3))
        ends.append(oriented(np.concatenate([p, np.full((n + 1, 1), z)], 1), normal, p, faces))
    return join([side, *ends])


def grounded(mesh: Mesh) -> Mesh:
    """Return the mesh with what lies a little below y = 0 (rims of leaning tubes, tips of leaves) moved up to it."""
    points = mesh.positions.copy()
    points[:, 1] = np.maximum(points[:, 1], 0)
    return Mesh(points, mesh.normals, mesh.uvs, mesh.faces)


def ribbon(profile: np.ndarray, along: np.ndarray, axis: int, corner: float = 0.5) -> Mesh:
    """Return the profile (K, 2) drawn along `axis` 0 (X) or 1 (Y) at the places `along` (J,).

    For X the profile holds (y, z), for Y it holds (x, z). The outside lies on the profile's left (+Z of a profile that
    runs along +y) for X and on its left for Y.
    """
    parts, start = [], 0.0
    for curve in smooth_runs(profile, corner):
        tangent = np.gradient(curve, axis=0)
        pp, aa = np.meshgrid(np.arange(len(curve)), along, indexing="ij")
        a, z = curve[pp, 0], curve[pp, 1]
        na, nz = -tangent[pp, 1], tangent[pp, 0]
        length = start + np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(curve, axis=0), axis=1))])
        start = float(length[-1])
        zero = np.zeros_like(z)
        if axis == 0:
            points, normals = np.stack([aa, a, z], -1), np.stack([zero, na, nz], -1)
            uv = np.stack([aa, length[pp]], -1)
        else:
            points, normals = np.stack([a, aa, z], -1), np.stack([na, zero, nz], -1)
            uv = np.stack([length[pp], aa], -1)
        parts.append(grid(points, normals, uv))
    return join(parts)


def classical_profile(rng: np.random.Generator, members: int) -> np.ndarray:
    """Return a random moulding as a polyline (K, 2) in the unit square: it runs along +u from (0, 0) to (1, 0).

    Members are flats, ogees, ovolos, cavettos and beads between steps; projection lies in 0 .. 1 and reaches 1.
    """
    widths = rng.dirichlet(np.full(members, 2.0))
    points: List[Tuple[float, float]] = [(0.0, 0.0)]  # noqa: UP006
    t = np.linspace(0, 1, 9)
    u, z = 0.0, float(rng.uniform(0.2, 0.6))
    for k in range(members):
        w = float(widths[k])
        target = float(np.clip(z + rng.choice([-1, 1]) * rng.uniform(0.2, 0.5), 0.15, 1.0))
        member = rng.choice(["flat", "ogee", "ovolo", "cavetto", "bead"])
        if member == "flat":
            curve = np.full(2, z)
        elif member == "ogee":
            curve = z + (target - z) * t * t * (3 - 2 * t)
        elif member == "ovolo":
            curve = z + (target - z) * np.sqrt(np.maximum(1 - (1 - t) ** 2, 0))
        elif member == "cavetto":
            curve = z + (target - z) * (1 - np.sqrt(np.maximum(1 - t**2, 0)))
        else:
            curve = z + min(w, 0.3) * np.sqrt(np.maximum(1 - (2 * t - 1) ** 2, 0))
        at = np.linspace(u, u + w, len(curve))
        points.extend(zip(at.tolist(), curve.tolist()))
        u, z = u + w, float(np.clip(curve[-1] + rng.uniform(-0.12, 0.12), 0.1, 1.0))
    points.append((1.0, 0.0))
    profile = np.array(points)
    profile[:, 1] /= profile[:, 1].max()
    profile[:, 0] = np.clip(profile[:, 0], 0, 1)
    return profile


def thick(points: np.ndarray, thickness: float, uv: Optional[np.ndarray] = None) -> Mesh:  # noqa: UP045
    """Return a sheet of (I, J, 3) points with both sides, `thickness` apart, and a rim. The front is d/di x d/dj."""
    n = unit(np.cross(_slope(points, 0, False), _slope(points, 1, False)))
    front, back = points + n * thickness / 2, points - n * thickness / 2
    where = lengths(points) if uv is None else uv
    parts = [grid(front, n, where), grid(back, -n, where)]
    for take, axis in ((np.s_[0, :], 0), (np.s_[-1, :], 0), (np.s_[:, 0], 1), (np.s_[:, -1], 1)):
        sign = -1.0 if 0 in [x for x in take if isinstance(x, int)] else 1.0
        out = sign * _slope(points, axis, False)[take]
        rim = np.stack([front[take], back[take]])
        parts.append(grid(rim, np.stack([out, out]), np.stack([where[take], where[take] + [0.0, thickness]])))
    return join(parts)
