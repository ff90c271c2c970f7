"""Ratio mode: the estimated light gives the plate back; another scales it by the ratio, within the cap."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import BadConfig, BadSize
from core.relight.harmonics import ambient_harmonics, directional_harmonics, irradiance
from core.relight.ratio import RatioLimits, ratio_relight

KEY = ambient_harmonics([0.2, 0.2, 0.3]) + directional_harmonics([0.6, 0.0, 0.8], [1.0, 0.9, 0.8])
OTHER = ambient_harmonics([0.3, 0.2, 0.1]) + directional_harmonics([-0.8, 0.0, 0.6], [0.5, 0.9, 1.2])


def scene(size: int = 40) -> tuple[np.ndarray, np.ndarray]:
    """A ball's normals (0 beside it) and a noisy plate of it."""
    y, x = np.mgrid[1 : -1 : size * 1j, -1 : 1 : size * 1j]
    square = x * x + y * y
    normals = np.stack([x, y, np.sqrt(np.maximum(1 - square, 0))], -1) * (square < 1)[..., None]
    plate = np.random.default_rng(0).uniform(0.0, 3.0, (size, size, 3)) - 0.01
    return plate.astype(np.float32), normals.astype(np.float32)


def test_the_estimated_light_gives_the_plate_back() -> None:
    plate, normals = scene()
    for light in (KEY, directional_harmonics([0.6, 0.0, 0.8], [1.0, 1.0, 1.0])):  # the second goes below zero
        result, _ = ratio_relight(plate, normals, light, light)
        assert np.abs(result - plate).max() < 1e-3


def test_the_estimated_light_as_pixels_gives_the_plate_back() -> None:
    plate, normals = scene()
    result, _ = ratio_relight(plate, normals, KEY, irradiance(KEY, normals))
    assert np.abs(result - plate).max() < 1e-3


def test_a_lambert_surface_becomes_what_the_new_light_would_have_made() -> None:
    _, normals = scene()
    on = np.linalg.norm(normals, axis=-1) > 0.5
    albedo = np.random.default_rng(1).uniform(0.1, 0.9, (*on.shape, 3)).astype(np.float32)
    plate = albedo * irradiance(KEY, normals)
    result, touched = ratio_relight(plate, normals, KEY, OTHER, limits=RatioLimits(most=50.0))
    free = on & ~touched[..., 0]
    assert free.mean() > 0.7
    np.testing.assert_allclose(result[free], (albedo * np.maximum(irradiance(OTHER, normals), 0))[free], atol=1e-5)


def test_the_cap_holds_and_is_reported() -> None:
    plate, normals = scene()
    result, touched = ratio_relight(plate, normals, KEY, 1000.0 * KEY, limits=RatioLimits(most=4.0))
    on = np.linalg.norm(normals, axis=-1) > 0.5
    np.testing.assert_allclose(result[on], 4.0 * plate[on], rtol=1e-5)
    assert touched[on].all()


def test_pixels_without_a_surface_keep_the_plate_and_added_light_is_added() -> None:
    plate, normals = scene()
    off = np.linalg.norm(normals, axis=-1) < 0.5
    glow = np.full_like(plate, 0.25)
    result, touched = ratio_relight(plate, normals, KEY, OTHER, added=glow)
    np.testing.assert_allclose(result[off], plate[off] + 0.25, atol=1e-6)
    assert not touched[off].any()


def test_broken_values_do_not_spread() -> None:
    plate, normals = scene()
    plate[0, 0], plate[20, 20], normals[10, 20] = np.nan, np.inf, np.nan
    assert np.isfinite(ratio_relight(plate, normals, KEY, OTHER)[0]).all()


def test_what_does_not_fit_is_refused() -> None:
    plate, normals = scene()
    with pytest.raises(BadSize, match="must be"):
        ratio_relight(plate, normals[:-1], KEY, OTHER)
    with pytest.raises(BadSize, match="estimated light"):
        ratio_relight(plate, normals, KEY[:4], OTHER)
    with pytest.raises(BadSize, match="new light"):
        ratio_relight(plate, normals, KEY, OTHER[:4])
    with pytest.raises(BadConfig, match="largest ratio"):
        RatioLimits(most=0.5)
