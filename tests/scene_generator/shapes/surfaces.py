"""What every mesh of these tests must be: measured, so that a test can state its bound."""

from __future__ import annotations

import numpy as np

from scene_generator.shapes.mesh import Mesh


def welded(mesh: Mesh, step: float = 1e-5) -> np.ndarray:
    """Return the faces with vertices at one place (to within `step` metres) counted as one."""
    _, index = np.unique(
        np.round(mesh.positions.astype(np.float64) / step).astype(np.int64), axis=0, return_inverse=True
    )
    faces = index.reshape(-1)[mesh.faces]
    real = (faces[:, 0] != faces[:, 1]) & (faces[:, 1] != faces[:, 2]) & (faces[:, 2] != faces[:, 0])
    return np.asarray(faces[real])


def open_edges(mesh: Mesh) -> int:
    """Return how many edges are not passed as often one way as the other; a closed, evenly wound surface has none."""
    faces = welded(mesh)
    edge = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    count = int(edge.max()) + 1
    forward, backward = edge[:, 0] * count + edge[:, 1], edge[:, 1] * count + edge[:, 0]
    keys, number = np.unique(np.concatenate([forward, backward]), return_counts=True)
    way, way_number = np.unique(forward, return_counts=True)
    totals = number[np.searchsorted(keys, way)]
    return int((2 * way_number != totals).sum())


def shared_by_two(mesh: Mesh) -> float:
    """Return the share of edges that exactly two triangles share."""
    faces = welded(mesh)
    edge = np.sort(np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]), axis=1)
    _, number = np.unique(edge, axis=0, return_counts=True)
    return float((number == 2).mean())


def volume(mesh: Mesh) -> float:
    """Return the signed volume; above zero when the faces run counter-clockwise seen from outside."""
    p = mesh.positions[mesh.faces].astype(np.float64)
    return float((p[:, 0] * np.cross(p[:, 1], p[:, 2])).sum() / 6)


def disagreeing_area(mesh: Mesh) -> float:
    """Return the share of the area whose triangles face away from the mean of their vertices' normals."""
    p = mesh.positions[mesh.faces].astype(np.float64)
    cross = np.cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0])
    area = np.linalg.norm(cross, axis=1)
    wrong = (cross * mesh.normals[mesh.faces].mean(1)).sum(1) < 0
    return float(area[wrong].sum() / area.sum())


def check(mesh: Mesh) -> None:
    """Assert what every shape promises: finite, unit normals that go with the faces, at most 30,000 triangles."""
    assert np.isfinite(mesh.positions).all()
    assert np.isfinite(mesh.uvs).all()
    assert mesh.positions.dtype == mesh.normals.dtype == mesh.uvs.dtype == np.float32
    assert int(mesh.faces.max()) < len(mesh.positions)
    np.testing.assert_allclose(np.linalg.norm(mesh.normals, axis=1), 1, atol=1e-4)
    assert disagreeing_area(mesh) < 0.01
    assert len(mesh.faces) <= 30_000


def same(a: Mesh, b: Mesh) -> bool:
    """Tell whether two meshes are equal to the last bit."""
    return (
        np.array_equal(a.positions, b.positions)
        and np.array_equal(a.normals, b.normals)
        and np.array_equal(a.uvs, b.uvs)
        and np.array_equal(a.faces, b.faces)
    )
