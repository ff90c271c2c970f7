"""Motion vectors against geometry: where the points of a frame are one frame later and one earlier."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from scipy import ndimage

from core.normals import angular_error_degrees, camera_to_world
from scene_generator.families.layout import at, camera, facing
from scene_generator.motion import at_frame, displacement
from scene_generator.renderers import Frame, RenderSettings
from scene_generator.renderers.mitsuba import MitsubaRenderer
from scene_generator.spec import Camera, Motion, SceneSpec
from tests.scene_generator.renderers import scenes

SIZE = 96
PASSES = ("beauty", "normal", "position", "id", "motion_forward", "motion_backward")
SETTINGS = RenderSettings(SIZE, SIZE, samples=1, denoise=False, passes=PASSES)
BALL = scenes.thing("ellipsoid", (0.8, 0.8, 0.8), at(-0.3, 0, 0))
WALL = scenes.thing("quad", (60.0, 60.0), facing((0, 0, -3), (0, 0, 1)))
TURNING = Motion(("ellipsoid",), (0.08, 0.03, 0.05), (0.0, 0.05, 0.04), (-0.3, 0.2, 0.1))
PANNING = Motion(("camera",), (0.06, -0.02, 0.05), (0.01, -0.03, 0.02), (0.2, 0.4, 4.0))


def _scene(*motions: Motion, wall: bool = True) -> SceneSpec:
    view = camera((0.2, 0.4, 4), (0, 0, 0), 40.0, roll=0.2)
    return dataclasses.replace(scenes.spec(BALL, *((WALL,) if wall else ()), view=view), motion=motions)


def _pixels(view: Camera, world: np.ndarray) -> np.ndarray:
    # World points or, where the last axis has a fourth 0, directions -> pixels, x to the right, y down from the top.
    local = world @ np.linalg.inv(np.asarray(view.to_world, np.float64).reshape(4, 4)).T
    k = SIZE * view.focal_length_mm / view.horizontal_aperture_mm
    return SIZE / 2 + k * np.stack([local[..., 0], -local[..., 1]], -1) / -local[..., 2:3]


def _world(frame: Frame, view: Camera) -> np.ndarray:
    p = frame.passes["position"].astype(np.float64)
    return np.concatenate([p, np.ones_like(p[..., :1])], -1) @ np.asarray(view.to_world).reshape(4, 4).T


def _vectors(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    return (after - before) * [1, -1]


def _interior(frame: Frame, margin: int = 3) -> np.ndarray:
    ids = frame.passes["id"][..., 0]
    return (ids > 0) & (ndimage.minimum_filter(ids, margin) == ndimage.maximum_filter(ids, margin))


def test_nothing_moves_in_a_static_scene(renderer: MitsubaRenderer) -> None:
    frame = renderer.render(_scene(wall=False), SETTINGS)
    assert (frame.passes["id"] == 0).any(), "sky is seen too"
    for name in ("motion_forward", "motion_backward"):
        np.testing.assert_array_equal(frame.passes[name], 0)


@pytest.mark.parametrize(
    ("velocity", "sign"),
    [((0.1, 0.0, 0.0), (1, 0)), ((0.0, 0.1, 0.0), (0, 1)), ((-0.1, -0.1, 0.0), (-1, -1))],
)
def test_u_is_to_the_right_and_v_is_up(
    renderer: MitsubaRenderer, velocity: tuple[float, float, float], sign: tuple[int, int]
) -> None:
    spec = dataclasses.replace(scenes.spec(BALL), motion=(Motion(("ellipsoid",), velocity),))
    frame = renderer.render(spec, SETTINGS)
    ball = frame.passes["id"][..., 0] == 1
    forward, backward = frame.passes["motion_forward"], frame.passes["motion_backward"]
    # Metres over depth times focal length in pixels; the motion lies in the film's plane.
    expected = np.array(velocity[:2]) * (SIZE * 40 / 36) / -frame.passes["position"][ball][:, 2:3]
    np.testing.assert_allclose(forward[ball], expected, atol=1e-3)
    np.testing.assert_allclose(backward[ball], -expected, atol=1e-3)
    assert (np.sign(np.round(forward[ball].mean(0), 6)) == sign).all()
    assert not forward[~ball].any()


@pytest.mark.parametrize("k", [0, 3])
@pytest.mark.parametrize("step", [1, -1])
def test_vectors_are_where_the_same_points_are_in_the_other_frame(renderer: MitsubaRenderer, k: int, step: int) -> None:
    start = _scene(TURNING, PANNING)
    here, there = at_frame(start, k), at_frame(start, k + step)
    frame = renderer.render(here, SETTINGS)
    name = "motion_forward" if step > 0 else "motion_backward"
    points = _world(frame, here.camera)
    change = displacement(TURNING, k + step) @ np.linalg.inv(displacement(TURNING, k))
    ball = frame.passes["id"][..., 0] == 1
    assert 0.05 < ball.mean() < 0.8
    moved = np.where(ball[..., None], points @ change.T, points)
    expected = _vectors(_pixels(here.camera, points), _pixels(there.camera, moved))
    hit = frame.passes["id"][..., 0] > 0
    np.testing.assert_allclose(frame.passes[name][hit], expected[hit], atol=5e-3)
    assert np.linalg.norm(expected[hit], axis=-1).min() > 0.3, "everything does move"


def test_the_sky_moves_as_rays_turn_and_not_as_the_camera_travels(renderer: MitsubaRenderer) -> None:
    turn = Motion(("camera",), (0.5, 0.2, -0.3), (0.01, 0.02, -0.015), (0.2, 0.4, 4.0))
    spec = _scene(turn, wall=False)
    frame = renderer.render(spec, SETTINGS)
    sky = frame.passes["id"][..., 0] == 0
    y, x = np.mgrid[:SIZE, :SIZE] + 0.5
    k = SIZE * 40.0 / 36.0
    local = np.stack([(x - SIZE / 2) / k, -(y - SIZE / 2) / k, -np.ones_like(x), np.zeros_like(x)], -1)
    rays = local @ np.asarray(spec.camera.to_world).reshape(4, 4).T
    expected = _vectors(np.stack([x, y], -1), _pixels(at_frame(spec, 1).camera, rays))
    np.testing.assert_allclose(frame.passes["motion_forward"][sky], expected[sky], atol=5e-3)
    assert np.linalg.norm(expected[sky], axis=-1).min() > 0.3
    travel = dataclasses.replace(spec, motion=(dataclasses.replace(turn, turn=(0.0, 0.0, 0.0)),))
    np.testing.assert_allclose(renderer.render(travel, SETTINGS).passes["motion_forward"][sky], 0, atol=1e-4)


def _sampled(values: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    # Bilinear at pixel coordinates (pixel centres at .5).
    at_ = [y - 0.5, x - 0.5]
    return np.stack([ndimage.map_coordinates(values[..., c], at_, order=1) for c in range(values.shape[-1])], -1)


def _followed(first: Frame, second: Frame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    # Pixels of the first frame well inside an object, and where their points are in the second, unhidden there.
    y, x = np.mgrid[:SIZE, :SIZE] + 0.5
    u, v = np.moveaxis(first.passes["motion_forward"].astype(np.float64), -1, 0)
    x, y = x + u, y - v
    inside = (x > 2) & (x < SIZE - 2) & (y > 2) & (y < SIZE - 2) & _interior(first)
    column, row = (np.clip(np.floor(c).astype(int), 0, SIZE - 1) for c in (x, y))
    same = second.passes["id"][row, column, 0] == first.passes["id"][..., 0]
    keep = inside & same & _interior(second, 5)[row, column]
    return keep, x, y


def test_backward_of_the_next_frame_leads_back(renderer: MitsubaRenderer) -> None:
    start = _scene(TURNING, PANNING)
    first, second = (renderer.render(at_frame(start, k), SETTINGS) for k in (0, 1))
    keep, x, y = _followed(first, second)
    assert keep.mean() > 0.5
    back = _sampled(second.passes["motion_backward"], x, y)
    off = np.linalg.norm(first.passes["motion_forward"] + back, axis=-1)[keep]
    assert np.percentile(off, 99) < 0.1


def test_world_normals_stay_with_their_points(renderer: MitsubaRenderer) -> None:
    # The camera moves round a still, slightly rough ball: followed along the vectors, its normals are the same.
    skin = scenes.plain(depth=0.002)
    ball = dataclasses.replace(scenes.thing("ellipsoid", (1.1, 1.1, 1.1), at(0, 0, 0)), material=skin)
    view = camera((0, 0, 4), (0, 0, 0), 40.0)
    orbit = Motion(("camera",), (0.15, 0.1, 0.0), (-0.02, 0.04, 0.03), (0.0, 0.0, 4.0))
    start = dataclasses.replace(scenes.spec(ball, view=view), motion=(orbit,))
    first, second = (renderer.render(at_frame(start, k), SETTINGS) for k in (0, 1))
    keep, x, y = _followed(first, second)
    assert keep.sum() > 1500
    assert np.median(np.linalg.norm(first.passes["motion_forward"][keep], axis=-1)) > 1
    here = camera_to_world(first.passes["normal"], start.camera.to_world)
    there = camera_to_world(_sampled(second.passes["normal"], x, y), at_frame(start, 1).camera.to_world)
    followed = np.median(angular_error_degrees(there, here)[keep])
    stayed = np.median(
        angular_error_degrees(camera_to_world(second.passes["normal"], start.camera.to_world), here)[keep]
    )
    assert followed < 1.0
    assert stayed > 2 * followed, "without the vectors they are not"


def test_points_that_leave_through_the_camera_have_no_vector(renderer: MitsubaRenderer) -> None:
    # The camera flies past the ball in one frame.
    spec = _scene(Motion(("camera",), (0.0, 0.0, -9.0)), wall=False)
    frame = renderer.render(spec, SETTINGS)
    ball = frame.passes["id"][..., 0] == 1
    assert np.isfinite(frame.passes["motion_forward"]).all()
    np.testing.assert_array_equal(frame.passes["motion_forward"][ball], 0)
