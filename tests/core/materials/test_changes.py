from __future__ import annotations

import numpy as np
import pytest

from core.errors import BadConfig
from core.materials.changes import PictureChanges, changed_picture, plain_picture
from tests.material_models import ball_image

NONE = PictureChanges(exposure=0, white=0, zoom=0, shift=0, noise=0, softened=0, ragged=0)
BALL = ball_image(np.array([1, 0.6, 0.2, 0.1, 1, 1, 1, 1, 0.4, 0]))
PIXELS, MASK = BALL.rgb(), BALL.pixels[..., 3]


def test_without_changes_only_mirroring_is_left() -> None:
    plain, inside = plain_picture(PIXELS, MASK, 64)
    for seed in range(4):
        made, mask = changed_picture(PIXELS, MASK, 64, np.random.default_rng(seed), NONE)
        assert min(np.abs(made - plain).max(), np.abs(made - plain[:, ::-1]).max()) < 0.02
        assert min(np.abs(mask - inside).max(), np.abs(mask - inside[:, ::-1]).max()) < 0.02


def test_each_change_does_what_it_says() -> None:
    plain, inside = plain_picture(PIXELS, MASK, 64)
    levels = []
    for seed in range(12):
        rng = np.random.default_rng(seed)
        bright, _ = changed_picture(PIXELS, MASK, 64, rng, PictureChanges(**{**vars(NONE), "exposure": 0.5}))
        levels.append(bright.mean())
    assert np.std(levels) > 0.02
    areas = [
        changed_picture(PIXELS, MASK, 64, np.random.default_rng(s), PictureChanges(**{**vars(NONE), "zoom": 0.3}))[
            1
        ].sum()
        for s in range(8)
    ]
    assert max(areas) > 1.2 * inside.sum() > 1.2 * min(areas)
    ragged = {
        round(
            float(
                changed_picture(
                    PIXELS, MASK, 64, np.random.default_rng(s), PictureChanges(**{**vars(NONE), "ragged": 1})
                )[1].sum()
            )
        )
        for s in range(6)
    }
    assert len(ragged) == 2
    assert min(ragged) < inside.sum() < max(ragged)
    apart = []
    for seed in range(6):
        loud = PictureChanges(**{**vars(NONE), "noise": 0.2})
        noisy, _ = changed_picture(PIXELS, MASK, 64, np.random.default_rng(seed), loud)
        assert noisy.min() >= 0
        assert noisy.max() <= 1
        apart.append(min(np.abs(noisy - plain).mean(), np.abs(noisy - plain[:, ::-1]).mean()))
    assert max(apart) > 0.02


def test_the_same_seed_makes_the_same_sample_at_any_size() -> None:
    one, two = (changed_picture(PIXELS, MASK, 32, np.random.default_rng(5), PictureChanges()) for _ in range(2))
    assert one[0].shape == (32, 32, 3)
    assert one[0].dtype == np.float32
    assert np.array_equal(one[0], two[0])
    assert np.array_equal(one[1], two[1])


def test_unknown_or_negative_settings_are_refused() -> None:
    assert PictureChanges.from_json({"zoom": 0.1}).zoom == 0.1
    with pytest.raises(BadConfig, match="'rotation': unknown"):
        PictureChanges.from_json({"rotation": 1})
    with pytest.raises(BadConfig, match="0 or more"):
        PictureChanges.from_json({"noise": -0.1})
