from __future__ import annotations

import numpy as np
import pytest

from core.inference.agreement import agree, agree_in_confidence
from core.inference.blur import box_mean, smooth
from core.normals import angular_error_degrees, normalize, rotate
from tests.core.inference.moving import constant, wavy


def ripples(height: int, width: int) -> np.ndarray:
    """Fine structure, 6 pixels a wave, about 6 degrees deep."""
    y, x = np.mgrid[0:height, 0:width]
    return np.stack([0.1 * np.sin(x), 0.1 * np.cos(y), np.zeros(x.shape)], axis=-1)


def tilt(degrees: float) -> np.ndarray:
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array([[1, 0, 0], [0, c, -s], [0, s, c]])


@pytest.mark.parametrize("degrees", [5.0, 15.0, 40.0])
def test_a_turned_field_is_turned_back_and_keeps_its_ripples(degrees: float) -> None:
    coarse = wavy(96, 128, 0.3, 1.0)
    true = normalize(coarse + ripples(96, 128))
    found = agree(rotate(true, tilt(degrees)), coarse, 8.0)
    # The shortest rotation leaves the turn about the normal itself open, which moves ripples by a second-order angle.
    assert angular_error_degrees(found, true).mean() < 1.0
    assert angular_error_degrees(found, coarse).mean() > 3.0
    np.testing.assert_allclose(np.linalg.norm(found, axis=-1), 1.0, atol=1e-5)


def test_a_field_that_agrees_stays() -> None:
    field = wavy(60, 80)
    assert angular_error_degrees(agree(field, field, 6.0), field).max() < 0.01


def test_opposed_or_directionless_fields_give_way() -> None:
    coarse = constant(40, 40, (0.2, 0.1, 1.0))
    assert angular_error_degrees(agree(-coarse, coarse, 5.0), coarse).max() < 0.1
    noise = normalize(np.random.default_rng(0).normal(size=(40, 40, 3)))
    found = agree(noise, coarse, 5.0)
    assert angular_error_degrees(found, coarse).mean() < 25.0
    assert np.isfinite(found).all()


@pytest.mark.parametrize("size", [(1, 1), (1, 20), (3, 5)])
def test_small_fields(size: tuple[int, int]) -> None:
    assert agree(wavy(*size), wavy(*size), 10.0).shape == (*size, 3)


def test_means_are_those_of_windows_cut_at_the_border() -> None:
    values = np.random.default_rng(0).random((7, 9, 2)).astype(np.float32)
    found = box_mean(values, 2)
    np.testing.assert_allclose(found[3, 4], values[1:6, 2:7].mean(axis=(0, 1)), rtol=1e-5)
    np.testing.assert_allclose(found[0, 8], values[:3, 6:].mean(axis=(0, 1)), rtol=1e-5)
    np.testing.assert_allclose(box_mean(values[..., 0], 50), np.full((7, 9), values[..., 0].mean()), rtol=1e-5)
    np.testing.assert_array_equal(smooth(values, 0.0), values)


def test_the_blur_has_the_width_it_is_asked_for() -> None:
    spot = np.zeros((81, 81), np.float32)
    spot[40, 40] = 1.0
    y, _ = np.mgrid[0:81, 0:81]
    assert np.sqrt((smooth(spot, 6.0) * (y - 40) ** 2).sum()) == pytest.approx(6.0, abs=0.6)


def test_confidence_takes_its_areas_from_the_coarse_and_its_places_from_the_fine() -> None:
    coarse = np.broadcast_to(np.linspace(0.2, 0.8, 128, dtype=np.float32), (96, 128))
    fine = np.full((96, 128), 0.95, np.float32)
    np.testing.assert_allclose(agree_in_confidence(fine, coarse, 6.0)[:, 20:-20], coarse[:, 20:-20], atol=0.02)
    fine[:, 63:65] = 0.3
    found = agree_in_confidence(fine, coarse, 12.0)
    assert found[48, 64] < coarse[48, 64] - 0.3
    assert np.abs(found - coarse)[:, 20:30].max() < 0.03


def test_confidences_that_agree_stay_and_certainty_is_survived() -> None:
    field = np.random.default_rng(0).uniform(0.05, 0.95, (40, 50)).astype(np.float32)
    np.testing.assert_allclose(agree_in_confidence(field, field, 5.0), field, atol=1e-5)
    sure, lost = np.ones((20, 30), np.float32), np.zeros((20, 30), np.float32)
    for fine, coarse in ((sure, lost), (lost, sure), (lost, lost)):
        np.testing.assert_allclose(agree_in_confidence(fine, coarse, 5.0), coarse, atol=2e-3)
