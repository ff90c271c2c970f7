"""JSON that somebody else wrote, parsed so that nothing in it can surprise whoever uses the values.

Python's own reader takes numbers that no other reader takes (`NaN`, `1e999`, integers that no float can hold), keeps
the last of two equal keys without a word, and ends deep nesting with `RecursionError`. All of these are refused here,
as is a file that is too large to be what it should be. What remains are finite values in a bounded depth.

It runs from Python 3.9 on and needs the standard library only.
"""

from __future__ import annotations

import json
import math
import os
import stat
from pathlib import Path
from typing import Any

__all__ = ["MOST_BYTES", "MOST_LEVELS", "BadJson", "parse_json", "read_json", "read_object"]

MOST_BYTES = 64 << 20
"""Largest file that is read, bytes: far beyond any recipe, card or index of Platelight's."""

MOST_LEVELS = 64
"""Lists and objects inside each other."""

_MOST_DIGITS = 300
_LONGEST_KEY = 1000


class BadJson(ValueError):
    """Text that is JSON for Python and not for others, or not within bounds; what is wrong, without the file's name."""


def read_json(path: str | os.PathLike[str], most_bytes: int = MOST_BYTES) -> Any:
    """The value in a file.

    Args:
        path: a regular file; a pipe or a device, which might never end, is refused.
        most_bytes: largest size that is read.

    Raises:
        OSError: it cannot be read.
        ValueError: it is no JSON in UTF-8 (`json.JSONDecodeError`, `UnicodeDecodeError`), or refused (`BadJson`).
    """
    if "\0" in os.fspath(path):
        raise BadJson("a name with a zero in it is no file's")
    if not stat.S_ISREG(os.stat(path).st_mode):
        raise BadJson("it is no regular file")
    with Path(path).open("rb") as file:
        data = file.read(most_bytes + 1)
    if len(data) > most_bytes:
        raise BadJson(f"it is larger than {most_bytes >> 20} MiB" if most_bytes >> 20 else f"more than {most_bytes} B")
    return parse_json(data)


def read_object(path: str | os.PathLike[str]) -> dict[str, Any]:
    """The object in a file; empty where there is none or it is damaged: a report tells what is left to tell."""
    try:
        value = read_json(path)
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def parse_json(text: str | bytes, *, lone_surrogates: bool = False, most_levels: int = MOST_LEVELS) -> Any:
    """The value of a text.

    Args:
        text: JSON; bytes are UTF-8.
        lone_surrogates: take strings that UTF-8 cannot hold, such as `"\\udcff"`: Python's names for files whose names
            are not UTF-8 look like this.
        most_levels: lists and objects inside each other.

    Raises:
        ValueError: as `read_json`.
    """
    words = text.decode("utf-8") if isinstance(text, bytes) else text
    try:
        value = _DECODER.decode(words)
        if _levels(value, most_levels) > most_levels:
            raise RecursionError
    except RecursionError as error:
        raise BadJson(f"lists and objects are nested deeper than {most_levels} levels") from error
    if not lone_surrogates and "\\u" in words:
        try:
            json.dumps(value, ensure_ascii=False).encode("utf-8")
        except UnicodeEncodeError as error:
            raise BadJson("a text holds half of a surrogate pair, which is no character") from error
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    longest = max(map(len, found), default=0)
    if longest > _LONGEST_KEY:  # readers name the keys that they do not know
        raise BadJson(f"a key of {longest} characters")
    if len(found) < len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise BadJson(f"the key {twice[:80]!r} occurs twice")
    return found


def _integer(digits: str) -> int:
    if len(digits) > _MOST_DIGITS:
        raise BadJson(f"a whole number of {len(digits)} digits")
    return int(digits)


def _float(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise BadJson(f"{digits[:40]} is beyond the largest number")
    return value


def _constant(name: str) -> Any:
    raise BadJson(f"{name} is no number in JSON")


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_int=_integer, parse_float=_float, parse_constant=_constant)


def _levels(value: Any, enough: int) -> int:
    """How deep lists and objects are nested, counted without recursion and no further than need be."""
    level, depth = [value], 0
    while level and depth <= enough:
        inner: list[Any] = []
        for item in level:
            if isinstance(item, dict):
                inner.extend(item.values())
            elif isinstance(item, list):
                inner.extend(item)
        depth += any(isinstance(item, (dict, list)) for item in level)
        level = inner
    return depth
