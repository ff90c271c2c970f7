"""Solids as signed distance fields, and the surface nets that turn a field into a mesh.

A field takes points as a (3, N) float32 array (axes first, so that each axis is contiguous) in metres and returns (N,)
float32: the distance to the surface, below zero inside. Blended fields are only bounds of the distance, which is all
that the mesher asks for. The distances to primitives are those of J. C. Hart, "Sphere tracing", The Visual Computer
1996 (its appendix), the ellipsoid's is its first-order estimate by G. Taubin, "Distance approximations for rasterizing
implicit curves", ACM TOG 1994; the blends are the quadratic polynomial smooth minimum of I. Quilez, "Smooth minimum",
2013.
"""

from __future__ import annotations

from typing import Callable, List, Sequence, Tuple, Union  # noqa: UP035 - Python 3.9

import numpy as np

from scene_generator.shapes.mesh import Mesh, join

Field = Callable[[np.ndarray], np.ndarray]
Point = Union[Sequence[float], np.ndarray]

_BLOCK = 4


def sphere(p: np.ndarray, centre: Point, radius: float) -> np.ndarray:
    """Return the exact distance of `p` (3, N) to a sphere; metres."""
    x, y, z = p[0] - centre[0], p[1] - centre[1], p[2] - centre[2]
    return np.asarray(np.sqrt(x * x + y * y + z * z) - radius)


def ellipsoid(p: np.ndarray, centre: Point, radii: Point) -> np.ndarray:
    """Return a first-order estimate of the distance of `p` (3, N) to an ellipsoid along the axes (Taubin 1994)."""
    x, y, z = ((p[i] - centre[i]) / radii[i] for i in range(3))
    k0 = np.sqrt(x * x + y * y + z * z)
    k1 = np.sqrt((x / radii[0]) ** 2 + (y / radii[1]) ** 2 + (z / radii[2]) ** 2)
    # At the very centre both norms vanish; the value there is minus the smallest radius.
    return np.asarray(np.where(k1 > 1e-6, k0 * (k0 - 1) / np.maximum(k1, 1e-6), -min(radii)))


def capsule(p: np.ndarray, a: Point, b: Point, radius_a: float, radius_b: float) -> np.ndarray:
    """Return the distance of `p` (3, N) to a rod from `a` to `b` with round ends; exact where the radii are equal."""
    d = [float(b[i]) - float(a[i]) for i in range(3)]
    x, y, z = p[0] - a[0], p[1] - a[1], p[2] - a[2]
    length2 = max(d[0] ** 2 + d[1] ** 2 + d[2] ** 2, 1e-12)
    t = np.clip((x * d[0] + y * d[1] + z * d[2]) * (1 / length2), 0, 1)
    x, y, z = x - t * d[0], y - t * d[1], z - t * d[2]
    return np.asarray(np.sqrt(x * x + y * y + z * z) - (radius_a + t * (radius_b - radius_a)))


def rounded_box(p: np.ndarray, centre: Point, half: Point, rounding: float) -> np.ndarray:
    """Return the exact distance of `p` (3, N) to a box along the axes; `half` sizes include the `rounding` radius."""
    q = [np.abs(p[i] - centre[i]) - (half[i] - rounding) for i in range(3)]
    x, y, z = (np.maximum(a, 0) for a in q)
    inner = np.minimum(np.maximum(np.maximum(q[0], q[1]), q[2]), 0)
    return np.asarray(np.sqrt(x * x + y * y + z * z) + inner - rounding)


def torus(p: np.ndarray, centre: Point, major: float, minor: float) -> np.ndarray:
    """Return the exact distance of `p` (3, N) to a ring about +Y through `centre`."""
    x, y, z = p[0] - centre[0], p[1] - centre[1], p[2] - centre[2]
    ring = np.sqrt(x * x + z * z) - major
    return np.asarray(np.sqrt(ring * ring + y * y) - minor)


def smooth_union(a: np.ndarray, b: np.ndarray, blend: float) -> np.ndarray:
    """Return both solids joined by a fillet that starts `blend` metres from the crease."""
    h = np.maximum(blend - np.abs(a - b), 0)
    return np.asarray(np.minimum(a, b) - h * h * (0.25 / blend))


def smooth_intersection(a: np.ndarray, b: np.ndarray, blend: float) -> np.ndarray:
    """Return what both solids share, its edge rounded over `blend` metres."""
    return -smooth_union(-a, -b, blend)


def smooth_subtraction(a: np.ndarray, b: np.ndarray, blend: float) -> np.ndarray:
    """Return `a` without `b`, the new edge rounded over `blend` metres."""
    return -smooth_union(-a, b, blend)


def turned(p: np.ndarray, rotation: np.ndarray, origin: Point) -> np.ndarray:
    """Return `p` (3, N) in the frame of a part: `rotation` (3, 3) takes the part's axes to those of `p`."""
    o = np.asarray(origin, np.float32)[:, None]
    return np.asarray(rotation.T.astype(np.float32) @ (p - o))


def axis(low: float, high: float, cell: float) -> np.ndarray:
    """Return grid coordinates from `low` to `high` in even steps of about `cell` metres."""
    return np.linspace(low, high, max(int(np.ceil((high - low) / cell)), 2) + 1).astype(np.float32)


def solid(field: Field, x: np.ndarray, y: np.ndarray, z: np.ndarray, slope: float = 1.3) -> Mesh:
    """Return the closed mesh of `field` with textures laid on from the six sides of a box.

    Args:
        field: (3, N) -> (N,), metres. x, y, z: ascending grid coordinates; their steps may vary, so that a face may be
            finer than the back of a head. slope: bound of the field's gradient; larger is safer and slower.

    Raises:
        ValueError: the surface is not all inside the grid, or there is none.
    """
    points, normals, faces = surface_net(field, x, y, z, slope)
    return box_mapped(points, normals, faces)


def warped_solid(
    field: Field,
    warp: Callable[[np.ndarray], Tuple[np.ndarray, np.ndarray]],  # noqa: UP006
    x: np.ndarray,
    y: np.ndarray,
    z: np.ndarray,
) -> Mesh:
    """Return the mesh of `field` on a bent grid, which spends its cells where `warp` packs them.

    Args:
        warp: takes grid points (3, N) to points of the field (3, N) and says how many times larger a cell is there,
            (N,) above 0. It must not fold space or mirror it. The rest as in `solid`.
    """

    def bent(p: np.ndarray) -> np.ndarray:
        q, size = warp(p)
        return np.asarray(field(q) / size)

    points, _, faces = surface_net(bent, x, y, z)
    points = warp(np.ascontiguousarray(points.T))[0]
    eps = 0.4 * float(min(np.diff(a).min() for a in (x, y, z)))
    g = gradient(field, points, eps)
    normals = (g / np.maximum(np.linalg.norm(g, axis=0), 1e-12)).T
    return box_mapped(np.ascontiguousarray(points.T), normals.astype(np.float32), faces)


def _sampled(field: Field, axes: List[np.ndarray], slope: float) -> Tuple[np.ndarray, np.ndarray]:  # noqa: UP006
    # Values on the whole grid and the flat indices where they are exact: only blocks that the surface may reach are
    # evaluated point by point, the rest takes the sign of its middle.
    padded = []
    for a in axes:
        extra = -len(a) % _BLOCK
        padded.append(np.concatenate([a, a[-1] + (a[-1] - a[-2]) * np.arange(1, extra + 1, dtype=np.float32)]))
    blocks = [a.reshape(-1, _BLOCK) for a in padded]
    shape = tuple(len(a) for a in padded)
    counts = tuple(len(b) for b in blocks)
    # A block reaches one step beyond its own points, to its neighbour's first.
    ends = [np.append(b[1:, 0], b[-1, -1] + (b[-1, -1] - b[-1, -2])) for b in blocks]
    middles = [(b[:, 0] + e) / 2 for b, e in zip(blocks, ends)]
    reach = [(e - b[:, 0]) / 2 + np.max(np.diff(a)) for b, e, a in zip(blocks, ends, padded)]
    centre = np.stack([m.ravel() for m in np.meshgrid(*middles, indexing="ij")]).astype(np.float32)
    r0, r1, r2 = (r * r for r in reach)
    radius = np.sqrt(r0[:, None, None] + r1[None, :, None] + r2[None, None, :]).ravel()
    coarse = field(centre)
    active = np.flatnonzero(np.abs(coarse) < slope * radius)
    sign = np.where(coarse < 0, np.float32(-1), np.float32(1)).reshape(counts)
    values = np.repeat(np.repeat(np.repeat(sign, _BLOCK, 0), _BLOCK, 1), _BLOCK, 2).ravel()
    bi, bj, bk = np.unravel_index(active, counts)
    o = np.arange(_BLOCK)
    i = (bi[:, None] * _BLOCK + o)[:, :, None, None]
    j = (bj[:, None] * _BLOCK + o)[:, None, :, None]
    k = (bk[:, None] * _BLOCK + o)[:, None, None, :]
    flat = ((i * shape[1] + j) * shape[2] + k).ravel()
    full = (len(active), _BLOCK, _BLOCK, _BLOCK)
    p = np.empty((3, flat.size), np.float32)
    for row, (a, index) in enumerate(zip(padded, (i, j, k))):
        p[row] = np.broadcast_to(a[index], full).ravel()
    values[flat] = field(p)
    return values.reshape(shape), flat


def surface_net(
    field: Field, x: np.ndarray, y: np.ndarray, z: np.ndarray, slope: float = 1.3
) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:  # noqa: UP006
    """Return positions (V, 3), unit outward normals (V, 3) float32 and triangles (F, 3) of the zero set of `field`.

    S. F. F. Gibson, "Constrained elastic surface nets", MICCAI 1998, in its plain form: each cell that the surface
    crosses has one vertex, the mean of the crossings on its edges; each grid edge that crosses has one quad. The vertex
    then takes one Newton step on to the surface, and its normal is the field's gradient there. Arguments and errors as
    in `solid`.
    """
    axes = [np.asarray(a, np.float32) for a in (x, y, z)]
    grid, flat = _sampled(field, axes, slope)
    shape, values = grid.shape, grid.ravel()
    strides = (shape[1] * shape[2], shape[2], 1)
    steps = [np.append(np.diff(a), a[-1] - a[-2]).astype(np.float32) for a in axes]
    steps = [np.pad(s, (0, n - len(s)), mode="edge") for s, n in zip(steps, shape)]
    coordinates = [np.pad(a, (0, n - len(a)), mode="edge") for a, n in zip(axes, shape)]
    inside = values < 0
    if not inside.any():
        raise ValueError("the field is nowhere below zero on the grid: there is no surface to mesh")
    for a, length in enumerate(len(c) for c in axes):
        if np.take(inside.reshape(shape), [0, *range(length - 1, shape[a])], axis=a).any():
            raise ValueError(f"the surface leaves the grid along axis {'xyz'[a]}: give the grid a wider range")
    where = np.unravel_index(flat, shape)
    cells, sums, quads = [], [], []
    for a in range(3):
        b, c = (a + 1) % 3, (a + 2) % 3
        low = np.flatnonzero(where[a] < shape[a] - 1)
        low = low[inside[flat[low]] != inside[flat[low] + strides[a]]]
        edge = flat[low]
        v0, v1 = values[edge], values[edge + strides[a]]
        point = np.stack([coordinates[n][where[n][low]] for n in range(3)], 1)
        point[:, a] += v0 / (v0 - v1) * steps[a][where[a][low]]
        sb, sc = strides[b], strides[c]
        ring = np.stack([edge - sb - sc, edge - sc, edge, edge - sb], 1)
        cells.append(ring.ravel())
        sums.append(np.repeat(point, 4, axis=0))
        # Counter-clockwise seen from outside: the ring runs from b to c, which is right-handed about +a.
        quads.append(np.where((v0 < 0)[:, None], ring, ring[:, ::-1]))
    cell, point, quad = np.concatenate(cells), np.concatenate(sums), np.concatenate(quads)
    index = np.zeros(values.size, np.int32)
    index[cell] = 1
    used = np.flatnonzero(index)
    index[used] = np.arange(len(used), dtype=np.int32)
    owner = index[cell]
    count = np.bincount(owner, minlength=len(used))
    p = np.stack([np.bincount(owner, point[:, n], len(used)) / count for n in range(3)]).astype(np.float32)
    eps = 0.4 * float(min(np.diff(a).min() for a in axes))
    p = _on_surface(field, p, grid, used, coordinates, steps)
    g = gradient(field, p, eps)
    normals = (g / np.maximum(np.linalg.norm(g, axis=0), 1e-12)).T
    return p.T, normals.astype(np.float32), _triangles(p.T, index[quad])


def _on_surface(
    field: Field,
    p: np.ndarray,
    grid: np.ndarray,
    used: np.ndarray,
    coordinates: List[np.ndarray],  # noqa: UP006
    steps: List[np.ndarray],  # noqa: UP006
) -> np.ndarray:
    # One Newton step with the cell's own finite-difference gradient, kept inside the cell so that no quad folds.
    i, j, k = np.unravel_index(used, grid.shape)
    corner = np.stack([grid[i + a, j + b, k + c] for a in (0, 1) for b in (0, 1) for c in (0, 1)]).reshape(2, 2, 2, -1)
    g = np.stack(
        [
            (corner[1] - corner[0]).mean((0, 1)),
            (corner[:, 1] - corner[:, 0]).mean((0, 1)),
            (corner[:, :, 1] - corner[:, :, 0]).mean((0, 1)),
        ]
    )
    size = np.stack([s[n] for s, n in zip(steps, (i, j, k))])
    low = np.stack([c[n] for c, n in zip(coordinates, (i, j, k))])
    g = g / size
    value = field(p)
    moved = p - value * g / np.maximum((g * g).sum(0), 0.05)
    return np.asarray(np.clip(moved, low + 0.02 * size, low + 0.98 * size), np.float32)


def gradient(field: Field, p: np.ndarray, eps: float) -> np.ndarray:
    """Return the gradient (3, N) of `field` at `p` (3, N) from four samples on a tetrahedron, `eps` metres away."""
    total = np.zeros_like(p)
    for corner in ((1, 1, 1), (1, -1, -1), (-1, 1, -1), (-1, -1, 1)):
        k = np.array(corner, np.float32)[:, None]
        total += k * field(p + np.float32(eps) * k)
    return np.asarray(total / (4 * eps))


def _triangles(p: np.ndarray, quad: np.ndarray) -> np.ndarray:
    # The shorter diagonal splits a quad: slivers and folds are rarer.
    a, b, c, d = quad.T
    first = ((p[a] - p[c]) ** 2).sum(1) <= ((p[b] - p[d]) ** 2).sum(1)
    one = np.where(first[:, None], np.stack([a, b, c], 1), np.stack([a, b, d], 1))
    two = np.where(first[:, None], np.stack([a, c, d], 1), np.stack([b, c, d], 1))
    return np.concatenate([one, two]).astype(np.uint32)


def box_mapped(points: np.ndarray, normals: np.ndarray, faces: np.ndarray) -> Mesh:
    """Return a mesh whose texture coordinates are projected, in metres, from the side of a box that a triangle faces.

    Vertices on the seams are doubled; sizes on the texture are true to within a factor of sqrt(3) at the corners.
    """
    facing = normals[faces].sum(1)
    main = np.abs(facing).argmax(1)
    side = 2 * main + (np.take_along_axis(facing, main[:, None], 1)[:, 0] < 0)
    parts = []
    for s in range(6):
        chosen = faces[side == s]
        if not len(chosen):
            continue
        seen = np.zeros(len(points), bool)
        seen[chosen] = True
        used = np.flatnonzero(seen)
        index = np.zeros(len(points), np.uint32)
        index[used] = np.arange(len(used), dtype=np.uint32)
        p, sign = points[used], 1 - 2 * (s % 2)
        u, v = ((-sign * p[:, 2], p[:, 1]), (p[:, 0], -sign * p[:, 2]), (sign * p[:, 0], p[:, 1]))[s // 2]
        parts.append(Mesh(p, normals[used], np.stack([u, v], 1).astype(np.float32), index[chosen]))
    return join(parts)


def standing(mesh: Mesh, sink: float = 0.0) -> Mesh:
    """Return the mesh moved so that its lowest point is at y = -`sink` and its extent is centred about x = z = 0."""
    low, high = mesh.positions.min(0), mesh.positions.max(0)
    shift = np.array([-(low[0] + high[0]) / 2, -low[1] - sink, -(low[2] + high[2]) / 2], np.float32)
    return Mesh(mesh.positions + shift, mesh.normals, mesh.uvs, mesh.faces)


def fitted(mesh: Mesh, radius: float, height: float) -> Mesh:
    """Return the mesh standing on y = 0, scaled evenly to be as large as a cylinder of `radius` and `height` allows."""
    m = standing(mesh)
    reach = float(np.hypot(m.positions[:, 0], m.positions[:, 2]).max())
    scale = np.float32(min(radius / reach, height / float(m.positions[:, 1].max())) * (1 - 1e-6))
    return Mesh(m.positions * scale, m.normals, m.uvs * scale, m.faces)
