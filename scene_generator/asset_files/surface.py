"""Loose triangles of a user's file -> a `Mesh` that the generator can place: clean, outward, smooth where it should be.

Works on corners (three to a triangle), because a file's vertices are split and merged for its own reasons.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scene_generator.shapes.mesh import Mesh

__all__ = ["CREASE_DEGREES", "Piece", "WindingError", "surface"]

CREASE_DEGREES = 40.0
"""Edges that turn by more stay sharp where the file has no normals."""

_SAME_PLACE = 1e-6
_LOST_AREA = 1e-12
_INCONSISTENT_SHARE = 0.01
_AGREEING_SHARE = 0.98
_UV_SPREAD = 1.5


class WindingError(ValueError):
    """Neighbouring triangles turn in opposite ways, and there are no normals to tell which is right."""


@dataclass(frozen=True)
class Piece:
    """The triangles of one part of a file, in the file's space, +Y up."""

    positions: np.ndarray
    """(V, 3) float64."""
    faces: np.ndarray
    """(F, 3) int64."""
    normals: np.ndarray | None = None
    """(V, 3), as in the file."""
    uvs: np.ndarray | None = None
    """(V, 2), as in the file, v up."""


def surface(pieces: list[Piece]) -> Mesh:
    """Join the pieces of a file.

    The largest side becomes 1 m; the mesh stands on y = 0, centred in x and z. Triangles without area go. A closed
    piece that is inside out is turned. Normals are the file's where at least 98 % of the surface's corners have one
    that agrees with their triangle; otherwise they are smooth, weighed by angle (Thürmer and Wüthrich, "Computing
    vertex normals from polygonal facets", 1998), and split at edges of more than `CREASE_DEGREES`. Texture coordinates
    are the file's, scaled to metres of surface, mirrored charts unfolded; where there are none, or where their scale
    varies wildly (charts that point at a palette), each triangle is projected along its main axis.

    Args:
        pieces: at least one triangle with area among them, all finite.

    Returns:
        The mesh, as `scene_generator.shapes.mesh.Mesh` promises.

    Raises:
        WindingError: a piece without normals has more than 1 % of its edges between triangles of opposite winding.
        ValueError: no triangle has an area.
    """
    corners = np.concatenate([piece.positions[piece.faces].reshape(-1, 3) for piece in pieces])
    low, high = corners.min(axis=0), corners.max(axis=0)
    side = float((high - low).max())
    if side <= 0:
        raise ValueError("all its points lie in one place")
    origin = np.array([(low[0] + high[0]) / 2, low[1], (low[2] + high[2]) / 2])
    parts = [_part((piece.positions - origin) / side, piece) for piece in pieces]
    columns = [np.concatenate(column) for column in zip(*(part for part in parts if part is not None), strict=True)]
    if not columns:
        raise ValueError("none of its triangles has an area")
    return _indexed(*columns)


def _part(positions: np.ndarray, piece: Piece) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
    # Positions, normals and texture coordinates of every corner, (3 F, ...), without what has no area.
    place = _places(positions)
    area2 = np.linalg.norm(_cross(positions, piece.faces), axis=1)
    corner = place[piece.faces]
    whole = (corner != np.roll(corner, 1, axis=1)).all(axis=1) & (area2 > _LOST_AREA)
    faces = piece.faces[whole]
    if not len(faces):
        return None
    faces = _outward(positions, faces, place)
    normals = None
    if piece.normals is not None:
        faces, normals = _file_normals(positions, faces, piece.normals, closed=_is_closed(place[faces]))
    if normals is None:
        if _inconsistent_share(place[faces]) > _INCONSISTENT_SHARE:
            raise WindingError("neighbouring triangles turn in opposite ways")
        normals = _smooth_normals(positions, faces, place)
    uvs = _uvs(positions, faces, None if piece.uvs is None else piece.uvs[faces])
    return positions[faces].reshape(-1, 3), normals.reshape(-1, 3), uvs.reshape(-1, 2)


def _places(positions: np.ndarray) -> np.ndarray:
    # One number for all vertices in the same place: files split vertices at seams.
    grid = np.round(positions / _SAME_PLACE).astype(np.int64)
    grid -= grid.min(axis=0)
    span = grid.max(axis=0) + 1
    _, place = np.unique((grid[:, 0] * span[1] + grid[:, 1]) * span[2] + grid[:, 2], return_inverse=True)
    return np.asarray(place).reshape(-1)


def _cross(positions: np.ndarray, faces: np.ndarray) -> np.ndarray:
    a, b, c = (positions[faces[:, i]] for i in range(3))
    return np.cross(b - a, c - a)


def _edges(corner: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    # Each triangle's three edges as one number without direction, and whether it runs upwards; rows are 3 f + i.
    start, end = corner.reshape(-1), np.roll(corner, -1, axis=1).reshape(-1)
    return np.minimum(start, end) * (int(corner.max()) + 1) + np.maximum(start, end), start < end


def _pairs(corner: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    # Edges that exactly two triangles share: rows of the one and of the other, and whether they run opposite ways.
    edge, upward = _edges(corner)
    order = np.argsort(edge, kind="stable")
    _, start, count = np.unique(edge[order], return_index=True, return_counts=True)
    first = start[count == 2]
    one, other = order[first], order[first + 1]
    return one, other, upward[one] != upward[other]


def _is_closed(corner: np.ndarray) -> bool:
    one, _, opposite = _pairs(corner)
    return 2 * len(one) == 3 * len(corner) and bool(opposite.all())


def _inconsistent_share(corner: np.ndarray) -> float:
    _, _, opposite = _pairs(corner)
    return float((~opposite).mean()) if len(opposite) else 0.0


def _outward(positions: np.ndarray, faces: np.ndarray, place: np.ndarray) -> np.ndarray:
    if not _is_closed(place[faces]):
        return faces
    middle = positions[faces].mean(axis=(0, 1))
    volume = float(((positions[faces[:, 0]] - middle) * _cross(positions, faces)).sum())
    return faces[:, [0, 2, 1]] if volume < 0 else faces


def _file_normals(
    positions: np.ndarray, faces: np.ndarray, normals: np.ndarray, *, closed: bool
) -> tuple[np.ndarray, np.ndarray | None]:
    length = np.linalg.norm(normals, axis=1)
    if not np.isfinite(length).all() or (length[faces] < 1e-6).any():
        return faces, None
    unit = (normals / np.maximum(length, 1e-12)[:, None])[faces]
    geometric = _cross(positions, faces)
    side = (unit * geometric[:, None]).sum(axis=2)
    if not closed:
        # An open sheet has no inside: its normals say where the front is, whichever way its triangles turn.
        turned = side.sum(axis=1) < 0
        faces = np.where(turned[:, None], faces[:, [0, 2, 1]], faces)
        unit = np.where(turned[:, None, None], unit[:, [0, 2, 1]], unit)
        side = np.where(turned[:, None], -side[:, [0, 2, 1]], side)
    weight = np.linalg.norm(geometric, axis=1)
    agreeing = float(((side > 0).mean(axis=1) * weight).sum() / weight.sum())
    return faces, unit if agreeing >= _AGREEING_SHARE else None


def _smooth_normals(positions: np.ndarray, faces: np.ndarray, place: np.ndarray) -> np.ndarray:
    flat = _cross(positions, faces)
    flat /= np.linalg.norm(flat, axis=1, keepdims=True)
    p = positions[faces]
    before, after = np.roll(p, 1, axis=1) - p, np.roll(p, -1, axis=1) - p
    sine = np.linalg.norm(np.cross(before, after), axis=2)
    angle = np.arctan2(sine, (before * after).sum(axis=2))
    one, other, opposite = _pairs(place[faces])
    gentle = opposite & ((flat[one // 3] * flat[other // 3]).sum(axis=1) > np.cos(np.radians(CREASE_DEGREES)))
    one, other = one[gentle], other[gentle]
    # An edge joins two corners of each triangle; the neighbour runs it the other way.
    one_end, other_end = _next(one), _next(other)
    group = _groups(faces.size, np.concatenate([one, one_end]), np.concatenate([other_end, other]))
    total = np.zeros((faces.size, 3))
    weighted = (flat[:, None] * angle[..., None]).reshape(-1, 3)
    for axis in range(3):
        total[:, axis] = np.bincount(group, weighted[:, axis], minlength=faces.size)
    length = np.linalg.norm(total, axis=1, keepdims=True)
    own = np.repeat(flat, 3, axis=0)
    smooth = np.where(length[group] > 1e-9, total[group] / np.maximum(length[group], 1e-12), own)
    # Where a thin fold's sum points behind a triangle, the triangle's own normal is the only right one.
    smooth = np.where((smooth * own).sum(axis=1, keepdims=True) > 0, smooth, own)
    return np.asarray(smooth).reshape(-1, 3, 3)


def _next(row: np.ndarray) -> np.ndarray:
    # The following corner of the same triangle.
    return np.asarray(row // 3 * 3 + (row % 3 + 1) % 3)


def _groups(count: int, one: np.ndarray, other: np.ndarray) -> np.ndarray:
    # Connected components: hook each root under the smaller one, flatten, repeat until no link joins two roots.
    parent = np.arange(count)
    while True:
        a, b = parent[one], parent[other]
        apart = a != b
        if not apart.any():
            return parent
        np.minimum.at(parent, np.maximum(a, b)[apart], np.minimum(a, b)[apart])
        while True:
            above = parent[parent]
            if (above == parent).all():
                break
            parent = above


def _uvs(positions: np.ndarray, faces: np.ndarray, uvs: np.ndarray | None) -> np.ndarray:
    box = _box_uvs(positions, faces)
    if uvs is None or not np.isfinite(uvs).all():
        return box
    surface_area = np.linalg.norm(_cross(positions, faces), axis=1)
    along, across = uvs[:, 1] - uvs[:, 0], uvs[:, 2] - uvs[:, 0]
    signed = along[:, 0] * across[:, 1] - along[:, 1] * across[:, 0]
    chart_area = np.abs(signed)
    usable = chart_area > 1e-10 * max(float(chart_area.max()), 1e-30)
    weight = surface_area[usable]
    if weight.sum() < 0.5 * surface_area.sum():
        return box
    scale = 0.5 * np.log2(weight / chart_area[usable])
    mean = float((scale * weight).sum() / weight.sum())
    if float(((scale - mean) ** 2 * weight).sum() / weight.sum()) > _UV_SPREAD**2:
        return box
    metres = uvs * np.sqrt(weight.sum() / chart_area[usable].sum())
    # A mirrored chart would turn relief inside out along one axis and print text backwards.
    metres[..., 0] = np.where((signed < 0)[:, None], -metres[..., 0], metres[..., 0])
    return np.where(usable[:, None, None], metres, box)


def _box_uvs(positions: np.ndarray, faces: np.ndarray) -> np.ndarray:
    # Upright on the sides, as the generator's own boxes: u to the right, v up, seen from outside.
    direction = _cross(positions, faces)
    axis = np.abs(direction).argmax(axis=1)
    sign = np.sign(direction[np.arange(len(faces)), axis])[:, None]
    x, y, z = np.moveaxis(positions[faces], 2, 0)
    u = np.choose(axis[:, None], [-sign * z, x, sign * x])
    v = np.choose(axis[:, None], [y, -sign * z, y])
    return np.stack([u, v], axis=2)


def _indexed(positions: np.ndarray, normals: np.ndarray, uvs: np.ndarray) -> Mesh:
    # Corners that are equal in all they carry become one vertex.
    values = np.concatenate([positions, normals, uvs], axis=1).astype(np.float32) + np.float32(0)  # no -0
    rows = np.ascontiguousarray(values).view([("", np.float32)] * 8).reshape(-1)
    _, first, corner = np.unique(rows.view(f"V{rows.dtype.itemsize}"), return_index=True, return_inverse=True)
    kept = values[first]
    unit = kept[:, 3:6] / np.linalg.norm(kept[:, 3:6], axis=1, keepdims=True)
    return Mesh(
        np.ascontiguousarray(kept[:, :3]),
        np.ascontiguousarray(unit, np.float32),
        np.ascontiguousarray(kept[:, 6:]),
        np.asarray(corner).reshape(-1, 3).astype(np.uint32),
    )
