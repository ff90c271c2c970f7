from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from scene_generator.material_sets.lights import HEIGHT, LEVEL, environment
from scene_generator.material_sets.render import ObjectRenderer, View

pytest.importorskip("mitsuba")

FRONT = np.array([0.0, 0.0, 1.0])
VIEW = View(np.eye(3), FRONT, 30.0, 0.9)
WHITE = np.array([1, 1, 1, 1, 0, 0, 0, 0, 0.5, 0], np.float32)
MIRROR = np.array([1, 0.99, 0.99, 0.99, 1, 1, 1, 1, 0.05, 1], np.float32)


@pytest.fixture(scope="module")
def renderer() -> ObjectRenderer:
    from scene_generator.mtlx.measure import load_mitsuba

    mi: Any = load_mitsuba()
    return ObjectRenderer(mi, 32, 16, denoise=False)


def even(level: float = 0.5) -> np.ndarray:
    return np.full((HEIGHT, 2 * HEIGHT, 3), level, np.float32)


def test_a_white_ball_vanishes_in_even_light(renderer: ObjectRenderer) -> None:
    made = renderer.render("sphere", WHITE, VIEW, even(), 1)
    assert made.shape == (32, 32, 4)
    assert 0.5 < made[..., 3].mean() < 0.75
    disc = made[..., 3] > 0.99
    assert np.abs(made[~disc][:, :3] - 0.5).max() < 0.3  # noise only
    assert np.abs(made[disc][:, :3].mean(0) - 0.5).max() < 0.015


def test_white_is_as_bright_as_the_level_says(renderer: ObjectRenderer) -> None:
    for kind in ("studio", "sky"):
        light = environment(kind, np.random.default_rng(3), FRONT)
        made = renderer.render("sphere", WHITE, VIEW, light, 1)
        disc = made[..., 3] > 0.99
        assert abs(made[disc][:, :3].mean() / LEVEL - 1) < 0.15


def test_colour_gloss_and_metal_are_shaded_and_changed_between_pictures(renderer: ObjectRenderer) -> None:
    light = environment("studio", np.random.default_rng(1), FRONT)
    red = np.array([0.5, 0.8, 0.1, 0.1, 0, 0, 0, 0, 0.5, 0], np.float32)
    made = renderer.render("sphere", red, VIEW, light, 1)
    disc = made[..., 3] > 0.99
    white = renderer.render("sphere", WHITE, VIEW, light, 1)
    assert np.allclose(made[disc][:, 0].mean(), 0.4 * white[disc][:, 0].mean(), rtol=0.1)
    assert np.allclose(made[disc][:, 1].mean(), 0.05 * white[disc][:, 1].mean(), rtol=0.2)
    mirror = renderer.render("sphere", MIRROR, VIEW, light, 1)
    assert mirror[disc].std() > 2 * white[disc].std()
    tinted = np.array([1, 0, 0, 0, 1, 0.1, 1.0, 0.1, 0.3, 0], np.float32)
    green = renderer.render("sphere", tinted, VIEW, light, 1)
    assert green[disc][:, 1].mean() > 3 * green[disc][:, 0].mean()


def test_turning_object_and_light_agree_with_turning_the_camera(renderer: ObjectRenderer) -> None:
    # A mirror shows what is before it: light from the right is seen on the right, however the cube is turned.
    from scene_generator.sky import directions

    right = np.repeat((directions(HEIGHT)[..., 0:1] > 0.3), 3, -1).astype(np.float32)
    turned = View(np.array([[0.0, 0, 1], [0, 1, 0], [-1, 0, 0]]), FRONT, 30.0, 0.9)
    for view in (VIEW, turned):
        made = renderer.render("sphere", MIRROR, view, right, 1)
        half = made[..., 3] > 0.99
        columns = np.arange(32)[None, :, None]
        assert made[..., :3][half & (columns[..., 0] > 18)].mean() > 0.6
        assert made[..., :3][half & (columns[..., 0] < 13)].mean() < 0.1
    from_right = View(np.eye(3), np.array([1.0, 0.0, 0.0]), 30.0, 0.9)
    made = renderer.render("sphere", MIRROR, from_right, right, 1)
    assert made[12:20, 12:20, :3].mean() > 0.9


def test_ctrl_c_is_no_failure_of_the_renderer(renderer: ObjectRenderer, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(*_: object, **__: object) -> None:
        try:
            raise KeyboardInterrupt("SIGTERM")
        except KeyboardInterrupt as stop:
            raise RuntimeError("error while performing a custom differentiable operation. (see above).") from stop

    monkeypatch.setattr(renderer._mi, "render", stopped)
    with pytest.raises(KeyboardInterrupt, match="SIGTERM"):
        renderer.render("sphere", WHITE, VIEW, even(), 1)
