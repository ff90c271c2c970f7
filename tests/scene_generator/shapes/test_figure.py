"""Figures: every part closed and fine, parts of one seed fit together, numbers and seed do what they say."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest

from scene_generator.shapes.figure import KINDS
from scene_generator.shapes.mesh import Mesh
from scene_generator.shapes.pose import pose, reach, turn
from tests.scene_generator.shapes.surfaces import check, open_edges, same, shared_by_two, volume

PARTS = ("figure_head", "figure_hair", "figure_hands", "figure_top", "figure_legs", "figure_shoes")
PEOPLE = [
    ((1.75, 0.0, 0.0), 0),
    ((1.05, 0.0, 0.4), 1),
    ((1.9, 1.0, 0.0), 2),
    ((1.6, 0.0, 1.0), 5),
    ((0.95, 1.0, 0.5), 8),
]


@lru_cache(maxsize=64)
def _part(kind: str, numbers: tuple[float, ...], seed: int) -> Mesh:
    return KINDS[kind][0](numbers, seed)


def _middle(mesh: Mesh) -> np.ndarray:
    return np.asarray((mesh.positions.min(0) + mesh.positions.max(0)) / 2)


def test_every_kind_is_covered() -> None:
    assert {*PARTS, "bust"} == set(KINDS)
    assert all(KINDS[kind][1] == ("height", "seated", "stride") for kind in PARTS)


@pytest.mark.parametrize("kind", PARTS)
@pytest.mark.parametrize(("numbers", "seed"), PEOPLE)
def test_parts_are_closed_and_fine(kind: str, numbers: tuple[float, ...], seed: int) -> None:
    mesh = _part(kind, numbers, seed)
    check(mesh)
    assert open_edges(mesh) == 0
    assert shared_by_two(mesh) > 0.995
    assert volume(mesh) > 0


@pytest.mark.parametrize(("numbers", "seed"), PEOPLE)
def test_parts_fit_together(numbers: tuple[float, ...], seed: int) -> None:
    height = numbers[0]
    part = {kind: _part(kind, numbers, seed).positions for kind in PARTS}
    # Soles on the floor, and nothing under it.
    assert part["figure_shoes"][:, 1].min() == pytest.approx(0, abs=1e-3)
    assert all(p[:, 1].min() > -1e-3 for p in part.values())
    # From the top down each part overlaps the next, so that no gap shows.
    for upper, lower in (
        ("figure_hair", "figure_head"),
        ("figure_head", "figure_top"),
        ("figure_top", "figure_legs"),
        ("figure_legs", "figure_shoes"),
    ):
        assert part[upper][:, 1].min() < part[lower][:, 1].max()
        assert part[upper][:, 1].max() > part[lower][:, 1].max()
    # The head is where the pose has it: inside its own box, clear of the clothes.
    centre = pose(numbers, seed).head * height
    head = part["figure_head"]
    assert (head.min(0) < centre).all()
    assert (centre < head.max(0)).all()
    assert np.linalg.norm(part["figure_top"] - centre, axis=1).min() > 0.4 * pose(numbers, seed).head_size * height
    # Each hand starts inside its sleeve.
    body = pose(numbers, seed)
    for end in body.wrists * height:
        assert np.linalg.norm(part["figure_hands"] - end, axis=1).min() < 0.03 * height
    # Feet under the shins.
    for end in body.ankles * height:
        for kind in ("figure_shoes", "figure_legs"):
            assert np.linalg.norm(part[kind] - end, axis=1).min() < 0.045 * height


@pytest.mark.parametrize("height", [0.9, 1.3, 1.75, 2.0])
def test_height_is_the_height(height: float) -> None:
    for seed in range(4):
        numbers = (height, 0.0, 0.0)
        # Bent necks, leaning and bent knees take a little off; the scalp is what counts, not the hair.
        top = _part("figure_head", numbers, seed).positions[:, 1].max()
        assert 0.93 * height < top < 1.02 * height


def test_children_have_larger_heads_for_their_size() -> None:
    assert pose((0.9, 0, 0), 0).head_size > pose((1.4, 0, 0), 0).head_size > pose((1.9, 0, 0), 0).head_size


def test_seated_figures_sit() -> None:
    for seed in range(6):
        body = pose((1.7, 1.0, 0.0), seed)
        assert body.pelvis[1] == pytest.approx(0.27, abs=0.01)
        thigh = body.knees - body.hips
        assert (thigh[:, 2] > 0.8 * np.linalg.norm(thigh, axis=1)).all()
        assert np.abs(body.ankles[:, 1] - 0.042).max() < 0.02
    standing, sitting = (pose((1.7, seated, 0), 3).head[1] for seated in (0, 1))
    assert sitting < standing - 0.3 / 1.7


def test_stride_parts_the_feet() -> None:
    def apart(stride: float) -> float:
        return float(np.mean([np.abs(np.diff(pose((1.7, 0.0, stride), s).ankles[:, 2])) for s in range(8)]))

    assert apart(0.0) < 0.05
    assert apart(0.0) < apart(0.5) < apart(1.0)
    assert apart(1.0) > 0.2


def test_limbs_keep_their_length() -> None:
    for seed in range(10):
        for numbers in ((1.7, 0.0, 0.6), (1.7, 1.0, 0.0)):
            body = pose(numbers, seed)
            np.testing.assert_allclose(np.linalg.norm(body.elbows - body.shoulders, axis=1), 0.176, atol=1e-6)
            np.testing.assert_allclose(np.linalg.norm(body.wrists - body.elbows, axis=1), 0.146, atol=1e-6)
            thigh = np.linalg.norm(body.knees - body.hips, axis=1)
            np.testing.assert_allclose(thigh, np.linalg.norm(body.ankles - body.knees, axis=1), atol=1e-6)
            np.testing.assert_allclose(body.head_turn @ body.head_turn.T, np.eye(3), atol=1e-9)


def test_a_limb_reaches_what_it_can() -> None:
    root, target = np.zeros(3), np.array([0.2, -0.1, 0.1])
    middle, end = reach(root, target, 0.18, 0.15, np.array([0.0, 0.0, -1.0]))
    np.testing.assert_allclose(end, target)
    assert middle[2] < 0.05
    _, end = reach(root, np.array([0.0, -9.0, 0.0]), 0.18, 0.15, np.array([0.0, 0.0, 1.0]))
    np.testing.assert_allclose(end, [0, -0.995 * 0.33, 0], atol=1e-9)
    np.testing.assert_allclose(turn(0, np.pi / 2, 0) @ [0, 0, 1], [1, 0, 0], atol=1e-12)


def test_a_face_looks_out_of_the_head() -> None:
    # In the head's own frame: the nose is foremost and in the middle, two eyes bulge in their sockets beside it.
    numbers, seed = (1.75, 0.0, 0.0), 3
    body = pose(numbers, seed)
    mesh = _part("figure_head", numbers, seed)
    p = (mesh.positions / body.height - body.head) @ body.head_turn / body.head_size
    n = mesh.normals @ body.head_turn
    nose = p[p[:, 2].argmax()]
    assert abs(nose[0]) < 0.05
    assert -0.35 < nose[1] < -0.1

    def depth(x: float, y: float) -> float:
        near = (np.hypot(p[:, 0] - x, p[:, 1] - y) < 0.02) & (p[:, 2] > 0)
        return float(p[near, 2].max())

    for side in (-1, 1):
        eye = depth(side * 0.134, 0.0)
        assert eye < depth(side * 0.12, 0.1)  # behind the brow
        assert eye < depth(0.0, -0.1)  # and behind the bridge
        assert eye > depth(side * 0.05, -0.01) - 0.08
    assert depth(0.0, -0.345) < min(depth(0.0, -0.325), depth(0.0, -0.372))  # the lips' line lies in
    assert (n[(p[:, 2] > 0.3)][:, 2] > 0).mean() > 0.85


def test_a_seed_is_a_person() -> None:
    for kind in PARTS:
        function = KINDS[kind][0]
        assert same(function((1.7, 0.0, 0.3), 6), function((1.7, 0.0, 0.3), 6))
        assert not same(function((1.7, 0.0, 0.3), 6), function((1.7, 0.0, 0.3), 7))


def test_a_bust_stands_and_is_as_high_as_asked() -> None:
    for seed in range(3):
        mesh = KINDS["bust"][0]((0.55,), seed)
        check(mesh)
        assert open_edges(mesh) == 0
        assert mesh.positions[:, 1].min() == pytest.approx(0, abs=1e-3)
        assert mesh.positions[:, 1].max() == pytest.approx(0.55, abs=1e-3)
        np.testing.assert_allclose(_middle(mesh)[[0, 2]], 0, atol=1e-4)
