"""Turned shapes: true extents, standing on zero, closed; flutes and ribs where asked for."""

from __future__ import annotations

import numpy as np
import pytest

from scene_generator.shapes.turned import KINDS
from tests.scene_generator.shapes.test_sweep import agreement, volume

NUMBERS = {
    "lathe": (0.05, 0.3, 0.7),
    "column": (0.2, 3.0, 20.0),
    "lampshade": (0.2, 0.12, 0.25),
    "plate_dish": (0.13, 0.025),
    "wine_glass": (0.04, 0.2),
    "fruit": (0.05, 0.5),
}


@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.parametrize("seed", range(5))
def test_shapes_stand_on_zero_with_true_normals(kind: str, seed: int) -> None:
    mesh = KINDS[kind][0](NUMBERS[kind], seed)
    again = KINDS[kind][0](NUMBERS[kind], seed)
    np.testing.assert_array_equal(mesh.positions, again.positions)
    np.testing.assert_allclose(np.linalg.norm(mesh.normals, axis=1), 1, atol=1e-4)
    assert agreement(mesh) > 0.99
    assert mesh.positions[:, 1].min() == pytest.approx(0, abs=1e-5)
    assert volume(mesh) > 0
    assert len(mesh.faces) <= 30000


@pytest.mark.parametrize("kind", ["lathe", "wine_glass"])
@pytest.mark.parametrize("seed", range(5))
def test_radius_and_height_are_the_extents(kind: str, seed: int) -> None:
    radius, height = NUMBERS[kind][:2]
    mesh = KINDS[kind][0](NUMBERS[kind], seed)
    assert np.hypot(mesh.positions[:, 0], mesh.positions[:, 2]).max() == pytest.approx(radius, rel=1e-3)
    assert mesh.positions[:, 1].max() == pytest.approx(height, rel=1e-3)


def test_flutes_are_cut_into_the_shaft() -> None:
    def spread(flutes: float) -> float:
        p = KINDS["column"][0]((0.2, 3.0, flutes), 0).positions
        r = np.hypot(p[:, 0], p[:, 2])[np.abs(p[:, 1] - 1.5) < 0.1]
        return float(np.ptp(r))

    assert spread(20) > 0.008 > 4 * spread(0) > 0


@pytest.mark.parametrize("kind", ["wine_glass", "plate_dish"])
def test_vessels_are_hollow(kind: str) -> None:
    for seed in range(4):
        mesh = KINDS[kind][0](NUMBERS[kind], seed)
        p = mesh.positions
        axis = np.hypot(p[:, 0], p[:, 2]) < 1e-6
        assert p[axis, 1].max() < 0.7 * p[:, 1].max()


def test_a_lampshade_is_open_at_both_ends() -> None:
    for seed in range(4):
        p = KINDS["lampshade"][0](NUMBERS["lampshade"], seed).positions
        assert np.hypot(p[:, 0], p[:, 2]).min() > 0.08
