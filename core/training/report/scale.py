"""The vertical axis of a chart: where it begins and ends, linear or logarithmic, and its round numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Scale", "fit_scale", "round_steps"]

_LOG_FROM = 30.0
_STRAYS = (0.5, 99.5)


@dataclass(frozen=True)
class Scale:
    """An axis from `low` to `high` > `low`; with `log`, both are above 0."""

    low: float
    high: float
    log: bool

    def place(self, values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Where `values` lie: 0 at `low`, 1 at `high`; outside for what is outside, but never beyond -1 to 2."""
        if self.log:
            ends = math.log(self.low), math.log(self.high)
            values = np.log(np.maximum(values, np.finfo(np.float64).tiny))
        else:
            ends = self.low, self.high
        return np.clip((values - ends[0]) / (ends[1] - ends[0]), -1.0, 2.0)

    def ticks(self) -> list[float]:
        """Round numbers on the axis, ascending; two at least where any are round, six at most."""
        if not self.log:
            return round_steps(self.low, self.high, 5)
        powers = range(math.floor(math.log10(self.low)), math.ceil(math.log10(self.high)) + 1)
        for factors in ((1, 2, 5), (1, 3), (1,)):
            found = [10.0**power * factor for power in powers for factor in factors]
            found = [value for value in found if self.low <= value * (1 + 1e-9) and value <= self.high * (1 + 1e-9)]
            if len(found) <= 6:
                return found
        return found[:: -(-len(found) // 6)]


def fit_scale(trusted: npt.NDArray[np.float64], noisy: npt.NDArray[np.float64], *, from_zero: bool = False) -> Scale:
    """An axis that shows all of `trusted` and all but the strays of `noisy`; both (N,), finite, N >= 1 together.

    Positive values that span more than a factor of thirty get a logarithmic axis; others start at 0 where that costs
    less than half of the height. With `from_zero` an axis of values that are not negative is linear and starts at 0.
    """
    # One step that went wrong must not press the rest of the curve flat.
    bulk = np.percentile(noisy, _STRAYS) if noisy.size else noisy
    ends = np.concatenate([trusted, bulk])
    low, high = float(ends.min()), float(ends.max())
    if from_zero and low >= 0 and high > 0:
        return Scale(0.0, 1.05 * high, False)
    if low > 0 and high / low > _LOG_FROM:
        return Scale(low / 1.1, high * 1.1, True)
    room = 0.05 * (high - low)
    if high - low <= 1e-9 * max(abs(low), abs(high)):
        room = 0.1 * abs(low) or 1.0
    if 0 <= low <= 0.5 * high and high > 0:
        return Scale(0.0, 1.05 * high, False)
    return Scale(low - room, high + room, False)


def round_steps(low: float, high: float, most: int) -> list[float]:
    """At most `most` + 1 multiples of 1, 2 or 5 times a power of ten within `low` .. `high`, `low` < `high`."""
    span = high - low
    power = 10.0 ** math.floor(math.log10(span / most))
    step = next(power * factor for factor in (1, 2, 5, 10, 20) if span / (power * factor) <= most)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [float(f"{index * step:.12g}") for index in range(first, last + 1)]
