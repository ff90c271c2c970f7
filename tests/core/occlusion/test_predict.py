from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.camera import PinholeCamera
from core.errors import BadConfig, ModelMismatch
from core.occlusion import predict
from core.occlusion.geometry import Radius, surfaces_of
from core.occlusion.model import FieldModel, open_occlusion_model, open_style_model
from core.occlusion.predict import Look, predict_occlusion, shrink, spread
from tests.core.occlusion.corner import corner
from tests.occlusion_models import make_occlusion_model, make_style_model


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> FieldModel:
    return open_occlusion_model(make_occlusion_model(tmp_path_factory.mktemp("model")), "cpu", 1)


FACING = np.float32([0.0, 0.0, 1.0])
TILTED = np.float32([0.0, 0.8, 0.6])


def panel() -> tuple[np.ndarray, np.ndarray, PinholeCamera]:
    """A panel 1 m ahead, tilted, before a wall at 2 m: normals, depth, camera. No edge lies at a multiple of 4."""
    camera = PinholeCamera.from_fov_degrees(96, 64, 40.0)
    near = np.zeros((64, 96, 1), bool)
    near[17:47, 30:71] = True
    depth = np.where(near, np.float32(1.0), np.float32(2.0))
    return np.where(near, TILTED, FACING), depth, camera


def watching(model: FieldModel, asked: list[dict[str, np.ndarray]]) -> FieldModel:
    """The same model; what it is given is added to `asked`."""
    session = model.session

    class Watching:
        get_inputs = staticmethod(session.get_inputs)

        def run(self, names: list[str], feed: dict[str, np.ndarray]) -> list[np.ndarray]:
            asked.append({name: plane.copy() for name, plane in feed.items()})
            return list(session.run(names, feed))

    return FieldModel(model.card, model.device, Watching())


def test_any_size_is_answered_pixel_by_pixel(model: FieldModel) -> None:
    for size in ((33, 70), (8, 9), (64, 96)):
        normals, depth, camera = corner(*size)
        found = predict_occlusion(
            model, surfaces_of(normals, camera.ray_slopes(), Radius(0.2), depth), Look(detail=False)
        )
        assert found.shape == (*size, 1)
        np.testing.assert_allclose(found[..., 0], normals[..., 2], atol=1e-5)


def test_blocks_do_not_show(model: FieldModel, monkeypatch: pytest.MonkeyPatch) -> None:
    normals, depth, camera = corner(150, 210)
    rng = np.random.default_rng(0)
    normals = normals + rng.normal(size=normals.shape).astype(np.float32) * 0.1
    surfaces = surfaces_of(normals, camera.ray_slopes(), Radius(0.05), depth)
    whole = predict_occlusion(model, surfaces)
    monkeypatch.setattr(predict, "_BLOCK", 64)
    monkeypatch.setattr(predict, "_MARGIN", 32)
    np.testing.assert_allclose(predict_occlusion(model, surfaces), whole, atol=1e-6)


def test_a_large_radius_is_looked_at_on_a_smaller_picture_and_brought_back_along_edges(model: FieldModel) -> None:
    normals, depth, camera = corner(120, 160)
    surfaces = surfaces_of(normals, camera.ray_slopes(), Radius(3.0), depth)
    asked: list[dict[str, np.ndarray]] = []
    watched = watching(model, asked)
    assert surfaces.radius_pixels > 96
    found = predict_occlusion(watched, surfaces, Look(radius_pixels=24, detail=False))
    assert len(asked) == 2  # as it is, and in the mirror
    assert max(asked[0]["depth"].shape[2:]) <= 64
    # Floor and wall have other answers; not a pixel of one gets the other's.
    np.testing.assert_allclose(found[..., 0], normals[..., 2], atol=0.02)
    predict_occlusion(watched, surfaces, Look(radius_pixels=24))
    assert asked[-1]["depth"].shape[2:] == (128, 160)


def test_every_look_is_asked_about_a_radius_that_fits(model: FieldModel) -> None:
    """The look at details shows the whole picture: its radius is smaller, so that in radii everything is further."""
    normals, _, camera = corner(96, 128)
    wall = np.full((96, 128), 4.0, np.float32)
    surfaces = surfaces_of(normals, camera.ray_slopes(), Radius(3.0), wall)
    asked: list[dict[str, np.ndarray]] = []
    predict_occlusion(watching(model, asked), surfaces, Look(radius_pixels=24))
    assert len(asked) == 4
    for feed in asked:
        pixel = abs(float(np.diff(feed["slopes"][0, 0, 0])[0]))
        assert 20.0 < 1.0 / (float(np.median(feed["depth"])) * pixel) <= 24.0


@pytest.mark.parametrize(("cut", "aspect"), [(np.s_[:, ::2], 2.0), (np.s_[::2], 0.5), (np.s_[::3], 1 / 3)])
def test_the_network_sees_square_pixels(model: FieldModel, cut: tuple[slice, ...], aspect: float) -> None:
    normals, depth, camera = corner(180, 240)
    surfaces = surfaces_of(normals[cut], camera.ray_slopes()[cut], Radius(2.0), depth[cut])
    assert surfaces.pixel_aspect == pytest.approx(aspect, rel=1e-4)
    asked: list[dict[str, np.ndarray]] = []
    found = predict_occlusion(watching(model, asked), surfaces, Look(radius_pixels=24))
    assert len(asked) == 4
    for feed in asked:
        across, down = (np.median(np.diff(line)) for line in (feed["slopes"][0, 0, 0], feed["slopes"][0, 1, :, 0]))
        assert abs(across / down) == pytest.approx(1.0, rel=1e-3)
        assert 12.0 < 1.0 / (float(np.median(feed["depth"][feed["depth"] > 0])) * abs(float(across))) <= 24.5
    np.testing.assert_allclose(found[..., 0], normals[cut][..., 2], atol=0.02)


def test_details_are_those_of_a_surfaces_own_depth(model: FieldModel) -> None:
    """A tilted panel before a wall, its edges inside of small pixels: neither takes the other's answer."""
    normals, depth, camera = panel()
    surfaces = surfaces_of(normals, camera.ray_slopes(), Radius(2.0), depth)
    found = predict_occlusion(model, surfaces, Look(radius_pixels=16))
    np.testing.assert_allclose(found[..., 0], surfaces.normals[..., 2], atol=0.02)


def test_a_mirrored_picture_has_the_mirrored_answer() -> None:
    """The shipped network is no mirror image of itself; the mean with the mirror image's answer is."""
    shipped = open_occlusion_model(None, "cpu", 1)
    multiple = shipped.card.multiple_of
    normals, depth, camera = corner(2 * multiple, 3 * multiple)
    normals, depth = normals.copy(), depth.copy()
    depth[10:40, 8:20] *= 0.6
    there = surfaces_of(normals, camera.ray_slopes(), Radius(0.8), depth)
    turned = surfaces_of(normals[:, ::-1] * [-1, 1, 1], camera.ray_slopes(), Radius(0.8), depth[:, ::-1])
    for look, apart in ((Look(detail=False), 0.0), (Look(detail=False, mirrored=False), 0.01)):
        difference = np.abs(predict_occlusion(shipped, there, look) - predict_occlusion(shipped, turned, look)[:, ::-1])
        assert (difference.max() < 1e-3) == (apart == 0.0), look
        assert difference.max() >= apart


def test_the_sky_is_open_and_a_picture_without_surface_is_no_error(model: FieldModel) -> None:
    normals, depth, camera = corner()
    surfaces = surfaces_of(normals * 0, camera.ray_slopes(), Radius(1.0), depth)
    assert (predict_occlusion(model, surfaces) == 1.0).all()
    depth = depth.copy()
    depth[:20] = 0.0
    found = predict_occlusion(
        model, surfaces_of(normals, camera.ray_slopes(), Radius(2.0), depth), Look(radius_pixels=8)
    )
    assert (found[:20] == 1.0).all()


def test_shrinking_keeps_the_camera_and_the_planes() -> None:
    normals, depth, camera = corner(90, 120)
    surfaces = surfaces_of(normals, camera.ray_slopes(), Radius(1.0), depth)
    small = shrink(surfaces, (7, 7))
    assert small.depth.shape == (13, 18)
    assert small.slopes[3, 4, 0] == pytest.approx(float(surfaces.slopes[24, 31, 0]), abs=1e-5)
    np.testing.assert_allclose(np.linalg.norm(small.normals, axis=-1), 1.0, atol=1e-5)
    back = spread(np.full((13, 18), 0.3, np.float32), surfaces, (7, 7))
    np.testing.assert_allclose(back, 0.3, atol=1e-4)


def test_a_small_pixel_has_the_normal_of_what_its_middle_shows() -> None:
    normals, depth, camera = panel()
    surfaces = surfaces_of(normals, camera.ray_slopes(), Radius(2.0), depth)
    small = shrink(surfaces, (4, 4))
    near = small.depth < 0.75
    assert near.any()
    assert not near.all()
    np.testing.assert_allclose(small.normals[near], np.broadcast_to(TILTED, small.normals[near].shape), atol=1e-5)
    np.testing.assert_allclose(small.normals[~near], np.broadcast_to(FACING, small.normals[~near].shape), atol=1e-5)


def test_values_spread_less_to_other_normals_by_the_eighth_power_of_the_cosine() -> None:
    camera = PinholeCamera.from_fov_degrees(64, 64, 40.0)
    leaning = np.float32([0.0, 0.6, 0.8])  # in a plane across the border: the cosine alone tells the halves apart
    normals = np.where((np.arange(64) < 32)[None, :, None], FACING, leaning) + np.zeros((64, 64, 3), np.float32)
    surfaces = surfaces_of(normals, camera.ray_slopes(), Radius(0.5))
    step = 8
    values = np.repeat(np.float32([[1.0] * 4 + [0.0] * 4]), 8, axis=0)
    row = spread(values, surfaces, (step, step))[32]
    for column in (28, 30, 31):
        across = (column + 0.5) / step - 3.5
        alike = (across + 1e-3) * 0.8**8
        assert row[column] == pytest.approx((1.0 - across) / (1.0 - across + alike), abs=5e-3)


def test_other_models_and_looks_are_refused(tmp_path: Path) -> None:
    style = make_style_model(tmp_path / "style")
    with pytest.raises(ModelMismatch, match="task occlusion"):
        open_occlusion_model(style, "cpu", 1)
    assert open_style_model(style, "cpu", 1).card.task == "occlusion_style"
    with pytest.raises(BadConfig):
        Look(side=10)
    with pytest.raises(BadConfig):
        Look(radius_pixels=1.0)
