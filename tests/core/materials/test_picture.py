from __future__ import annotations

import numpy as np
import pytest

from core.errors import BadChannels, BadConfig, BadSize
from core.image import SRGB, Image
from core.materials.picture import crop_of, find_mask, mask_of


def scene(height: int = 90, width: int = 160, at: tuple[int, int, int, int] = (30, 70, 60, 100)) -> Image:
    pixels = np.full((height, width, 3), 0.2, np.float32)
    top, bottom, left, right = at
    pixels[top:bottom, left:right] = (0.8, 0.4, 0.1)
    return Image(pixels, ("R", "G", "B"), color_space=SRGB)


def box(height: int, width: int, at: tuple[int, int, int, int]) -> np.ndarray:
    mask = np.zeros((height, width), np.float32)
    mask[at[0] : at[1], at[2] : at[3]] = 1
    return mask


def test_the_crop_is_about_the_object_and_fills_alike() -> None:
    crop = crop_of(scene(), box(90, 160, (30, 70, 60, 100)), 64)
    assert crop.picture.shape == (64, 64, 3)
    assert crop.mask.shape == (64, 64)
    assert crop.object_pixels == 40
    rows = np.flatnonzero((crop.mask > 0.5).any(1))
    assert abs((rows[-1] - rows[0] + 1) / 64 - 0.86) < 0.05
    assert np.allclose(crop.picture[32, 32], (0.8, 0.4, 0.1), atol=0.01)
    large = crop_of(scene(), box(90, 160, (30, 70, 60, 100)), 128)
    assert abs(large.mask.mean() - crop.mask.mean()) < 0.01


def test_an_object_at_the_border_is_not_continued_beyond_it() -> None:
    crop = crop_of(scene(at=(0, 60, 0, 60)), box(90, 160, (0, 60, 0, 60)), 64)
    assert crop.mask[:3].max() == 0
    assert crop.mask[:, :3].max() == 0
    assert crop.mask[32, 32] == 1


def test_exposure_and_colour_space_change_what_is_seen() -> None:
    mask = box(90, 160, (30, 70, 60, 100))
    plain = crop_of(scene(), mask, 64)
    assert crop_of(scene(), mask, 64, stops=-1.0).picture[32, 32, 0] < plain.picture[32, 32, 0] - 0.1
    linear = Image(scene().pixels, ("R", "G", "B"))
    assert crop_of(linear, mask, 64).picture[32, 32, 2] > plain.picture[32, 32, 2] + 0.1
    assert plain.clipped == 0
    assert crop_of(scene(), mask, 64, stops=2.0).clipped > 0.9


def test_masks_come_from_files_alpha_or_an_even_border() -> None:
    mask = box(90, 160, (30, 70, 60, 100))
    opaque = Image(np.dstack([scene().pixels, mask]), ("R", "G", "B", "A"), color_space=SRGB)
    for found, words in (find_mask(opaque), find_mask(scene())):
        assert np.array_equal(found > 0.5, mask > 0.5)
        assert "alpha" in words or "border" in words
    white = Image(np.repeat(mask[..., None], 3, -1), ("R", "G", "B"), color_space=SRGB)
    assert np.array_equal(mask_of(white, 90, 160, "m.png"), mask)
    assert np.array_equal(mask_of(opaque, 90, 160, "m.png"), mask)
    noise = Image(np.random.default_rng(0).random((90, 160, 3)).astype(np.float32), ("R", "G", "B"), color_space=SRGB)
    found, words = find_mask(noise)
    assert "--mask" in words
    assert found[45, 80] == 1
    assert found[0, 0] == 0


def test_bad_masks_and_settings_are_named() -> None:
    with pytest.raises(BadSize, match="16 or more"):
        crop_of(scene(), box(90, 160, (30, 35, 60, 100)), 64)
    with pytest.raises(BadSize, match=r"shows no object: its brightest value is 0\.0039 of 1"):
        crop_of(scene(), np.full((90, 160), 1 / 255, np.float32), 64)  # 0 and 1 of 255, as mattes of labels are
    with pytest.raises(BadSize, match=r"m\.png: the mask is 160x90 and the picture 50x40"):
        mask_of(scene(), 40, 50, "m.png")
    with pytest.raises(BadConfig, match="finite"):
        crop_of(scene(), box(90, 160, (30, 70, 60, 100)), 64, stops=float("nan"))


@pytest.mark.filterwarnings("error")
def test_a_mask_is_the_only_channel_whatever_it_is_called() -> None:
    inside = box(90, 160, (30, 70, 60, 100))
    for name in ("Y", "A", "Z", "matte.Y"):
        np.testing.assert_array_equal(mask_of(Image(inside[..., None], (name,)), 90, 160, "m.exr"), inside)
    nothing = np.full((90, 160, 1), np.nan, np.float32)  # such an alpha says nothing
    both = Image(np.concatenate([inside[..., None], nothing], -1), ("Y", "A"))
    np.testing.assert_array_equal(mask_of(both, 90, 160, "m.exr"), inside)
    with pytest.raises(BadChannels, match=r"m\.exr: no R, G, B .*; give the mask as a file of one channel"):
        mask_of(Image(np.repeat(nothing, 2, -1), ("u.X", "u.Y")), 90, 160, "m.exr")
