"""A triangle mesh and the few ways to put one together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Sequence  # noqa: UP035 - Python 3.9

import numpy as np


@dataclass(frozen=True)
class Mesh:
    """Triangles in object space, metres; counter-clockwise seen from outside."""

    positions: np.ndarray
    """(V, 3) float32."""
    normals: np.ndarray
    """(V, 3) float32, unit, pointing out."""
    uvs: np.ndarray
    """(V, 2) float32, in metres of surface."""
    faces: np.ndarray
    """(F, 3) uint32."""

    def moved(self, matrix: np.ndarray) -> Mesh:
        """Return the mesh under a rigid 4 x 4 `matrix`."""
        m = np.asarray(matrix, np.float32)
        return Mesh(self.positions @ m[:3, :3].T + m[:3, 3], self.normals @ m[:3, :3].T, self.uvs, self.faces)


def join(meshes: Sequence[Mesh]) -> Mesh:
    """Return one mesh that holds all `meshes`."""
    starts = np.cumsum([0] + [len(m.positions) for m in meshes[:-1]])
    return Mesh(
        np.concatenate([m.positions for m in meshes]),
        np.concatenate([m.normals for m in meshes]),
        np.concatenate([m.uvs for m in meshes]),
        np.concatenate([m.faces + np.uint32(s) for m, s in zip(meshes, starts)]),
    )


def grid(positions: np.ndarray, normals: np.ndarray, uvs: np.ndarray) -> Mesh:
    """Return the mesh of an (I, J) grid of points; triangles turn so that they face along `normals`.

    Args:
        positions: (I, J, 3). normals: (I, J, 3), any length but zero. uvs: (I, J, 2).
    """
    rows, columns = positions.shape[:2]
    i, j = np.meshgrid(np.arange(rows - 1), np.arange(columns - 1), indexing="ij")
    a = (i * columns + j).ravel()
    b, c, d = a + columns, a + columns + 1, a + 1
    faces = np.concatenate([np.stack([a, b, c], 1), np.stack([a, c, d], 1)])
    p = positions.reshape(-1, 3)
    n = normals.reshape(-1, 3)
    n = n / np.maximum(np.linalg.norm(n, axis=1, keepdims=True), 1e-12)
    geometric = np.cross(p[faces[:, 1]] - p[faces[:, 0]], p[faces[:, 2]] - p[faces[:, 0]])
    wrong = (geometric * n[faces].sum(axis=1)).sum(axis=1) < 0
    faces[wrong] = faces[wrong][:, [0, 2, 1]]
    keep = np.linalg.norm(geometric, axis=1) > 1e-12
    return Mesh(
        p.astype(np.float32), n.astype(np.float32), uvs.reshape(-1, 2).astype(np.float32), faces[keep].astype(np.uint32)
    )
