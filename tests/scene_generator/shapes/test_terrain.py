"""Land: a heightfield with a gentle middle, whose height can be asked for anywhere."""

from __future__ import annotations

import numpy as np
import pytest

from scene_generator.shapes.terrain import CELLS, KINDS, terrain_height
from tests.scene_generator.shapes.surfaces import disagreeing_area, same

NUMBERS = (200.0, 150.0, 25.0, 0.6)
terrain = KINDS["terrain"][0]


@pytest.mark.parametrize("seed", range(4))
def test_land_faces_up_and_covers_its_ground(seed: int) -> None:
    mesh = terrain(NUMBERS, seed)
    assert len(mesh.faces) == 2 * CELLS**2
    np.testing.assert_allclose(np.linalg.norm(mesh.normals, axis=1), 1, atol=1e-5)
    assert mesh.normals[:, 1].min() > 0
    assert disagreeing_area(mesh) == 0
    np.testing.assert_allclose(np.ptp(mesh.positions, axis=0)[[0, 2]], NUMBERS[:2], rtol=1e-5)
    # "height" is a rough bound: most land stays under it, and some comes near.
    assert 0.25 * NUMBERS[2] < mesh.positions[:, 1].max() < 1.5 * NUMBERS[2]


def test_heights_are_those_of_the_mesh() -> None:
    for seed in range(3):
        mesh = terrain(NUMBERS, seed)
        p = mesh.positions.astype(np.float64)
        np.testing.assert_allclose(terrain_height(NUMBERS, seed, p[:, 0], p[:, 2]), p[:, 1], atol=2e-3)
        middles = p[mesh.faces].mean(1)
        error = np.abs(terrain_height(NUMBERS, seed, middles[:, 0], middles[:, 2]) - middles[:, 1])
        near = np.hypot(middles[:, 0], middles[:, 2]) < 20
        assert error[near].max() < 0.05
        assert error.mean() < 0.08


def test_normals_are_the_slope() -> None:
    mesh = terrain(NUMBERS, 1)
    pick = np.random.default_rng(0).integers(0, len(mesh.positions), 500)
    x, z = mesh.positions[pick, 0].astype(float), mesh.positions[pick, 2].astype(float)
    e = 0.01
    dx = (terrain_height(NUMBERS, 1, x + e, z) - terrain_height(NUMBERS, 1, x - e, z)) / (2 * e)
    dz = (terrain_height(NUMBERS, 1, x, z + e) - terrain_height(NUMBERS, 1, x, z - e)) / (2 * e)
    n = np.stack([-dx, np.ones_like(dx), -dz], 1)
    n /= np.linalg.norm(n, axis=1, keepdims=True)
    angle = np.degrees(np.arccos(np.clip((n * mesh.normals[pick]).sum(1), -1, 1)))
    assert np.median(angle) < 2


def test_the_middle_is_gentle_and_at_zero() -> None:
    for seed in range(4):
        assert terrain_height(NUMBERS, seed, np.zeros(1), np.zeros(1))[0] == 0
        x, z = np.meshgrid(np.linspace(-6, 6, 20), np.linspace(-4, 4, 20))
        assert np.abs(terrain_height(NUMBERS, seed, x, z)).max() < 0.1 * NUMBERS[2]


def test_rough_land_is_rougher() -> None:
    def bend(roughness: float) -> float:
        x = np.linspace(60, 95, 400)
        return float(np.abs(np.diff(terrain_height((200.0, 200.0, 25.0, roughness), 2, x, 0 * x), 2)).mean())

    assert bend(1.0) > 1.5 * bend(0.0)


def test_a_seed_is_a_land_and_shapes_are_kept() -> None:
    assert same(terrain(NUMBERS, 3), terrain(NUMBERS, 3))
    assert not same(terrain(NUMBERS, 3), terrain(NUMBERS, 4))
    assert terrain_height(NUMBERS, 0, np.zeros((2, 3)), 0.5).shape == (2, 3)
