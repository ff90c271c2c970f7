from __future__ import annotations

import numpy as np
import pytest

from scene_generator.material_sets.lights import HEIGHT, KINDS, LEVEL, environment, white_ball
from scene_generator.material_sets.render import View, background
from scene_generator.sky import directions

FRONT = np.array([0.0, 0.0, 1.0])


@pytest.mark.parametrize("kind", KINDS)
def test_every_light_is_brought_to_one_exposure(kind: str) -> None:
    for seed in range(4):
        toward = np.random.default_rng(seed + 100).normal(size=3)
        made = environment(kind, np.random.default_rng(seed), toward)
        assert made.shape == (HEIGHT, 2 * HEIGHT, 3)
        assert made.dtype == np.float32
        assert made.min() >= 0
        assert np.isfinite(made).all()
        assert abs(white_ball(made, toward).mean() - LEVEL) < 1e-3
        again = environment(kind, np.random.default_rng(seed), toward)
        assert np.array_equal(made, again)


def test_a_white_ball_in_even_light_is_as_bright_as_the_light() -> None:
    even = np.full((HEIGHT, 2 * HEIGHT, 3), (0.2, 0.5, 0.9), np.float32)
    assert np.allclose(white_ball(even, FRONT), (0.2, 0.5, 0.9), rtol=0.01)


def test_light_from_behind_the_ball_counts_less_than_from_the_camera() -> None:
    d = directions(HEIGHT)
    front = np.repeat((d @ FRONT > 0.9)[..., None], 3, -1).astype(np.float32)
    back = np.repeat((d @ FRONT < -0.9)[..., None], 3, -1).astype(np.float32)
    assert white_ball(front, FRONT)[0] > 10 * white_ball(back, FRONT)[0]


def test_the_background_shows_the_light_where_the_camera_looks() -> None:
    d = directions(HEIGHT)
    # Bright on the right of a camera that looks down -Z.
    light = np.repeat((d[..., 0] > 0.2)[..., None], 3, -1).astype(np.float32)
    view = View(np.eye(3), FRONT, 60.0, 0.9)
    seen = background(view, light, 32)
    assert seen[:, -1].min() == 1
    assert seen[:, 0].max() == 0
    above = np.repeat((d[..., 1] > 0.2)[..., None], 3, -1).astype(np.float32)
    assert background(view, above, 32)[0].min() == 1
    assert background(view, above, 32)[-1].max() == 0
