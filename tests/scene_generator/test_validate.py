"""The gate lets good frames through and names what is wrong with the others."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest

from core.camera import PinholeCamera
from scene_generator.renderers import Frame
from scene_generator.spec import Camera, SceneSpec, Sky
from scene_generator.validate import Limits, checks, reasons

SIDE = 64
IDENTITY = (1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0)
SKY = Sky((0.5, 0.5, 0.5), (0.5, 0.5, 0.5), (0.1, 0.1, 0.1))
SPEC = SceneSpec("a recipe", "a family", 7, 0, 0, Camera(IDENTITY, 50.0), (), (), SKY)


def _good() -> Frame:
    """Balls before a wall, lit from above."""
    normal = np.zeros((SIDE, SIDE, 3), np.float32)
    normal[..., 2] = 1
    y, x = np.mgrid[0:SIDE, 0:SIDE]
    for cx, cy, r in ((16, 18, 11), (46, 14, 9), (22, 48, 12), (50, 44, 10)):
        u, v = (x + 0.5 - cx) / r, -(y + 0.5 - cy) / r
        ball = u * u + v * v < 0.6
        normal[ball] = np.stack([u, v, np.sqrt(np.maximum(1 - u * u - v * v, 0))], -1)[ball]
    light = np.clip(normal @ np.array([0.3, 0.6, 0.74], np.float32), 0, 1) * 0.8 + 0.05
    beauty = np.concatenate([np.repeat(light[..., None], 3, -1), np.ones((SIDE, SIDE, 1))], -1).astype(np.float32)
    return Frame({"beauty": beauty, "normal": normal}, 0.001, 0.0, 0.4, 1.0)


def _why(frame: Frame) -> list[str]:
    return reasons(checks(frame, SPEC), Limits())


def _with(**passes: np.ndarray) -> Frame:
    good = _good()
    return dataclasses.replace(good, passes={**good.passes, **passes})


def test_a_good_frame_passes() -> None:
    assert _why(_good()) == []


def _spoilt() -> dict[str, Frame]:
    good = _good()
    rng = np.random.default_rng(0)
    beauty, normal = good.passes["beauty"], good.passes["normal"]
    nan, infinite = beauty.copy(), normal.copy()
    nan[5, 5, 1] = np.nan
    infinite[2, 2, 0] = np.inf
    away, half = normal.copy(), normal.copy()
    away[3, 4] *= -1
    half[9, 9] *= 0.5
    sky_only, mostly_sky = np.zeros_like(normal), normal.copy()
    mostly_sky[: SIDE * 3 // 4] = 0
    dim = beauty.copy()
    dim[: SIDE * 2 // 3, :, :3] = 1e-7
    flies = beauty.copy()
    for at in rng.permutation(SIDE * SIDE)[:20]:
        flies[at // SIDE, at % SIDE, :3] = 500
    grey = np.full_like(beauty, 0.18)
    wall, dull = np.zeros_like(normal), beauty.copy()
    wall[..., 2] = 1
    dull[..., :3] = 0.4 + 0.02 * rng.random((SIDE, SIDE, 1))
    return {
        "not finite": _with(beauty=nan),
        "not finite ": _with(normal=infinite),
        "not finite  ": _with(depth=np.full((SIDE, SIDE, 1), np.nan, np.float32)),
        "normals facing away": _with(normal=away),
        "normals not unit": _with(normal=half),
        "too little surface": _with(normal=mostly_sky),
        "too little surface ": _with(normal=sky_only),
        "black": _with(beauty=np.zeros_like(beauty)),
        "mostly black": _with(beauty=dim),
        "looks into a light": dataclasses.replace(good, light_share=0.3),
        "one object fills the frame": dataclasses.replace(good, largest_share=0.99),
        "bump too steep": dataclasses.replace(good, bent=0.2),
        "camera inside an object": dataclasses.replace(good, nearest=0.01),
        "nothing near": dataclasses.replace(good, nearest=900.0),
        "flat": _with(beauty=grey),
        "flat ": _with(beauty=dull, normal=wall),
        "fireflies": _with(beauty=flies),
        "beauty and normals misaligned": _with(beauty=np.roll(beauty, 3, axis=1)),
        "beauty and normals misaligned ": _with(beauty=np.roll(beauty, (-2, 2), axis=(0, 1))),
    }


@pytest.mark.parametrize("name", sorted(_spoilt()))
def test_each_fault_is_named(name: str) -> None:
    why = _why(_spoilt()[name])
    assert any(reason.startswith(name.strip() + " (") for reason in why), why


@pytest.mark.parametrize("name", ["not finite", "flat", "fireflies", "beauty and normals misaligned", "nothing near"])
def test_nothing_else_is_blamed(name: str) -> None:
    assert [reason.split(" (")[0] for reason in _why(_spoilt()[name])] == [name]


@pytest.mark.parametrize("name", sorted(_spoilt()))
def test_the_numbers_fit_into_json(name: str) -> None:
    values = checks(_spoilt()[name], SPEC)
    assert json.loads(json.dumps(values, allow_nan=False)) == values


def test_a_wall_with_something_on_it_is_not_flat() -> None:
    good = _good()
    wall = np.zeros_like(good.passes["normal"])
    wall[..., 2] = 1
    assert _why(_with(normal=wall)) == [], "one normal everywhere, but the light shows a picture"


def test_lamps_and_highlights_are_no_fireflies() -> None:
    beauty = _good().passes["beauty"].copy()
    beauty[10:20, 30:50, :3] = 200
    beauty[40:43, 20:23, :3] = 30
    assert checks(_with(beauty=beauty), SPEC)["fireflies"] < Limits().most_fireflies


def test_specks_of_up_to_three_pixels_are_fireflies_to_the_last_pixel() -> None:
    beauty = _good().passes["beauty"].copy()
    for row, column in ((10, 40), (30, 10), (55, 30)):
        beauty[row : row + 2, column, :3] = 500
        beauty[row, column + 1, :3] = 500
    beauty[20, 55, :3] = 500
    assert checks(_with(beauty=beauty), SPEC)["fireflies"] == pytest.approx(10 / SIDE**2, abs=1e-5)


def test_a_lamp_in_the_frame_does_not_make_the_rest_black() -> None:
    beauty = _good().passes["beauty"].copy()
    beauty[:12, :10, :3] = 5000  # 3 % of the frame, and nearly all of its mean
    values = checks(_with(beauty=beauty), SPEC)
    assert values["black"] == 0.0
    assert not any("black" in reason for reason in reasons(values, Limits()))


def test_passes_that_are_asked_for_change_no_verdict() -> None:
    good = _good()
    id_ = np.zeros((SIDE, SIDE, 1), np.float32)
    id_[::4] = 1
    assert checks(_with(id=id_, albedo=np.repeat(id_, 3, -1)), SPEC) == checks(good, SPEC)


def test_frames_facing_the_rim_of_the_view_are_judged_by_the_ray_of_their_own_pixel() -> None:
    camera = PinholeCamera(SIDE, SIDE, SPEC.camera.focal_length_mm)
    grazing = -camera.directions()
    assert checks(_with(normal=grazing), SPEC)["facing_away"] == 0
