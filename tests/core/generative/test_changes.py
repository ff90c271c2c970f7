"""Augmentation: what changes, and what must not."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from core.errors import BadConfig
from core.generative.differentiable import CHANGES, change
from core.generative.variation import Variation, vary


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("torus", [True, False])
def test_every_change_passes_gradients_and_changes_each_picture_its_own_way(name: str, torus: bool) -> None:
    torch.manual_seed(1)
    one = torch.rand(1, 5, 16, 16) * 2 - 1
    pictures = one.repeat(6, 1, 1, 1).requires_grad_(True)
    changed = change(pictures, [name], torus)
    assert changed.shape == pictures.shape
    assert len({tuple(row.flatten().tolist()) for row in changed.detach()}) > 1
    changed.square().sum().backward()  # type: ignore[no-untyped-call]
    assert pictures.grad is not None
    assert all(float(gradient.abs().sum()) > 0 for gradient in pictures.grad)


@pytest.mark.parametrize("name", ["brightness", "saturation", "contrast"])
def test_colour_changes_leave_the_maps_of_a_material_alone(name: str) -> None:
    pictures = torch.rand(4, 5, 8, 8)
    changed = change(pictures, [name], True)
    assert torch.equal(changed[:, 3:], pictures[:, 3:])
    assert not torch.equal(changed[:, :3], pictures[:, :3])


def test_a_shift_round_a_torus_loses_nothing() -> None:
    pictures = torch.rand(4, 3, 8, 8)
    changed = change(pictures, ["shift"], True)
    for before, after in zip(pictures, changed, strict=True):
        assert torch.equal(before.flatten().sort().values, after.flatten().sort().values)


def test_a_shift_of_a_picture_with_borders_fills_with_grey() -> None:
    torch.manual_seed(0)
    changed = change(torch.ones(64, 3, 16, 16), ["shift"], False)
    assert changed.shape == (64, 3, 16, 16)
    counts = (changed[:, 0] == 0).sum((1, 2))
    assert int(counts.min()) == 0
    assert 16 * 2 <= int(counts.max()) <= 256 - 14 * 14  # by up to two pixels along both axes


def test_no_names_change_nothing_and_unknown_ones_are_refused() -> None:
    pictures = torch.rand(2, 3, 8, 8)
    assert change(pictures, [], True) is pictures
    with pytest.raises(BadConfig, match="sparkle"):
        change(pictures, ["sparkle"], True)


def photo(height: int, width: int) -> np.ndarray:
    """Red grows to the right, green downwards."""
    down, right = np.mgrid[:height, :width]
    return np.stack([255 * right / width, 255 * down / height, 0 * down], -1).astype(np.uint8)


def test_a_picture_that_tiles_is_moved_round_and_a_framed_one_is_not() -> None:
    picture = photo(32, 32)
    plain = Variation(mirror=0.0)
    moved = vary(picture, 32, True, plain, np.random.default_rng(3))
    assert not np.array_equal(moved[0], picture[..., 0] / np.float32(255))
    assert np.allclose(np.sort(moved[0].ravel()), np.sort(picture[..., 0].ravel() / 255), atol=1e-6)
    still = vary(picture, 32, False, plain, np.random.default_rng(3))
    assert np.allclose(still[0], picture[..., 0] / 255, atol=1e-6)


def test_zoom_and_rotation_never_show_what_lies_outside() -> None:
    picture = np.full((40, 60, 3), 200, np.uint8)
    variation = Variation(rotate=30.0, zoom=1.5, mirror=0.5)
    for seed in range(20):
        made = vary(picture, 32, False, variation, np.random.default_rng(seed))
        assert made.shape == (3, 32, 32)
        assert np.allclose(made, 200 / 255, atol=1e-3)


def test_rotation_stays_within_the_picture() -> None:
    # The reflected border would give values that a slope across the whole picture has not.
    variation = Variation(rotate=45.0, mirror=0.0)
    for seed in range(10):
        made = vary(photo(64, 64), 32, False, variation, np.random.default_rng(seed))
        steps = np.diff(made[0], axis=1)
        assert (steps > 0).all() or (np.abs(steps) < 0.06).all()


def test_brightness_changes_colours_and_not_maps() -> None:
    picture = np.full((32, 32, 5), 100, np.uint8)
    made = vary(picture, 32, True, Variation(brightness=1.0), np.random.default_rng(0))
    assert np.allclose(made[3:], 100 / 255)
    assert abs(float(made[0].mean()) - 100 / 255) > 0.01


def test_the_same_generator_gives_the_same_variant() -> None:
    variation = Variation(brightness=0.5, tint=0.2, rotate=5.0, zoom=1.2, quarter=0.5)
    twice = [vary(photo(48, 48), 32, False, variation, np.random.default_rng(7)) for _ in range(2)]
    assert np.array_equal(twice[0], twice[1])


def test_settings_out_of_range_are_refused() -> None:
    for value in ({"zoom": 0.5}, {"mirror": 2.0}, {"rotate": -1.0}, {"shear": 1.0}):
        with pytest.raises(BadConfig):
            Variation.from_json(value)
