"""Turning, mirroring or cropping a picture is another camera: its normals are those that this camera would render.

The expected normals are computed without `View`: the scene itself is turned, in closed form, and met by the window's
rays. A map of normals that was moved but not turned fails here by as many degrees as the picture was turned.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest

from core.normals import angular_error_degrees
from core.training.augment.view import View, random_view
from tests import lambert

WIDTH, HEIGHT, SIZE = 480, 360, 96
CAMERA = lambert.camera(WIDTH, HEIGHT)
SLOPES = CAMERA.ray_slopes()
CENTRE, RADIUS = np.array([0.25, 0.1, -3.0]), 0.7
WALL = np.array([0.48, 0.36, 0.8])  # normal of a tilted plane that fills the picture behind the sphere

Floats = npt.NDArray[np.float64]
RIGHT_ANGLES = [
    View((240.0, 180.0), 300.0, math.radians(angle), flip) for angle in (0, 90, 180, 270) for flip in (False, True)
]
ODD_ANGLES = [
    View((230.0, 190.0), 220.0, math.radians(angle), flip) for angle in (-135, 33, 61) for flip in (False, True)
]
DRAWN = [
    random_view(np.random.default_rng(seed), WIDTH, HEIGHT, smallest=0.6, roll_degrees=180.0, roll_chance=0.8)
    for seed in range(10)
]
VIEWS = [*RIGHT_ANGLES, *ODD_ANGLES, *DRAWN]


def name(view: View) -> str:
    return f"{math.degrees(view.roll):.0f}-{'mirrored' if view.mirrored else 'plain'}-{view.side:.0f}"


def turned(vector: Floats, view: View) -> Floats:
    """A vector of the frame's camera space in that of a camera rolled with the window, then seen in a mirror."""
    c, s = math.cos(view.roll), math.sin(view.roll)
    # The window rolls clockwise (y is down in pictures), so what it sees rolls counter-clockwise, with y up.
    x, y = c * vector[0] - s * vector[1], s * vector[0] + c * vector[1]
    return np.array([-x if view.mirrored else x, y, vector[2]])


def rendered(slopes: npt.ArrayLike, centre: Floats, wall: Floats) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Normals of the sphere before the wall, and where the sphere is."""
    normals = lambert.sphere_normals(slopes, centre, RADIUS)
    ball = np.linalg.norm(normals, axis=2) > 0.5
    normals[~ball] = wall
    return normals, ball


def away_from_edges(slopes: Floats, normals: Floats, ball: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    rays = np.concatenate([slopes, -np.ones((*slopes.shape[:2], 1))], axis=2)
    facing = -(normals * rays).sum(2) / np.linalg.norm(rays, axis=2)
    near = np.zeros_like(ball)
    for down in (-2, 0, 2):
        for right in (-2, 0, 2):
            near |= np.roll(ball, (down, right), (0, 1)) != ball
    return ~near & (~ball | (facing > 0.35))


@pytest.mark.parametrize("view", VIEWS, ids=name)
def test_the_normals_of_a_view_are_those_that_its_camera_renders(view: View) -> None:
    frame, _ = rendered(SLOPES, CENTRE, WALL)
    slopes = view.slopes(SIZE, WIDTH, HEIGHT, CAMERA.focal_length_pixels).astype(np.float64)
    found = view.turn_normals(view.sample(frame, SIZE))
    expected, ball = rendered(slopes, turned(CENTRE, view), turned(WALL, view))
    where = away_from_edges(slopes, expected, ball)
    assert (where & ball).sum() > 300
    assert (where & ~ball).sum() > 100
    assert angular_error_degrees(found, expected)[where].max() < 1.0


@pytest.mark.parametrize("view", VIEWS, ids=name)
def test_without_the_turn_the_normals_would_be_wrong(view: View) -> None:
    """What keeps the test above honest: it tells turned normals from those that were only moved."""
    if not view.mirrored and abs(view.roll) < math.radians(3.0):
        return
    frame, _ = rendered(SLOPES, CENTRE, WALL)
    slopes = view.slopes(SIZE, WIDTH, HEIGHT, CAMERA.focal_length_pixels).astype(np.float64)
    expected, ball = rendered(slopes, turned(CENTRE, view), turned(WALL, view))
    where = away_from_edges(slopes, expected, ball)
    assert angular_error_degrees(view.sample(frame, SIZE), expected)[where].max() > 2.0


@pytest.mark.parametrize("view", VIEWS, ids=name)
def test_the_angle_between_a_ray_and_its_normal_is_kept_exactly(view: View) -> None:
    """At the very points of the frame that the window's pixels look at, so that nothing is interpolated."""
    steps = (np.arange(SIZE) + 0.5) / SIZE - 0.5
    right, down = np.meshgrid(steps * view.side, steps * view.side)
    right = -right if view.mirrored else right
    c, s = math.cos(view.roll), math.sin(view.roll)
    x = view.centre[0] + c * right - s * down
    y = view.centre[1] + s * right + c * down
    frame_slopes = np.stack([x - WIDTH / 2.0, HEIGHT / 2.0 - y], axis=2) / CAMERA.focal_length_pixels
    normals, _ = rendered(frame_slopes, CENTRE, WALL)
    slopes = view.slopes(SIZE, WIDTH, HEIGHT, CAMERA.focal_length_pixels)
    rays, frame_rays = (np.concatenate([of, -np.ones((SIZE, SIZE, 1))], axis=2) for of in (slopes, frame_slopes))
    before = (normals * frame_rays).sum(2)
    after = (view.turn_normals(normals.astype(np.float32)) * rays).sum(2)
    np.testing.assert_allclose(after, before, atol=2e-6)
    np.testing.assert_allclose(np.linalg.norm(rays, axis=2), np.linalg.norm(frame_rays, axis=2), atol=1e-6)


@pytest.mark.parametrize(
    ("view", "pixels", "normal"),
    [
        (View((4.0, 4.0), 8.0, mirrored=True), lambda image: image[:, ::-1], (-0.6, 0.48, 0.64)),
        (View((4.0, 4.0), 8.0, math.pi, mirrored=True), lambda image: image[::-1], (0.6, -0.48, 0.64)),
        (View((4.0, 4.0), 8.0, math.pi), lambda image: image[::-1, ::-1], (-0.6, -0.48, 0.64)),
        # The window turns clockwise, the picture counter-clockwise: right becomes up.
        (View((4.0, 4.0), 8.0, math.pi / 2.0), lambda image: np.rot90(image), (-0.48, 0.6, 0.64)),
        (View((4.0, 4.0), 8.0, -math.pi / 2.0), lambda image: np.rot90(image, -1), (0.48, -0.6, 0.64)),
    ],
    ids=["left-right", "up-down", "half", "quarter", "three quarters"],
)
def test_flips_and_quarter_turns_are_exact(view: View, pixels: object, normal: tuple[float, float, float]) -> None:
    assert callable(pixels)
    image = np.random.default_rng(0).random((8, 8, 3)).astype(np.float32)
    np.testing.assert_allclose(view.sample(image, 8), pixels(image), atol=1e-5)
    given = np.full((1, 1, 3), (0.6, 0.48, 0.64), np.float32)
    np.testing.assert_allclose(view.turn_normals(given)[0, 0], normal, atol=1e-6)


@pytest.mark.parametrize("view", VIEWS, ids=name)
def test_the_optical_axis_of_a_view_is_where_its_rays_are_straight(view: View) -> None:
    """Lens effects are centred where the camera looks along -Z: slopes 0, which may lie outside the window."""
    optics = view.optics(SIZE, WIDTH, HEIGHT)
    slopes = view.slopes(SIZE, WIDTH, HEIGHT, CAMERA.focal_length_pixels).astype(np.float64)
    pixel = view.side / SIZE / CAMERA.focal_length_pixels  # slope of one pixel of the window
    rows, columns = np.indices((SIZE, SIZE)) + 0.5
    np.testing.assert_allclose((columns - optics.axis[0]) * pixel, slopes[..., 0], atol=1e-5)
    np.testing.assert_allclose((optics.axis[1] - rows) * pixel, slopes[..., 1], atol=1e-5)
    corner = math.hypot(WIDTH / 2.0, HEIGHT / 2.0) / CAMERA.focal_length_pixels
    assert optics.reach * pixel == pytest.approx(corner)
