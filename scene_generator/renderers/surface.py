"""What a ray's hit shows: normals with and without bump, texture coordinates and material values.

Everything is computed from the meshes and textures themselves, given only which triangle was hit and where, so that
any renderer which can say that gives the same data passes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scene_generator.renderers.geometry import Group
from scene_generator.renderers.rows import dot, unit


@dataclass(frozen=True)
class Surface:
    """Values at N hits, world space, float32; rows without a hit are zero."""

    normal: np.ndarray
    """(N, 3) unit, with bump."""
    normal_unbumped: np.ndarray
    """(N, 3) unit, interpolated over the triangle."""
    albedo: np.ndarray
    """(N, 3) scene-linear."""
    roughness: np.ndarray
    """(N,)"""
    metalness: np.ndarray
    """(N,)"""
    object_id: np.ndarray
    """(N,) int32, 0 without a hit."""


def look_up(
    groups: list[Group],
    light_normals: np.ndarray,
    shape_index: np.ndarray,
    triangle: np.ndarray,
    position: np.ndarray,
    object_count: int,
    *,
    values: bool = True,
) -> Surface:
    """Evaluate hits.

    Args:
        groups: the scene's meshes; shape k is `groups[k]`, further shapes are lights.
        light_normals: (L, 3) world normals of the lights.
        shape_index: (N,) int, -1 where nothing was hit.
        triangle: (N,) int, index of the triangle in its mesh.
        position: (N, 3) world, metres.
        object_count: objects in the spec; light j has id `object_count + 1 + j`.
        values: look up roughness and metalness too; they stay 0 otherwise.
    """
    count = len(shape_index)
    out = Surface(
        np.zeros((count, 3), np.float32),
        np.zeros((count, 3), np.float32),
        np.zeros((count, 3), np.float32),
        np.zeros(count, np.float32),
        np.zeros(count, np.float32),
        np.zeros(count, np.int32),
    )
    order = np.argsort(shape_index, kind="stable")
    bounds = np.searchsorted(shape_index[order], np.arange(len(groups) + len(light_normals) + 1))
    for k, group in enumerate(groups):
        rows = order[bounds[k] : bounds[k + 1]]
        if len(rows):
            _fill(out, rows, group, triangle[rows], position[rows], values)
    for j, normal in enumerate(light_normals):
        rows = order[bounds[len(groups) + j] : bounds[len(groups) + j + 1]]
        out.normal[rows] = out.normal_unbumped[rows] = normal
        out.albedo[rows] = 1.0
        out.roughness[rows] = 1.0
        out.object_id[rows] = object_count + 1 + j
    return out


def _fill(
    out: Surface, rows: np.ndarray, group: Group, triangle: np.ndarray, position: np.ndarray, values: bool
) -> None:
    mesh = group.mesh
    corners = mesh.faces[triangle]
    p0, p1, p2 = (mesh.positions[corners[:, i]] for i in range(3))
    b1, b2 = _barycentric(p1 - p0, p2 - p0, position - p0)
    n = _blend(mesh.normals, corners, b1, b2)
    n = unit(n)
    uv = _blend(mesh.uvs, corners, b1, b2) * np.asarray(group.material.repeat, np.float32)
    out.normal_unbumped[rows] = n
    out.object_id[rows] = group.object_ids[triangle]
    texel = Texels(uv, group.maps.roughness.shape[0])
    out.albedo[rows] = texel.sample(group.maps.base_color)
    if values:
        out.roughness[rows] = texel.sample(group.maps.roughness)
        out.metalness[rows] = texel.sample(group.maps.metalness)
    if not group.bumped:
        out.normal[rows] = n
        return
    uvs = mesh.uvs[corners]
    tangent = _tangent(p1 - p0, p2 - p0, uvs[:, 1] - uvs[:, 0], uvs[:, 2] - uvs[:, 0])
    # The frame that normal maps are applied in: s along increasing u made perpendicular to n, t completes it.
    s = unit(tangent - dot(tangent, n) * n)
    t = np.cross(n, s)
    local = texel.sample(group.maps.normal)
    bumped = local[:, :1] * s + local[:, 1:2] * t + local[:, 2:] * n
    out.normal[rows] = unit(bumped)


def _barycentric(e1: np.ndarray, e2: np.ndarray, d: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    a, b, c = dot(e1, e1), dot(e1, e2), dot(e2, e2)
    x, y = dot(d, e1), dot(d, e2)
    scale = 1.0 / np.maximum(a * c - b * b, 1e-20)
    return np.clip((c * x - b * y) * scale, 0, 1), np.clip((a * y - b * x) * scale, 0, 1)


def _blend(values: np.ndarray, corners: np.ndarray, b1: np.ndarray, b2: np.ndarray) -> np.ndarray:
    blended: np.ndarray = (
        values[corners[:, 0]] * (1 - b1 - b2) + values[corners[:, 1]] * b1 + values[corners[:, 2]] * b2
    )
    return blended


def _tangent(e1: np.ndarray, e2: np.ndarray, t1: np.ndarray, t2: np.ndarray) -> np.ndarray:
    # dp/du of the triangle: solve e = dp/du du + dp/dv dv. Degenerate coordinates fall back to the first edge.
    determinant = (t1[:, 0] * t2[:, 1] - t1[:, 1] * t2[:, 0])[:, None]
    good = np.abs(determinant) > 1e-12
    solved = (t2[:, 1:2] * e1 - t1[:, 1:2] * e2) / np.where(good, determinant, 1.0)
    return np.where(good, solved, e1)


class Texels:
    """Bilinear look-up with wrap-around at fixed coordinates, shared by all maps of one material."""

    def __init__(self, uv: np.ndarray, size: int) -> None:
        """Take (N, 2) coordinates in tiles; texel centres lie at (i + 0.5) / size, row 0 at v = 0."""
        x = uv * size - 0.5
        low = np.floor(x)
        self._fraction = (x - low).astype(np.float32)
        i = low.astype(np.int64) % size
        j = (i + 1) % size
        self._at = [
            i[:, 1] * size + i[:, 0],
            i[:, 1] * size + j[:, 0],
            j[:, 1] * size + i[:, 0],
            j[:, 1] * size + j[:, 0],
        ]

    def sample(self, texture: np.ndarray) -> np.ndarray:
        """Return the values of a (S, S) or (S, S, C) texture as (N,) or (N, C) float32."""
        if texture.min() == texture.max():
            return np.broadcast_to(texture.reshape(-1)[0], (len(self._fraction), *texture.shape[2:]))
        flat = texture.reshape(-1, *texture.shape[2:])
        fx, fy = self._fraction[:, 0], self._fraction[:, 1]
        if texture.ndim == 3:
            fx, fy = fx[:, None], fy[:, None]
        low = flat[self._at[0]] * (1 - fx) + flat[self._at[1]] * fx
        high = flat[self._at[2]] * (1 - fx) + flat[self._at[3]] * fx
        value: np.ndarray = low * (1 - fy) + high * fy
        return value
