from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.inference.answer import Answer
from core.inference.resample import PlateShrinker, enlarge_answer, enlarge_normals
from core.normals import angular_error_degrees, normalize


def shrink(image: np.ndarray, height: int, width: int, rows: int = 1000) -> np.ndarray:
    shrinker = PlateShrinker(image.shape[0], image.shape[1], height, width, image.shape[2])
    for top in range(0, image.shape[0], rows):
        shrinker.add(image[top : top + rows])
    return shrinker.result()


def noise(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).random(shape).astype(np.float32)


def test_a_whole_factor_is_the_mean_of_blocks() -> None:
    image = noise(12, 20, 3)
    expected = image.reshape(4, 3, 5, 4, 3).mean(axis=(1, 3))
    np.testing.assert_allclose(shrink(image, 4, 5), expected, atol=1e-6)


def test_partly_covered_pixels_count_in_part() -> None:
    row = np.array([[[1.0], [2.0], [6.0]]], dtype=np.float32)
    # Each of two results covers one and a half pixels.
    np.testing.assert_allclose(shrink(row, 1, 2).ravel(), [(1 + 0.5 * 2) / 1.5, (0.5 * 2 + 6) / 1.5], atol=1e-6)


@settings(max_examples=60)
@given(st.integers(1, 50), st.integers(1, 50), st.integers(1, 40), st.integers(1, 40), st.integers(1, 17))
def test_bands_do_not_matter_and_constants_stay(
    height: int, width: int, out_height: int, out_width: int, rows: int
) -> None:
    image = noise(height, width, 2)
    whole = shrink(image, out_height, out_width)
    np.testing.assert_allclose(shrink(image, out_height, out_width, rows), whole, atol=1e-5)
    np.testing.assert_allclose(shrink(np.ones_like(image), out_height, out_width), 1.0, atol=1e-5)
    assert whole.min() >= image.min() - 1e-5
    assert whole.max() <= image.max() + 1e-5


@settings(max_examples=40)
@given(st.integers(2, 60), st.integers(2, 60))
def test_shrinking_keeps_the_mean(height: int, width: int) -> None:
    image = noise(height, width, 1)
    assert shrink(image, max(1, height // 3), max(1, width // 2)).mean() == pytest.approx(image.mean(), abs=1e-5)


def test_a_result_with_rows_missing_is_refused() -> None:
    shrinker = PlateShrinker(10, 10, 5, 5)
    shrinker.add(noise(9, 10, 3))
    with pytest.raises(RuntimeError, match="9 of 10"):
        shrinker.result()


def test_enlarging_turns_evenly_between_two_directions() -> None:
    pair = normalize(np.array([[[-1.0, 0, 1], [1.0, 0, 1]]]))
    wide = enlarge_normals(pair, 1, 40, 0, 1)[0]
    np.testing.assert_allclose(np.linalg.norm(wide, axis=-1), 1.0, atol=1e-6)
    steps = angular_error_degrees(wide[1:], wide[:-1])
    assert steps.sum() == pytest.approx(90.0, abs=0.1)
    assert steps.max() < 8.0  # a nearest-neighbour enlargement would jump by 90


def test_a_constant_field_stays_exactly_constant() -> None:
    field = np.broadcast_to(np.float32([0.36, 0.48, 0.8]), (3, 5, 3))
    np.testing.assert_allclose(
        enlarge_normals(field, 70, 33, 0, 70), np.broadcast_to(field[0, 0], (70, 33, 3)), atol=1e-6
    )


@settings(max_examples=30)
@given(st.integers(1, 9), st.integers(1, 9), st.integers(1, 40), st.integers(1, 40), st.integers(1, 13))
def test_enlarged_bands_are_the_whole(h: int, w: int, height: int, width: int, rows: int) -> None:
    field = normalize(np.random.default_rng(h * w).normal(size=(h, w, 3)))
    whole = enlarge_normals(field, height, width, 0, height)
    bands = [enlarge_normals(field, height, width, top, min(top + rows, height)) for top in range(0, height, rows)]
    np.testing.assert_array_equal(np.concatenate(bands), whole)
    np.testing.assert_allclose(np.linalg.norm(whole, axis=-1), 1.0, atol=1e-5)


def test_opposite_normals_that_cancel_give_one_of_them() -> None:
    pair = np.array([[[0, 0, 1.0], [0, 0, -1.0]]], dtype=np.float32)
    middle = enlarge_normals(pair, 1, 3, 0, 1)[0, 1]
    np.testing.assert_allclose(np.abs(middle), [0, 0, 1], atol=1e-6)


def test_confidence_is_enlarged_evenly_and_in_bands() -> None:
    answer = Answer(normalize(np.random.default_rng(0).normal(size=(1, 2, 3))), np.float32([[0.2, 0.8]]))
    whole = enlarge_answer(answer, 5, 40, 0, 5)
    assert whole.confidence is not None
    assert whole.confidence.shape == (5, 40)
    steps = np.diff(whole.confidence[0])
    assert steps.min() >= -1e-6
    assert steps.max() < 0.04  # a nearest-neighbour enlargement would jump by 0.6
    assert np.ptp(whole.confidence) == pytest.approx(0.6, abs=1e-5)
    np.testing.assert_array_equal(whole.normals, enlarge_normals(answer.normals, 5, 40, 0, 5))
    band = enlarge_answer(answer, 5, 40, 3, 5)
    np.testing.assert_array_equal(np.asarray(band.confidence), whole.confidence[3:])
    assert enlarge_answer(Answer(answer.normals), 5, 40, 0, 5).confidence is None
