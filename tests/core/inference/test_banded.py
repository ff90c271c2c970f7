from __future__ import annotations

import numpy as np
import pytest

from core.inference.banded import Banded


def dense(index: np.ndarray, weights: np.ndarray, pixels: int) -> np.ndarray:
    matrix = np.zeros((len(index), pixels))
    for row, (places, factors) in enumerate(zip(index, weights, strict=True)):
        for place, factor in zip(places, factors, strict=True):
            matrix[row, place] += factor
    return matrix


@pytest.mark.parametrize(("results", "pixels", "taps"), [(1, 1, 1), (5, 9, 2), (64, 64, 3), (200, 37, 2), (37, 200, 8)])
@pytest.mark.parametrize("block", [1, 7, 32])
def test_both_axes_give_the_matrix_product(results: int, pixels: int, taps: int, block: int) -> None:
    rng = np.random.default_rng(results + pixels)
    start = np.floor(np.arange(results) * pixels / results).astype(np.intp)
    # Edges are held: the last pixel is named more than once.
    index = np.minimum(start[:, None] + np.arange(taps), pixels - 1)
    weights = rng.standard_normal((results, taps)).astype(np.float32)
    values = rng.standard_normal((pixels, 4, 3)).astype(np.float32)
    wanted = np.tensordot(dense(index, weights, pixels), values, axes=1)
    banded = Banded(index, weights, block)
    np.testing.assert_allclose(banded.down(values), wanted, atol=1e-5)
    np.testing.assert_allclose(banded.down(values.swapaxes(0, 1), axis=1).swapaxes(0, 1), wanted, atol=1e-5)
    across = values.reshape(pixels, -1).T.copy()
    np.testing.assert_allclose(banded.across(across), wanted.reshape(results, -1).T, atol=1e-5)


def test_a_result_is_written_where_it_is_asked_for() -> None:
    banded = Banded(np.array([[0, 1], [1, 2]]), np.full((2, 2), 0.5, np.float32))
    whole = np.full((4, 2), 7.0, np.float32)
    found = banded.across(np.array([[0.0, 2.0, 4.0]], np.float32), out=whole[1:2])
    np.testing.assert_array_equal(found, [[1.0, 3.0]])
    np.testing.assert_array_equal(whole, [[7, 7], [1, 3], [7, 7], [7, 7]])
