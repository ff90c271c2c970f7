from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.camera import PinholeCamera
from core.errors import BadConfig


def test_field_of_view_is_that_of_the_film_back() -> None:
    camera = PinholeCamera(200, 100, focal_length_mm=18.0, horizontal_aperture_mm=36.0)
    assert camera.fov_x == pytest.approx(math.pi / 2)
    assert camera.fov_y == pytest.approx(2 * math.atan(0.5))
    assert camera.focal_length_pixels == pytest.approx(100.0)


def test_slopes_point_right_and_up_from_pixel_centres() -> None:
    slopes = PinholeCamera(200, 100, 18.0, 36.0).ray_slopes()
    assert slopes.shape == (100, 200, 2)
    assert slopes.dtype == np.float32
    np.testing.assert_allclose(slopes[0, 0], (-0.995, 0.495), atol=1e-6)
    np.testing.assert_allclose(slopes[-1, -1], (0.995, -0.495), atol=1e-6)


@settings(max_examples=25)
@given(st.integers(1, 40), st.integers(1, 40), st.floats(5.0, 170.0))
def test_from_fov_gives_the_angle_back(width: int, height: int, degrees: float) -> None:
    camera = PinholeCamera.from_fov_degrees(width, height, degrees)
    assert math.degrees(camera.fov_x) == pytest.approx(degrees, rel=1e-9)
    directions = camera.directions()
    np.testing.assert_allclose(np.linalg.norm(directions, axis=-1), 1.0, atol=1e-6)
    assert (directions[..., 2] < 0).all()


def test_position_from_depth_is_planar_depth() -> None:
    camera = PinholeCamera(4, 2, 18.0, 36.0)
    positions = camera.position_from_depth(np.full((2, 4), 3.0))
    np.testing.assert_allclose(positions[..., 2], -3.0)
    np.testing.assert_allclose(positions[0, 3], (0.75 * 3.0, 0.25 * 3.0, -3.0))
    with pytest.raises(ValueError, match="does not fit"):
        camera.position_from_depth(np.zeros((3, 4)))


def test_a_nested_matrix_is_taken_row_by_row() -> None:
    matrix = np.eye(4)
    matrix[0, 3] = 5.0
    assert PinholeCamera(1, 1, 35.0, 36.0, matrix).camera_to_world[3] == 5.0  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "values",
    [
        {"width": 0},
        {"focal_length_mm": 0.0},
        {"focal_length_mm": math.nan},
        {"horizontal_aperture_mm": -1.0},
        {"camera_to_world": (1.0,) * 15},
    ],
)
def test_impossible_cameras_are_refused(values: dict[str, object]) -> None:
    with pytest.raises(BadConfig):
        PinholeCamera(**({"width": 4, "height": 4, "focal_length_mm": 35.0} | values))  # type: ignore[arg-type]


@pytest.mark.parametrize("degrees", [0.0, 180.0, -5.0])
def test_impossible_angles_are_refused(degrees: float) -> None:
    with pytest.raises(BadConfig, match="field of view"):
        PinholeCamera.from_fov_degrees(4, 4, degrees)
