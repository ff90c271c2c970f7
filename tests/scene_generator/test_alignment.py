"""The shift between beauty and data is told exactly where there are edges, and never where there is nothing to tell."""

from __future__ import annotations

import numpy as np
import pytest

from scene_generator.alignment import REACH, measure

SIDE = 96


def _scene(seed: int, side: int = SIDE) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Boxes on a wall: (beauty, normal, id), with shading and a texture that has nothing to do with the shapes."""
    rng = np.random.default_rng(seed)
    normal = np.zeros((side, side, 3), np.float32)
    normal[..., 2] = 1
    ids = np.ones((side, side, 1), np.float32)
    for k in range(12):
        y, x = rng.integers(0, side - 14, 2)
        h, w = rng.integers(10, 30, 2)
        direction = rng.normal(size=3) + np.array([0, 0, 1.5])
        normal[y : y + h, x : x + w] = direction / np.linalg.norm(direction)
        ids[y : y + h, x : x + w] = k + 2
    light = np.clip(normal @ np.array([0.4, 0.6, 0.7], np.float32), 0.05, 1)
    texture = 1 + 0.25 * np.sin(np.arange(side) * 0.9)[None, :] * np.sin(np.arange(side) * 0.35)[:, None]
    beauty = (light * texture)[..., None] * np.array([0.8, 0.6, 0.5], np.float32)
    return beauty.astype(np.float32), normal, ids


@pytest.mark.parametrize("dy", range(-REACH, REACH + 1))
def test_every_shift_is_told_exactly(dy: int) -> None:
    beauty, normal, ids = _scene(1)
    for dx in range(-REACH, REACH + 1):
        moved = np.roll(beauty, (dy, dx), (0, 1))
        for data in ({"normal": normal}, {"normal": normal, "id": ids}, {"id": ids}):
            found = measure(moved, data)
            assert (found.dx, found.dy) == (dx, dy), sorted(data)
            assert found.shift() == max(abs(dx), abs(dy))


def test_other_sizes_and_exposures_change_nothing() -> None:
    beauty, normal, _ = _scene(2)
    wide = np.hstack([beauty, beauty[:, ::-1]]), np.hstack([normal, normal[:, ::-1]])
    for gain in (1e-3, 1.0, 1e3):
        found = measure(np.roll(wide[0] * gain, 2, axis=1), {"normal": wide[1]})
        assert (found.dx, found.dy, found.shift()) == (2, 0, 2)


@pytest.mark.parametrize("seed", range(8))
def test_pictures_that_have_nothing_in_common_are_not_called_shifted(seed: int) -> None:
    rng = np.random.default_rng(seed)
    _, normal, _ = _scene(seed)
    noise = rng.uniform(0.1, 1, (SIDE, SIDE, 3)).astype(np.float32)
    assert measure(noise, {"normal": normal}).shift() == 0
    assert measure(_scene(seed + 100)[0], {"normal": normal}).score < 0.5


def test_without_edges_nothing_is_told() -> None:
    beauty, normal, _ = _scene(3)
    wall = np.zeros_like(normal)
    wall[..., 2] = 1
    found = measure(np.roll(beauty, 3, axis=0), {"normal": wall})
    assert (found.shift(), found.edges) == (0, 0.0)
    grey = np.full_like(beauty, 0.4)
    assert (measure(grey, {"normal": normal}).dx, measure(grey, {"normal": normal}).shift()) == (0, 0)


def test_a_defocused_beauty_is_not_called_shifted() -> None:
    for seed in range(6):
        beauty, normal, _ = _scene(seed, 160)
        for _ in range(3):  # three passes of a box of 7 pixels
            for axis in (0, 1):
                beauty = np.mean([np.roll(beauty, k, axis) for k in range(-3, 4)], axis=0)
        assert measure(beauty, {"normal": normal}).shift() < 2


def test_what_is_not_finite_is_passed_over() -> None:
    beauty, normal, _ = _scene(4)
    beauty[10:14, 10:14] = np.nan
    normal[50, 50] = np.inf
    found = measure(np.roll(beauty, -3, axis=1), {"normal": normal})
    assert (found.dx, found.shift()) == (-3, 3)


def test_unfit_arguments_are_refused() -> None:
    beauty, normal, _ = _scene(5)
    with pytest.raises(ValueError, match="one of normal, albedo, id"):
        measure(beauty, {"roughness": normal[..., :1]})
    with pytest.raises(ValueError, match="16 x 16"):
        measure(beauty[:8], {"normal": normal[:8]})
    with pytest.raises(ValueError, match="one size"):
        measure(beauty[:64], {"normal": normal})
