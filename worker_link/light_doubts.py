"""How far a light estimate can be relied on: one number and the reasons, from what the estimate tells of itself.

The number is the smallest of five ramps, 0 where the estimate's direction is a guess and 1 where nothing speaks against
it. The ends of the ramps are set by hand and it is no probability: docs/light-estimation.md has the directions' errors
by confidence on rendered scenes.
"""

from __future__ import annotations

from typing import Callable, Tuple  # noqa: UP035  (read at run time by Python 3.9)

__all__ = ["WEAK", "confidence_of", "doubts_of"]

WEAK = 0.5
"""Below this a reason is told."""

_RAMPS: Tuple[Tuple[str, float, float, Callable[[float], str]], ...] = (  # noqa: UP006
    (
        "coverage",
        0.03,
        0.2,
        lambda v: f"the surfaces face few directions ({v:.0%} of the sphere): the light's direction is a guess",
    ),
    (
        "usable_share",
        0.02,
        0.2,
        lambda v: f"only {v:.0%} of the pixels could be used; the rest is clipped, black or very bright",
    ),
    (
        "median_stops",
        1.2,
        0.4,
        lambda v: (
            f"the light explains the plate badly ({v:.1f} stops off in the median): paint, shadows or lamps in it"
        ),
    ),
    (
        "directionality",
        0.0,
        0.12,
        lambda v: f"the light is almost the same from all sides ({v:.2f} of 1): there may be no key",
    ),
    (
        "spread_degrees",
        50.0,
        12.0,
        lambda v: f"other directions fit about as well, {v:.0f} degrees off",
    ),
)
"""(fact, where it is worth 0, where it is worth 1, words)."""


def confidence_of(**facts: float) -> float:
    """0..1, from `coverage`, `usable_share`, `median_stops`, `directionality` and `spread_degrees`."""
    return min(_worth(facts[name], none, all_) for name, none, all_, _ in _RAMPS)


def doubts_of(**facts: float) -> Tuple[str, ...]:  # noqa: UP006
    """A line for each fact that is worth less than `WEAK`; arguments as `confidence_of`."""
    return tuple(words(facts[name]) for name, none, all_, words in _RAMPS if _worth(facts[name], none, all_) < WEAK)


def _worth(value: float, none: float, all_: float) -> float:
    return max(0.0, min(1.0, (value - none) / (all_ - none)))
