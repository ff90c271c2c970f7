"""Pixels near discontinuities, on references whose creases are known."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from core.evaluation.edges import near_discontinuities

FloatArray = npt.NDArray[np.float32]


def by_column(degrees: list[float], height: int = 9) -> tuple[FloatArray, npt.NDArray[np.bool_]]:
    """Normals turned about the y axis by one angle a column, and all trusted."""
    t = np.radians(np.broadcast_to(degrees, (height, len(degrees))))
    normals = np.stack([np.sin(t), np.zeros_like(t), np.cos(t)], axis=2).astype(np.float32)
    return normals, np.ones(t.shape, bool)


def columns(near: npt.NDArray[np.bool_]) -> list[int]:
    assert (near == near[:1]).all(), "every row is alike"
    return [int(column) for column in np.flatnonzero(near[0])]


def test_three_pixels_on_either_side_of_a_sharp_crease() -> None:
    normals, trusted = by_column([0.0] * 8 + [30.0] * 8)
    assert columns(near_discontinuities(normals, trusted)) == [5, 6, 7, 8, 9, 10]
    across = near_discontinuities(normals.transpose(1, 0, 2), trusted.T)
    np.testing.assert_array_equal(across, near_discontinuities(normals, trusted).T)


def test_a_smaller_turn_is_none() -> None:
    normals, trusted = by_column([0.0] * 8 + [19.0] * 8)
    assert not near_discontinuities(normals, trusted).any()
    assert near_discontinuities(normals, trusted, threshold=18.0).any()


def test_a_crease_that_is_smeared_over_four_pixels_counts() -> None:
    normals, trusted = by_column([0.0] * 8 + [8.0, 16.0, 24.0] + [32.0] * 8)
    found = columns(near_discontinuities(normals, trusted))
    assert found == [7, 8, 9, 10, 11]  # the spans around 8, 9 and 10 turn by more than 20 degrees; one more each side
    smooth, trusted = by_column([4.0 * step for step in range(20)])  # 16 degrees over 4 pixels
    assert not near_discontinuities(smooth, trusted).any()


def test_a_thin_bar_counts_with_its_middle() -> None:
    normals, trusted = by_column([0.0] * 8 + [60.0] + [0.0] * 8)
    assert columns(near_discontinuities(normals, trusted)) == [5, 6, 7, 8, 9, 10, 11]


def test_only_trusted_pixels_are_compared_and_returned() -> None:
    normals, trusted = by_column([0.0] * 8 + [90.0] * 8)
    trusted[:, 8:] = False
    normals[:, 8:] = 0.0
    assert not near_discontinuities(normals, trusted).any(), "the rim of the trusted part is no discontinuity"
    normals, trusted = by_column([0.0] * 8 + [90.0] * 8)
    trusted[:, 7:9] = False  # a sensor's gap at the crease itself
    assert columns(near_discontinuities(normals, trusted)) == [6, 9]


def test_the_distance_is_round() -> None:
    normals = np.zeros((15, 15, 3), np.float32)
    normals[..., 2] = 1.0
    normals[7, 7] = (math.sin(1.0), 0.0, math.cos(1.0))
    near = near_discontinuities(normals, np.ones((15, 15), bool))
    assert near[7, 4:11].all()
    assert near[4:11, 7].all()
    assert not near[7, 3]
    assert not near[4, 4]


def test_images_smaller_than_the_span() -> None:
    normals, trusted = by_column([0.0, 90.0], height=1)
    assert near_discontinuities(normals, trusted).all()
    assert not near_discontinuities(normals[:, :1], trusted[:, :1]).any()
