from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from core.color import srgb_to_linear
from core.errors import BadConfig
from core.inference.answer import Answer
from core.inference.detail import Detail, add_detail, level_sizes
from core.inference.lens import SlopeWindow
from core.inference.plate_normals import DEFAULT_DETAIL, ViewSettings, predict, view_sizes
from core.inference.resample import enlarge_normals
from core.inference.session import NormalsModel, open_model
from core.inference.tiling import tile_grid
from core.normals import angular_error_degrees, normalize, rotate
from tests.core.inference.moving import wavy

MakeModel = Callable[..., Path]
WINDOW = SlopeWindow(-0.6, 0.6, -0.4, 0.4)


def true_field(rays: np.ndarray) -> np.ndarray:
    """Normals that are a function of where a pixel looks: large forms and ripples."""
    x, y = rays
    field = [0.3 * np.sin(3 * x) + 0.1 * np.sin(150 * x), 0.3 * np.cos(3 * y) + 0.1 * np.sin(150 * y), np.ones_like(x)]
    return normalize(np.stack(field, axis=-1))


def large_forms(height: int, width: int) -> np.ndarray:
    x, y = WINDOW.rays(height, width)
    return normalize(np.stack([0.3 * np.sin(3 * x), 0.3 * np.cos(3 * y), np.ones_like(x)], axis=-1))


def turned_at_random(view: np.ndarray, rays: np.ndarray) -> Answer:
    """A model whose every tile is off by a rotation of its own, of 15 degrees, chosen by where the tile lies."""
    axis = np.random.default_rng(int(abs(rays[0, 0, 0] + 3 * rays[1, 0, 0]) * 1e6)).normal(size=3)
    axis /= np.linalg.norm(axis)
    cross = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
    angle = np.radians(15.0)
    return Answer(rotate(true_field(rays), np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross))


def test_tiles_that_are_right_give_the_true_field_without_seams() -> None:
    view, rays = np.zeros((192, 288, 3), np.float32), WINDOW.rays(192, 288)
    found = add_detail(Answer(large_forms(48, 72)), view, rays, 96, 32, lambda v, r: Answer(true_field(r))).normals
    assert angular_error_degrees(found, true_field(rays)).mean() < 0.5


def test_tiles_that_are_turned_are_brought_into_line() -> None:
    view, rays = np.zeros((192, 288, 3), np.float32), WINDOW.rays(192, 288)
    coarse = large_forms(48, 72)
    found = add_detail(Answer(coarse), view, rays, 96, 32, turned_at_random).normals
    true = true_field(rays)
    assert angular_error_degrees(turned_at_random(view, rays).normals, true).mean() > 8.0
    error = angular_error_degrees(found, true).mean()
    assert error < 2.0
    # The ripples came from the tiles: the coarse field alone is further off.
    assert error < 0.5 * angular_error_degrees(enlarge_normals(coarse, 192, 288, 0, 192), true).mean()
    tiles = list(tile_grid(192, 288, 96, 24, 32))
    borders = sorted({edge for tile in tiles for edge in (tile.left, tile.right)} - {0, 288})
    excess = angular_error_degrees(found[:, 1:], found[:, :-1]) - angular_error_degrees(true[:, 1:], true[:, :-1])
    by_column = np.abs(excess).mean(axis=0)
    others = np.setdiff1d(np.arange(287), np.array(borders) - 1)
    assert by_column[np.array(borders) - 1].mean() < 1.5 * by_column[others].mean() + 0.02


def test_levels_follow_the_working_size_not_the_plate() -> None:
    assert level_sizes((224, 416), 2160, 32) == level_sizes((224, 416), 540, 32) == ((448, 832),)
    assert level_sizes((224, 416), 2160, 32, (2, 4)) == ((448, 832), (896, 1664))
    assert level_sizes((224, 416), 720, 32, (2, 4)) == ((448, 832),)
    assert level_sizes((224, 416), 300, 32) == ()
    assert level_sizes((224, 4000), 2160, 32) == ((448, 8000),)


def test_detail_high_keeps_the_whole_s_answer_where_tiles_differ(make_tiny_model: MakeModel) -> None:
    model = open_model(make_tiny_model("context"), "cpu", 1)
    ramp = np.linspace(0.42, 0.58, 512, dtype=np.float32)
    plate = srgb_to_linear(np.broadcast_to(ramp[None, :, None], (288, 512, 3)))
    low = predict(model, plate, settings=ViewSettings(detail=Detail.LOW)).normals
    high = predict(model, plate, settings=ViewSettings(detail=Detail.HIGH)).normals
    tiled = predict(model, plate, settings=ViewSettings(tile=True)).normals
    assert angular_error_degrees(tiled, low).max() > 5.0
    assert angular_error_degrees(high, low).max() < 2.0
    assert view_sizes(model, 288, 512, ViewSettings(detail=Detail.HIGH)) == ((64, 128), (128, 256))


@pytest.mark.parametrize("detail", list(Detail))
def test_the_answer_does_not_change_with_resolution(make_tiny_model: MakeModel, detail: Detail) -> None:
    model: NormalsModel = open_model(make_tiny_model("plate"), "cpu", 1)
    y, x = np.mgrid[0:900, 0:1200] / 900
    field = np.stack([0.5 + 0.15 * np.sin(7 * x), 0.5 + 0.15 * np.cos(9 * y), 0.6 + 0.05 * x], axis=-1)
    large = srgb_to_linear(field)
    half = large.reshape(450, 2, 600, 2, 3).mean(axis=(1, 3))
    settings = ViewSettings(detail=detail)
    first = enlarge_normals(predict(model, half, settings=settings).normals, 900, 1200, 0, 900)
    second = predict(model, large, settings=settings).normals
    assert angular_error_degrees(first, second).mean() < 0.3


@pytest.mark.parametrize("detail", list(Detail))
def test_unsafe_pixels_are_survived(make_tiny_model: MakeModel, detail: Detail) -> None:
    model = open_model(make_tiny_model("plate"), "cpu", 1)
    plate = np.random.default_rng(0).random((150, 211, 3)).astype(np.float32)
    plate[5, 6], plate[70, 80], plate[100:110, 20], plate[9, 9] = np.nan, np.inf, -3.0, 40000.0
    found = predict(model, plate, settings=ViewSettings(detail=detail)).normals
    np.testing.assert_allclose(np.linalg.norm(found, axis=-1), 1.0, atol=1e-5)


def test_tiles_alone_and_a_detail_exclude_each_other() -> None:
    assert ViewSettings(tile=True).chosen_detail is Detail.LOW
    assert ViewSettings(tile=True, detail=Detail.LOW).chosen_detail is Detail.LOW
    assert ViewSettings().chosen_detail is DEFAULT_DETAIL
    with pytest.raises(BadConfig, match="--detail high"):
        ViewSettings(tile=True, detail=Detail.HIGH)


def test_a_field_smaller_than_a_tile() -> None:
    view = np.zeros((32, 64, 3), np.float32)
    found = add_detail(Answer(wavy(16, 16)), view, WINDOW.rays(32, 64), 96, 32, turned_at_random)
    assert found.confidence is None
    assert found.normals.shape == (32, 64, 3)
