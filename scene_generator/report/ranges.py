"""What a build asked for: shares of families and ranges of their parameters, from build.json and the families."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scene_generator.families import FAMILIES


@dataclass(frozen=True)
class AskedRange:
    """A family's range, or the recipe's own in its place."""

    low: float
    high: float
    meaning: str
    unit: str
    log: bool


def asked_shares(build: Mapping[str, Any]) -> dict[str, float]:
    """Return each family's share of the samples, 0 .. 1, as the recipe in `build` weighs them; empty without one."""
    rows = (build.get("recipe") or {}).get("families") or ()
    total = sum(float(row["weight"]) for row in rows)
    return {str(row["name"]): float(row["weight"]) / total for row in rows} if total > 0 else {}


def asked_ranges(build: Mapping[str, Any], family: str) -> dict[str, AskedRange]:
    """Return the ranges of `family` by name; empty for a family that this version does not have."""
    overrides: Mapping[str, Any] = {}
    for row in (build.get("recipe") or {}).get("families") or ():
        if row["name"] == family:
            overrides = row.get("ranges") or {}
    found = {}
    for name, given in dict(getattr(FAMILIES.get(family), "ranges", {})).items():
        low, high = overrides.get(name, (given.low, given.high))
        found[name] = AskedRange(float(low), float(high), given.meaning, given.unit, given.log)
    return found


def is_chance(asked: AskedRange, values: Sequence[float]) -> bool:
    """Say whether a range is of a probability: what is drawn is then 0 or 1, and its mean, not it, is in the range."""
    inside = 0 <= asked.low <= asked.high <= 1 and (asked.low, asked.high) != (0, 1)
    return inside and bool(values) and set(values) <= {0.0, 1.0}
