"""Tables and passages of the pages, the figures in them, and the records that they were written from."""

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
TAG = re.compile(r"^<!-- figures: (?P<names>[^;]+?)(?:; not of them: (?P<others>.+))? -->$")
"""A line above a table or a passage: names of its records, and figures that are none of theirs, such as aims."""
FIGURE = re.compile(r"(?<![\w.])-?\d[\d,]*\.\d+(?!\d| MB)|(?<![\w.,])\d+(?= %)")
"""A decimal number, or a whole number of per cent; counts and sizes of files are no measurements."""
_NO_FIGURES = re.compile(r"`[^`]*`|\([^)]*://[^)]*\)|within \d+\.\d+|(?:Python |CC-BY-SA-|CC-BY-|Apache-)\d\.\d+")
"""Code, addresses, the limit of a share, versions."""
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


@dataclass(frozen=True)
class Passage:
    """Running text between empty lines, a list included: where it begins, its records, its figures of other origin."""

    line: int
    names: tuple[str, ...]
    others: tuple[str, ...]
    text: str

    def figures(self) -> list[str]:
        """What was measured."""
        return [figure for figure in FIGURE.findall(_NO_FIGURES.sub("", self.text)) if figure not in self.others]


def tables_of(text: str) -> Iterator[Table]:
    """The tables outside of fences, in order."""
    for block in _blocks(text):
        if block.lines[0].startswith("|"):
            yield Table(block.line, block.names, block.lines[0], tuple(block.lines[2:]))


def passages_of(text: str) -> Iterator[Passage]:
    """The passages outside of fences, in order; headings are none."""
    for block in _blocks(text):
        if not block.lines[0].startswith(("|", "#")):
            yield Passage(block.line, block.names, block.others, " ".join(block.lines))


@dataclass(frozen=True)
class _Block:
    line: int
    names: tuple[str, ...]
    others: tuple[str, ...]
    lines: tuple[str, ...]


def _blocks(text: str) -> Iterator[_Block]:
    """What stands between empty lines; a tag belongs to the next one of them."""
    tag: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
    lines: list[str] = []
    start = 0
    # A table may follow its passage at once, and a fence ends whatever is before it.
    for number, words in [*((line.number, "" if line.fenced else line.text) for line in lines_of(text)), (0, "")]:
        found = TAG.match(words)
        if lines and (not words.strip() or found or words.startswith("|") != lines[0].startswith("|")):
            yield _Block(start, *tag, tuple(lines))
            tag, lines = ((), ()), []
        if found:
            tag = (_listed(found["names"]), _listed(found["others"] or ""))
        elif words.strip():
            start = start if lines else number
            lines.append(words)


def _listed(names: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in names.split(",") if name.strip())


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
