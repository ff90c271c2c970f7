from __future__ import annotations

import numpy as np
import pytest

from core.camera import PinholeCamera
from core.errors import BadConfig, BadSize
from core.occlusion.geometry import RELATIVE, Radius, surfaces_of
from tests.core.occlusion.corner import corner


def test_positions_are_those_of_the_camera_in_radii() -> None:
    normals, depth, camera = corner()
    found = surfaces_of(normals, camera.ray_slopes(), Radius(0.5), depth)
    np.testing.assert_allclose(found.positions(), camera.position_from_depth(depth) / 0.5, rtol=1e-5, atol=1e-5)
    assert found.known
    assert found.pixel == pytest.approx(1.0 / camera.focal_length_pixels, rel=1e-4)


def test_scene_and_radius_may_grow_together() -> None:
    normals, depth, camera = corner()
    slopes = camera.ray_slopes()
    small, large = (
        surfaces_of(normals, slopes, Radius(0.3), depth),
        surfaces_of(normals, slopes, Radius(30), 100 * depth),
    )
    np.testing.assert_allclose(small.depth, large.depth, rtol=1e-5)
    one, other = (surfaces_of(normals, slopes, Radius(0.2, RELATIVE), k * depth) for k in (1, 7))
    np.testing.assert_allclose(one.depth, other.depth, rtol=1e-5)


@pytest.mark.parametrize(("height", "width"), [(40, 80), (80, 40)])
def test_a_relative_radius_is_a_share_of_the_longer_side(height: int, width: int) -> None:
    camera = PinholeCamera.from_fov_degrees(width, height, 50.0)
    facing = np.zeros((height, width, 3), np.float32)
    facing[..., 2] = 2.0
    for depth in (None, np.full((height, width), 3.0)):
        found = surfaces_of(facing, camera.ray_slopes(), Radius(0.25, RELATIVE), depth)
        assert found.radius_pixels == pytest.approx(20.0, rel=1e-3)
        assert found.known is (depth is not None)
        np.testing.assert_allclose(np.linalg.norm(found.normals, axis=-1), 1.0, rtol=1e-5)


def test_what_is_no_surface_is_left_out() -> None:
    normals, depth, camera = corner()
    normals, depth = normals.copy(), depth.copy()
    normals[0, 0], normals[1, 1], depth[2, 2], depth[3, 3], depth[4, 4] = 0.0, np.nan, 0.0, np.inf, np.nan
    found = surfaces_of(normals, camera.ray_slopes(), Radius(1), depth)
    assert sorted(zip(*np.where(found.depth == 0.0), strict=True)) == [(k, k) for k in range(5)]
    assert np.isfinite(found.normals).all()
    assert not found.normals[found.depth == 0.0].any()


def test_bad_input_is_named() -> None:
    normals, depth, camera = corner()
    with pytest.raises(BadSize, match="one size"):
        surfaces_of(normals, camera.ray_slopes(), Radius(1), depth[:-1])
    with pytest.raises(BadSize, match="rays"):
        surfaces_of(normals[:-1], camera.ray_slopes(), Radius(1))
    with pytest.raises(BadConfig, match="distance"):
        surfaces_of(normals, camera.ray_slopes(), Radius(1), None, 0.0)
    for value, unit in ((0.0, "metres"), (float("nan"), "metres"), (1.0, "miles")):
        with pytest.raises(BadConfig, match="radius"):
            Radius(value, unit)
