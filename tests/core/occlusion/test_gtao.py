from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.camera import PinholeCamera
from core.errors import BadConfig
from core.occlusion.geometry import Radius, surfaces_of
from core.occlusion.gtao import GtaoSettings, gtao, gtao_at
from tests.core.occlusion.corner import corner

HARD = GtaoSettings(planes=16, steps=24, fade=0.95, thickness=0.0)


def test_a_plane_is_open_whichever_way_it_is_seen() -> None:
    camera = PinholeCamera.from_fov_degrees(48, 48, 50.0)
    for normal in ((0.0, 0.0, 1.0), (0.5, 0.3, 0.8124)):
        rays = np.concatenate([camera.ray_slopes(), -np.ones((48, 48, 1))], -1)
        unit = np.asarray(normal) / np.linalg.norm(normal)
        depth = (-3.0 / (rays @ unit)).astype(np.float32)
        assert (depth > 0).all()
        field = np.broadcast_to(unit, (48, 48, 3))
        found = gtao(surfaces_of(field, camera.ray_slopes(), Radius(0.5), depth), HARD)
        assert float(found[8:-8, 8:-8].min()) > 0.97


def test_a_corner_is_half_closed_and_open_beyond_the_radius() -> None:
    normals, depth, camera = corner(96, 96)
    found = gtao(surfaces_of(normals, camera.ray_slopes(), Radius(0.5), depth), HARD)[..., 0]
    wall = normals[..., 2] > 0.5
    foot = np.max(np.where(wall.any(1))[0])
    assert float(found[foot, 20:-20].mean()) == pytest.approx(0.5, abs=0.12)
    height = (camera.position_from_depth(depth)[..., 1] + 1.0)[:, 48]
    assert float(found[wall[:, 48] & (height > 0.75), 48].min()) > 0.97
    near = [float(found[row, 48]) for row in np.where(wall[:, 48] & (height < 0.5))[0]]
    assert near == sorted(near, reverse=True)  # rows go down to the floor


@pytest.mark.parametrize("cut", [np.s_[:, ::2], np.s_[::2]], ids=["wide", "high"])
def test_pixels_need_not_be_square(cut: tuple[slice, ...]) -> None:
    """Every other column, or row, of a picture: what is left is closed as before."""
    normals, depth, camera = corner(160, 160)
    slopes = camera.ray_slopes()
    whole = gtao(surfaces_of(normals, slopes, Radius(1.5), depth), HARD)[cut]
    part = gtao(surfaces_of(normals[cut], slopes[cut], Radius(1.5), depth[cut]), HARD)
    inner = np.s_[8:-8, 8:-8]
    assert float(whole[inner].min()) < 0.7
    assert float(np.abs(part - whole)[inner].mean()) < 0.01


def test_strength_and_power_do_what_they_say() -> None:
    normals, depth, camera = corner()
    surfaces = surfaces_of(normals, camera.ray_slopes(), Radius(0.6), depth)
    plain, none, strong = (gtao(surfaces, GtaoSettings(strength=s)) for s in (1.0, 0.0, 2.0))
    assert float(none.min()) == 1.0
    np.testing.assert_allclose(1 - strong, np.clip(2 * (1 - plain), 0, 1), atol=1e-5)


def test_thickness_opens_what_lies_behind_a_thin_post() -> None:
    camera = PinholeCamera.from_fov_degrees(96, 64, 60.0)
    depth = np.full((64, 96), 4.0, np.float32)
    depth[:, 46:50] = 3.6
    normals = np.broadcast_to([0.0, 0.0, 1.0], (64, 96, 3))
    surfaces = surfaces_of(normals, camera.ray_slopes(), Radius(1.0), depth)
    beside = [
        float(gtao(surfaces, replace(HARD, fade=0.0, thickness=thickness))[16:48, 42:46].mean())
        for thickness in (0.0, 0.1, 0.3, 1.0)
    ]
    assert (np.diff(beside) > 0.005).all()
    assert beside[0] < 0.9
    assert beside[2] > 0.98  # the wall is flat: without the post it would be open


def test_pixels_alone_are_those_of_the_picture_and_sky_is_open() -> None:
    normals, depth, camera = corner()
    depth = depth.copy()
    depth[:10] = 0.0
    surfaces = surfaces_of(normals, camera.ray_slopes(), Radius(0.6), depth)
    whole = gtao(surfaces)
    assert (whole[:10] == 1.0).all()
    some = np.array([40 * 96 + 3, 50 * 96 + 70])
    np.testing.assert_allclose(gtao_at(surfaces, some), whole.ravel()[some], atol=1e-6)


def test_meaningless_settings_are_refused() -> None:
    for change in ({"planes": 0}, {"fade": 1.0}, {"thickness": -0.1}, {"power": 0.0}):
        with pytest.raises(BadConfig):
            GtaoSettings(**change)
