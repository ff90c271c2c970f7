"""The beauty: energy where it should be, the same every time, and as it was when last looked at."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from core.errors import BadConfig
from core.image import Image, read_image, write_image
from core.normals import angular_error_degrees
from scene_generator.families.layout import at
from scene_generator.recipe import load_recipe
from scene_generator.renderers import RenderSettings
from scene_generator.renderers.mitsuba import MitsubaRenderer
from scene_generator.sample import sample_scene
from scene_generator.spec import Sky
from tests.scene_generator.renderers import scenes

SMALL = RenderSettings(48, 48, samples=4, passes=("beauty", "normal"))
GOLDEN = Path(__file__).parents[2] / "golden" / "scene_7_0.exr"


def test_a_white_furnace_returns_its_light(renderer: MitsubaRenderer) -> None:
    # Under a uniform sky of radiance 1, a rough dielectric of albedo a reflects at most 1 and at least about a.
    furnace = Sky((1.0, 1.0, 1.0), (1.0, 1.0, 1.0), (1.0, 1.0, 1.0))
    skin = scenes.plain(color=0.6, rough=1.0)
    spec = scenes.spec(scenes.thing("ellipsoid", (1.0, 1.0, 1.0), at(0, 0, 0), skin), lit=False)
    settings = dataclasses.replace(SMALL, samples=64, denoise=False, bounces=8)
    frame = renderer.render(dataclasses.replace(spec, sky=furnace), settings)
    ball = frame.passes["beauty"][frame.passes["beauty"][..., 3] == 1][:, :3]
    assert 0.5 < ball.mean() < 0.85
    empty = frame.passes["beauty"][frame.passes["beauty"][..., 3] == 0][:, :3]
    np.testing.assert_allclose(empty, 1.0, rtol=0.1)
    assert np.median(empty) == pytest.approx(1.0, abs=1e-3)


def test_light_adds_up(renderer: MitsubaRenderer) -> None:
    exact = dataclasses.replace(SMALL, samples=16, denoise=False)
    one = scenes.sphere()
    two = dataclasses.replace(
        one, lights=tuple(dataclasses.replace(light, radiance=(60.0, 60.0, 60.0)) for light in one.lights)
    )
    dark = dataclasses.replace(one, lights=tuple(dataclasses.replace(x, radiance=(0.0, 0.0, 0.0)) for x in one.lights))
    a, b, zero = (renderer.render(s, exact).passes["beauty"][..., :3].mean() for s in (one, two, dark))
    assert b - zero == pytest.approx(2 * (a - zero), rel=0.05)


def test_the_sky_lies_where_its_directions_say(renderer: MitsubaRenderer) -> None:
    from scene_generator.families.layout import camera
    from scene_generator.spec import SoftBox

    toward = (0.6, 0.5, -0.6)
    sky = Sky((0.0, 0.0, 0.0), (0.0, 0.0, 0.0), (0.0, 0.0, 0.0), patches=(SoftBox(toward, 0.15, (9.0, 9.0, 9.0)),))
    far = scenes.thing("ellipsoid", (0.1, 0.1, 0.1), at(0, -50, 0))
    spec = dataclasses.replace(scenes.spec(far, view=camera((0, 0, 0), toward, 30.0), lit=False), sky=sky)
    picture = renderer.render(spec, dataclasses.replace(SMALL, denoise=False)).passes["beauty"][..., 0]
    rows, columns = np.nonzero(picture > 4)
    assert len(rows) > 20
    assert abs(rows.mean() - 23.5) < 2
    assert abs(columns.mean() - 23.5) < 2


def test_the_same_spec_gives_the_same_pixels_here_and_in_a_fresh_process(renderer: MitsubaRenderer) -> None:
    spec = sample_scene(load_recipe("plate_normals"), 7, 1)
    first = renderer.render(spec, SMALL).passes
    renderer.render(scenes.sphere(), SMALL)  # what was rendered before must not matter
    again = renderer.render(spec, SMALL).passes
    code = f"""
import hashlib
from scene_generator.recipe import load_recipe
from scene_generator.renderers import RenderSettings
from scene_generator.renderers.mitsuba import MitsubaRenderer
from scene_generator.sample import sample_scene
r = MitsubaRenderer({renderer.variant!r}, 64, threads=1)
f = r.render(sample_scene(load_recipe("plate_normals"), 7, 1), RenderSettings(48, 48, samples=4, passes={SMALL.passes}))
for name in ("beauty", "normal"):
    print(hashlib.sha256(f.passes[name].tobytes()).hexdigest())
"""
    fresh = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    import hashlib

    for name, digest in zip(("beauty", "normal"), fresh, strict=True):
        np.testing.assert_array_equal(first[name], again[name])
        assert hashlib.sha256(first[name].tobytes()).hexdigest() == digest, name


def test_golden_scene(renderer: MitsubaRenderer) -> None:
    # tests/golden/scene_7_0.exr was looked at. Another renderer version may move noise; means and shapes stay.
    frame = renderer.render(sample_scene(load_recipe("plate_normals"), 7, 0), SMALL)
    if os.environ.get("PLATELIGHT_WRITE_GOLDEN"):  # how it was made; look at it before you commit it
        write_image(GOLDEN, frame.image(), dtype="float")
    golden: Image = read_image(GOLDEN)
    off = angular_error_degrees(golden.layer("N"), frame.passes["normal"])
    assert np.median(off) < 0.2
    assert np.percentile(off, 98) < 3
    ratio = frame.passes["beauty"][..., :3].mean((0, 1)) / golden.rgb().mean((0, 1))
    np.testing.assert_allclose(ratio, 1, atol=0.05)


@pytest.mark.parametrize(
    "wrong",
    [
        {"width": 2},
        {"samples": 0},
        {"bounces": 999},
        {"passes": ("beauty",)},
        {"passes": ("beauty", "normal", "smell")},
    ],
)
def test_settings_out_of_range_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(BadConfig):
        RenderSettings(**wrong)  # type: ignore[arg-type]
