"""Swept shapes: ends where they were asked to be, tubes of the right volume, frames open with true mitres."""

from __future__ import annotations

import numpy as np
import pytest

from scene_generator.shapes.mesh import Mesh
from scene_generator.shapes.sweep import KINDS

NUMBERS = {
    "tube": (1.0, 0.05, 0.6, 0.3),
    "cable": (4.0, 0.5, 0.01),
    "mug": (0.045, 0.1),
    "jug": (0.1, 0.25),
    "frame_moulding": (0.6, 0.8, 0.06, 0.03),
}
SEEDS = range(4)


def made(kind: str, numbers: tuple[float, ...], seed: int) -> Mesh:
    return KINDS[kind][0](numbers, seed)


def volume(mesh: Mesh) -> float:
    p = mesh.positions[mesh.faces].astype(float)
    return float((p[:, 0] * np.cross(p[:, 1], p[:, 2])).sum() / 6)


def agreement(mesh: Mesh) -> float:
    """Share of the area whose triangles face within 60 degrees of their vertices' mean normal."""
    p = mesh.positions[mesh.faces].astype(float)
    n = np.cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0])
    area = np.linalg.norm(n, axis=1)
    mean = mesh.normals[mesh.faces].mean(1)
    good = (mean * n).sum(1) > 0.5 * area * np.linalg.norm(mean, axis=1)
    return float(area[good].sum() / area.sum())


@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.parametrize("seed", SEEDS)
def test_normals_are_unit_and_agree_with_the_triangles(kind: str, seed: int) -> None:
    mesh = made(kind, NUMBERS[kind], seed)
    np.testing.assert_allclose(np.linalg.norm(mesh.normals, axis=1), 1, atol=1e-4)
    assert np.isfinite(mesh.uvs).all()
    assert agreement(mesh) > 0.99
    assert len(mesh.faces) <= 30000


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_the_same_seed_gives_the_same_mesh_and_another_one_another(kind: str) -> None:
    one, again, other = (made(kind, NUMBERS[kind], seed) for seed in (3, 3, 4))
    np.testing.assert_array_equal(one.positions, again.positions)
    if kind != "cable":  # fixed by its numbers
        assert one.positions.shape != other.positions.shape or np.abs(one.positions - other.positions).max() > 1e-4


@pytest.mark.parametrize("seed", [0, 1])
def test_a_straight_tube_is_a_capsule_that_rests_on_the_ground(seed: int) -> None:
    mesh = made("tube", (1.0, 0.05, 0.0, 0.0), seed)
    assert volume(mesh) == pytest.approx(np.pi * 0.05**2 * 1.0 + 4 / 3 * np.pi * 0.05**3, rel=0.03)
    assert mesh.positions[:, 1].min() == pytest.approx(0, abs=1e-6)
    assert np.ptp(mesh.positions, axis=0).max() == pytest.approx(1.1, rel=0.01)


def test_a_cable_hangs_from_its_ends_by_its_sag() -> None:
    mesh = made("cable", NUMBERS["cable"], 0)
    low, high = mesh.positions.min(0), mesh.positions.max(0)
    assert low[1] == pytest.approx(-0.51, abs=0.002)
    np.testing.assert_allclose([low[0], high[0]], [-2, 2], atol=0.01)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_mug_is_hollow(seed: int) -> None:
    mesh = made("mug", NUMBERS["mug"], seed)
    assert 0 < volume(mesh) < 0.45 * np.pi * 0.045**2 * 0.1
    p = mesh.positions
    middle = np.hypot(p[:, 0], p[:, 2]) < 0.01
    assert p[middle, 1].max() < 0.02  # nothing but the floor near the axis


@pytest.mark.parametrize("seed", range(8))
def test_a_frame_is_closed_and_open_in_the_middle(seed: int) -> None:
    mesh = made("frame_moulding", NUMBERS["frame_moulding"], seed)
    np.testing.assert_allclose(mesh.positions.min(0), [-0.3, -0.4, 0], atol=1e-6)
    np.testing.assert_allclose(mesh.positions.max(0), [0.3, 0.4, 0.03], atol=1e-6)
    edge = np.maximum(np.abs(mesh.positions[:, 0]) / 0.24, np.abs(mesh.positions[:, 1]) / 0.34)
    assert edge.min() > 1 - 1e-5  # all points lie in the ring, and every triangle on one side of it
    triangle = mesh.positions[mesh.faces]
    beside = [(s * triangle[..., a] >= h - 1e-5).all(1) for a, h in ((0, 0.24), (1, 0.34)) for s in (-1, 1)]
    assert np.any(beside, axis=0).all()
    assert 0 < volume(mesh) < 2 * (0.6 + 0.8) * 0.06 * 0.03
