"""Plants: leaves have two true sides, a tree's leaves sit on its twigs, plants stay within their extents."""

from __future__ import annotations

import numpy as np
import pytest

from scene_generator.shapes.foliage import KINDS
from scene_generator.shapes.leaves import GAP, blades
from scene_generator.shapes.tree import skeleton
from tests.scene_generator.shapes.test_sweep import agreement

NUMBERS = {
    "tree_wood": (7.0, 5.0),
    "tree_leaves": (7.0, 5.0, 0.18, 0.7),
    "conifer": (8.0, 3.0),
    "bush": (0.7, 0.06, 0.8),
    "grass": (0.4, 0.3, 800.0),
    "plant": (0.7,),
    "flowers": (0.5,),
    "flower_stems": (0.5,),
    "flower_heads": (0.5,),
    "hedge": (2.0, 1.0, 0.6, 0.05),
    "fern": (0.6,),
    "ivy": (2.0, 2.0, 0.09),
}


@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.parametrize("seed", range(3))
def test_normals_extent_and_repeatability(kind: str, seed: int) -> None:
    mesh = KINDS[kind][0](NUMBERS[kind], seed)
    np.testing.assert_array_equal(mesh.positions, KINDS[kind][0](NUMBERS[kind], seed).positions)
    np.testing.assert_allclose(np.linalg.norm(mesh.normals, axis=1), 1, atol=1e-4)
    assert agreement(mesh) > 0.99
    assert len(mesh.faces) <= (40000 if kind == "tree_leaves" else 30000)
    assert mesh.positions[:, 1].min() >= -1e-5


def test_leaves_are_pairs_of_sides_that_look_apart() -> None:
    rng = np.random.default_rng(0)
    base = rng.normal(0, 1, (20, 1, 3))
    paths = base + np.linspace(0, 1, 4)[None, :, None] * rng.normal(0, 0.1, (20, 1, 3))
    mesh = blades(paths, rng.normal(0, 1, (20, 3)), np.full((20, 4), 0.02), 0.2)
    half = len(mesh.positions) // 2
    front, back = mesh.positions[:half], mesh.positions[half:]
    np.testing.assert_allclose(mesh.normals[:half], -mesh.normals[half:], atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(front - back, axis=1), GAP, rtol=0.02)
    assert (((front - back) * mesh.normals[:half]).sum(1) > 0).all()
    assert len(mesh.faces) == 20 * 2 * 3 * 2 * 2


def test_a_trees_leaves_are_such_pairs() -> None:
    mesh = KINDS["tree_leaves"][0](NUMBERS["tree_leaves"], 1)
    half = len(mesh.positions) // 2
    np.testing.assert_allclose(mesh.normals[:half], -mesh.normals[half:], atol=1e-6)
    gap = np.linalg.norm(mesh.positions[:half] - mesh.positions[half:], axis=1)
    np.testing.assert_allclose(gap, GAP, rtol=0.02)


@pytest.mark.parametrize("seed", range(3))
def test_a_trees_leaves_sit_on_its_twigs(seed: int) -> None:
    size = 0.18
    leaves = KINDS["tree_leaves"][0]((7.0, 5.0, size, 0.2), seed)
    twigs = skeleton(7.0, 5.0, seed)[-1].paths
    t = np.linspace(0, 1, 8)[None, None, :, None]
    fine = (twigs[:, :-1, None] * (1 - t) + twigs[:, 1:, None] * t).reshape(-1, 3)
    for point in leaves.positions[::61]:
        assert np.linalg.norm(fine - point, axis=1).min() < 1.6 * size


def test_another_seed_is_another_tree_and_its_extent_is_kept() -> None:
    one, other = (KINDS["tree_wood"][0]((7.0, 5.0), seed) for seed in (0, 1))
    assert np.abs(one.positions - other.positions).max() > 0.1
    for mesh in (one, other):
        assert mesh.positions[:, 1].max() == pytest.approx(7, rel=0.01)
        assert 3.0 < np.ptp(mesh.positions[:, 0]) < 6.0


def test_ivy_stays_in_front_of_its_wall() -> None:
    mesh = KINDS["ivy"][0](NUMBERS["ivy"], 2)
    assert mesh.positions[:, 2].min() >= -1e-6
    assert mesh.positions[:, 2].max() < 3 * 0.09


def test_density_and_blades_set_how_much_there_is() -> None:
    sparse, dense = (len(KINDS["bush"][0]((0.7, 0.06, d), 0).faces) for d in (0.1, 0.9))
    assert dense > 4 * sparse
    few, many = (len(KINDS["grass"][0]((0.4, 0.3, n), 0).faces) for n in (100.0, 400.0))
    assert many == 4 * few
