from __future__ import annotations

import numpy as np
import pytest

from core.errors import BadConfig
from core.occlusion.relief import FINE, ReliefSettings, distance_field, render_relief
from core.occlusion.shapes import draw_shapes


def disc(size: int, radius: float) -> np.ndarray:
    at = (np.arange(size * FINE) + 0.5) / FINE - size / 2
    return (255 * (np.hypot(at[:, None], at[None, :]) < radius)).astype(np.uint8)


def test_the_distance_is_exact_for_a_disc() -> None:
    field = distance_field(disc(96, 30.0))
    at = np.arange(96) + 0.5 - 48
    expected = np.hypot(at[:, None], at[None, :]) - 30.0
    near = np.abs(expected) < 25
    assert float(np.abs(field - expected)[near].max()) < 0.2


def test_nothing_and_everything_are_far_from_any_outline() -> None:
    for fine in (np.zeros((64, 64), np.uint8), np.full((64, 64), 255, np.uint8)):
        field = distance_field(fine)
        assert np.isfinite(field).all()
        assert float(np.abs(field).min()) > 16


def test_the_shadow_falls_away_from_the_lamp_and_is_soft() -> None:
    look = ReliefSettings(light=(-0.7, 0.0, 0.5))
    mask, shown = render_relief(disc(128, 14.0), look)
    grey = shown.mean(-1)
    assert mask.max() == 1.0
    left, right = grey[64, 64 - 30], grey[64, 64 + 30]
    assert right < 0.8 * left
    line = grey[64, 64 + 18 :]
    steps = np.abs(np.diff(line))
    assert float(steps.max()) < 0.1, "a soft shadow has no hard border"
    assert float(line[-1]) == pytest.approx(float(grey[4, 4]), abs=0.03), "it ends"


def test_the_table_is_darkest_at_the_foot_and_lamps_leave_a_gloss() -> None:
    _, shown = render_relief(disc(128, 14.0), ReliefSettings(shine=0.0))
    _, shiny = render_relief(disc(128, 14.0))
    grey = shown.mean(-1)
    lit_side = [float(grey[64 - k, 64 - k]) for k in (12, 18, 34)]
    assert lit_side == sorted(lit_side)
    assert float((shiny - shown).max()) > 0.1
    assert float((shiny - shown).min()) >= 0.0


def test_shapes_are_drawn_from_the_seed_alone() -> None:
    first, second, other = (draw_shapes(64, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert np.array_equal(first, second)
    assert not np.array_equal(first, other)
    assert set(np.unique(first)) <= {0, 255}
    assert first.shape == (64 * FINE, 64 * FINE)
    with pytest.raises(BadConfig):
        draw_shapes(8, np.random.default_rng(0))
    for change in ({"bevel": 0.0}, {"bevel": 99.0}, {"light": (0.0, 1.0, 0.0)}, {"softness": 0.0}):
        with pytest.raises(BadConfig):
            ReliefSettings(**change)
