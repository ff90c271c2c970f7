"""The lens: light is spread and bent, not lost, and the optical axis is what everything turns about."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest

from core.training.augment.lens import Optics, aberrate, aperture_kernel, convolve, soften, streak_kernel, vignette

SIZE = 65
FloatArray = npt.NDArray[np.float32]


def point(x: int = 32, y: int = 32, value: float = 1000.0) -> FloatArray:
    light = np.zeros((SIZE, SIZE, 3), np.float32)
    light[y, x] = value
    return light


def distances(x: float = 32.0, y: float = 32.0) -> npt.NDArray[np.float64]:
    rows, columns = np.indices((SIZE, SIZE))
    return np.hypot(columns - x, rows - y)


@pytest.mark.parametrize("radius", [0.3, 1.0, 2.5, 6.0])
@pytest.mark.parametrize("blades", [0, 5, 6, 8])
def test_defocus_keeps_the_energy_of_a_highlight(radius: float, blades: int) -> None:
    spread = convolve(point(), aperture_kernel(radius, blades, 0.3))
    np.testing.assert_allclose(spread.sum(axis=(0, 1)), 1000.0, rtol=1e-4)


@pytest.mark.parametrize("length", [3.0, 7.5, 11.0])
@pytest.mark.parametrize("angle", [0.0, 0.7, math.pi / 2.0, 2.5])
def test_motion_keeps_the_energy_and_draws_a_line(length: float, angle: float) -> None:
    spread = convolve(point(), streak_kernel(length, angle))
    np.testing.assert_allclose(spread.sum(axis=(0, 1)), 1000.0, rtol=1e-4)
    rows, columns = np.nonzero(spread[..., 0] > 1.0)
    along = (columns - 32) * math.cos(angle) + (rows - 32) * math.sin(angle)
    across = (rows - 32) * math.cos(angle) - (columns - 32) * math.sin(angle)
    assert np.abs(across).max() <= 0.8
    assert np.ptp(along) == pytest.approx(length, abs=1.6)


def test_a_point_out_of_focus_is_an_even_disc() -> None:
    radius = 5.5
    spread = convolve(point(), aperture_kernel(radius))[..., 0]
    away = distances()
    inside, outside = spread[away < radius - 0.8], spread[away > radius + 0.8]
    assert np.ptp(inside) < 1e-3 * inside.mean()
    assert inside.mean() == pytest.approx(1000.0 / (math.pi * radius**2), rel=0.02)
    assert outside.max() < 1e-3
    # A Gaussian of the same size would be a hill, not a disc.
    hill = soften(point(), radius / 2.0)[..., 0]
    assert np.ptp(hill[away < radius - 0.8]) > hill[away < radius - 0.8].mean()


def test_a_highlight_far_above_white_blooms_where_its_clipped_picture_would_vanish() -> None:
    kernel = aperture_kernel(4.0)
    assert convolve(point(value=1000.0), kernel)[32, 35, 0] > 1.0
    assert convolve(point(value=1.0), kernel)[32, 35, 0] < 0.05


def test_a_polygon_has_its_corners_where_it_is_turned_to() -> None:
    radius, turn = 12.0, 0.4
    kernel = aperture_kernel(radius, 5, turn)
    half = kernel.shape[0] // 2
    for corner in range(5):
        angle = turn + corner * 2.0 * math.pi / 5.0
        for share, lit in ((0.93, True), (1.07, False)):
            x, y = radius * share * math.cos(angle), radius * share * math.sin(angle)
            column, row = round(half + x), round(half + y)
            value = kernel[row, column] if max(abs(round(x)), abs(round(y))) <= half else 0.0
            assert (value > 0.0) == lit
        middle = angle + math.pi / 5.0  # between corners the edge is nearer
        x, y = radius * 0.9 * math.cos(middle), radius * 0.9 * math.sin(middle)
        assert kernel[round(half + y), round(half + x)] == 0.0


def test_blurs_of_extreme_light_stay_finite_and_not_negative() -> None:
    light = point(value=2000.0)
    for kernel in (aperture_kernel(8.0), aperture_kernel(8.0, 6), streak_kernel(21.0, 0.5)):
        spread = convolve(light, kernel)
        assert np.isfinite(spread).all()
        assert spread.min() >= 0.0
        assert spread.shape == light.shape


def centroid(channel: FloatArray) -> tuple[float, float]:
    rows, columns = np.indices(channel.shape)
    total = float(channel.sum())
    return float((columns * channel).sum() / total), float((rows * channel).sum() / total)


@pytest.mark.parametrize("axis", [(32.5, 32.5), (20.5, 40.5), (-10.5, 90.5)])
def test_aberration_moves_red_out_and_blue_in_about_the_axis(axis: tuple[float, float]) -> None:
    rows, columns = np.indices((SIZE, SIZE))
    blob = np.exp(-((columns - 44.0) ** 2 + (rows - 25.0) ** 2) / 18.0)
    light = np.repeat(blob[..., None], 3, axis=2).astype(np.float32)
    bent = aberrate(light, 2.0, Optics(axis, 46.0))
    from_axis = np.array([44.5, 25.5]) - axis
    red, green, blue = (np.array(centroid(bent[..., channel])) + 0.5 - axis for channel in range(3))
    np.testing.assert_allclose(red, from_axis * 1.02, atol=0.06)
    np.testing.assert_array_equal(bent[..., 1], light[..., 1])
    np.testing.assert_allclose(green, from_axis, atol=0.01)
    np.testing.assert_allclose(blue, from_axis * 0.98, atol=0.06)


def test_aberration_leaves_the_axis_where_it_is() -> None:
    axis = (40.5, 22.5)  # the centre of pixel (40, 22)
    bent = aberrate(point(40, 22), 3.0, Optics(axis, 46.0))
    for channel in range(3):
        assert centroid(bent[..., channel]) == pytest.approx((40.0, 22.0), abs=0.03)


def test_aberration_the_other_way_round_exchanges_red_and_blue() -> None:
    light = np.repeat(np.random.default_rng(0).random((SIZE, SIZE, 1)), 3, axis=2).astype(np.float32)
    optics = Optics.centred(SIZE, SIZE)
    there, back = aberrate(light, 1.0, optics), aberrate(light, -1.0, optics)
    np.testing.assert_array_equal(there[..., ::-1], back)
    assert np.abs(there - light).max() > 0.05


def test_vignette_is_one_on_the_axis_falls_all_the_way_and_takes_the_stops_in_the_corner() -> None:
    ones = np.ones((SIZE, SIZE, 3), np.float32)
    seen = vignette(ones, 2.0, Optics((20.5, 40.5), 50.0))[..., 0]
    assert seen[40, 20] == pytest.approx(1.0, abs=1e-6)
    order = np.argsort(distances(20.0, 40.0).ravel())
    assert (np.diff(seen.ravel()[order]) <= 1e-6).all()
    # On a circle of the corner's distance the loss is what was asked for.
    assert seen[40 - 40, 20 + 30] == pytest.approx(0.25, rel=1e-5)
    assert (seen < 1.0).sum() == SIZE * SIZE - 1


def test_vignette_has_the_shape_of_the_fourth_power_of_the_cosine() -> None:
    ones = np.ones((SIZE, SIZE, 3), np.float32)
    seen = vignette(ones, 2.0, Optics.centred(SIZE, SIZE))[..., 0]
    reach = math.hypot(SIZE, SIZE) / 2.0
    focal = reach / math.sqrt(2.0 ** (2.0 / 2.0) - 1.0)
    np.testing.assert_allclose(seen, np.cos(np.arctan(distances() / focal)) ** 4, rtol=1e-4)
