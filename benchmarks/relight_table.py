"""The table of benchmarks/relight.py: its rows, and how they are shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["Row", "render"]


@dataclass(frozen=True)
class Row:
    """One way at one size.

    Attributes:
        way, threads, size: what was measured; `size` is width and height.
        ms: median of the rounds, with the `least` and the `most`; None: it did not run, and `note` says why.
        floor_ms: least time that memory allows.
        worst: largest difference from numpy, of the larger of 1 and the value.
        note: the compiler, the card, or why there is nothing.
    """

    way: str
    threads: int
    size: tuple[int, int]
    ms: float | None = None
    least: float | None = None
    most: float | None = None
    floor_ms: float | None = None
    worst: float | None = None
    note: str = ""


def render(rows: Sequence[Row], machine: dict[str, Any], markdown: bool) -> str:
    """The table: a line a way, and for each size the four columns that stand at the head of this file."""
    sizes = list(dict.fromkeys(row.size for row in rows))
    ways = list(dict.fromkeys((row.way, row.threads) for row in rows))
    head = ["way", "threads"]
    for width, height in sizes:
        head += [f"{width}x{height} ms", "of floor", "x numpy", "worst"]
    lines = [head]
    notes = []
    for way, threads in ways:
        cells = [way, str(threads) if threads else "-"]
        for size in sizes:
            row = next(row for row in rows if (row.way, row.threads, row.size) == (way, threads, size))
            numpy_ms = next((other.ms for other in rows if other.way == "numpy" and other.size == size), None)
            if row.ms is None:
                cells += ["-"] * 4
            else:
                cells += [
                    _short(row.ms),
                    "-" if not row.floor_ms else _short(row.ms / row.floor_ms),
                    "-" if not numpy_ms else _short(numpy_ms / row.ms),
                    "-" if row.worst is None else f"{row.worst:.0e}",
                ]
            if row.note and f"{way}: {row.note}" not in notes:
                notes.append(f"{way}: {row.note}")
        lines.append(cells)
    for threads in dict.fromkeys(row.threads for row in rows if row.floor_ms):
        cells = ["memory floor", str(threads)] if threads else ["memory floor, card", "-"]
        for size in sizes:
            floor = next((r.floor_ms for r in rows if (r.threads, r.size) == (threads, size) and r.floor_ms), None)
            cells += ["-" if floor is None else _short(floor), "1", "-", "-"]
        lines.append(cells)
    foot = [f"{machine['processor']}, {machine['processors']} processors; copies, GB/s: {machine['copy_gb_s']}", *notes]
    if markdown:
        table = ["| " + " | ".join(line) + " |" for line in lines]
        table.insert(1, "|" + "---|" * len(head))
        return "\n".join([*table, "", *foot])
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    table = ["  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)) for line in lines]
    return "\n".join([*table, *foot])


def _short(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"
