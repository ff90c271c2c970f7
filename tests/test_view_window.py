"""Positions from depth: a plane lies where it is, and every ray goes through its own place on the film."""

from __future__ import annotations

import numpy as np
import pytest

from core.camera import PinholeCamera
from core.errors import BadConfig, BadSize
from tests.view_window import (
    ViewWindow,
    depth_from_distance,
    position_from_depth,
    stage_positions,
)

CROPPED = ViewWindow(80, 40, 30.0, 24.0, 2.0, left=-6, top=5, width=50, height=30, center_x=0.1, center_y=-0.05)


def plane_depth(view: ViewWindow, normal: np.ndarray, offset: float) -> np.ndarray:
    """Planar depth of the plane n.p = offset along each ray (sx, sy, -1) z."""
    slopes = view.ray_slopes().astype(np.float64)
    return offset / (slopes @ normal[:2] - normal[2])


@pytest.mark.parametrize("view", [ViewWindow(64, 48, 35.0), CROPPED], ids=["whole", "cropped"])
def test_a_plane_lies_where_it_is(view: ViewWindow) -> None:
    normal = np.array([0.1, 0.2, 0.97])
    position = position_from_depth(plane_depth(view, normal, -3.0), view)
    np.testing.assert_allclose(position @ normal, -3.0, atol=1e-5)


def test_rays_go_through_the_film_where_its_millimetres_say() -> None:
    """80 x 40 pixels twice as wide as high on a film back 24 mm wide: each is 0.3 x 0.15 mm, and 12 mm are half."""
    rows, columns = np.mgrid[5:35, -6:44] + 0.5
    right = (columns - 40.0) * 0.3 - 0.1 * 12.0
    up = (20.0 - rows) * 0.15 + 0.05 * 12.0
    np.testing.assert_allclose(CROPPED.ray_slopes(), np.stack([right, up], -1) / 30.0, atol=1e-6)


def test_a_whole_frame_agrees_with_the_pinhole_camera() -> None:
    camera = PinholeCamera(64, 48, 35.0, 24.0)
    depth = np.full((48, 64, 1), 2.5, np.float32)
    found = position_from_depth(depth, ViewWindow(64, 48, 35.0, 24.0))
    np.testing.assert_allclose(found, camera.position_from_depth(depth), atol=1e-6)


@pytest.mark.parametrize("view", [ViewWindow(64, 48, 35.0), CROPPED], ids=["whole", "cropped"])
def test_the_slopes_at_the_edges_give_the_same_rays(view: ViewWindow) -> None:
    rays = np.moveaxis(view.edges().rays(*view.size), 0, -1)
    np.testing.assert_allclose(rays, view.ray_slopes(), atol=1e-6)


def test_a_crop_sees_the_same_points_as_the_whole() -> None:
    whole = ViewWindow(80, 40, 30.0, pixel_aspect=2.0)
    part = ViewWindow(80, 40, 30.0, pixel_aspect=2.0, left=20, top=10, width=30, height=15)
    np.testing.assert_allclose(whole.ray_slopes()[10:25, 20:50], part.ray_slopes(), atol=1e-6)


def test_wide_pixels_show_a_wider_scene() -> None:
    """With 2:1 pixels a square picture sees a field half as high as wide: the film back fits its width."""
    slopes = ViewWindow(10, 10, 18.0, 36.0, pixel_aspect=2.0).ray_slopes()
    assert slopes[0, -1, 0] == pytest.approx(0.9)
    assert slopes[0, -1, 1] == pytest.approx(0.45)


def test_distance_along_the_ray_becomes_planar_depth() -> None:
    view = ViewWindow.from_fov_degrees(32, 24, 70.0)
    position = position_from_depth(np.full(view.size, 2.0), view)
    distance = np.linalg.norm(position, axis=-1)
    np.testing.assert_allclose(depth_from_distance(distance, view), 2.0, rtol=1e-5)


def test_without_depth_there_is_a_stage_and_holes_stay_empty() -> None:
    view = ViewWindow(16, 12, 35.0)
    assert np.all(stage_positions(view, 3.0)[..., 2] == -3.0)
    depth = np.full(view.size, 2.0)
    depth[0, 0], depth[1, 1], depth[2, 2] = np.nan, -1.0, np.inf
    assert np.all(position_from_depth(depth, view)[[0, 1, 2], [0, 1, 2]] == 0.0)


def test_what_no_camera_can_be_is_refused() -> None:
    with pytest.raises(BadSize, match="16x12"):
        position_from_depth(np.ones((3, 4)), ViewWindow(16, 12, 35.0))
    with pytest.raises(BadConfig, match="pixel_aspect"):
        ViewWindow(16, 12, 35.0, pixel_aspect=0.0)
    with pytest.raises(BadConfig, match="field of view"):
        ViewWindow.from_fov_degrees(16, 12, 180.0)
