"""The thin lens: sharp where it is focused, blurred by the formula elsewhere, and of no concern to data passes."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from scene_generator.families.layout import at, camera
from scene_generator.renderers import RenderSettings, mitsuba_scene
from scene_generator.renderers.geometry import groups
from scene_generator.renderers.mitsuba import MitsubaRenderer
from scene_generator.sky import latlong
from scene_generator.spec import SceneSpec, Sky
from tests.scene_generator.renderers import scenes

SIZE = 96
EXACT = RenderSettings(SIZE, 16, samples=128, denoise=False, passes=("beauty", "normal"))
NEAR, FAR = 2.5, 10.0
FOCAL = 100.0


def _edges(f_number: float, focus: float) -> SceneSpec:
    # A black board on the left, near, and one on the right, far off, before a white sky; their inner edges are upright.
    black = scenes.plain(color=0.0, rough=1.0)
    black = dataclasses.replace(black, specular=0.0)
    near = scenes.thing("box", (2.0, 20.0, 0.01), at(-1.0 - 0.055 * NEAR, 0, -NEAR), black)
    far = scenes.thing("box", (2.0, 20.0, 0.01), at(1.0 + 0.055 * FAR, 0, -FAR), black)
    view = dataclasses.replace(camera((0, 0, 0), (0, 0, -1), FOCAL), f_number=f_number, focus_distance=focus)
    white = Sky((1.0, 1.0, 1.0), (1.0, 1.0, 1.0), (1.0, 1.0, 1.0))
    return dataclasses.replace(scenes.spec(near, far, view=view, lit=False), sky=white)


def _width(row: np.ndarray) -> float:
    # Pixels from 10 to 90 % of a rising edge.
    levels = np.maximum.accumulate(np.clip(row, 0, 1))
    ten, ninety = (
        np.interp(level, levels + np.arange(len(levels)) * 1e-9, np.arange(len(levels))) for level in (0.1, 0.9)
    )
    return float(ninety - ten)


def _widths(renderer: MitsubaRenderer, f_number: float, focus: float) -> tuple[float, float]:
    picture = renderer.render(_edges(f_number, focus), EXACT).passes["beauty"][..., 1].mean(0)
    return _width(picture[: SIZE // 2]), _width(picture[: SIZE // 2 - 1 : -1])


def _expected(f_number: float, focus: float, depth: float) -> float:
    # Blur disc of a thin lens whose film shows the focused plane: opening times |1/depth - 1/focus|, in pixels
    # (Potmesil and Chakravarty, 1981); 10 to 90 % of a disc's edge profile is 0.687 of its diameter.
    opening = FOCAL / 1000 / f_number
    return 0.687 * opening * abs(1 / depth - 1 / focus) * SIZE * FOCAL / 36


def test_the_focused_edge_is_sharp_and_the_other_blurred_by_the_formula(renderer: MitsubaRenderer) -> None:
    for focus in (NEAR, FAR):
        near, far = _widths(renderer, 1.4, focus)
        sharp, blurred, depth = (near, far, FAR) if focus == NEAR else (far, near, NEAR)
        assert sharp < 1.7, "a box filter alone, between centres of pixels, gives up to 1.6 pixels"
        assert blurred == pytest.approx(_expected(1.4, focus, depth), rel=0.25)


def test_a_smaller_opening_blurs_less(renderer: MitsubaRenderer) -> None:
    wide, small = (_widths(renderer, f, NEAR)[1] for f in (1.4, 5.6))
    assert small < 0.5 * wide
    assert _widths(renderer, 0.0, NEAR)[1] < 1.7


def test_f_number_0_is_a_pinhole(renderer: MitsubaRenderer) -> None:
    mi = renderer._mi
    spec = scenes.spec(
        scenes.thing("box", (1.6, 1.2, 1.4), at(0.1, 0, 0, 0.6)), scenes.thing("quad", (9, 9), at(0, -0.6, 0))
    )
    loaded = mitsuba_scene.scene(mi, spec, groups(spec, 64), latlong(spec.sky))
    film = mitsuba_scene.sensor(mi, spec.camera, SIZE, 16, {"type": "independent"}, lens=False)
    path = mi.load_dict({"type": "path", "max_depth": EXACT.bounces + 1})
    one, two = (
        np.array(mi.render(loaded, sensor=film, integrator=path, seed=seed, spp=128))[..., :3] for seed in (1, 2)
    )
    ours = renderer.render(spec, EXACT).passes["beauty"][..., :3]
    noise = np.sqrt(np.mean((one - two) ** 2))
    assert np.sqrt(np.mean((ours - one) ** 2)) < 1.3 * noise
    assert ours.mean() == pytest.approx(one.mean(), rel=0.01)


def test_data_passes_do_not_know_of_the_lens(renderer: MitsubaRenderer) -> None:
    settings = RenderSettings(48, 48, samples=4, occlusion_samples=4, denoise=False)
    pinhole, lens = (renderer.render(_edges(f, NEAR), settings).passes for f in (0.0, 1.4))
    assert set(pinhole) == set(lens)
    for name in pinhole:
        if name != "beauty":
            np.testing.assert_array_equal(pinhole[name], lens[name], err_msg=name)
    np.testing.assert_array_equal(pinhole["beauty"][..., 3], lens["beauty"][..., 3])
    assert not np.allclose(pinhole["beauty"][..., :3], lens["beauty"][..., :3], atol=0.05)
