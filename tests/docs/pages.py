"""The pages for people, and what is said in them: shared by the tests of this folder."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = tuple(sorted(DOCS.rglob("*.md")))
"""Every page of the site."""
TEXTS = (*PAGES, ROOT / "README.md", ROOT / "benchmarks" / "README.md")
"""What people read, the pages and the two files beside them."""

_FENCE = re.compile(r"^\s*(```|~~~)")


@dataclass(frozen=True)
class Line:
    """One line of a text: where it stands, and whether it is code between fences."""

    number: int
    text: str
    fenced: bool


def lines_of(text: str) -> Iterator[Line]:
    """The lines with their numbers from 1; the fences themselves are left out."""
    fenced = False
    for number, line in enumerate(text.splitlines(), 1):
        if _FENCE.match(line):
            fenced = not fenced
            continue
        yield Line(number, line, fenced)


def name_of(path: Path) -> str:
    """A page as the tests call it."""
    return path.relative_to(ROOT).as_posix()
