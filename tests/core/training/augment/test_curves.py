"""Curves: published values, ends, and that none ever falls."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from core.color import linear_to_srgb, srgb_to_linear
from core.training.augment.curves import camera_curve, filmic, logc3, plain, random_camera_table

FloatArray = npt.NDArray[np.float32]
LIGHT = np.concatenate([[0.0], np.geomspace(1e-4, 1e4, 400)]).astype(np.float32)


def logc3_back(coded: FloatArray) -> npt.NDArray[np.float64]:
    """The inverse, from the same publication: exposure index 800."""
    t = coded.astype(np.float64)
    a, b, c, d, e, f, cut = 5.555556, 0.052272, 0.247190, 0.385537, 5.367655, 0.092809, 0.010591
    return np.where(t > e * cut + f, (10.0 ** ((t - d) / c) - b) / a, (t - f) / e)


def test_logc3_gives_the_published_values_and_comes_back() -> None:
    assert float(logc3(np.float32([0.18]))[0]) == pytest.approx(0.391007, abs=1e-5)
    assert float(logc3(np.float32([0.0]))[0]) == pytest.approx(0.092809, abs=1e-6)
    light = np.geomspace(1e-4, 40.0, 300).astype(np.float32)
    np.testing.assert_allclose(logc3_back(logc3(light)), light, rtol=2e-3, atol=1e-6)


def test_logc3_is_flat_to_look_at() -> None:
    usual = np.float32([0.02, 1.0])
    assert np.ptp(logc3(usual)) < 0.6 * np.ptp(plain(usual))


@pytest.mark.parametrize("gain", [0.6, 1.0])
def test_the_filmic_curve_starts_in_black_and_ends_in_white(gain: float) -> None:
    assert float(filmic(np.float32([0.0]), gain)[0]) == 0.0
    np.testing.assert_allclose(filmic(np.float32([1e4, 65504.0, np.inf, 1e30]), gain), 1.0, atol=1e-6)
    assert float(filmic(np.float32([-0.5]), gain)[0]) == 0.0


def test_the_filmic_curve_has_the_published_values() -> None:
    """Its author says that 1 becomes about 0.8 of the display's light; 0.6 of it is the gain of the original."""
    assert float(srgb_to_linear(filmic(np.float32([1.0]), 1.0))[0]) == pytest.approx(2.54 / 3.16, abs=1e-4)
    np.testing.assert_allclose(filmic(np.float32([0.5]), 0.6), filmic(np.float32([0.3]), 1.0), atol=1e-6)


def test_the_filmic_curve_has_a_toe_and_a_shoulder() -> None:
    assert float(filmic(np.float32([0.003]), 0.6)[0]) < float(plain(np.float32([0.003]))[0])
    assert float(filmic(np.float32([1.5]), 0.6)[0]) < 1.0
    assert float(plain(np.float32([1.5]))[0]) == pytest.approx(1.0)


@pytest.mark.parametrize("curve", [plain, filmic, logc3], ids=["plain", "filmic", "log"])
def test_curves_never_fall(curve: object) -> None:
    assert callable(curve)
    coded = curve(LIGHT)
    assert (np.diff(coded) >= 0.0).all()
    assert (coded.min() >= 0.0) & (coded.max() <= 1.0)
    assert np.ptp(coded) > 0.85
    assert coded.dtype == np.float32


def test_camera_curves_rise_from_black_to_white_each_another() -> None:
    middles = []
    for seed in range(30):
        rng = np.random.default_rng(seed)
        white = 2.0 ** rng.uniform(0.0, 2.0)
        table = random_camera_table(rng, 1.0, white)
        assert (np.diff(table, axis=0) > 0.0).all()
        np.testing.assert_allclose(table[[0, -1]], [[0.0] * 3, [1.0] * 3], atol=1e-6)
        light = np.repeat(LIGHT[:, None], 3, axis=1)
        coded = camera_curve(light, table, white)
        assert (np.diff(coded, axis=0) >= 0.0).all()
        np.testing.assert_array_equal(coded[white <= LIGHT], 1.0)
        middles.append(camera_curve(np.full((1, 3), 0.18, np.float32), table, white)[0])
    assert np.std(middles, axis=0).min() > 0.02
    assert 0.001 < np.ptp(middles, axis=1).mean() < 0.1  # a cast, not another picture


def test_a_camera_curve_of_no_amount_keeps_mid_grey_and_holds_highlights() -> None:
    for white in (1.0, 2.0, 4.0):
        table = random_camera_table(np.random.default_rng(0), 0.0, white)
        coded = camera_curve(np.float32([[0.18] * 3, [0.99 * white] * 3]), table, white)
        np.testing.assert_allclose(coded[0], float(linear_to_srgb(0.18)), atol=2e-3)
        assert coded[1].max() < 1.0
