"""Ratio mode: the estimated light gives the plate back; another scales it by the ratio, within cap and floor."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import BadConfig
from core.relight.compose import FormerLight, relight
from core.relight.harmonics import ambient_harmonics, directional_harmonics, irradiance
from core.relight.lights import AmbientLight, DirectionalLight
from core.relight.ratio import RatioLimits, irradiance_floor, irradiance_ratio
from core.relight.shade import Surface

KEY = ambient_harmonics([0.2, 0.2, 0.3]) + directional_harmonics([0.6, 0.0, 0.8], [1.0, 0.9, 0.8])
OTHER = (
    AmbientLight(color=(0.3, 0.2, 0.1)),
    DirectionalLight(direction=(0.8, 0.0, -0.6), color=(0.5, 0.9, 1.2)),
)


def scene(size: int = 40) -> tuple[np.ndarray, Surface]:
    """A noisy plate, and the ball that it shows (no normal beside it)."""
    y, x = np.mgrid[1 : -1 : size * 1j, -1 : 1 : size * 1j]
    square = x * x + y * y
    normals = np.stack([x, y, np.sqrt(np.maximum(1 - square, 0))], -1) * (square < 1)[..., None]
    plate = np.random.default_rng(0).uniform(0.0, 3.0, (size, size, 3))
    dull = Surface(normals.astype(np.float32), None, np.ones(3, np.float32), roughness=1.0, specular=0.0)
    return plate.astype(np.float32), dull


def of_new_light(normals: np.ndarray) -> np.ndarray:
    """Irradiance over pi of `OTHER`."""
    facing = np.maximum(normals @ np.array([-0.8, 0.0, 0.6]), 0.0)[..., None]
    return np.array([0.3, 0.2, 0.1]) + facing * [0.5, 0.9, 1.2]


def test_the_estimated_light_over_itself_is_1() -> None:
    _, ball = scene()
    on = ball.normals.any(-1)
    for light in (KEY, directional_harmonics([0.6, 0.0, 0.8], [1.0, 1.0, 1.0])):  # the second goes below zero
        was = irradiance(light, ball.normals)
        floor = irradiance_floor(was, on, RatioLimits())
        np.testing.assert_allclose(irradiance_ratio(was, was, floor, RatioLimits()), 1.0, atol=1e-5)


def test_a_lambert_surface_becomes_what_the_new_light_would_have_made() -> None:
    _, ball = scene()
    on = ball.normals.any(-1)
    albedo = np.random.default_rng(1).uniform(0.1, 0.9, (*on.shape, 3)).astype(np.float32)
    was, new = irradiance(KEY, ball.normals), of_new_light(ball.normals)
    former = FormerLight.over(KEY, ball.normals, RatioLimits(most=50.0))
    found = relight(albedo * was, ball, OTHER, mode="ratio", former=former)
    free = on & (was >= former.floor).all(-1) & (new < 50.0 * was).all(-1)
    assert free.mean() > 0.7
    np.testing.assert_allclose((found.beauty - found.specular)[free], (albedo * new)[free], rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("most", [4.0, 50.0])
def test_the_cap_is_that_of_the_former_light(most: float) -> None:
    plate, ball = scene()
    former = FormerLight.over(ambient_harmonics([0.5, 0.4, 0.3]), ball.normals, RatioLimits(most=most))
    lamp = AmbientLight(color=(0.5, 0.4, 0.3), intensity=1000.0)
    found = relight(plate, ball, [lamp], mode="ratio", former=former).beauty
    on = ball.normals.any(-1)
    np.testing.assert_allclose(found[on], most * plate[on], rtol=1e-4)
    np.testing.assert_array_equal(found[~on], plate[~on])


def test_the_floor_is_a_share_of_the_brightest_and_lifts_both_lights() -> None:
    plate, ball = scene()
    on = ball.normals.any(-1)
    was, new = irradiance(KEY, ball.normals), of_new_light(ball.normals)
    former = FormerLight.over(KEY, ball.normals, RatioLimits(floor=0.6))
    np.testing.assert_allclose(former.floor, 0.6 * np.percentile(was[on], 99.0, axis=0), rtol=1e-5)
    lift = np.maximum(former.floor - was, 0.0)
    assert 0.2 < (lift[on] > 0.0).mean() < 0.8
    found = relight(plate, ball, OTHER, mode="ratio", former=former)
    expected = plate * np.minimum((new + lift) / (was + lift), 8.0)
    np.testing.assert_allclose((found.beauty - found.specular)[on], expected[on], rtol=1e-3, atol=1e-4)


def test_broken_values_do_not_spread() -> None:
    plate, ball = scene()
    plate[0, 0], plate[20, 20], ball.normals[10, 20] = np.nan, np.inf, np.nan
    former = FormerLight.over(KEY, ball.normals)
    assert np.isfinite(former.floor).all()
    assert np.isfinite(relight(plate, ball, OTHER, mode="ratio", former=former).beauty).all()
    broken = np.float32([np.nan, np.inf, -1.0])
    assert np.isfinite(irradiance_ratio(broken, broken[::-1].copy(), np.full(3, 0.1, np.float32), RatioLimits())).all()


def test_limits_out_of_range_are_refused() -> None:
    with pytest.raises(BadConfig, match="largest ratio"):
        RatioLimits(most=0.5)
    with pytest.raises(BadConfig, match="irradiance floor"):
        RatioLimits(floor=1.0)
