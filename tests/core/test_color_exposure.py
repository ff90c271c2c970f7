from __future__ import annotations

import numpy as np
import pytest

from core.color import MID_KEY, expose, exposure_key

PLATE = np.random.default_rng(0).random((20, 30, 3)).astype(np.float32) * 7.0


def test_exposure_brings_the_key_to_its_target() -> None:
    exposed = expose(PLATE, exposure_key(PLATE))
    assert exposure_key(exposed) == pytest.approx(MID_KEY, rel=1e-5)
    assert exposure_key(expose(PLATE, exposure_key(PLATE), 0.1)) == pytest.approx(0.1, rel=1e-5)
    np.testing.assert_allclose(exposed / PLATE, (exposed / PLATE)[0, 0, 0], rtol=1e-5)  # one gain for all pixels


def test_the_key_is_what_88_percent_stay_below() -> None:
    grey = np.repeat(np.linspace(0.0, 1.0, 1001)[:, None, None], 3, axis=2)
    assert exposure_key(grey) == pytest.approx(0.88, abs=2e-3)
    grey[-50:] = 1000.0  # lamps
    assert exposure_key(grey) == pytest.approx(0.88, abs=2e-3)


def test_a_black_frame_stays_black() -> None:
    black = np.zeros((4, 4, 3), np.float32)
    assert not expose(black, exposure_key(black)).any()
