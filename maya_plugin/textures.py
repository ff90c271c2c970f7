"""Files on disk that a command reads and writes: tiles of a texture, frames of a plate, names of what is made."""

from __future__ import annotations

import glob
import os
import re

from maya_plugin.errors import NothingChosen

__all__ = ["beside", "frame_file", "slashes", "tiles"]

_UDIM = "<UDIM>"
_NUMBER = re.compile(r"^(.*?)(\d+)(\.[^.]+)$")


def slashes(path: str) -> str:
    """A path with forward slashes, which Maya uses on every system."""
    return path.replace("\\", "/")


def tiles(pattern: str) -> list[tuple[str, str]]:
    """The files behind the name of a texture, each with its tile: `("/a/skin.1001.png", "1001")`, or "" without tiles.

    Raises:
        NothingChosen: there is no such file.
    """
    if _UDIM not in pattern:
        if not os.path.isfile(pattern):
            raise NothingChosen(f"{pattern}: there is no such file; mend the path of the texture")
        return [(slashes(pattern), "")]
    before, _, after = pattern.partition(_UDIM)
    found = []
    for path in sorted(glob.glob(glob.escape(before) + "[0-9][0-9][0-9][0-9]" + glob.escape(after))):
        found.append((slashes(path), path[len(before) : len(before) + 4]))
    if not found:
        raise NothingChosen(f"{pattern}: none of its tiles is there; mend the path of the texture")
    return found


def beside(path: str, ending: str, folder: str = "") -> str:
    """`/a/wall.png`, `_normal.png` -> `/a/wall_normal.png`, or in `folder`. The mark `<UDIM>`, and a tile's or frame's
    number behind a dot, stay behind the ending's word: `/a/skin.1001.png` -> `/a/skin_normal.1001.png`."""
    where, name = os.path.split(slashes(path))
    stem = os.path.splitext(name)[0]
    word, suffix = os.path.splitext(ending)
    head, dot, number = stem.rpartition(".")
    if dot and (number == _UDIM or number.isdigit()):
        stem, word = head, f"{word}.{number}"
    return f"{slashes(folder or where).rstrip('/')}/{stem}{word}{suffix}"


def frame_file(path: str, number: int) -> str:
    """The file of another frame: the last digits of the name give way to `number`, padded as they are.

    Raises:
        NothingChosen: the name has no number.
    """
    where, name = os.path.split(slashes(path))
    match = _NUMBER.match(name)
    if match is None:
        raise NothingChosen(f"{path}: its name has no frame number, although it is read as a sequence")
    digits = match[2]
    return f"{where}/{match[1]}{number:0{len(digits)}d}{match[3]}"
