from __future__ import annotations

import numpy as np
import pytest

from core.inference.turning import common_turn
from core.normals import rotate
from tests.core.inference.moving import constant, wavy


def turn_about_y(degrees: float) -> np.ndarray:
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])


@pytest.mark.parametrize("degrees", [-8.0, 0.0, 0.5, 20.0])
def test_a_rotation_is_found(degrees: float) -> None:
    field = wavy(30, 40)
    found = common_turn(field, rotate(field, turn_about_y(degrees)), np.ones((30, 40), np.float32), 30.0)
    np.testing.assert_allclose(found, turn_about_y(degrees), atol=1e-4)


def test_it_is_limited_about_its_own_axis() -> None:
    field = wavy(30, 40)
    turned = rotate(field, turn_about_y(20.0))
    np.testing.assert_allclose(common_turn(field, turned, np.ones((30, 40)), 5.0), turn_about_y(5.0), atol=1e-4)
    np.testing.assert_array_equal(common_turn(field, turned, np.ones((30, 40)), 0.0), np.eye(3))


def test_pixels_without_weight_have_no_say() -> None:
    field = wavy(30, 40)
    turned = rotate(field, turn_about_y(6.0))
    turned[:, 20:] = (0, 1, 0)
    weight = np.ones((30, 40), np.float32)
    weight[:, 20:] = 0.0
    np.testing.assert_allclose(common_turn(field, turned, weight, 30.0), turn_about_y(6.0), atol=1e-4)


def test_what_determines_no_rotation_gives_none() -> None:
    flat = constant(10, 10, (0, 0, 1))
    np.testing.assert_array_equal(common_turn(flat, constant(10, 10, (0.3, 0, 1)), np.ones((10, 10)), 30.0), np.eye(3))
    np.testing.assert_array_equal(common_turn(wavy(10, 10), wavy(10, 10), np.zeros((10, 10)), 30.0), np.eye(3))
