"""Light estimation on a ball whose light is known: exact, noisy, clipped, with outliers, of many colours."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import BadConfig, BadSize, WorkFailed
from core.relight.chroma_groups import usable_pixels
from core.relight.compose import FormerLight, relight
from core.relight.estimate import EstimateSettings, estimate_light
from core.relight.harmonics import (
    ambient_harmonics,
    directional_harmonics,
    irradiance,
    linear_band,
    sphere_directions,
)
from core.relight.lights import AmbientLight, DirectionalLight
from core.relight.lights_from_estimate import lights_from_estimate
from core.relight.shade import Surface

TOWARD = np.array([-0.48, 0.6, 0.64])
KEY, REST = np.array([1.0, 0.9, 0.75]), np.array([0.15, 0.18, 0.24])
LIGHT = ambient_harmonics(REST) + directional_harmonics(TOWARD, KEY)
ONE = EstimateSettings(groups=1)


def ball(size: int = 96) -> tuple[np.ndarray, np.ndarray]:
    """Normals of a ball, 0 beside it, and where it is."""
    x, y = np.meshgrid(np.linspace(-1.02, 1.02, size), np.linspace(1.02, -1.02, size))
    on = x * x + y * y < 0.995
    z = np.sqrt(np.maximum(1 - x * x - y * y, 0))
    return (np.stack([x, y, z], -1) * on[..., None]).astype(np.float32), on


def lambert(normals: np.ndarray) -> np.ndarray:
    """Irradiance of the key and the ambient light, sharp terminator and all."""
    return REST + KEY * np.maximum(normals @ TOWARD, 0.0)[..., None]


def degrees(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.degrees(np.arccos(np.clip(a @ b / np.linalg.norm(a) / np.linalg.norm(b), -1, 1))))


def test_harmonics_come_back_where_the_albedo_is_known() -> None:
    """Seen from one side: the irradiance of every normal of the front, to a percent."""
    normals, on = ball()
    found = estimate_light(0.5 * irradiance(LIGHT, normals), normals, albedo=0.5, settings=ONE)
    error = irradiance(found.harmonics, normals) - irradiance(LIGHT, normals)
    assert np.abs(error[on]).max() < 0.02
    assert degrees(linear_band(found.harmonics).mean(0), TOWARD) < 3.0


def test_direction_with_noise_outliers_and_clipped_pixels() -> None:
    normals, on = ball()
    rng = np.random.default_rng(1)
    plate = 0.5 * lambert(normals) * np.exp(rng.normal(0, 0.05, (*on.shape, 3)))
    odd = on & (rng.random(on.shape) < 0.1)
    plate[odd] *= rng.choice([0.1, 4.0], odd.sum())[:, None]
    plate = np.minimum(plate, 0.5)
    found = estimate_light(plate, normals, settings=ONE)
    assert degrees(found.toward, TOWARD) < 1.0
    seen = irradiance(found.harmonics, normals)[on]
    true = lambert(normals)[on]
    gain = (seen * true).sum() / (seen * seen).sum()
    assert np.sqrt(np.mean((gain * seen - true) ** 2)) / true.mean() < 0.1


def test_one_wall_that_is_bright_in_its_middle_keeps_its_light() -> None:
    """Steep light that is negative all round explains it best; what is not negative of that was black."""
    y, x = np.mgrid[:64, :64] / 32 - 1.0
    normals = np.stack([0.05 * x, 0.05 * y, np.ones_like(x)], -1)
    normals = (normals / np.linalg.norm(normals, axis=-1, keepdims=True)).astype(np.float32)
    plate = np.array([0.5, 0.3, 0.2]) * np.maximum(0.02, 1.0 - 0.4 * (x * x + y * y))[..., None]
    found = estimate_light(plate, normals, settings=ONE)
    lit = np.median(irradiance(found.harmonics, normals), axis=(0, 1))
    np.testing.assert_allclose(EstimateSettings().mean_albedo * lit, np.median(plate, axis=(0, 1)), rtol=0.1)
    assert found.residuals.median_stops < 0.5


def test_patches_of_paint_do_not_turn_the_light() -> None:
    normals, on = ball()
    row, column = np.indices(on.shape) // 24
    paint = np.array([[0.7, 0.2, 0.1], [0.1, 0.3, 0.6], [0.5, 0.5, 0.45], [0.15, 0.4, 0.1]])
    found = estimate_light(paint[(row + 2 * column) % 4] * lambert(normals), normals)
    assert degrees(found.toward, TOWARD) < 3.0
    assert degrees(linear_band(found.harmonics).mean(0), TOWARD) < 10.0


def test_a_cast_shadow_does_not_turn_the_light() -> None:
    normals, _ = ball()
    plate = 0.4 * lambert(normals)
    plate[60:, :50] = 0.4 * REST
    assert degrees(estimate_light(plate, normals, settings=ONE).toward, TOWARD) < 2.0


def test_irradiance_is_nowhere_negative_nor_large_behind() -> None:
    normals, on = ball()
    rng = np.random.default_rng(2)
    plate = 0.3 * np.maximum(normals @ TOWARD, 0.0)[..., None] * np.ones(3) + rng.uniform(0.001, 0.03, (*on.shape, 3))
    found = estimate_light(plate, normals, settings=ONE)
    light = irradiance(found.harmonics, sphere_directions(1500))
    seen = irradiance(found.harmonics, normals[on])
    assert light.min() > -5e-3 * light.max()
    assert light.max() < 1.25 * seen.max()


def test_weights_leave_wrong_normals_out() -> None:
    normals, on = ball()
    plate = 0.4 * lambert(normals)
    wrong = np.zeros(on.shape, bool)
    wrong[:, 48:] = True
    spoiled = np.where(wrong[..., None], normals[:, ::-1] * [1.0, -1.0, 1.0], normals) * on[..., None]
    trust = np.where(wrong, 0.0, 1.0)
    good = estimate_light(plate, spoiled, confidence=trust, settings=ONE)
    assert degrees(good.toward, TOWARD) < 3.0
    assert degrees(estimate_light(plate, spoiled, settings=ONE).toward, TOWARD) > 3.0
    assert degrees(estimate_light(plate, spoiled, occlusion=trust[..., None], settings=ONE).toward, TOWARD) < 3.0


def test_confidence_weighs_by_its_fourth_root() -> None:
    normals, on = ball()
    plate = 0.4 * lambert(normals)
    spoiled = (
        np.where((np.arange(96) > 47)[None, :, None], normals[:, ::-1] * [1.0, -1.0, 1.0], normals) * on[..., None]
    )
    trust = np.where((np.arange(96) > 47)[None, :], 0.1, 0.8) * np.ones(on.shape)
    by_trust = estimate_light(plate, spoiled, confidence=trust, settings=ONE).harmonics
    by_weight = estimate_light(plate, spoiled, occlusion=trust**0.25, settings=ONE).harmonics
    np.testing.assert_allclose(by_trust, by_weight, rtol=1e-4, atol=1e-4)


def test_key_and_ambient_and_their_ratio() -> None:
    normals, _ = ball()
    found = estimate_light(lambert(normals), normals, albedo=1.0, settings=ONE)
    np.testing.assert_allclose(found.key, KEY, rtol=0.05)
    np.testing.assert_allclose(found.ambient, REST, rtol=0.05)
    lum = np.array([0.2126, 0.7152, 0.0722])
    assert found.ambient_to_key == pytest.approx(REST @ lum / (KEY @ lum), rel=0.1)
    assert 0.5 < found.directionality < 1.0


def test_exposure_scales_the_light_and_nothing_else() -> None:
    normals, _ = ball()
    plate = 0.4 * lambert(normals)
    once, more = (estimate_light(plate * gain, normals, settings=ONE) for gain in (1.0, 8.0))
    np.testing.assert_allclose(more.harmonics, 8.0 * once.harmonics, rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(more.toward, once.toward, atol=1e-3)


def test_ratio_with_the_estimated_lights_nearly_returns_the_plate() -> None:
    normals, on = ball()
    plate = (0.4 * lambert(normals) * np.random.default_rng(0).uniform(0.6, 1.4, (*on.shape, 1))).astype(np.float32)
    found = estimate_light(plate, normals)
    matt = Surface(normals, None, np.ones(3, np.float32), roughness=1.0, specular=0.0)
    former = FormerLight.over(found.harmonics, normals)
    again = relight(plate, matt, lights_from_estimate(found), mode="ratio", former=former)
    change = np.abs(np.log2((again.beauty - again.specular)[on] / plate[on]))
    # Stops: a key and ambient light are not all that nine harmonics say.
    assert np.median(change) < 0.1
    assert np.percentile(change, 99) < 0.5


def test_the_lights_of_an_estimate_light_a_ball_as_the_estimate_does() -> None:
    normals, on = ball()
    found = estimate_light(0.3 * lambert(normals), normals, settings=ONE)
    key, fill = lights_from_estimate(found)
    assert isinstance(key, DirectionalLight)
    assert isinstance(fill, AmbientLight)
    np.testing.assert_allclose(-np.asarray(key.direction), found.toward, atol=1e-6)
    made = np.asarray(key.color) * key.intensity * np.maximum(normals[on] @ found.toward, 0)[:, None]
    made = made + np.asarray(fill.color) * fill.intensity
    true = lambert(normals)[on]
    gain = true.mean(0) / made.mean(0)
    assert np.sqrt(np.mean((gain * made - true) ** 2)) / true.mean() < 0.06


def test_a_flat_top_is_found_and_left_out() -> None:
    plate = np.random.default_rng(0).uniform(0.1, 2.0, (50, 50, 3)).astype(np.float32)
    clipped = np.minimum(plate, 1.0)
    usable = usable_pixels(clipped, np.ones((50, 50), bool))
    assert not usable[(clipped >= 0.999).any(-1)].any()
    assert usable[(clipped < 0.9).all(-1)].mean() > 0.95
    assert usable_pixels(plate, np.ones((50, 50), bool), 1.5)[(plate >= 1.5).any(-1)].sum() == 0


def test_the_brightest_hundredth_is_left_out() -> None:
    plate = np.random.default_rng(0).lognormal(0.0, 0.5, (100, 100, 3)).astype(np.float32)
    usable = usable_pixels(plate, np.ones((100, 100), bool))
    luminance = plate @ np.float32([0.2126, 0.7152, 0.0722])
    np.testing.assert_array_equal(usable, luminance <= np.percentile(luminance, 99.0))
    assert usable.mean() == pytest.approx(0.99, abs=1e-3)


def test_what_cannot_be_estimated_says_so() -> None:
    normals, _ = ball(24)
    with pytest.raises(WorkFailed, match="black or clipped"):
        estimate_light(np.zeros_like(normals), normals)
    with pytest.raises(BadSize, match="must be"):
        estimate_light(normals[:-1], normals)
    with pytest.raises(BadSize, match="confidence"):
        estimate_light(normals, normals, confidence=np.ones(3))
    with pytest.raises(BadConfig, match="groups"):
        EstimateSettings(groups=0)
