"""Built shapes: extents, volumes of what is closed, openings that are open."""

from __future__ import annotations

import numpy as np
import pytest

from scene_generator.shapes.built import KINDS
from tests.scene_generator.shapes.test_sweep import agreement, volume

NUMBERS = {
    "rounded_box": (0.4, 0.3, 0.5, 0.02),
    "prism": (0.2, 0.4, 6.0, 0.4, 0.01),
    "arch": (3.0, 3.0, 0.5, 1.4, 2.2),
    "gable": (4.0, 2.0, 6.0),
    "hip_roof": (6.0, 2.0, 9.0),
    "stairs": (1.2, 1.8, 2.4, 10.0),
    "railing": (3.0, 1.0, 0.12, 0.02),
    "louver": (0.6, 0.9, 0.05, 14.0),
    "panelled_door": (0.9, 2.1, 0.05, 6.0),
    "radiator": (1.0, 0.6, 0.1),
    "moulding": (3.0, 0.15, 0.1),
    "keyboard": (0.44, 0.14, 0.03),
    "books_row": (0.8, 0.28, 0.2),
}
CENTRED = ("rounded_box", "louver")


@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.parametrize("seed", range(4))
def test_normals_and_resting_height(kind: str, seed: int) -> None:
    mesh = KINDS[kind][0](NUMBERS[kind], seed)
    np.testing.assert_array_equal(mesh.positions, KINDS[kind][0](NUMBERS[kind], seed).positions)
    np.testing.assert_allclose(np.linalg.norm(mesh.normals, axis=1), 1, atol=1e-4)
    assert agreement(mesh) > 0.99
    assert len(mesh.faces) <= 30000
    if kind not in CENTRED:
        assert mesh.positions[:, 1].min() == pytest.approx(0, abs=1e-5)
    else:
        assert mesh.positions[:, 1].min() == pytest.approx(-mesh.positions[:, 1].max(), abs=1e-5)


@pytest.mark.parametrize("kind", ["gable", "hip_roof", "stairs", "moulding", "arch", "radiator", "rounded_box"])
def test_width_and_depth_are_the_extents(kind: str) -> None:
    width, height, depth = NUMBERS[kind][:3]
    for seed in range(4):
        extent = np.ptp(KINDS[kind][0](NUMBERS[kind], seed).positions, axis=0)
        np.testing.assert_allclose(extent, [width, height, depth], rtol=0.03)


def test_closed_shapes_have_their_volume() -> None:
    assert volume(KINDS["gable"][0]((4.0, 2.0, 6.0), 0)) == pytest.approx(24, rel=1e-4)
    # Below the ridge a wedge, at both ends half a pyramid each.
    assert volume(KINDS["hip_roof"][0]((6.0, 2.0, 9.0), 0)) == pytest.approx(6 * 2 * (3 * 9 - 6) / 6, rel=1e-3)
    assert volume(KINDS["rounded_box"][0]((1.0, 1.0, 1.0, 1e-3), 0)) == pytest.approx(1, rel=1e-3)
    assert volume(KINDS["rounded_box"][0]((1.0, 1.0, 1.0, 0.5), 0)) == pytest.approx(np.pi / 6, rel=0.06)
    hexagon = 1.5 * np.sqrt(3) * 0.2**2
    assert volume(KINDS["prism"][0]((0.2, 0.4, 6.0, 0.0, 0.0), 0)) == pytest.approx(hexagon * 0.4, rel=1e-4)


@pytest.mark.parametrize("seed", range(6))
def test_a_ray_through_the_arch_meets_nothing_and_one_beside_it_meets_wall(seed: int) -> None:
    mesh = KINDS["arch"][0](NUMBERS["arch"], seed)
    t = mesh.positions[mesh.faces][..., :2].astype(float)

    def hits(x: float, y: float) -> int:
        d = t - np.array([x, y])
        cross = d[:, [0, 1, 2], 0] * d[:, [1, 2, 0], 1] - d[:, [0, 1, 2], 1] * d[:, [1, 2, 0], 0]
        return int(((cross > 1e-12).all(1) | (cross < -1e-12).all(1)).sum())

    for x, y in ((0.0123, 1.0), (0.4, 0.31), (-0.5, 1.23), (0.01, 1.9)):
        assert hits(x, y) == 0
    for x, y in ((1.011, 1.013), (-1.21, 0.517), (0.013, 2.613)):
        assert hits(x, y) == 2
    assert 0 < volume(mesh) < 3 * 3 * 0.5 - 0.5 * 1.3 * 1.2


def test_the_count_of_steps_bars_and_slats_is_what_was_asked_for() -> None:
    top = KINDS["stairs"][0]((1.0, 1.0, 2.0, 5.0), 0).positions[:, 1]
    for k in range(1, 6):
        assert np.abs(top - 0.2 * k).min() < 1e-5
    few, many = (len(KINDS["louver"][0]((0.6, 0.9, 0.05, n), 0).faces) for n in (5.0, 9.0))
    assert many - few == 4 * 44
    bars = [len(KINDS["railing"][0]((2.0, 1.0, s, 0.02), 0).faces) for s in (0.1, 0.2)]
    assert bars[0] - bars[1] == 10 * 44  # seed 0 has square bars


def test_a_door_has_recessed_panels() -> None:
    p = KINDS["panelled_door"][0](NUMBERS["panelled_door"], 0).positions
    depths = np.round(p[:, 2].astype(float), 4)
    assert (depths < 0.045).sum() > 100
    assert {0.0, 0.05} <= set(depths.tolist())
