"""Cloth: it covers and does not sink into what it lies on, keeps its length, hangs and rests where it should."""

from __future__ import annotations

import numpy as np
import pytest

from scene_generator.shapes.cloth import KINDS
from scene_generator.shapes.dynamics import relax
from tests.scene_generator.shapes.test_sweep import agreement, volume

NUMBERS = {
    "curtain": (1.6, 2.4, 9.0, 2.0),
    "drape": (1.6, 0.35, 0.7, 0.0),
    "crumpled": (0.8, 0.5),
    "hanging_cloth": (1.0, 0.9),
    "cushion": (0.5, 0.16, 0.5),
    "wavy": (4.0, 4.0, 0.2, 1.0),
    "bedding": (1.6, 2.0),
}
SINK = 0.004
"""Metres by which a drape's sides may lie inside its support."""


@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.parametrize("seed", range(2))
def test_normals_and_repeatability(kind: str, seed: int) -> None:
    mesh = KINDS[kind][0](NUMBERS[kind], seed)
    np.testing.assert_allclose(np.linalg.norm(mesh.normals, axis=1), 1, atol=1e-4)
    assert np.isfinite(mesh.positions).all()
    assert agreement(mesh) > 0.99
    assert len(mesh.faces) <= 30000
    if kind != "wavy":
        assert mesh.positions[:, 1].min() >= -1e-6


@pytest.mark.parametrize("kind", ["curtain", "drape", "cushion", "wavy"])
def test_the_same_seed_gives_the_same_mesh_and_another_one_another(kind: str) -> None:
    one, again, other = (KINDS[kind][0](NUMBERS[kind], seed).positions for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, again)
    assert np.abs(one - other).max() > 1e-3


@pytest.mark.parametrize("kind", [0, 1, 2])
@pytest.mark.parametrize("seed", range(2))
def test_a_drape_covers_its_support_and_does_not_sink_in(kind: int, seed: int) -> None:
    radius, top = 0.35, 0.7
    p = KINDS["drape"][0]((1.6, radius, top, float(kind)), seed).positions.astype(float)
    if kind == 0:
        inside = radius - np.linalg.norm(p - [0, top - radius, 0], axis=1)
    else:
        side = np.abs(p[:, [0, 2]]).max(1) if kind == 1 else np.hypot(p[:, 0], p[:, 2])
        inside = np.minimum(radius - side, top - p[:, 1])
    assert inside.max() < SINK
    near = np.hypot(p[:, 0], p[:, 2]) < 0.3 * radius
    low = top - radius + np.sqrt(radius**2 - (0.3 * radius) ** 2) if kind == 0 else top
    assert near.sum() > 20
    assert (p[near, 1] > low - SINK).all()
    assert p[:, 1].max() < top + 0.05
    assert p[:, 1].min() < 0.1  # its corners reach the floor or hang close above it


def test_relaxed_cloth_keeps_its_length_and_its_pins() -> None:
    n = 21
    v, u = np.meshgrid(np.linspace(0, 1, n), np.linspace(0, 0.9, n), indexing="ij")
    start = np.stack([u, v, 0.01 * np.sin(9 * u)], -1)
    pinned = np.zeros((n, n), bool)
    pinned[-1, [0, -1]] = True

    def free(p: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return p, np.zeros(p.shape[:2], bool)

    out = relax(start, (0.05, 0.05), 120, free, pinned, gravity=0.002)
    np.testing.assert_allclose(out[pinned], start[pinned], atol=1e-6)
    length = np.linalg.norm(np.diff(out, axis=0), axis=-1)
    assert np.median(length) == pytest.approx(0.05, rel=0.05)
    assert out[-1, n // 2, 1] < 0.98  # it sags between its pins


@pytest.mark.parametrize("seed", range(3))
def test_a_curtain_fills_its_width_and_folds_as_asked(seed: int) -> None:
    p = KINDS["curtain"][0]((1.6, 2.4, 9.0, 2.0), seed).positions
    assert np.ptp(p[:, 0]) == pytest.approx(1.6, rel=0.02)
    assert p[:, 1].max() == pytest.approx(2.4, rel=0.01)
    flat = KINDS["curtain"][0]((1.6, 2.4, 9.0, 1.05), seed).positions
    assert np.ptp(p[:, 2]) > 1.8 * np.ptp(flat[:, 2])


def test_a_cushion_is_closed_and_lies_flat() -> None:
    for seed in range(3):
        mesh = KINDS["cushion"][0](NUMBERS["cushion"], seed)
        np.testing.assert_allclose(np.ptp(mesh.positions, axis=0), [0.5, 0.16, 0.5], rtol=0.02)
        assert 0.3 * 0.5 * 0.16 * 0.5 < volume(mesh) < 0.5 * 0.16 * 0.5


def test_waves_have_sharper_crests_than_troughs() -> None:
    skews = []
    for seed in range(6):
        mesh = KINDS["wavy"][0](NUMBERS["wavy"], seed)
        assert (mesh.normals[:, 1] > 0).all()
        y = mesh.positions[:, 1]
        assert np.abs(y).max() <= 0.2 + 1e-5
        # Points gather at crests; weighted by the area that they cover, low water prevails.
        p = mesh.positions[mesh.faces].astype(float)
        area = np.cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0])[:, 1]
        skews.append(float((p[..., 1].mean(1) * area).sum() / area.sum()))
    assert np.mean(skews) < -0.005


def test_crumpling_grows_with_its_amount() -> None:
    for seed in (0, 1):
        high = [np.ptp(KINDS["crumpled"][0]((0.8, a), seed).positions[:, 1]) for a in (0.1, 0.5, 1.0)]
        assert high[0] < high[1] < high[2]
