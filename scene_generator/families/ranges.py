"""Documented ranges, and the dice that draw from them and remember what came up."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Dict, List, Mapping, Tuple  # noqa: UP035 - Python 3.9

import numpy as np

from scene_generator.assets import NO_ASSETS, AssetIndex, AssetShares
from scene_generator.spec import Draw, SpecError


@dataclass(frozen=True)
class Range:
    """What a family may draw: uniform between `low` and `high`, or uniform in the logarithm."""

    low: float
    """In `unit`; above 0 where `log` is set."""
    high: float
    """In `unit`; `low` or more."""
    meaning: str
    """A few words for people."""
    unit: str = ""
    """m, mm or rad; empty for shares, counts and ratios."""
    log: bool = False
    """Draw uniform in the logarithm instead of uniform."""

    @property
    def is_share(self) -> bool:
        """Whether this is a probability: low and high are one number in 0..1, without a unit."""
        return self.low == self.high and 0 <= self.low <= 1 and not self.unit and not self.log

    @property
    def is_count(self) -> bool:
        """Whether this is how many there are: whole ends, no unit, no logarithm, and no share."""
        whole = float(self.low).is_integer() and float(self.high).is_integer()
        return whole and not (self.unit or self.log or self.is_share)

    def refuses(self, low: float, high: float) -> str:
        """Return what was expected instead of the override `low`..`high`, or an empty text if it may be drawn from.

        Any override is finite and has low <= high. Besides:

        - a share stays in 0..1;
        - a count has whole ends of 0 or more;
        - an angle (rad) stays in -pi..pi, whatever the family's own range;
        - what is drawn in the logarithm stays above 0, and so does a length (m, mm) whose own range does;
        - everything else stays at 0 or more, unless its own range reaches below.
        """
        if not (math.isfinite(low) and math.isfinite(high)):
            return "finite numbers"
        if low > high:
            return "low <= high"
        if self.is_share:
            return "" if low >= 0 and high <= 1 else "a share, 0..1"
        if self.is_count:
            whole = float(low).is_integer() and float(high).is_integer()
            return "" if whole and low >= 0 else "whole numbers of 0 or more"
        if self.unit == "rad":
            return "" if -math.pi <= low and high <= math.pi else "radians, -pi..pi"
        if self.log or (self.unit and self.low > 0):
            return "" if low > 0 else f"above 0{' ' * bool(self.unit)}{self.unit}"
        return "" if low >= 0 or self.low < 0 else "0 or more"


class Dice:
    """Draws for one scene. `rng` is for everything that needs no name."""

    def __init__(
        self,
        rng: np.random.Generator,
        ranges: Mapping[str, Range],
        overrides: Mapping[str, Tuple[float, float]] = {},  # noqa: UP006 - read only
        assets: AssetIndex = NO_ASSETS,
        shares: AssetShares = AssetShares(),  # noqa: B008 - frozen
    ) -> None:
        """Take a family's `ranges`; `overrides` are a recipe's narrower or wider ones by name."""
        self.rng = rng
        self.assets = assets
        self.shares = shares
        self._ranges = ranges
        self._overrides = overrides
        self._drawn: Dict[str, float] = {}  # noqa: UP006

    def draw(self, name: str) -> float:
        """Return a number from the range `name` and remember it. Raises SpecError for a name the family has not."""
        low, high = self._limits(name)
        if self._ranges[name].log:
            value = math.exp(float(self.rng.uniform(math.log(low), math.log(high))))
        else:
            value = float(self.rng.uniform(low, high))
        return self._keep(name, value)

    def count(self, name: str) -> int:
        """Return a whole number from the range, both ends included."""
        low, high = self._limits(name)
        return int(self._keep(name, float(self.rng.integers(round(low), round(high) + 1))))

    def chance(self, name: str) -> bool:
        """Say whether something with the probability `name` happens; 1 or 0 is remembered."""
        low, high = self._limits(name)
        return bool(self._keep(name, float(self.rng.random() < self.rng.uniform(low, high))))

    def drawn(self) -> Tuple[Draw, ...]:  # noqa: UP006
        """Return everything that was drawn, by name; of a range that was used often, the last."""
        return tuple(Draw(name, round(value, 6)) for name, value in sorted(self._drawn.items()))

    def _limits(self, name: str) -> Tuple[float, float]:  # noqa: UP006
        if name not in self._ranges:
            raise SpecError(f"range {name!r:.80} is unknown; this family has {sorted(self._ranges)}")
        given = self._ranges[name]
        return self._overrides.get(name, (given.low, given.high))

    def _keep(self, name: str, value: float) -> float:
        self._drawn[name] = value
        return value


def check_overrides(
    family: str,
    ranges: Mapping[str, Range],
    overrides: Mapping[str, Tuple[float, float]],  # noqa: UP006
) -> None:
    """Raise SpecError if an override names no range of the family, or one that `Range.refuses`; every one is named."""
    problems: List[str] = []  # noqa: UP006
    for name, (low, high) in overrides.items():
        if name not in ranges:
            problems.append(f"{name!r:.80} is unknown; known are {sorted(ranges)}")
        elif ranges[name].refuses(low, high):
            problems.append(f"{name!r} is {low}..{high}, expected {ranges[name].refuses(low, high)}")
    if problems:
        raise SpecError(f"ranges of family {family!r}: " + "; ".join(problems))
