from __future__ import annotations

import math
from itertools import pairwise

import pytest

from core.training.schedule import learning_rate_share


def test_it_rises_then_falls_along_a_cosine() -> None:
    shares = [learning_rate_share(step, 100, warmup_steps=9) for step in range(100)]
    assert shares[0] == pytest.approx(0.1)
    assert all(a < b for a, b in pairwise(shares[:10]))
    assert all(a > b for a, b in pairwise(shares[9:]))
    assert max(shares) == pytest.approx(0.5 * (1 + math.cos(math.pi * 0.09)))
    assert shares[50] == pytest.approx(0.5)
    assert 0.0 < shares[99] < 0.001


def test_without_warm_up_the_first_step_is_the_fastest() -> None:
    assert learning_rate_share(0, 10, warmup_steps=0) == 1.0


def test_a_final_rate_is_what_is_left() -> None:
    assert learning_rate_share(100, 100, 0, final_rate=0.2) == pytest.approx(0.2)
    assert learning_rate_share(50, 100, 0, final_rate=0.2) == pytest.approx(0.6)
