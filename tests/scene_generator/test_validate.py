"""The gate lets good frames through and names what is wrong with the others."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from core.camera import PinholeCamera
from scene_generator.recipe import load_recipe
from scene_generator.renderers import Frame
from scene_generator.sample import sample_scene
from scene_generator.validate import Limits, checks, reasons

SPEC = sample_scene(load_recipe("plate_normals"), 7, 0)


def _good() -> Frame:
    rng = np.random.default_rng(0)
    beauty = rng.uniform(0.1, 1.0, (24, 24, 4)).astype(np.float32)
    camera = PinholeCamera(24, 24, SPEC.camera.focal_length_mm)
    normal = -camera.directions()
    return Frame({"beauty": beauty, "normal": normal}, 0.001, 0.0, 0.4, 1.0)


def _why(frame: Frame) -> list[str]:
    return reasons(checks(frame, SPEC), Limits())


def _with(name: str, pixels: np.ndarray) -> Frame:
    good = _good()
    return dataclasses.replace(good, passes={**good.passes, name: pixels})


def test_a_good_frame_passes() -> None:
    assert _why(_good()) == []


def _spoilt() -> dict[str, Frame]:
    good = _good()
    beauty, normal = good.passes["beauty"], good.passes["normal"]
    nan, infinite = beauty.copy(), normal.copy()
    nan[5, 5, 1] = np.nan
    infinite[2, 2, 0] = np.inf
    away, half = normal.copy(), normal.copy()
    away[3, 4] *= -1
    half[9, 9] *= 0.5
    empty = normal.copy()
    empty[:18] = 0
    dim = beauty.copy()
    dim[:16, :, :3] = 1e-7
    return {
        "not finite": _with("beauty", nan),
        "not finite ": _with("normal", infinite),
        "normals facing away": _with("normal", away),
        "normals not unit": _with("normal", half),
        "too little surface": _with("normal", empty),
        "black": _with("beauty", np.zeros_like(beauty)),
        "mostly black": _with("beauty", dim),
        "looks into a light": dataclasses.replace(good, light_share=0.3),
        "one object fills the frame": dataclasses.replace(good, largest_share=0.99),
        "bump too steep": dataclasses.replace(good, bent=0.2),
        "camera inside an object": dataclasses.replace(good, nearest=0.01),
    }


@pytest.mark.parametrize("name", sorted(_spoilt()))
def test_each_fault_is_named(name: str) -> None:
    why = _why(_spoilt()[name])
    assert any(reason.startswith(name.strip() + " (") for reason in why), why
