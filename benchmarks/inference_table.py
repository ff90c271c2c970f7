"""The table of `inference.py`: which sizes it has, what a list of times says, and how it is printed.

Nothing here measures or imports more than the standard library, so that the process that starts the others stays small.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["PLATES", "WHATS", "Cell", "Column", "Timing", "parse_sizes", "render", "share_of_peak", "timing"]

PLATES: Mapping[str, tuple[int, int]] = {"512": (512, 512), "1080p": (1080, 1920), "4k": (2160, 3840)}
"""Name -> height and width of a plate in pixels."""

WHATS: Mapping[str, str] = {
    "view": "network alone, at the view that the product makes of the plate",
    "bare": "network alone, at the plate's own pixels",
    "whole": "whole path, plate in memory to normals of the plate's size",
}
"""What is timed at each size."""

_LARGEST_SIDE = 16384
_HEADS = ("ms", "quartiles", "images/s", "GFLOP/s", "peak %", "MiB", "start s")


@dataclass(frozen=True)
class Column:
    """One thing that is timed for every variant.

    Attributes:
        what: key of `WHATS`.
        plate: name of the plate's size, as asked for.
        plate_height, plate_width: of the plate, pixels.
        height, width: of what the network sees, pixels.
        gflop: 10^9 operations of the network's convolutions and matrix multiplications on that, a multiply-add
            counting as two; None where the network is not known.
    """

    what: str
    plate: str
    plate_height: int
    plate_width: int
    height: int
    width: int
    gflop: float | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


@dataclass(frozen=True)
class Timing:
    """What repeated runs say, seconds.

    Attributes:
        median, low, high: the median and the quartiles.
        runs: how many were timed.
    """

    median: float
    low: float
    high: float
    runs: int


@dataclass(frozen=True)
class Cell:
    """One variant measured on one column.

    Attributes:
        variant: name of the row.
        column: what was measured.
        timing: None where nothing could be measured.
        peak: GFLOP/s of a large matrix multiplication in the arithmetic that the row is held against, or None.
        start: seconds from nothing loaded to the first answer, imports left out, compilation included.
        mib: largest resident memory of the process, MiB.
        device_mib: largest memory on the GPU that torch held, MiB; None elsewhere.
        note: why there is no figure.
    """

    variant: str
    column: Column
    timing: Timing | None = None
    peak: float | None = None
    start: float | None = None
    mib: float | None = None
    device_mib: float | None = None
    note: str = ""

    def to_json(self) -> dict[str, Any]:
        """Plain values, with what follows from them: images a second, GFLOP/s and the share of the peak, 0..1."""
        value = asdict(self)
        seconds = self.timing.median if self.timing else None
        value["images_per_second"] = 1.0 / seconds if seconds else None
        value["gflop_per_second"] = self.column.gflop / seconds if seconds and self.column.gflop else None
        value["share_of_peak"] = share_of_peak(self.column.gflop, seconds, self.peak)
        return value


def parse_sizes(text: str) -> dict[str, tuple[int, int]]:
    """Name -> height and width of the plates in a list such as "512,1080p,4k,640x360" (width x height); "none" is none.

    Raises:
        ValueError: an unknown name, or a side that is not 8 to 16384 pixels.
    """
    found: dict[str, tuple[int, int]] = {}
    for name in filter(None, (part.strip().lower() for part in text.split(","))):
        if name == "none":
            continue
        if name in PLATES:
            found[name] = PLATES[name]
            continue
        width, cross, height = name.partition("x")
        if not (cross and width.isdecimal() and height.isdecimal()):
            raise ValueError(f"size {name!r}: use {', '.join(PLATES)} or WIDTHxHEIGHT")
        if not all(8 <= int(side) <= _LARGEST_SIDE for side in (width, height)):
            raise ValueError(f"size {name!r}: sides are 8 to {_LARGEST_SIDE} pixels")
        found[name] = (int(height), int(width))
    return found


def timing(seconds: Sequence[float]) -> Timing:
    """Median and quartiles (linear between the sorted values, both ends included) of one or more times.

    Raises:
        ValueError: no times.
    """
    if not seconds:
        raise ValueError("no run was timed")
    if len(seconds) == 1:
        return Timing(seconds[0], seconds[0], seconds[0], 1)
    low, middle, high = statistics.quantiles(seconds, n=4, method="inclusive")
    return Timing(middle, low, high, len(seconds))


def share_of_peak(gflop: float | None, seconds: float | None, peak: float | None) -> float | None:
    """Operations a second over the machine's measured ones; None where one of the three is unknown."""
    if gflop is None or not seconds or not peak:
        return None
    return gflop / seconds / peak


def render(cells: Iterable[Cell], markdown: bool = False) -> str:
    """The cells as text, one block a column, in the order of their first appearance.

    Args:
        cells: in the order in which the rows shall stand.
        markdown: as tables that GitHub shows, instead of aligned text.
    """
    blocks: dict[Column, list[Cell]] = {}
    for cell in cells:
        blocks.setdefault(cell.column, []).append(cell)
    return "\n\n".join(_block(column, rows, markdown) for column, rows in blocks.items())


def _block(column: Column, cells: Sequence[Cell], markdown: bool) -> str:
    plate = f"{column.plate_width}x{column.plate_height} plate"
    cost = f", {column.gflop:.4g} GFLOP" if column.gflop is not None else ""
    title = f"{plate}, {WHATS[column.what]}: the network sees {column.width}x{column.height}{cost}"
    rows = [_texts(cell) for cell in cells]
    if markdown:
        lines = [
            f"**{title}**",
            "",
            "| " + " | ".join(("variant", *_HEADS)) + " |",
            "|---" + "|---:" * len(_HEADS) + "|",
        ]
        lines += ["| " + " | ".join((cell.variant, *texts)) + " |" for cell, texts in zip(cells, rows, strict=True)]
        return "\n".join(lines)
    name = max(len(cell.variant) for cell in cells)
    widths = [max(len(head), *(len(texts[k]) for texts in rows)) for k, head in enumerate(_HEADS)]
    lines = [title, "  ".join((" " * name, *(head.rjust(width) for head, width in zip(_HEADS, widths, strict=True))))]
    for cell, texts in zip(cells, rows, strict=True):
        figures = (text.rjust(width) for text, width in zip(texts, widths, strict=True))
        body = "  ".join(figures) if cell.timing else cell.note
        lines.append(f"{cell.variant:<{name}}  {body}")
    return "\n".join(lines)


def _texts(cell: Cell) -> list[str]:
    if cell.timing is None:
        return [cell.note, *[""] * (len(_HEADS) - 1)] if cell.note else ["not measured", *[""] * (len(_HEADS) - 1)]
    value = cell.to_json()
    share = value["share_of_peak"]
    low, high = (_digits(1e3 * side) for side in (cell.timing.low, cell.timing.high))
    return [
        _digits(1e3 * cell.timing.median),
        f"{low}-{high}" if cell.timing.runs > 1 else "1 run",
        _digits(value["images_per_second"]),
        _digits(value["gflop_per_second"]),
        "" if share is None else f"{100 * share:.0f}",
        "" if cell.mib is None else f"{cell.mib:.0f}",
        "" if cell.start is None else f"{cell.start:.1f}",
    ]


def _digits(value: float | None) -> str:
    """Three significant digits, without exponents."""
    if value is None:
        return ""
    decimals = 2 - math.floor(math.log10(abs(value))) if value else 0
    return f"{value:.{min(max(decimals, 0), 4)}f}"
