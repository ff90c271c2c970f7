"""From the log to curves: one value a step, finite numbers, a smooth line that does not lag."""

from __future__ import annotations

import math

import numpy as np
import pytest

from core.training.report.history import read_history, smooth
from core.training.report.scale import fit_scale, round_steps
from core.training.report.wording import duration, number


def test_what_is_no_number_is_left_out() -> None:
    history = read_history(
        [
            {"step": 0, "loss": math.nan, "flag": True, "word": "x", "seconds": 1.5},
            {"step": 1, "loss": 2.0, "none": None, "seconds": math.inf},
            {"step": 1, "validation": {"degrees": -math.inf}},
            {"step": 2, "validation": {"degrees": 7}},
        ]
    )
    assert [(curve.name, curve.values.tolist()) for curve in history.training] == [("loss", [2.0])]
    assert [(curve.steps.tolist(), curve.last) for curve in history.validation] == [([2], 7.0)]
    assert (history.steps_done, history.seconds) == (3, 1.5)


def test_a_step_told_twice_counts_once_with_its_later_row() -> None:
    history = read_history([{"step": step, "loss": value} for step, value in [(0, 5), (1, 4), (2, 3), (1, 9), (3, 1)]])
    (curve,) = history.training
    assert curve.steps.tolist() == [0, 1, 2, 3]
    assert curve.values.tolist() == [5, 9, 3, 1]


def test_pace_is_apart_from_figures() -> None:
    row = {"step": 0, "loss": 1.0, "lr": 0.1, "maker/lr": 0.1, "size": 64, "images_per_second": 9.0, "lr_gap": 1.0}
    history = read_history([row])
    assert [curve.name for curve in history.training] == ["loss", "lr_gap"]
    assert [curve.name for curve in history.pace] == ["lr", "maker/lr", "size", "images_per_second"]


def test_smoothing_takes_noise_away_and_does_not_lag() -> None:
    course = np.linspace(10.0, 2.0, 1000)
    noisy = course + np.random.default_rng(0).normal(0.0, 1.0, 1000)
    error = smooth(noisy) - course
    assert np.abs(error).std() < 0.3
    assert abs(error[100:-100].mean()) < 0.05  # a moving average of the past would lie above a falling course
    few = np.array([3.0, 1.0, 2.0])
    assert smooth(few) is few


@pytest.mark.parametrize(
    ("values", "low", "high", "log"),
    [
        ([1e-4, 1.0], 1e-4, 1.0, True),
        ([0.1, 1.0], 0.0, 1.0, False),
        ([80.0, 90.0], 80.0, 90.0, False),
        ([-1.0, 1000.0], -1.0, 1000.0, False),
        ([0.0, 0.0], 0.0, 0.0, False),
        ([5.0, 5.0], 5.0, 5.0, False),
    ],
)
def test_the_axis_holds_its_values(values: list[float], low: float, high: float, log: bool) -> None:
    scale = fit_scale(np.array(values), np.array(values))
    assert scale.log is log
    assert scale.low <= low <= high < scale.high
    assert scale.place(np.array(values)).max() >= (0.9 if low < high else 0.4)
    ticks = scale.ticks()
    assert 2 <= len(ticks) <= 6
    places = scale.place(np.array(ticks))
    assert (np.diff(places) > 0).all()
    assert places[0] >= -1e-9
    assert places[-1] <= 1 + 1e-9


def test_a_stray_does_not_press_the_curve_flat() -> None:
    noisy = np.ones(1000)
    noisy[500] = 1e6
    assert fit_scale(np.ones(3), noisy).high < 10.0


def test_numbers_and_times_read_well() -> None:
    assert [number(value) for value in (0.0, 0.091392, 11.17758, -3.0, 1e-5, math.nan)] == [
        "0",
        "0.09139",
        "11.18",
        "-3",
        "1e-5",
        "–",
    ]
    assert number(26000.0) == "26\N{NARROW NO-BREAK SPACE}000"
    assert [duration(value) for value in (41.2, 2919.7, 11100, 187200)] == [
        "41 s",
        "48 min 40 s",
        "3 h 05 min",
        "2 d 4 h",
    ]
    assert round_steps(0, 3000, 6) == [0, 500, 1000, 1500, 2000, 2500, 3000]
