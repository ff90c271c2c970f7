"""Strength of lamps over distance and across cones."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.relight.falloff import arriving, cone_weight, distance_weight
from core.relight.lights import FALLOFFS, DirectionalLight, Falloff, PointLight, SpotLight


@pytest.mark.parametrize(("falloff", "power"), list(zip(FALLOFFS, range(4), strict=True)))
def test_distance_weakens_by_the_stated_power(falloff: Falloff, power: int) -> None:
    light = PointLight(position=(0.0, 0.0, 0.0), falloff=falloff, intensity=3.0)
    points = np.float32([[0, 0, -1], [0, 0, -2], [3, 0, -4]])
    _, strength = arriving(light, points)
    np.testing.assert_allclose(strength[:, 0], [3.0, 3.0 / 2**power, 3.0 / 5**power], rtol=1e-6)


@pytest.mark.parametrize("falloff", FALLOFFS)
def test_the_intensity_holds_at_the_reference_distance(falloff: Falloff) -> None:
    light = PointLight(falloff=falloff, intensity=2.0, reference_distance=2.5)
    _, strength = arriving(light, np.float32([[0, 2.5, 0]]))
    np.testing.assert_allclose(strength, 2.0, rtol=1e-6)


def test_within_its_radius_a_lamp_grows_no_further() -> None:
    square = np.float32([0.0, 0.01, 0.04, 1.0])
    np.testing.assert_allclose(distance_weight(square, "quadratic", 1.0, 0.2), [25.0, 25.0, 25.0, 1.0], rtol=1e-6)


def test_the_strongest_lamp_of_a_lights_file_stays_finite() -> None:
    light = PointLight(falloff="cubic", intensity=1e6, color=(1e6, 1e6, 1e6), reference_distance=1e6, radius=1e-4)
    _, strength = arriving(light, np.zeros((1, 3), dtype=np.float32))
    assert np.isfinite(strength).all()


def _across(angle: float, **cone: float) -> float:
    return float(
        cone_weight(np.cos(np.radians(np.float32([angle]))), **{"penumbra": 0.0, "cone_falloff": 0.0, **cone})[0]
    )


def test_a_hard_cone_ends_at_half_its_angle() -> None:
    assert _across(0.0, cone_angle=40.0) == 1.0
    assert _across(19.9, cone_angle=40.0) == 1.0
    assert _across(20.1, cone_angle=40.0) == 0.0
    assert _across(170.0, cone_angle=40.0) == 0.0


def test_the_penumbra_fades_outward_or_inward() -> None:
    outward = {"cone_angle": 40.0, "penumbra": 10.0}
    assert _across(19.9, **outward) == pytest.approx(1.0, abs=1e-3)
    assert 0.2 < _across(25.0, **outward) < 0.8
    assert _across(30.1, **outward) == 0.0
    inward = {"cone_angle": 40.0, "penumbra": -10.0}
    assert _across(9.9, **inward) == 1.0
    assert 0.2 < _across(15.0, **inward) < 0.8
    assert _across(20.1, **inward) == 0.0
    middle = np.degrees(np.arccos((np.cos(np.radians(20.0)) + np.cos(np.radians(30.0))) / 2.0))
    assert _across(middle, **outward) == pytest.approx(0.5, abs=1e-3)  # 3 t^2 - 2 t^3 at t = 1/2


def test_cone_falloff_is_a_power_of_the_cosine() -> None:
    assert _across(30.0, cone_angle=180.0, cone_falloff=3.0) == pytest.approx(np.cos(np.radians(30.0)) ** 3, rel=1e-5)


def test_a_spot_light_is_a_point_light_within_its_cone() -> None:
    spot = SpotLight(position=(0.0, 0.0, 0.0), direction=(0.0, 0.0, -5.0), cone_angle=60.0, intensity=2.0)
    points = np.float32([[0, 0, -2], [1, 0, -2], [2, 0, -2], [0, 0, 2]])
    toward, strength = arriving(spot, points)
    same, plain = arriving(PointLight(intensity=2.0), points)
    np.testing.assert_array_equal(toward, same)
    np.testing.assert_allclose(strength[:2], plain[:2], rtol=1e-6)
    assert not strength[2:].any()


def test_temperature_tints_without_changing_luminance() -> None:
    warm = DirectionalLight(temperature=2700.0, intensity=1.5)
    _, strength = arriving(warm, np.zeros((1, 3), dtype=np.float32))
    assert strength[0] > strength[1] > strength[2]
    assert float(strength @ np.float32([0.2126, 0.7152, 0.0722])) == pytest.approx(1.5, rel=1e-3)


@settings(max_examples=60, deadline=None)
@given(
    st.floats(0.1, 180.0),
    st.floats(-90.0, 90.0),
    st.floats(0.0, 100.0),
    st.lists(st.floats(-1.0, 1.0, width=32), min_size=2, max_size=20),
)
def test_a_cone_is_a_share_and_falls_from_its_axis(
    angle: float, penumbra: float, falloff: float, cosines: list[float]
) -> None:
    weights = cone_weight(np.float32(sorted(cosines)), angle, penumbra, falloff)
    assert (weights >= 0.0).all()
    assert (weights <= 1.0).all()
    assert (np.diff(weights) >= -1e-6).all()
