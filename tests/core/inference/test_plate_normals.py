from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from core.color import srgb_to_linear
from core.errors import BadConfig, BadSize
from core.inference.lens import Lens
from core.inference.plate_normals import ViewSettings, predict, view_size
from core.inference.session import NormalsModel, open_model
from core.inference.tiling import tile_grid
from core.normals import angular_error_degrees, encode_8bit, normalize
from tests.long_side import long_side_camera

MakeModel = Callable[..., Path]


@pytest.fixture(scope="module")
def rays(rays_model: Path) -> NormalsModel:
    return open_model(rays_model, "cpu", 1)


def towards_camera(width: int, height: int, fov: float = 60.0) -> np.ndarray:
    slopes = long_side_camera(width, height, fov).ray_slopes()
    return normalize(np.concatenate([-slopes, np.ones((height, width, 1))], axis=-1))


@pytest.mark.parametrize("tile", [False, True])
@pytest.mark.parametrize(("height", "width"), [(64, 64), (77, 131), (131, 77), (300, 401), (20, 150), (8, 8)])
def test_sizes_that_are_no_multiple_keep_the_field_of_view(
    rays: NormalsModel, height: int, width: int, tile: bool
) -> None:
    found = predict(rays, np.full((height, width, 3), 0.2), settings=ViewSettings(tile=tile)).normals
    assert found.shape == (height, width, 3)
    np.testing.assert_allclose(np.linalg.norm(found, axis=-1), 1.0, atol=1e-5)
    # Enlarging holds the outermost half pixel of the view, which the model sees at 64 pixels: about half a degree.
    assert angular_error_degrees(found, towards_camera(width, height)).max() < 1.0


def test_the_lens_is_used(rays: NormalsModel) -> None:
    found = predict(rays, np.full((90, 160, 3), 0.2), lens=Lens(focal_length_mm=18.0, film_back_mm=36.0)).normals
    assert angular_error_degrees(found, towards_camera(160, 90, 90.0)).max() < 1.0


def test_pixels_arrive_where_they_were(make_tiny_model: MakeModel) -> None:
    """A normal map shown to a model that decodes what it sees comes back: no flip, shift or channel swap anywhere."""
    height, width = 128, 192
    y, x = np.mgrid[0:height, 0:width] / height
    field = normalize(np.stack([0.5 * np.sin(4 * x), 0.45 * np.cos(3 * y + x), 0.5 + 0.1 * x], axis=-1))
    field = field[..., :] * 0.55  # kept below the knee of the network view: 2 p - 1 of it stays in range
    encoded = np.stack([field[..., 0] / 2 + 0.5, field[..., 1] / 2 + 0.5, field[..., 2]], axis=-1)
    model = open_model(make_tiny_model("plate"), "cpu", 1)
    for settings in (ViewSettings(size=128), ViewSettings(size=128, tile=True)):
        found = predict(model, srgb_to_linear(encoded), settings=settings).normals
        assert angular_error_degrees(found, field).max() < 0.2


def test_tiles_of_a_model_that_looks_around_leave_no_seam(make_tiny_model: MakeModel) -> None:
    model = open_model(make_tiny_model("context"), "cpu", 1)
    height, width = 128, 320
    ramp = np.linspace(0.42, 0.58, width, dtype=np.float32)
    plate = srgb_to_linear(np.broadcast_to(ramp[None, :, None], (height, width, 3)))
    found = predict(model, plate, settings=ViewSettings(size=128, tile=True)).normals
    steps = angular_error_degrees(found[:, 1:], found[:, :-1])
    tiles = list(tile_grid(height, width, 64, 16, 32))
    assert len(tiles) > 8
    borders = sorted({edge - 1 for tile in tiles for edge in (tile.left, tile.right) if 0 < edge < width})
    others = np.setdiff1d(np.arange(width - 1), borders)
    assert steps[:, borders].max() <= steps[:, others].max() * 1.001
    # The tiles do disagree, or this test would show nothing.
    whole = predict(model, plate, settings=ViewSettings(size=128)).normals
    assert angular_error_degrees(found, whole).max() > 5.0


@pytest.mark.parametrize("tile", [False, True])
def test_a_constant_stays_constant(make_tiny_model: MakeModel, tile: bool) -> None:
    model = open_model(make_tiny_model("constant"), "cpu", 1)
    noise = np.random.default_rng(0).random((150, 210, 3))
    found = predict(model, noise, settings=ViewSettings(size=128, tile=tile)).normals
    np.testing.assert_allclose(found, np.broadcast_to([0.36, 0.48, 0.8], found.shape), atol=1e-5)


def test_nan_infinite_and_negative_pixels_are_survived(make_tiny_model: MakeModel) -> None:
    model = open_model(make_tiny_model("plate"), "cpu", 1)
    plate = np.full((64, 64, 3), 0.3, dtype=np.float32)
    clean = predict(model, plate).normals
    plate[3, 4], plate[40, 50], plate[60, 2] = np.nan, np.inf, -np.inf
    found = predict(model, plate).normals
    assert np.isfinite(found).all()
    np.testing.assert_allclose(found[20:30], clean[20:30], atol=1e-6)  # away from the bad pixels nothing changes


def test_view_sizes(rays: NormalsModel) -> None:
    default = ViewSettings()
    assert view_size(rays, 1080, 1920, default) == (64, 128)  # 113.8 pixels, rounded to 32
    assert view_size(rays, 1920, 1080, default) == (128, 64)
    assert view_size(rays, 540, 1920, default, pixel_aspect=0.5) == (64, 128)
    assert view_size(rays, 1080, 1920, ViewSettings(size=256)) == (256, 448)
    assert view_size(rays, 1080, 1920, ViewSettings(tile=True)) == (128, 224)
    assert view_size(rays, 70, 140, ViewSettings(tile=True)) == (64, 128)  # not enlarged beyond the plate
    assert view_size(rays, 10, 12_000, default) == (32, 512)  # a sliver: the long side is bounded


def test_views_that_are_too_large_or_plates_too_small_are_refused(rays: NormalsModel) -> None:
    with pytest.raises(BadConfig, match="--tile"):
        view_size(rays, 4000, 4000, ViewSettings(size=4000))
    with pytest.raises(BadConfig, match="smaller --size"):
        view_size(rays, 12000, 12000, ViewSettings(size=12000, tile=True))
    with pytest.raises(BadSize, match="8 or more"):
        predict(rays, np.zeros((7, 100, 3)))
    with pytest.raises(BadConfig, match="32 or more"):
        ViewSettings(size=31)


def test_encoded_towards_the_camera_is_blue(rays: NormalsModel) -> None:
    code = encode_8bit(predict(rays, np.zeros((65, 65, 3))).normals)
    assert code[32, 32].tolist() == [128, 128, 255]
    # +X is to the right and +Y up: what lies left of the axis looks right at the camera, what lies below looks up.
    assert code[32, 0, 0] > 180
    assert code[64, 32, 1] > 180
