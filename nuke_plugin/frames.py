"""Frame ranges and numbered files, as people write them in Nuke."""

from __future__ import annotations

import os
import re

from nuke_plugin.errors import BadRange

__all__ = ["parse_range", "plate_files", "with_frame"]

_NUMBER = re.compile(r"%0?(\d*)d|(#+)")
_RANGE = re.compile(r"^\s*(-?\d+)\s*(?:-\s*(-?\d+)\s*(?:x\s*(\d+)\s*)?)?$")
_MOST_FRAMES = 100000


def parse_range(text: str) -> list[int]:
    """Frame numbers in order: `1001-1010`, `1001-1010x2`, `7`, and such parts joined by commas or spaces.

    Raises:
        BadRange: a part that is none of these, runs backwards, or more than 100,000 frames.
    """
    frames: list[int] = []
    for part in [part for part in re.split(r"[,;]|\s+(?=-?\d+)(?<![-x]\s)", text.strip()) if part.strip()]:
        match = _RANGE.match(part)
        if match is None:
            raise BadRange(f"frames {part.strip()!r}: expected 1001-1010, 1001-1010x2, or single frames with commas")
        first = int(match[1])
        last = first if match[2] is None else int(match[2])
        step = int(match[3]) if match[3] else 1
        if last < first or step < 1:
            raise BadRange(f"frames {part.strip()!r}: the last frame comes before the first, or the step is 0")
        if (last - first) // step >= _MOST_FRAMES:
            raise BadRange(f"frames {part.strip()!r}: more than {_MOST_FRAMES} frames")
        frames += range(first, last + 1, step)
    if not frames:
        raise BadRange("no frames were given; expected 1001-1010, for example")
    return list(dict.fromkeys(frames))


def with_frame(pattern: str, frame: int) -> str:
    """`pattern` with the frame number in place of its `%04d` or `####`; one without either comes back as it is."""

    def number(match: re.Match[str]) -> str:
        width = len(match[2]) if match[2] else int(match[1] or 1)
        return f"{frame:0{width}d}"

    folder, name = os.path.split(pattern)
    return os.path.join(folder, _NUMBER.sub(number, name)).replace("\\", "/")


def plate_files(pattern: str, frames: list[int]) -> list[str]:
    """The files of those frames.

    Raises:
        BadRange: the pattern is empty, or has no place for a number although there are several frames.
    """
    if not pattern.strip():
        raise BadRange("no plate was named; expected a path such as /plates/shot.%04d.exr")
    if len(frames) > 1 and not _NUMBER.search(os.path.basename(pattern)):
        raise BadRange(f"{pattern}: has no %04d or #### for the {len(frames)} frames that were asked for")
    return [with_frame(pattern, frame) for frame in frames]
