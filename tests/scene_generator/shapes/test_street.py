"""Street things: extents, wheels and glass that belong to their car, everything on the ground."""

from __future__ import annotations

import numpy as np
import pytest

from scene_generator.shapes.street import KINDS
from tests.scene_generator.shapes.test_sweep import agreement

NUMBERS = {
    "car_body": (4.4, 1.8, 1.45),
    "car_glass": (4.4, 1.8, 1.45),
    "car_wheels": (4.4, 1.8, 1.45),
    "street_lamp": (5.0,),
    "bollard": (0.1, 1.0),
    "bench": (1.6,),
    "sign_post": (2.6,),
    "bin": (0.25, 0.8),
    "bicycle": (1.7,),
    "fence": (3.0, 1.0, 0.12),
    "traffic_cone": (0.7,),
}


@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.parametrize("seed", range(5))
def test_normals_and_resting_height(kind: str, seed: int) -> None:
    mesh = KINDS[kind][0](NUMBERS[kind], seed)
    np.testing.assert_array_equal(mesh.positions, KINDS[kind][0](NUMBERS[kind], seed).positions)
    np.testing.assert_allclose(np.linalg.norm(mesh.normals, axis=1), 1, atol=1e-4)
    assert agreement(mesh) > 0.99
    assert len(mesh.faces) <= 30000
    if kind not in ("car_body", "car_glass"):
        assert mesh.positions[:, 1].min() == pytest.approx(0, abs=5e-4)  # bent feet end in round caps


@pytest.mark.parametrize("kind", ["street_lamp", "sign_post", "traffic_cone", "bollard", "bin"])
def test_height_is_the_extent(kind: str) -> None:
    for seed in range(6):
        height = NUMBERS[kind][-1]
        assert KINDS[kind][0](NUMBERS[kind], seed).positions[:, 1].max() == pytest.approx(height, rel=0.01)


@pytest.mark.parametrize("seed", range(8))
def test_glass_lies_just_outside_the_body_and_wheels_within_its_length(seed: int) -> None:
    body, glass, wheels = (KINDS[f"car_{part}"][0](NUMBERS["car_body"], seed) for part in ("body", "glass", "wheels"))
    assert body.positions[:, 1].max() == pytest.approx(1.45, rel=0.01)
    assert np.ptp(body.positions[:, 0]) == pytest.approx(4.4, rel=0.02)
    for k in range(0, len(glass.positions), 37):
        d = body.positions - glass.positions[k]
        near = np.argmin((d * d).sum(1))
        assert np.linalg.norm(d[near]) < 0.08
        assert -0.015 < -(d[near] * glass.normals[k]).sum() < 0.025
    assert np.abs(wheels.positions[:, 0]).max() < 2.2
    assert np.abs(wheels.positions[:, 2]).max() <= 0.9 + 1e-6
    assert glass.positions[:, 1].min() > 0.5


def test_a_cars_normals_look_away_from_its_inside() -> None:
    mesh = KINDS["car_glass"][0](NUMBERS["car_glass"], 1)
    out = mesh.positions - np.array([0.0, 0.5, 0.0], np.float32)
    assert ((out * [0.3, 1.0, 1.0] * mesh.normals).sum(1) > 0).all()


def test_a_bicycle_has_two_wheels_on_the_ground() -> None:
    p = KINDS["bicycle"][0]((1.7,), 0).positions
    low = p[p[:, 1] < 0.005]
    assert low[:, 0].min() < -0.4
    assert low[:, 0].max() > 0.4
