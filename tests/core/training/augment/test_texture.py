from __future__ import annotations

import numpy as np
import pytest

from core.errors import BadConfig
from core.textures.slopes import slopes_from_height
from core.training.augment.texture import TextureChanges, crop, filter_relief, mirrored, recolor, turned
from tests.texture_models import bumps

NOTHING = TextureChanges(
    shaded=0, hollowed=0, printed=0, hue=0, contrast=0, brightness=0, grey=0, jpeg=0, noise=0, strength=0
)


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
def test_slopes_turn_and_mirror_with_the_relief(quarters: int) -> None:
    height = bumps(32, 32)
    slopes = slopes_from_height(height, True)
    assert np.allclose(turned(slopes, quarters), slopes_from_height(np.rot90(height, quarters), True), atol=1e-5)
    assert np.allclose(mirrored(slopes), slopes_from_height(height[:, ::-1], True), atol=1e-5)


def test_scaling_leaves_slopes_as_they_are() -> None:
    height = bumps(128, 128)
    slopes = slopes_from_height(height, True)
    small = crop(slopes, 0, 0, 128, 64)
    # A surface of half the size: heights in pixels halve, too.
    halved = slopes_from_height(0.5 * crop(height[..., None], 0, 0, 128, 64)[..., 0], True)
    assert np.abs(small - halved).max() < 0.03 * np.abs(slopes).max()


def test_a_filter_makes_bright_things_high_and_grey_flat() -> None:
    rows, columns = np.mgrid[0:48, 0:48].astype(np.float32)
    spot = np.exp(-((rows - 24) ** 2 + (columns - 24) ** 2) / 40.0)
    slopes = filter_relief(np.repeat(spot[..., None], 3, -1), np.random.default_rng(0))
    assert slopes[24, 19, 0] > 0.02  # rising to the right, left of the top
    assert slopes[24, 29, 0] < -0.02
    assert slopes[29, 24, 1] > 0.02  # rising upwards, below it
    assert not filter_relief(np.full((16, 16, 3), 0.4, np.float32), np.random.default_rng(0)).any()


def test_a_crop_goes_on_from_the_other_side_and_reads_bytes() -> None:
    field = np.arange(16, dtype=np.uint8).reshape(4, 4, 1)
    found = crop(field, 3, 3, 2, 2)[..., 0]
    assert np.allclose(found * 255, [[15, 12], [3, 0]], atol=1e-4)


def test_colour_changes_are_decided_by_the_generator_and_stay_in_range() -> None:
    color = np.random.default_rng(3).random((48, 48, 3)).astype(np.float32)
    slopes = slopes_from_height(bumps(48, 48), True)
    everything = TextureChanges(shaded=1, hollowed=1, printed=1, grey=1, jpeg=1)
    for seed in range(6):
        first, second = (recolor(color, slopes, np.random.default_rng(seed), everything) for _ in range(2))
        assert np.array_equal(first, second)
        assert first.shape == color.shape
        assert 0 <= first.min() <= first.max() <= 1
        assert np.abs(first - color).mean() > 0.02
    assert np.allclose(recolor(color, slopes, np.random.default_rng(0), NOTHING), color, atol=1e-5)


def test_baked_light_follows_the_relief() -> None:
    grey = np.full((64, 64, 3), 0.5, np.float32)
    slopes = slopes_from_height(bumps(64, 64), True)
    settings = TextureChanges(**{**vars(NOTHING), "shaded": 1.0, "shading": 1.0})
    found = []
    for seed in range(8):
        lit = recolor(grey, slopes, np.random.default_rng(seed), settings)[..., 0]
        pair = np.stack([slopes[..., 0].ravel(), slopes[..., 1].ravel(), np.ones(64 * 64)], -1)
        fitted = pair @ np.linalg.lstsq(pair, lit.ravel(), rcond=None)[0]
        found.append(np.corrcoef(fitted, lit.ravel())[0, 1])
    assert min(found) > 0.85


def test_hollows_get_dark() -> None:
    grey = np.full((64, 64, 3), 0.5, np.float32)
    height = bumps(64, 64)
    settings = TextureChanges(**{**vars(NOTHING), "hollowed": 1.0, "hollowing": 1.0})
    seen = [
        np.corrcoef(recolor(grey, slopes_from_height(height, True), np.random.default_rng(s), settings)[..., 0].ravel(),
                    height.ravel())[0, 1]
        for s in range(12)
    ]  # fmt: skip
    # Mostly hollows are dark; at times they are bright, as dust makes them.
    assert np.sum(np.array(seen) > 0.5) > np.sum(np.array(seen) < -0.5)


def test_unknown_or_bad_settings_are_refused() -> None:
    with pytest.raises(BadConfig, match="gloss"):
        TextureChanges.from_json({"gloss": 1})
    with pytest.raises(BadConfig, match="smallest_scale"):
        TextureChanges.from_json({"smallest_scale": 3.0})
    with pytest.raises(BadConfig, match="noise"):
        TextureChanges.from_json({"noise": -1.0})
