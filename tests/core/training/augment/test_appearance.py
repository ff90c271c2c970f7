"""Appearance: pictures of the same thing that a network could meet, decided by the generator alone."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from core.color import linear_to_srgb, network_view
from core.errors import BadConfig
from core.training.augment.appearance import Appearance, vary

PLATE = np.random.default_rng(0).random((32, 32, 3)).astype(np.float32) ** 2 * 3.0
SHARES = ("clipped", "tone", "calm", "grey", "blur", "motion", "resample", "noise", "jpeg")
PLAIN = dict.fromkeys(("exposure_stops", "white_balance", *SHARES), 0.0) | {"untouched": 1.0}


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_an_untouched_picture_is_the_exposed_plate_as_a_network_sees_it() -> None:
    found = vary(PLATE, 1.0, rng(), Appearance.from_json(PLAIN))
    np.testing.assert_allclose(found, network_view(PLATE * np.float32(0.45)), atol=1e-6)


def test_a_clipped_picture_is_a_photograph_through_the_shoulder() -> None:
    found = vary(PLATE, 1.0, rng(), Appearance.from_json({**PLAIN, "clipped": 1.0}))
    light = np.clip(PLATE * np.float32(0.45), 0.0, 1.0)
    np.testing.assert_allclose(found, network_view(light), atol=2e-3)
    dark = light < 0.5
    np.testing.assert_allclose(found[dark], linear_to_srgb(light)[dark], atol=1e-3)


def test_it_is_decided_by_the_generator_alone() -> None:
    settings = Appearance.from_json(dict.fromkeys(SHARES, 1.0) | {"untouched": 0.0, "grey": 0.0})
    np.testing.assert_array_equal(vary(PLATE, 1.0, rng(3), settings), vary(PLATE, 1.0, rng(3), settings))
    assert np.abs(vary(PLATE, 1.0, rng(3), settings) - vary(PLATE, 1.0, rng(4), settings)).max() > 0.01


@pytest.mark.parametrize("name", ["tone", "calm", "grey", "blur", "motion", "resample", "noise", "jpeg"])
def test_each_change_is_made_where_its_share_is_one(name: str) -> None:
    off = Appearance.from_json({**PLAIN, "untouched": 0.0})
    on = Appearance.from_json({**PLAIN, "untouched": 0.0, name: 1.0})
    before, after = vary(PLATE, 1.0, rng(), off), vary(PLATE, 1.0, rng(), on)
    assert np.abs(before - after).max() > 0.01
    if name == "grey":
        np.testing.assert_allclose(after.max(axis=2), after.min(axis=2), atol=1e-6)
    if name in ("blur", "motion", "resample"):
        assert np.abs(np.diff(after, axis=1)).mean() < np.abs(np.diff(before, axis=1)).mean()


def test_whatever_is_drawn_the_picture_is_one() -> None:
    for seed in range(40):
        found = vary(PLATE * 100.0, 1.0, rng(seed), Appearance())
        assert (found.shape, found.dtype) == (PLATE.shape, np.float32)
        assert np.isfinite(found).all()
        assert found.min() >= 0.0
        assert found.max() <= 1.0


def test_unknown_settings_and_words_are_refused() -> None:
    with pytest.raises(BadConfig, match=r"sharpness.*known are key"):
        Appearance.from_json({"sharpness": 1.0})
    with pytest.raises(BadConfig, match="a number is needed"):
        Appearance.from_json({"noise": "much"})
    assert {item.name for item in fields(Appearance)} >= set(SHARES)
