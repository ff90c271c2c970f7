"""Tables of the pages, the figures in them, and the records that they were written from."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.card import load_card
from tests.docs.pages import ROOT, lines_of

RECORDS = ROOT / "benchmarks" / "records"
TAG = re.compile(r"^<!-- figures: (.+) -->$")
FIGURE = re.compile(r"(?<![\w.])-?\d[\d,]*\.\d+(?!\d| MB)|(?<![\w.,])\d+(?= %)")
"""A decimal number, or a whole number of per cent; counts and sizes of files are no measurements."""
_NO_FIGURES = re.compile(r"`[^`]*`|\([^)]*://[^)]*\)|within \d+\.\d+")
"""Code, addresses, and the limit of a share."""
AIMS = ("aimed for", "wanted")
"""Heads of columns that hold no measurements either."""


@dataclass(frozen=True)
class Table:
    """A table of a page: where it begins, the names of its records, its head and its other rows."""

    line: int
    names: tuple[str, ...]
    head: str
    rows: tuple[str, ...]

    def figures(self) -> list[str]:
        """What was measured, of all cells but the first of each row."""
        heads = _cells(self.head)
        cells = [
            cell for row in self.rows for head, cell in zip(heads[1:], _cells(row)[1:], strict=True) if head not in AIMS
        ]
        return [figure for cell in cells for figure in FIGURE.findall(_NO_FIGURES.sub("", cell))]


def _cells(row: str) -> list[str]:
    return [cell.strip() for cell in row.strip().removeprefix("|").removesuffix("|").split("|")]


def tables_of(text: str) -> Iterator[Table]:
    """The tables outside of fences, in order."""
    tag: tuple[str, ...] = ()
    rows: list[str] = []
    start = 0
    for line in [*lines_of(text)]:
        if line.text.startswith("|") and not line.fenced:
            start = start if rows else line.number
            rows.append(line.text)
            continue
        if rows:
            yield Table(start, tag, rows[0], tuple(rows[2:]))
            tag, rows = (), []
        if found := TAG.match(line.text):
            tag = tuple(name.strip() for name in found[1].split(","))
        elif line.text.strip():
            tag = ()
    if rows:
        yield Table(start, tag, rows[0], tuple(rows[2:]))


def record_of(name: str) -> Any:
    """What a record or a card's scores hold. Raises FileNotFoundError or FileMissing where there is none."""
    if name.startswith("card "):
        return load_card(name.removeprefix("card ")).scores
    return json.loads(Path(RECORDS / f"{name}.json").read_text("utf-8"))["figures"]


def numbers_of(value: Any) -> Iterator[float]:
    """Every number that a record holds, at any depth, and every figure in its texts."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for entry in value:
            yield from numbers_of(entry)
    elif isinstance(value, str):
        yield from (float(figure.replace(",", "")) for figure in FIGURE.findall(value))
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield float(value)


def is_told(figure: str, numbers: list[float]) -> bool:
    """Whether a figure is one of the numbers, rounded to its own places; shares count as per cent, too, and
    milliseconds as seconds."""
    wanted = float(figure.replace(",", ""))
    places = len(figure.partition(".")[2])
    # Half a unit of the last place, and a little for numbers that were rounded once already.
    near = 0.5 * 10.0**-places + 1e-3 * 10.0**-places
    return any(abs(wanted - scale * number) <= near for number in numbers for scale in (1.0, 100.0, 0.001))
