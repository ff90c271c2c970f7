"""The rectangle: its irradiance against an integral, its reflection against its limits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.relight.area import polygon_irradiance, rectangle_irradiance, rectangle_of
from core.relight.contribution import Points, contribution
from core.relight.lights import FALLOFFS, AreaLight, Falloff, PointLight

LIGHT = AreaLight(position=(0.3, 0.5, -1.0), direction=(-0.3, -0.4, -1.0), up=(0.1, 1.0, 0.0), width=1.4, height=0.6)


def _summed(light: AreaLight, position: np.ndarray, normal: np.ndarray, count: int = 400) -> float:
    """Irradiance over pi, added up over small patches of the rectangle: the definition itself."""
    frame = rectangle_of(light)
    s = (np.arange(count) + 0.5) / count * 2.0 - 1.0
    x, y = np.meshgrid(s * frame.half_width, s * frame.half_height)
    patches = frame.centre + x[..., None] * frame.right + y[..., None] * frame.up
    offset = patches.astype(np.float64) - position
    square = np.sum(offset**2, axis=-1)
    toward = offset / np.sqrt(square)[..., None]
    here = np.maximum(toward @ normal, 0.0)
    there = -(toward @ frame.facing.astype(np.float64))
    there = np.abs(there) if light.two_sided else np.maximum(there, 0.0)
    # Radiance pi / area, and 1 / pi for irradiance over pi: a patch weighs 1 / count^2.
    return float(np.sum(here * there / square) / count**2)


@pytest.mark.parametrize(
    ("position", "normal"),
    [
        ((0.0, 0.0, -3.0), (0.0, 0.0, 1.0)),
        ((0.5, -0.8, -2.0), (0.0, 0.6, 0.8)),
        ((0.0, 0.3, -1.6), (0.0, 0.0, 1.0)),  # near: the light fills much of the half sphere
        ((0.2, 0.4, -2.0), (1.0, 0.0, 0.1)),  # the horizon cuts through the light
        ((0.2, 0.6, -2.0), (0.0, -1.0, 0.05)),
        ((0.2, 0.6, -2.0), (-0.7, 0.7, 0.05)),  # a corner rises above the horizon
        ((0.2, 0.6, -2.0), (0.0, 0.0, -1.0)),  # faces away
        ((0.0, 0.0, 2.0), (0.0, 0.0, -1.0)),  # behind a one-sided light
    ],
)
@pytest.mark.parametrize("two_sided", [False, True])
def test_irradiance_is_the_integral(position: tuple[float, ...], normal: tuple[float, ...], two_sided: bool) -> None:
    light = replace(LIGHT, two_sided=two_sided)
    unit = np.array(normal) / np.linalg.norm(normal)
    found = rectangle_irradiance(light, np.float32([position]), np.float32([unit]))[0, 0]
    assert found == pytest.approx(_summed(light, np.array(position), unit), rel=2e-3, abs=2e-5)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_irradiance_is_the_integral_at_random_places(seed: int) -> None:
    rng = np.random.default_rng(seed)
    normal = rng.normal(size=3)
    normal /= np.linalg.norm(normal)
    position = rng.uniform(-3.0, 3.0, 3) + np.array([0.0, 0.0, -3.5])
    found = rectangle_irradiance(LIGHT, np.float32([position]), np.float32([normal]))[0, 0]
    assert found == pytest.approx(_summed(LIGHT, position, normal, 250), rel=1e-2, abs=2e-4)
    assert found >= 0.0


def test_an_endless_ceiling_covers_the_whole_half_sphere() -> None:
    ceiling = AreaLight(position=(0.0, 0.0, 1.0), direction=(0.0, 0.0, -1.0), width=4e3, height=4e3)
    corners = rectangle_of(ceiling).corners()
    share = polygon_irradiance(corners, np.zeros((1, 3), np.float32), np.float32([[0, 0, 1]]))
    assert share[0, 0] == pytest.approx(1.0, abs=1e-3)
    back = polygon_irradiance(corners[::-1], np.zeros((1, 3), np.float32), np.float32([[0, 0, 1]]))
    assert back[0, 0] == pytest.approx(-share[0, 0], rel=1e-6)


@pytest.mark.parametrize("falloff", FALLOFFS)
def test_far_away_it_is_a_point_light(falloff: Falloff) -> None:
    small = AreaLight(width=0.01, height=0.02, falloff=falloff, reference_distance=2.0, direction=(0.0, 0.0, -1.0))
    point = PointLight(falloff=falloff, reference_distance=2.0)
    points = _points(np.float32([[0, 0, -3.0], [0, 0, -9.0]]))
    near, _ = contribution(small, points)
    plain, _ = contribution(point, points)
    np.testing.assert_allclose(near, plain, rtol=1e-3)


def test_a_thing_within_the_light_is_finite() -> None:
    frame = rectangle_of(LIGHT)
    places = np.concatenate([frame.corners(), frame.centre[None]]).astype(np.float32)
    for normal in ([0, 0, 1], [0, 1, 0]):
        for part in contribution(LIGHT, _points(places, normal)):
            assert np.isfinite(part).all()
            assert (part >= 0.0).all()


def _points(places: np.ndarray, normal: list[float] | None = None, roughness: float = 0.5) -> Points:
    normals = np.broadcast_to(np.float32(normal or [0, 0, 1]), places.shape)
    view = np.broadcast_to(np.float32([0, 0, 1]), places.shape)
    f0 = np.full_like(places, 1.0)
    return Points(normals, places, view, np.float32([roughness]), f0)


def test_a_mirror_shows_the_radiance_of_the_light() -> None:
    """A mirror that faces camera and light sees the glowing face itself: radiance pi intensity / area."""
    light = AreaLight(position=(0.0, 0.0, 0.0), direction=(0.0, 0.0, -1.0), width=1.0, height=0.5, intensity=2.0)
    _, seen = contribution(light, _points(np.float32([[0, 0, -3.0], [0.3, 0.1, -3.0]]), roughness=0.0))
    np.testing.assert_allclose(seen, np.pi * 2.0 / 0.5, rtol=0.05)
    _, beside = contribution(light, _points(np.float32([[1.5, 0.0, -3.0]]), roughness=0.0))
    assert beside.max() < 1e-2


def test_a_small_light_reflects_as_a_point_light() -> None:
    small = AreaLight(width=0.005, height=0.005, direction=(0.0, 0.0, -1.0))
    places = np.float32([[0.0, 0.0, -3.0], [0.4, 0.0, -3.0]])
    _, seen = contribution(small, _points(places))
    _, plain = contribution(PointLight(), _points(places))
    cosine = np.float32([[1.0], [3.0 / np.hypot(3.0, 0.4)]])
    np.testing.assert_allclose(seen, plain * cosine, rtol=1e-2)


def test_the_frame_is_square_whatever_up_is() -> None:
    for up in ((0.0, 0.0, -2.0), (0.0, 1.0, 0.0), (1.0, 1.0, 1.0)):
        for direction in ((0.0, 0.0, -1.0), (0.0, -3.0, 0.0), (1.0, 1.0, 1.0)):
            frame = rectangle_of(AreaLight(direction=direction, up=up))
            axes = np.stack([frame.right, frame.up, frame.facing])
            np.testing.assert_allclose(axes @ axes.T, np.eye(3), atol=1e-6)
