"""Nine harmonics: their conventions, their cosine, and maps and rotations against closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import BadSize
from core.relight.harmonics import (
    ambient_harmonics,
    basis,
    directional_harmonics,
    irradiance,
    latlong_directions,
    linear_band,
    project_latlong,
    project_samples,
    rotate_harmonics,
    sphere_directions,
)


def test_the_functions_are_orthonormal() -> None:
    points = sphere_directions(20000)
    values = basis(points)
    assert np.abs(values.T @ values * (4 * np.pi / len(points)) - np.eye(9)).max() < 2e-3


def test_a_constant_map_lights_every_side_alike() -> None:
    nine = project_latlong(np.full((32, 64, 3), (0.5, 1.0, 2.0)))
    np.testing.assert_allclose(nine, ambient_harmonics([0.5, 1.0, 2.0]), atol=6e-3)
    np.testing.assert_allclose(nine[0], ambient_harmonics([0.5, 1.0, 2.0])[0], rtol=1e-12)
    light = irradiance(nine, sphere_directions(50))
    np.testing.assert_allclose(light, np.broadcast_to([0.5, 1.0, 2.0], light.shape), rtol=5e-3)


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_linear_map_comes_back_with_two_thirds_of_its_slope(axis: int) -> None:
    """L = 1 + d.axis has the irradiance pi (1 + 2/3 n.axis): brighter from +X, +Y (up) or +Z (the camera's side)."""
    d = latlong_directions(64, 128)
    nine = project_latlong((1.0 + d[..., axis])[..., None])
    normals = sphere_directions(100)
    np.testing.assert_allclose(irradiance(nine, normals)[:, 0], 1.0 + normals[:, axis] * 2.0 / 3.0, atol=3e-3)
    np.testing.assert_allclose(linear_band(nine)[0] / np.linalg.norm(linear_band(nine)), np.eye(3)[axis], atol=1e-6)


def test_the_map_has_its_rows_and_columns_where_stated() -> None:
    d = latlong_directions(16, 32)
    assert d[0, :, 1].min() > 0.99, "the first row looks up"
    assert d[8, 16, 2] > 0.97, "the middle looks along +Z"
    assert d[8, 8, 0] > 0.97, "a quarter from the left looks along +X"
    np.testing.assert_allclose(np.linalg.norm(d, axis=-1), 1.0)


def test_a_distant_light_follows_the_cosine_within_the_error_of_order_two() -> None:
    """The series of max(cos, 0) up to order 2 is 1/4 + cos/2 + 5 (3 cos^2 - 1)/32: Ramamoorthi and Hanrahan 2001."""
    toward = np.array([0.48, 0.6, 0.64])
    normals = sphere_directions(400)
    cosine = normals @ toward
    found = irradiance(directional_harmonics(toward, [1.0]), normals)[:, 0]
    np.testing.assert_allclose(found, 0.25 + 0.5 * cosine + 5.0 / 32.0 * (3.0 * cosine**2 - 1.0), atol=1e-6)
    assert np.abs(found - np.maximum(cosine, 0.0)).max() < 0.1


def test_projection_of_samples_agrees_with_the_map() -> None:
    points = sphere_directions(40000)
    radiance = np.maximum(points @ np.array([0.6, 0.0, 0.8]), 0.0)[:, None] ** 3
    d = latlong_directions(128, 256)
    from_map = project_latlong(np.maximum(d @ np.array([0.6, 0.0, 0.8]), 0.0)[..., None] ** 3)
    np.testing.assert_allclose(
        project_samples(radiance, points, np.full(len(points), 4 * np.pi / len(points))), from_map, atol=1e-3
    )


def test_a_rotation_turns_the_light_with_it() -> None:
    turn = np.array([[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [-1.0, 0.0, 0.0]])  # +Z becomes +X
    rng = np.random.default_rng(3)
    nine = rng.normal(size=(9, 3))
    turned = rotate_harmonics(nine, turn)
    normals = sphere_directions(60)
    np.testing.assert_allclose(basis(normals @ turn.T) @ turned, basis(normals) @ nine, atol=1e-12)
    key = rotate_harmonics(directional_harmonics([0.0, 0.0, 1.0], [1.0]), turn)
    np.testing.assert_allclose(key, directional_harmonics([1.0, 0.0, 0.0], [1.0]), atol=1e-12)


def test_a_map_that_is_no_picture_is_refused() -> None:
    with pytest.raises(BadSize, match="environment map"):
        project_latlong(np.zeros((4, 8)))
