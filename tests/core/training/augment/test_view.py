"""Geometric augmentation is a change of camera: rays and normals move together."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest

from core.normals import angular_error_degrees
from core.training.augment.view import View, random_view, whole_view
from tests import lambert

WIDTH, HEIGHT = 160, 120
FOCAL = lambert.camera(WIDTH, HEIGHT).focal_length_pixels
CENTRE, RADIUS = np.array([0.25, 0.1, -3.0]), 0.7


def views() -> list[View]:
    rng = np.random.default_rng(4)
    made = [random_view(rng, WIDTH, HEIGHT, smallest=0.6, roll_degrees=40.0, roll_chance=0.7) for _ in range(8)]
    assert any(view.mirrored for view in made)
    assert any(view.roll for view in made)
    return [whole_view(WIDTH, HEIGHT), View((90.0, 60.0), 80.0, 0.0, mirrored=True), *made]


def seen(view: View, size: int = 64) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float32]]:
    """Slopes of a view's pixels, and the normals of a sphere in the frame as the view shows them."""
    normals = lambert.sphere_normals(lambert.camera(WIDTH, HEIGHT).ray_slopes(), CENTRE, RADIUS)
    slopes = view.slopes(size, WIDTH, HEIGHT, FOCAL).astype(np.float64)
    return slopes, view.turn_normals(view.sample(normals, size))


def moved_centre(view: View) -> npt.NDArray[np.float64]:
    """The sphere's centre in the camera space of the view: turned back about the axis, then mirrored."""
    c, s = math.cos(view.roll), math.sin(view.roll)
    # The roll is told in the image, where y is down; seen with y up it goes the other way round.
    x, y = c * CENTRE[0] - s * CENTRE[1], s * CENTRE[0] + c * CENTRE[1]
    return np.array([-x if view.mirrored else x, y, CENTRE[2]])


@pytest.mark.parametrize("view", views(), ids=lambda view: f"roll{math.degrees(view.roll):.0f}-{view.mirrored}")
def test_a_sphere_stays_a_sphere(view: View) -> None:
    """The normals of a view are those of a sphere that its own rays meet."""
    slopes, normals = seen(view)
    expected = lambert.sphere_normals(slopes, moved_centre(view), RADIUS)
    rays = np.concatenate([slopes, -np.ones((64, 64, 1))], axis=2)
    facing = -(expected * rays).sum(2) / np.linalg.norm(rays, axis=2)
    interior = facing > 0.5  # at the outline pixels hold a part of what is behind
    assert interior.mean() > 0.05
    assert angular_error_degrees(normals, expected)[interior].max() < 1.5


@pytest.mark.parametrize("view", views()[1:], ids=lambda view: f"roll{math.degrees(view.roll):.0f}-{view.mirrored}")
def test_the_angle_between_ray_and_normal_is_kept(view: View) -> None:
    """The field of those angles, looked at through the view, is the field of the view's angles."""
    camera = lambert.camera(WIDTH, HEIGHT)
    normals = lambert.sphere_normals(camera.ray_slopes(), CENTRE, RADIUS)
    ball = np.linalg.norm(normals, axis=2) > 0.5
    before = view.sample(np.where(ball, angular_error_degrees(normals, -camera.directions()), 0.0), 64)
    inside = view.sample(ball.astype(np.float32), 64) > 0.999
    slopes, turned = seen(view)
    rays = np.concatenate([slopes, -np.ones((64, 64, 1))], axis=2)
    after = angular_error_degrees(turned, -rays)
    steep = before > 65.0  # near the outline the angle changes faster than pixels can follow
    assert np.abs(after - before)[inside & ~steep].max() < 2.0


def test_a_mirrored_view_is_exact_to_the_pixel() -> None:
    rng = np.random.default_rng(0)
    image = rng.random((8, 8, 3)).astype(np.float32)
    view = View((4.0, 4.0), 8.0, mirrored=True)
    np.testing.assert_allclose(view.sample(image, 8), image[:, ::-1], atol=1e-6)
    np.testing.assert_allclose(view.turn_normals(image), image * np.float32([-1, 1, 1]), atol=1e-6)
    plain = View((4.0, 4.0), 8.0)
    np.testing.assert_allclose(plain.sample(image, 8), image, atol=1e-6)
    np.testing.assert_array_equal(plain.turn_normals(image), image)
    slopes = plain.slopes(8, 8, 8, 10.0)
    assert slopes[0, 0] == pytest.approx([-0.35, 0.35])
    assert slopes[7, 0] == pytest.approx([-0.35, -0.35])


def test_a_crop_keeps_the_rays_of_its_pixels() -> None:
    camera = lambert.camera(16, 12)
    view = View((5.0, 7.0), 8.0)
    crop = view.slopes(8, 16, 12, camera.focal_length_pixels)
    np.testing.assert_allclose(crop, camera.ray_slopes()[3:11, 1:9], atol=1e-6)


def test_a_shrinking_view_averages() -> None:
    image = np.indices((64, 64)).sum(0) % 2  # one-pixel checks: a bilinear look alone would give 0 or 1
    small = View((32.0, 32.0), 64.0).sample(image.astype(np.float32), 8)
    np.testing.assert_allclose(small, 0.5, atol=0.01)


def test_random_views_lie_inside_the_image() -> None:
    rng = np.random.default_rng(2)
    ones = np.ones((HEIGHT, WIDTH), np.float32)
    for _ in range(60):
        view = random_view(rng, WIDTH, HEIGHT, smallest=0.5, roll_degrees=45.0, roll_chance=0.8)
        half = view.side / 2.0
        for corner in ((-half, -half), (half, -half), (-half, half), (half, half)):
            x, y = np.array(view.centre) + view.turn() @ np.array(corner)
            assert -1e-6 <= x <= WIDTH + 1e-6
            assert -1e-6 <= y <= HEIGHT + 1e-6
        assert view.sample(ones, 16)[1:-1, 1:-1].min() > 0.99
