"""A turned light is the one that the numpy reference turns."""

from __future__ import annotations

import numpy as np
import pytest

from core.relight.harmonics import rotate_harmonics
from tests.worker_link.test_light import GOOD
from worker_link.light_turn import turned


def rotation(seed: int) -> np.ndarray:
    q, r = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))
    q = q * np.sign(np.diag(r))
    return q * np.linalg.det(q)


@pytest.mark.parametrize("seed", range(5))
def test_harmonics_and_direction_turn_as_the_reference_has_them(seed: int) -> None:
    r = rotation(seed)
    found = turned(GOOD, r.tolist())
    np.testing.assert_allclose(found.harmonics, rotate_harmonics(GOOD.harmonics, r), atol=1e-9)
    np.testing.assert_allclose(found.toward, r @ GOOD.toward, atol=1e-9)
    assert (found.key, found.ambient, found.residual) == (GOOD.key, GOOD.ambient, GOOD.residual)


def test_a_turn_and_its_inverse_change_nothing() -> None:
    r = rotation(9)
    back = turned(turned(GOOD, r.tolist()), r.T.tolist())
    np.testing.assert_allclose(back.harmonics, GOOD.harmonics, atol=1e-12)
    np.testing.assert_allclose(back.toward, GOOD.toward, atol=1e-12)
