"""Rows as a table for people: aligned text, or Markdown."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from core.bench.row import LeftOut, Row

__all__ = ["render", "worst"]

_HEADS = ("part", "what", "figure", "unit", "beside", "its figure", "time ratio", "quartiles")
_RIGHT = {2, 5, 6, 7}


def render(rows: Sequence[Row], left_out: Sequence[LeftOut], facts: Mapping[str, Any], markdown: bool = False) -> str:
    """The whole report: machine, table, the two worst ratios, and what was left out with the reason.

    Args:
        rows, left_out: in the order of the parts.
        facts: from `core.bench.machine.machine`.
        markdown: a table that GitHub shows instead of aligned text.
    """
    versions = ", ".join(f"{name} {version}" for name, version in facts["versions"].items())
    load = "" if facts["load"] is None else f", load {facts['load']}"
    head = [
        f"{facts['processor']}, {facts['cores']} cores, {facts['threads']} threads{load}; {facts['system']}; "
        f"{facts['date']}",
        versions,
        "",
    ]
    foot = [f"left out: {one.part}, {one.what}: {one.why}" for one in left_out]
    if not rows:
        return "\n".join([*head, "nothing was measured", *foot])
    far = [f"{row.part}, {row.what}: {_ratio(row.ratio)} times {row.beside}" for row in worst(rows)]
    words = ["time ratio: time over the baseline's time in the same rounds; 1 is as fast, below 1 is quicker"]
    words += [f"furthest above 1: {'; '.join(far)}"] if far else []
    lines = [_cells(row) for row in rows]
    body = _markdown(lines) if markdown else _aligned(lines)
    if markdown:
        return "\n".join([*head, *body, "", *(line for text in (*words, *foot) for line in (f"- {text}",))])
    return "\n".join([*head, *body, "", *words, *foot])


def worst(rows: Sequence[Row], count: int = 2) -> list[Row]:
    """The rows that take longest beside their baseline, longest first; those at 1 or below are in order."""
    return sorted((row for row in rows if row.ratio > 1.0), key=lambda row: -row.ratio)[:count]


def _cells(row: Row) -> list[str]:
    spread = f"{_ratio(row.low)} to {_ratio(row.high)}" if row.rounds > 1 else "1 round"
    figures = (_figure(row.figure), row.unit, row.beside, _figure(row.beside_figure), _ratio(row.ratio))
    return [row.part, row.what, *figures, spread]


def _markdown(lines: Sequence[Sequence[str]]) -> list[str]:
    rule = "|".join("---:" if column in _RIGHT else "---" for column in range(len(_HEADS)))
    return [f"| {' | '.join(_HEADS)} |", f"|{rule}|", *(f"| {' | '.join(line)} |" for line in lines)]


def _aligned(lines: Sequence[Sequence[str]]) -> list[str]:
    whole = [_HEADS, *lines]
    widths = [max(len(line[column]) for line in whole) for column in range(len(_HEADS))]
    padded = (
        [cell.rjust(width) if column in _RIGHT else cell.ljust(width) for column, (cell, width) in enumerate(pairs)]
        for pairs in (list(zip(line, widths, strict=True)) for line in whole)
    )
    return ["  ".join(line).rstrip() for line in padded]


def _figure(value: float) -> str:
    """Three significant digits, without exponents, thousands parted."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.{max(0, 2 - math.floor(math.log10(value))) if value > 0 else 0}f}"


def _ratio(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.2f}" if value < 10 else f"{value:.1f}"
