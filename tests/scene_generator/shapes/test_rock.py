"""Stones: closed, sunk a little, faceted when angular, rough when rough."""

from __future__ import annotations

import numpy as np
import pytest

from scene_generator.shapes.rock import KINDS
from tests.scene_generator.shapes.surfaces import check, open_edges, same, volume

rock = KINDS["rock"][0]


@pytest.mark.parametrize("angularity", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_rocks_are_closed_and_rest_in_the_ground(angularity: float, seed: int) -> None:
    mesh = rock((0.5, 0.8, angularity), seed)
    check(mesh)
    assert open_edges(mesh) == 0
    assert volume(mesh) > 0
    assert mesh.positions[:, 1].min() == pytest.approx(-0.025, abs=1e-3)
    reach = np.hypot(mesh.positions[:, 0], mesh.positions[:, 2]).max()
    assert 0.3 < reach <= 0.5


def test_normals_are_those_of_the_surface() -> None:
    # Against the triangles' own: exact normals of a finely sampled surface differ by the facet's share only.
    mesh = rock((1.0, 0.3, 0.3), 4)
    p = mesh.positions[mesh.faces].astype(np.float64)
    cross = np.cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0])
    mean = mesh.normals[mesh.faces].mean(1)
    cosine = (cross * mean).sum(1) / (np.linalg.norm(cross, axis=1) * np.linalg.norm(mean, axis=1))
    assert np.degrees(np.arccos(np.clip(cosine, -1, 1))).mean() < 2.5


def test_angular_rocks_have_flat_faces() -> None:
    def flat_share(angularity: float) -> float:
        mesh = rock((1.0, 0.0, angularity), 2)
        n = mesh.normals[mesh.faces]
        turned = 1 - (n[:, 0] * n[:, 1]).sum(1)
        return float((turned < 1e-5).mean())

    assert flat_share(1.0) > flat_share(0.3) + 0.2


def test_rough_rocks_are_rougher() -> None:
    def bend(roughness: float) -> float:
        mesh = rock((1.0, roughness, 0.2), 2)
        n = mesh.normals[mesh.faces]
        return float((1 - (n[:, 0] * n[:, 1]).sum(1)).mean())

    assert bend(0.0) < 0.5 * bend(0.5) < 0.5 * bend(1.0)


def test_a_seed_is_a_rock() -> None:
    assert same(rock((1.0, 0.5, 0.5), 9), rock((1.0, 0.5, 0.5), 9))
    assert not same(rock((1.0, 0.5, 0.5), 9), rock((1.0, 0.5, 0.5), 10))
