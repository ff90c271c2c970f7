"""Meshes: normals are unit, agree with the triangles, point out; analytic shapes are where they should be."""

from __future__ import annotations

import numpy as np
import pytest

from scene_generator.shapes import KINDS, Mesh, build
from scene_generator.spec import Shape, SpecError

NUMBERS = {
    "quad": (1.0, 2.0),
    "box": (1.0, 2.0, 3.0),
    "ellipsoid": (1.0, 0.7, 1.3),
    "superquadric": (1.0, 0.8, 1.0, 0.3, 1.2),
    "blob": (1.0, 0.2, 2.0),
    "torus": (1.0, 0.3),
    "cylinder": (1.0, 0.6, 2.0),
    "vessel": (0.5, 2.0),
    "bowl": (0.5, 0.4, 0.5),
    "sheet": (4.0, 4.0, 0.1, 1.0),
}
CLOSED = {"box": 6.0, "ellipsoid": 4 / 3 * np.pi * 0.91, "torus": 2 * np.pi**2 * 0.09, "cylinder": np.pi * 2 / 3 * 1.96}


def _triangle_normals(mesh: Mesh) -> np.ndarray:
    p = mesh.positions[mesh.faces].astype(np.float64)
    n = np.cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0])
    return n / np.linalg.norm(n, axis=1, keepdims=True)


def test_every_kind_is_covered() -> None:
    assert set(NUMBERS) == set(KINDS)


@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.parametrize("seed", [0, 5])
def test_normals_are_unit_and_agree_with_the_triangles(kind: str, seed: int) -> None:
    mesh = build(Shape(kind, NUMBERS[kind], seed))
    assert np.isfinite(mesh.positions).all()
    assert np.isfinite(mesh.uvs).all()
    np.testing.assert_allclose(np.linalg.norm(mesh.normals, axis=1), 1, atol=1e-5)
    mean = mesh.normals[mesh.faces].mean(1)
    agreement = (mean / np.linalg.norm(mean, axis=1, keepdims=True) * _triangle_normals(mesh)).sum(1)
    assert agreement.min() > 0.9
    assert agreement.mean() > 0.999


@pytest.mark.parametrize("kind", sorted(CLOSED))
def test_closed_shapes_have_their_volume_so_normals_point_out(kind: str) -> None:
    mesh = build(Shape(kind, NUMBERS[kind]))
    p = mesh.positions[mesh.faces].astype(np.float64)
    volume = (p[:, 0] * np.cross(p[:, 1], p[:, 2])).sum() / 6
    assert volume == pytest.approx(CLOSED[kind], rel=0.02)


def test_ellipsoid_normals_are_the_gradient() -> None:
    radii = np.array(NUMBERS["ellipsoid"])
    mesh = build(Shape("ellipsoid", tuple(radii)))
    expected = mesh.positions / radii**2
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    np.testing.assert_allclose(mesh.normals, expected, atol=1e-4)


def test_things_that_stand_stand_on_zero() -> None:
    for kind in ("cylinder", "vessel", "bowl"):
        assert build(Shape(kind, NUMBERS[kind], 3)).positions[:, 1].min() == pytest.approx(0, abs=1e-6)


def test_texture_coordinates_are_metres() -> None:
    for kind in ("quad", "box", "sheet"):
        mesh = build(Shape(kind, NUMBERS[kind]))
        p, t = mesh.positions[mesh.faces], mesh.uvs[mesh.faces]
        edge = np.linalg.norm(p[:, 1] - p[:, 0], axis=1)
        assert np.median(np.linalg.norm(t[:, 1] - t[:, 0], axis=1) / edge) == pytest.approx(1, rel=0.1)


def test_unknown_kinds_and_wrong_counts_are_refused() -> None:
    with pytest.raises(SpecError, match="teapot"):
        build(Shape("teapot"))
    with pytest.raises(SpecError, match="expected 3"):
        build(Shape("box", (1.0,)))
