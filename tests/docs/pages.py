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


def python_blocks(text: str) -> list[tuple[int, str]]:
    """The Python between fences marked as such: the line before each block, counted from 1, and its code."""
    blocks: list[tuple[int, str]] = []
    code: list[str] | None = None
    start = 0
    for number, line in enumerate(text.splitlines(), 1):
        if code is None and line.strip() == "```python":
            code, start = [], number
        elif code is not None and line.strip() == "```":
            blocks.append((start, "\n".join(code)))
            code = None
        elif code is not None:
            code.append(line)
    return blocks
