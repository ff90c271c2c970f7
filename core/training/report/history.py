"""Rows of a run's log to curves: finite numbers only, one value a step."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["Curve", "History", "is_number", "read_history", "smooth"]

Values = npt.NDArray[np.float64]

_CLOCK = "seconds"
_PACE = ("images_per_second", "lr", "learning_rate", "size")
_FEWEST_TO_SMOOTH = 12


@dataclass(frozen=True)
class Curve:
    """One figure over the steps of a run.

    Attributes:
        name: as in the log, such as "degrees" or "generator/loss".
        steps: (N,) int64, ascending, no step twice; N >= 1.
        values: (N,) float64, finite, in the figure's own unit.
    """

    name: str
    steps: npt.NDArray[np.int64]
    values: Values

    @property
    def last(self) -> float:
        """The newest value."""
        return float(self.values[-1])


@dataclass(frozen=True)
class History:
    """What the log of a run tells.

    Attributes:
        training: losses and shown figures, in the order in which the log names them.
        validation: figures of the held-out samples.
        pace: learning rates, images a second, size of the samples.
        steps_done: steps that the log knows of.
        seconds: training time until the last logged step, former processes included; 0 if none is logged.
    """

    training: tuple[Curve, ...]
    validation: tuple[Curve, ...]
    pace: tuple[Curve, ...]
    steps_done: int
    seconds: float


def read_history(rows: Iterable[Mapping[str, Any]]) -> History:
    """Sort the rows of `RunFolder.rows` into curves.

    A step that is logged twice counts once, with its later row; values that are no finite numbers are left out, so that
    no curve has a NaN.
    """
    training: dict[str, dict[int, float]] = {}
    validation: dict[str, dict[int, float]] = {}
    steps_done = 0
    for row in rows:
        step = row["step"]
        steps_done = max(steps_done, step + 1)
        held_out = row.get("validation")
        into, figures = (validation, held_out) if isinstance(held_out, Mapping) else (training, row)
        for name, value in figures.items():
            if name != "step" and is_number(value):
                into.setdefault(str(name), {})[step] = float(value)
    clock = training.get(_CLOCK, {})
    columns = [_curve(name, points) for name, points in training.items() if name != _CLOCK]
    return History(
        training=tuple(curve for curve in columns if not _is_pace(curve.name)),
        validation=tuple(_curve(name, points) for name, points in validation.items()),
        pace=tuple(curve for curve in columns if _is_pace(curve.name)),
        steps_done=steps_done,
        seconds=clock[max(clock)] if clock else 0.0,
    )


def smooth(values: Values) -> Values:
    """The course of noisy `values`, (N,) -> (N,): two running means over a fortieth of them, centred.

    Centred windows, cut at both ends, do not lag behind a falling curve as a moving average of the past does. Fewer
    than twelve values come back as they are.
    """
    count = len(values)
    if count < _FEWEST_TO_SMOOTH:
        return values
    reach = max(2, count // 80)
    places = np.arange(count)
    first, last = np.maximum(places - reach, 0), np.minimum(places + reach + 1, count)
    for _ in range(2):
        sums = np.concatenate([[0.0], np.cumsum(values)])
        values = (sums[last] - sums[first]) / (last - first)
    return values


def _curve(name: str, points: Mapping[int, float]) -> Curve:
    steps = sorted(points)
    return Curve(name, np.array(steps, np.int64), np.array([points[step] for step in steps], np.float64))


def _is_pace(name: str) -> bool:
    return name in _PACE or name.split("/")[-1] in ("lr", "learning_rate") or name.startswith(("lr/", "learning_rate/"))


def is_number(value: object) -> bool:
    """Whether `value` is a finite int or float; True and False are not."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
