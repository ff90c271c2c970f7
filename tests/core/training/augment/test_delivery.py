"""Delivery: what an encoded picture suffers after it was taken."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from core.training.augment.delivery import compress, contrast, fade, quantise, resample, sharpen

FloatArray = npt.NDArray[np.float32]


def picture(size: int = 48) -> FloatArray:
    return np.random.default_rng(0).random((size, size, 3)).astype(np.float32)


def edge() -> FloatArray:
    made = np.full((32, 32, 3), 0.3, np.float32)
    made[:, 16:] = 0.7
    return made


def test_sharpening_makes_halos_at_edges_and_nothing_elsewhere() -> None:
    after = sharpen(edge(), 1.0, 1.0)
    assert after[16, 16, 0] > 0.75
    assert after[16, 15, 0] < 0.25
    np.testing.assert_allclose(after[:, :8], 0.3, atol=1e-5)
    np.testing.assert_allclose(after[:, 24:], 0.7, atol=1e-5)
    assert sharpen(edge(), 2.0, 1.0)[16, 16, 0] > after[16, 16, 0]


@pytest.mark.parametrize("shape", [(48, 48), (40, 64), (8, 8), (5, 21)])
@pytest.mark.parametrize("share", [0.01, 0.25, 0.8, 1.0])
def test_resampling_keeps_size_and_brightness(shape: tuple[int, int], share: float) -> None:
    made = np.random.default_rng(1).random((*shape, 3)).astype(np.float32)
    after = resample(made, share)
    assert after.shape == made.shape
    assert after.mean() == pytest.approx(made.mean(), abs=0.06)
    if min(shape) > 16 and share < 0.5:
        assert after.std() < 0.6 * made.std()


def test_jpeg_keeps_the_picture_better_with_a_better_quality() -> None:
    smooth = resample(picture(), 0.25)
    errors = [np.abs(compress(smooth, quality, half_colour=True) - smooth).mean() for quality in (10, 50, 95)]
    assert 0.02 > errors[2] > 0.0
    assert errors[0] > errors[1] > errors[2]


def test_half_colour_loses_colour_but_not_brightness() -> None:
    stripes = np.zeros((32, 32, 3), np.float32)
    stripes[:, ::2] = (0.8, 0.2, 0.2)
    stripes[:, 1::2] = (0.2, 0.5, 0.7)
    full, half = (compress(stripes, 98, half_colour=which)[8:-8, 8:-8] for which in (False, True))

    def swing(image: FloatArray, weights: tuple[float, float, float]) -> float:
        return float(np.ptp(image @ np.float32(weights)))

    colour, brightness = (0.5, -0.419, -0.081), (0.299, 0.587, 0.114)  # Cr and Y of JFIF
    assert swing(half, colour) < 0.3 * swing(full, colour)
    assert swing(half, brightness) == pytest.approx(swing(full, brightness), rel=0.15)


def test_jpeg_takes_and_gives_red_green_blue() -> None:
    red = np.full((16, 16, 3), (0.9, 0.2, 0.1), np.float32)
    np.testing.assert_allclose(compress(red, 95, half_colour=False), red, atol=0.03)


@pytest.mark.parametrize("bits", [1, 8, 10])
def test_quantising_leaves_even_steps(bits: int) -> None:
    after = quantise(picture(64) * 1.4 - 0.2, bits)
    steps = after * (2**bits - 1)
    np.testing.assert_allclose(steps, np.rint(steps), atol=1e-3)
    assert len(np.unique(np.rint(steps))) == 2**bits
    assert np.abs(after - np.clip(picture(64) * 1.4 - 0.2, 0.0, 1.0)).max() <= 0.5 / (2**bits - 1) + 1e-6


def test_fading_goes_to_the_grey_of_the_pixel() -> None:
    np.testing.assert_allclose(fade(picture(), 1.0), picture(), atol=1e-6)
    for colour in (0.0, 0.5):
        after = fade(picture(), colour)
        np.testing.assert_allclose(after.mean(axis=2), picture().mean(axis=2), atol=1e-6)
        np.testing.assert_allclose(np.ptp(after, axis=2), colour * np.ptp(picture(), axis=2), atol=1e-6)


def test_contrast_turns_about_the_middle() -> None:
    np.testing.assert_allclose(contrast(np.full((1, 1, 3), 0.5, np.float32), 1.0, 1.3), 0.5)
    np.testing.assert_allclose(contrast(edge(), 1.0, 1.5)[0, [0, -1], 0], [0.2, 0.8], atol=1e-6)
    assert contrast(edge(), 0.7, 1.0).min() > 0.3
