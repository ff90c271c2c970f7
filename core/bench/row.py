"""One line of the table, and what decides how it is measured."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

__all__ = ["LeftOut", "Row", "Settings", "compared"]


@dataclass(frozen=True)
class Settings:
    """How a part is measured.

    Attributes:
        folder: for files that are made on the way; emptied by the caller.
        threads: processor threads, 1 or more, for what can use several.
        rounds: how often each pair of figures is timed at most.
        seconds: after which a measurement has rounds enough; two are always made.
        quick: tiny pictures that only show that everything runs.
    """

    folder: Path
    threads: int = 1
    rounds: int = 9
    seconds: float = 20.0
    quick: bool = False


@dataclass(frozen=True)
class Row:
    """One figure beside its baseline.

    Attributes:
        part: key of the part.
        what: what was timed.
        figure: median, in `unit`.
        unit: such as `samples/s`, `pairs/h` or `ms`.
        beside: the baseline.
        beside_figure: its median, in `unit`.
        ratio: time taken over the baseline's time, the median over the rounds: 1 is as fast, 2 takes twice as long.
        low, high: quartiles of the ratio over the rounds.
        rounds: how many there were.
    """

    part: str
    what: str
    figure: float
    unit: str
    beside: str
    beside_figure: float
    ratio: float
    low: float
    high: float
    rounds: int

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


@dataclass(frozen=True)
class LeftOut:
    """Something that could not be measured here.

    Attributes:
        part: key of the part.
        what: what is missing from the table.
        why: the reason, and the remedy where there is one.
    """

    part: str
    what: str
    why: str

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def compared(
    part: str,
    what: str,
    seconds: Sequence[float],
    beside: str,
    beside_seconds: Sequence[float],
    amount: float,
    unit: str,
) -> Row:
    """The row of two lists of times, the n-th of each taken side by side.

    Args:
        part, what, beside, unit: see `Row`.
        seconds, beside_seconds: of the thing and of its baseline, above 0, equally many.
        amount: how many units one of these times is for: the figure is amount over the median time.

    Raises:
        ValueError: no times, or lists of different length.
    """
    ratios = [ours / theirs for ours, theirs in zip(seconds, beside_seconds, strict=True)]
    if not ratios:
        raise ValueError(f"{part}, {what}: no round was timed")
    low, middle, high = statistics.quantiles(ratios, n=4, method="inclusive") if len(ratios) > 1 else ratios * 3
    figures = (amount / statistics.median(times) for times in (seconds, beside_seconds))
    return Row(part, what, next(figures), unit, beside, next(figures), middle, low, high, len(ratios))
