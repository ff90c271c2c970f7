"""Distance fields are distances, and surface nets find their surface: within stated bounds on a known sphere."""

from __future__ import annotations

import numpy as np
import pytest

from scene_generator.shapes import implicit as sdf
from scene_generator.shapes.mesh import Mesh
from tests.scene_generator.shapes.surfaces import check, open_edges, shared_by_two, volume

CENTRE = np.array([0.013, -0.021, 0.034])
CELL = 0.04


def _ball(p: np.ndarray) -> np.ndarray:
    return sdf.sphere(p, CENTRE, 1.0)


def _net(cell: float = CELL) -> Mesh:
    a = sdf.axis(-1.2, 1.2, cell)
    return sdf.solid(_ball, a, a, a)


def test_a_sphere_has_its_radius_and_normals() -> None:
    mesh = _net()
    check(mesh)
    out = mesh.positions - CENTRE
    radius = np.linalg.norm(out, axis=1)
    # 0.04 of the cell: 1.6 mm on a radius of 1 m.
    assert np.abs(radius - 1).max() < 0.04 * CELL
    cosine = np.clip((out / radius[:, None] * mesh.normals).sum(1), -1, 1)
    assert np.degrees(np.arccos(cosine)).max() < 0.6
    assert volume(mesh) == pytest.approx(4 / 3 * np.pi, rel=2e-3)


def test_a_net_is_closed_and_its_edges_have_two_sides() -> None:
    mesh = _net(0.1)
    assert open_edges(mesh) == 0
    assert shared_by_two(mesh) == 1.0


def test_steps_may_vary_along_an_axis() -> None:
    x = np.concatenate([sdf.axis(-1.2, 0.0, 0.08)[:-1], sdf.axis(0.0, 1.2, 0.03)])
    mesh = sdf.solid(_ball, x, sdf.axis(-1.2, 1.2, 0.05), sdf.axis(-1.2, 1.2, 0.07))
    assert open_edges(mesh) == 0
    assert np.abs(np.linalg.norm(mesh.positions - CENTRE, axis=1) - 1).max() < 0.004
    right = mesh.positions[:, 0] > 0
    assert right.sum() > 1.5 * (~right).sum()


def test_a_bent_grid_gives_the_same_surface() -> None:
    def warp(p: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        wide = 1 + 0.4 * np.clip(1 - p[2], 0, 2)
        return np.stack([p[0] * wide, p[1] * wide, p[2]]), wide

    a = sdf.axis(-1.2, 1.2, 0.05)
    mesh = sdf.warped_solid(_ball, warp, a, a, a)
    out = mesh.positions - CENTRE
    assert open_edges(mesh) == 0
    assert np.abs(np.linalg.norm(out, axis=1) - 1).max() < 0.01
    assert (out * mesh.normals).sum(1).min() > 0.995


def test_blocks_far_from_the_surface_are_skipped_without_a_trace() -> None:
    # The whole grid evaluated (a huge slope makes every block active) gives the very same mesh.
    a = sdf.axis(-1.2, 1.2, 0.06)
    few, all_of_them = sdf.solid(_ball, a, a, a), sdf.solid(_ball, a, a, a, slope=1e6)
    np.testing.assert_array_equal(few.positions, all_of_them.positions)
    np.testing.assert_array_equal(few.faces, all_of_them.faces)
    counted = []

    def counting(p: np.ndarray) -> np.ndarray:
        counted.append(p.shape[1])
        return _ball(p)

    fine = sdf.axis(-1.2, 1.2, 0.025)
    sdf.solid(counting, fine, fine, fine)
    assert max(counted) < 0.4 * len(fine) ** 3


def test_a_surface_that_leaves_the_grid_is_refused() -> None:
    a = sdf.axis(-0.9, 1.2, 0.05)
    with pytest.raises(ValueError, match="axis x"):
        sdf.solid(_ball, a, sdf.axis(-1.2, 1.2, 0.05), sdf.axis(-1.2, 1.2, 0.05))
    with pytest.raises(ValueError, match="no surface"):
        sdf.solid(lambda p: _ball(p) + 5, a, a, a)


@pytest.mark.parametrize(
    ("field", "at", "expected"),
    [
        (lambda p: sdf.sphere(p, (1, 0, 0), 0.5), (3, 0, 0), 1.5),
        (lambda p: sdf.capsule(p, (0, -1, 0), (0, 1, 0), 0.2, 0.2), (0.5, 0.3, 0), 0.3),
        (lambda p: sdf.capsule(p, (0, -1, 0), (0, 1, 0), 0.2, 0.2), (0, 2, 0), 0.8),
        (lambda p: sdf.rounded_box(p, (0, 0, 0), (1, 1, 1), 0.25), (0, 3, 0), 2.0),
        (lambda p: sdf.rounded_box(p, (0, 0, 0), (1, 1, 1), 0.25), (2, 2, 0.5), 1.25 * 2**0.5 - 0.25),
        (lambda p: sdf.rounded_box(p, (0, 0, 0), (1, 1, 1), 0.25), (0.5, 0, 0), -0.5),
        (lambda p: sdf.torus(p, (0, 0, 0), 1.0, 0.25), (0, 0, 2), 0.75),
        (lambda p: sdf.torus(p, (0, 0, 0), 1.0, 0.25), (0, 0.5, 1), 0.25),
        (lambda p: sdf.ellipsoid(p, (0, 0, 0), (1, 2, 3)), (0, 2, 0), 0.0),
        (lambda p: sdf.ellipsoid(p, (0, 0, 0), (0.5, 0.5, 0.5)), (0, 2, 0), 1.5),
    ],
)
def test_distances_are_those_of_a_ruler(field: sdf.Field, at: tuple[float, float, float], expected: float) -> None:
    assert field(np.array(at, np.float32)[:, None])[0] == pytest.approx(expected, abs=1e-5)


def test_blends_add_and_cut_only_near_the_crease() -> None:
    a, b = np.array([0.0, 0.0, -1.0]), np.array([0.0, 1.0, 1.0])
    union = sdf.smooth_union(a, b, 0.4)
    assert union[0] == pytest.approx(-0.1)
    np.testing.assert_allclose(union[1:], np.minimum(a, b)[1:])
    cut = sdf.smooth_subtraction(np.array([-1.0, -1.0]), np.array([-0.5, 2.0]), 0.2)
    np.testing.assert_allclose(cut, [0.5, -1.0])
    both = sdf.smooth_intersection(np.array([-1.0]), np.array([-0.2]), 0.1)
    np.testing.assert_allclose(both, [-0.2])


def test_texture_coordinates_are_metres() -> None:
    mesh = _net()
    p, t = mesh.positions[mesh.faces], mesh.uvs[mesh.faces]
    edge = np.linalg.norm(p[:, 1] - p[:, 0], axis=1)
    ratio = np.linalg.norm(t[:, 1] - t[:, 0], axis=1) / edge
    assert np.median(ratio) == pytest.approx(0.93, abs=0.08)
    assert ratio.max() <= 1.0001
    assert ratio.min() > 0.4
