from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import BadConfig
from core.inference.lens import Lens, plate_window
from tests.long_side import long_side_camera


@pytest.mark.parametrize(("width", "height"), [(96, 64), (64, 96), (64, 64)])
def test_rays_are_those_of_the_pinhole_camera(width: int, height: int) -> None:
    window = plate_window(width, height, Lens(fov_degrees=50.0), 60.0)
    camera = long_side_camera(width, height, 50.0)
    np.testing.assert_allclose(window.rays(height, width).transpose(1, 2, 0), camera.ray_slopes(), atol=1e-6)


def test_without_a_lens_the_default_goes_along_the_longer_side() -> None:
    for size in ((1920, 1080), (1080, 1920)):
        window = plate_window(*size, Lens(), 60.0)
        assert max(window.right, window.top) == pytest.approx(math.tan(math.radians(30.0)))


def test_focal_length_and_film_back() -> None:
    window = plate_window(1920, 1080, Lens(focal_length_mm=35.0, film_back_mm=24.9), 60.0)
    assert window.right == pytest.approx(24.9 / 70.0)
    assert window.top == pytest.approx(24.9 / 70.0 * 9 / 16)
    assert (window.left, window.bottom) == (-window.right, -window.top)


@given(st.integers(2, 60), st.integers(2, 60))
def test_every_resolution_samples_the_same_window(height: int, width: int) -> None:
    window = plate_window(1998, 1080, Lens(fov_degrees=70.0), 60.0)
    rays = window.rays(height, width).astype(np.float64)
    step_x, step_y = rays[0, 0, 1] - rays[0, 0, 0], rays[1, 1, 0] - rays[1, 0, 0]
    assert rays[0, 0, 0] - step_x / 2 == pytest.approx(window.left, abs=1e-5)
    assert rays[0, 0, -1] + step_x / 2 == pytest.approx(window.right, abs=1e-5)
    assert rays[1, 0, 0] - step_y / 2 == pytest.approx(window.top, abs=1e-5)
    assert rays[1, -1, 0] + step_y / 2 == pytest.approx(window.bottom, abs=1e-5)


def test_a_crop_looks_where_it_did_in_the_whole_frame() -> None:
    lens = Lens(fov_degrees=50.0)
    whole = plate_window(100, 60, lens, 60.0).rays(60, 100)
    crop = plate_window(30, 20, lens, 60.0, data_window=(50, 10), display_window=(0, 0, 100, 60)).rays(20, 30)
    np.testing.assert_allclose(crop, whole[:, 10:30, 50:80], atol=1e-6)


def test_overscan_looks_further_out() -> None:
    window = plate_window(120, 80, Lens(fov_degrees=50.0), 60.0, data_window=(-10, -10), display_window=(0, 0, 100, 60))
    inner = plate_window(100, 60, Lens(fov_degrees=50.0), 60.0)
    assert window.right == pytest.approx(inner.right * 1.2)
    assert window.top == pytest.approx(inner.top * 80 / 60)


def test_anamorphic_pixels_widen_the_frame() -> None:
    squeezed = plate_window(1000, 1000, Lens(fov_degrees=50.0), 60.0, pixel_aspect=2.0)
    assert squeezed.right == pytest.approx(2 * squeezed.top)
    assert squeezed.right == pytest.approx(math.tan(math.radians(25.0)))


@pytest.mark.parametrize(
    "values",
    [
        {"fov_degrees": 0.0},
        {"fov_degrees": 171.0},
        {"fov_degrees": math.nan},
        {"focal_length_mm": 35.0},
        {"film_back_mm": 35.0},
        {"focal_length_mm": -1.0, "film_back_mm": 36.0},
        {"focal_length_mm": 35.0, "film_back_mm": math.inf},
        {"fov_degrees": 50.0, "focal_length_mm": 35.0, "film_back_mm": 36.0},
    ],
)
def test_contradicting_or_impossible_lenses_are_refused(values: dict[str, float]) -> None:
    with pytest.raises(BadConfig):
        Lens(**values)


def test_an_impossible_pixel_aspect_is_refused() -> None:
    with pytest.raises(BadConfig, match="pixel aspect"):
        plate_window(10, 10, Lens(), 60.0, pixel_aspect=math.nan)
