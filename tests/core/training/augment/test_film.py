"""Film and sensor: halos only around highlights, noise as photons make it, grain as film does."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from core.color import linear_to_srgb, srgb_to_linear
from core.training.augment.film import add_grain, add_noise, balance, halate

FloatArray = npt.NDArray[np.float32]
TINT = (1.0, 0.4, 0.1)


def flat(value: float, size: int = 128) -> FloatArray:
    return np.full((size, size, 3), value, np.float32)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def lamp() -> FloatArray:
    light = flat(0.1)
    light[60:68, 60:68] = 50.0
    return light


def test_halation_is_red_and_around_highlights_only() -> None:
    light = lamp()
    halo = halate(light, 0.3, 4.0, TINT) - light
    ring = halo[64, 74]
    assert ring[0] > 2.0 * ring[1] > 4.0 * ring[2] > 0.0
    assert halo.min() >= 0.0
    assert np.abs(halo[:8]).max() < 1e-6
    assert halo[64, 70, 0] > 1.5 * halo[64, 80, 0]


def test_halation_leaves_a_picture_without_highlights_alone() -> None:
    light = rng().random((64, 64, 3)).astype(np.float32)
    np.testing.assert_array_equal(halate(light, 1.0, 6.0, TINT), light)


def test_halation_saturates() -> None:
    hot = lamp()
    hot[60:68, 60:68] = 1e4
    np.testing.assert_allclose(halate(hot, 0.3, 4.0, TINT)[64, 74], halate(lamp(), 0.3, 4.0, TINT)[64, 74], rtol=1e-5)


@pytest.mark.parametrize("shape", [(1, 1), (5, 9), (33, 70)])
def test_halation_fits_any_size(shape: tuple[int, int]) -> None:
    light = np.full((*shape, 3), 3.0, np.float32)
    glowing = halate(light, 0.5, 6.0, TINT)
    assert glowing.shape == light.shape
    np.testing.assert_allclose(glowing[..., 0], 3.0 + 0.5 * 2.0, rtol=1e-4)  # an even field stays even


@pytest.mark.parametrize("value", [0.045, 0.18, 0.72, 2.88])
def test_the_variance_of_photon_noise_grows_with_the_light(value: float) -> None:
    noisy = add_noise(flat(value), 0.1, rng())
    read = (0.1 * 0.1 * 0.18) ** 2
    assert noisy.mean() == pytest.approx(value, rel=5e-3)
    assert noisy.var() == pytest.approx(0.1**2 * 0.18 * value + read, rel=0.03)
    neighbours = np.corrcoef(noisy[:, 1:, 0].ravel(), noisy[:, :-1, 0].ravel())[0, 1]
    assert abs(neighbours) < 0.03


def test_noise_in_black_is_that_of_reading() -> None:
    assert add_noise(flat(0.0), 0.1, rng()).std() == pytest.approx(0.0018, rel=0.03)


def encoded_grain(value: float, sigma: float = 0.9, strength: float = 0.04) -> npt.NDArray[np.float64]:
    """Change of the encoded value of an even field, for an encoded `value`."""
    grainy = add_grain(flat(float(srgb_to_linear(value))), strength, sigma, rng(3))
    return linear_to_srgb(grainy).astype(np.float64) - value


def test_grain_is_strongest_in_the_mid_tones() -> None:
    strengths = {value: encoded_grain(value).std() for value in (0.02, 0.25, 0.5, 0.75, 0.98)}
    assert strengths[0.5] == pytest.approx(0.04, rel=0.1)
    assert strengths[0.02] < strengths[0.25] < strengths[0.5] > strengths[0.75] > strengths[0.98]
    assert strengths[0.98] < 0.2 * strengths[0.5]
    assert strengths[0.02] < 0.2 * strengths[0.5]


def test_grain_leaves_white_and_black_alone() -> None:
    for value in (0.0, 1.0, 50.0):
        np.testing.assert_allclose(add_grain(flat(value), 0.1, 0.8, rng()), flat(value), rtol=1e-6)


def test_grain_has_mean_zero_a_size_and_a_channel_each() -> None:
    fine, coarse = encoded_grain(0.5, 0.4), encoded_grain(0.5, 1.2)
    for grain in (fine, coarse):
        assert abs(grain.mean()) < 0.003
        assert abs(np.corrcoef(grain[..., 0].ravel(), grain[..., 1].ravel())[0, 1]) < 0.05
    next_to = [np.corrcoef(grain[:, 1:, 0].ravel(), grain[:, :-1, 0].ravel())[0, 1] for grain in (fine, coarse)]
    # Smoothing by sigma leaves a correlation of exp(-d^2 / (4 sigma^2)) at the distance d.
    assert next_to[1] == pytest.approx(np.exp(-1.0 / (4.0 * 1.2**2)), abs=0.05)
    assert next_to[0] < 0.45
    far = np.corrcoef(coarse[:, 12:, 0].ravel(), coarse[:, :-12, 0].ravel())[0, 1]
    assert abs(far) < 0.06
    assert fine.std() == pytest.approx(coarse.std(), rel=0.1)


def test_noise_and_grain_are_decided_by_the_generator() -> None:
    for add in (lambda r: add_noise(flat(0.2), 0.1, r), lambda r: add_grain(flat(0.2), 0.05, 0.8, r)):
        np.testing.assert_array_equal(add(rng(1)), add(rng(1)))
        assert np.abs(add(rng(1)) - add(rng(2))).max() > 0.01


def test_balance_multiplies_channels() -> None:
    np.testing.assert_allclose(balance(flat(0.5, 2), (2.0, 1.0, 0.5))[0, 0], [1.0, 0.5, 0.25])
