from __future__ import annotations

import numpy as np
import pytest

from core.textures.slopes import integrate, slopes_from_height
from scene_generator.spec import SpecError
from scene_generator.texture_pairs import draw_pair


def test_a_pair_is_a_pure_function_of_seed_and_index() -> None:
    first, second, other = draw_pair(1, 5, 64), draw_pair(1, 5, 64), draw_pair(1, 6, 64)
    for name in ("color", "slopes", "surface"):
        assert np.array_equal(getattr(first, name), getattr(second, name))
    assert not np.array_equal(first.color, other.color)


def test_values_are_in_range_and_many_colours_lie_on_flat_ground() -> None:
    pairs = [draw_pair(0, k, 64) for k in range(60)]
    flat = 0
    for pair in pairs:
        assert pair.color.shape == (64, 64, 3)
        assert 0 <= pair.color.min() <= pair.color.max() <= 1
        assert 0 <= pair.surface.min() <= pair.surface.max() <= 1
        assert np.abs(pair.slopes).max() <= 4
        flat += not pair.slopes.any()
    assert 2 <= flat <= 20
    drawn_on_flat = [p for p in pairs if not p.slopes.any() and p.color.std(axis=(0, 1)).max() > 0.03]
    assert len(drawn_on_flat) >= 2


def test_slopes_are_those_of_a_repeating_height() -> None:
    tried = 0
    for k in range(40):
        slopes = draw_pair(3, k, 64).slopes
        if not slopes.any() or np.abs(slopes).max() >= 4:
            continue  # cut slopes are no longer those of a height
        again = slopes_from_height(integrate(slopes, True), True)
        assert np.abs(again - slopes).max() < 0.02
        tried += 1
    assert tried >= 10


def test_a_size_that_is_too_small_is_refused() -> None:
    with pytest.raises(SpecError, match="32 pixels"):
        draw_pair(0, 0, 16)
