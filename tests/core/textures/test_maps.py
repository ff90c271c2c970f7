"""Settings, derived maps and figures."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import BadConfig
from core.textures.derived import curvature_map, height_picture, occlusion_map
from core.textures.filters import brightness, sobel_slopes
from core.textures.measure import figures_of_map, mean_of_authors
from core.textures.settings import ReliefSettings, blurred, shaped
from core.textures.slopes import normals_from_slopes, slopes_from_height
from tests.texture_models import bumps


def test_strength_invert_and_balance() -> None:
    slopes = slopes_from_height(bumps(64, 64), True)
    assert np.array_equal(shaped(slopes, ReliefSettings(), True), slopes)
    assert not shaped(slopes, ReliefSettings(strength=0.0), True).any()
    assert np.allclose(shaped(slopes, ReliefSettings(strength=2.0, invert=True), True), -2 * slopes)
    wide = shaped(slopes, ReliefSettings(high=0.0, scale=4.0), True)
    fine = shaped(slopes, ReliefSettings(low=0.0, scale=4.0), True)
    assert np.allclose(wide + fine, slopes, atol=1e-5)
    assert 0 < np.abs(np.diff(wide, axis=1)).mean() < np.abs(np.diff(slopes, axis=1)).mean()


def test_flat_presses_ripples_and_leaves_relief() -> None:
    slopes = np.array([[[0.002, 0.0], [0.5, 0.0]]], np.float32)
    found = shaped(slopes, ReliefSettings(flat=0.02), True)
    assert found[0, 0, 0] < 0.0001
    assert found[0, 1, 0] > 0.49


def test_settings_out_of_range_are_refused() -> None:
    with pytest.raises(BadConfig, match="strength"):
        ReliefSettings(strength=-1.0)
    with pytest.raises(BadConfig, match="scale"):
        ReliefSettings(scale=0.0)


def test_a_blur_keeps_the_mean_and_wraps() -> None:
    spot = np.zeros((32, 32), np.float32)
    spot[0, 0] = 1.0
    assert np.isclose(blurred(spot, 2.0, True).sum(), 1.0, atol=1e-4)
    assert blurred(spot, 2.0, True)[0, -1] == pytest.approx(blurred(spot, 2.0, True)[0, 1], abs=1e-6)
    assert blurred(spot, 2.0, False)[0, -1] < 1e-6


@pytest.mark.parametrize("wrap", [True, False])
def test_curvature_is_bright_on_a_bump_and_occlusion_dark_in_a_pit(wrap: bool) -> None:
    v, u = np.mgrid[0:64, 0:64]
    bump = 6.0 * np.exp(-((u - 20) ** 2 + (v - 30) ** 2) / 30.0)
    pit = -6.0 * np.exp(-((u - 45) ** 2 + (v - 30) ** 2) / 30.0)
    height = (bump + pit).astype(np.float32)
    curvature = curvature_map(slopes_from_height(height, wrap), wrap)
    assert curvature[30, 20] > 0.7
    assert curvature[30, 45] < 0.3
    assert curvature[5, 5] == pytest.approx(0.5, abs=0.01)
    open_sky = occlusion_map(height, wrap)
    assert open_sky[30, 45] < 0.75
    assert open_sky[30, 20] > 0.98
    assert open_sky[2, 2] > 0.98


def test_occlusion_of_a_long_slot_is_what_geometry_says() -> None:
    height = np.zeros((64, 64), np.float32)
    height[:, 30:34] = -4.0
    # In the slot's second column the walls are 2 and 3 pixels away, 4 high, and along the slot nothing is.
    both = [4.0 / 2.0, 4.0 / 3.0]
    across = [t**2 / (1 + t**2) for t in both]
    found = occlusion_map(height, True)[32, 31]
    assert 1.0 - found == pytest.approx(
        (sum(across) + sum(2 * (t / 2**0.5) ** 2 / (1 + (t / 2**0.5) ** 2) for t in both)) / 8, abs=0.06
    )


def test_occlusion_beside_a_spike_is_that_of_its_own_distance() -> None:
    height = np.zeros((64, 64), np.float32)
    height[32, 32] = 4.0
    found = 1.0 - occlusion_map(height, True)
    for down, right in ((0, 1), (2, 0), (1, 1), (2, 2), (4, -4)):
        steep = 4.0 / np.hypot(down, right)
        assert found[32 + down, 32 + right] == pytest.approx(steep**2 / (1 + steep**2) / 8, abs=1e-6), (down, right)


@pytest.mark.parametrize("scale", [0.5, 2.0])
def test_curvature_of_a_bowl_is_what_its_limit_says(scale: float) -> None:
    v, u = np.mgrid[0:64, 0:64] - 32.0
    bowl = 0.02 * (u**2 + 2 * v**2)  # its Laplacian is 0.12 everywhere
    found = curvature_map(slopes_from_height(bowl, False), False, scale)[16:-16, 16:-16]
    np.testing.assert_allclose(found, 0.5 - 0.5 * np.tanh(2.0 * scale * 0.12), atol=1e-4)


def test_height_picture() -> None:
    picture, span = height_picture(np.array([[1.0, 3.0], [2.0, 1.0]]))
    assert span == 2.0
    assert (picture.min(), picture.max()) == (0.0, 1.0)
    assert height_picture(np.ones((2, 2)))[1] == 0.0


def test_figures_know_strength_from_shape() -> None:
    slopes = slopes_from_height(bumps(48, 48), True)
    truth = normals_from_slopes(slopes)
    weak = figures_of_map(normals_from_slopes(0.5 * slopes), truth)
    assert weak.mean > 1.0
    assert weak.scaled < 0.05
    assert weak.correlation == pytest.approx(1.0, abs=1e-4)
    wrong = figures_of_map(normals_from_slopes(-slopes), truth)
    flat = figures_of_map(normals_from_slopes(0 * slopes), truth)
    assert wrong.correlation == pytest.approx(-1.0, abs=1e-4)
    assert wrong.scaled == pytest.approx(flat.mean, abs=1e-4)  # no negative factor mends it
    assert flat.correlation == 0.0
    both = mean_of_authors({"a": [weak, weak, weak], "b": [flat]})
    assert both.mean == pytest.approx((weak.mean + flat.mean) / 2)


def test_sobel_is_a_derivative() -> None:
    v, u = np.mgrid[0:16, 0:16]
    ramp = (0.01 * u - 0.02 * v).astype(np.float32)
    inside = sobel_slopes(brightness(np.repeat(ramp[..., None], 3, -1)))[3:-3, 3:-3]
    assert np.allclose(inside, (0.01, 0.02), atol=1e-5)
