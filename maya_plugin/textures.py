"""Files on disk that a command reads and writes: tiles of a texture, frames of a plate, names of what is made."""

from __future__ import annotations

import glob
import os
import re

from maya_plugin.errors import NothingChosen
from maya_plugin.host import Host

__all__ = ["UDIM", "beside", "file_of", "frame_file", "slashes", "tiles", "with_mark"]

UDIM = "<UDIM>"
"""The mark of a tile's number in a name, as this plug-in writes it; Maya reads it in small letters too."""

_NUMBER = re.compile(r"^(.*?)(\d+)(\.[^.]+)$")
_NUMBERED = re.compile(r"^(.*?)([._-]?)(\d+)$")
_MARKED = re.compile(rf"^(.*?)([._-]?)({re.escape(UDIM)})$")


def slashes(path: str) -> str:
    """A path with forward slashes, which Maya uses on every system."""
    return path.replace("\\", "/")


def file_of(host: Host, plug: str) -> str:
    """The path of the file that an attribute of a node names, as Maya finds it; empty where it names none.

    Variables of the environment and `~` are filled in, a relative path lies in Maya's project.
    """
    typed = str(host.call("getAttr", plug, expandEnvironmentVariables=True) or "")
    return slashes(str(host.call("workspace", expandName=typed))) if typed else ""


def with_mark(path: str) -> str:
    """The same path with the mark of its tiles written as `UDIM`."""
    return re.sub(re.escape(UDIM), UDIM, path, flags=re.IGNORECASE)


def tiles(pattern: str) -> list[tuple[str, str]]:
    """The files behind the name of a texture, each with its tile: `("/a/skin.1001.png", "1001")`, or "" without tiles.

    Raises:
        NothingChosen: there is no such file.
    """
    if UDIM not in pattern:
        if not os.path.isfile(pattern):
            raise NothingChosen(f"{pattern}: there is no such file; mend the path of the texture")
        return [(slashes(pattern), "")]
    before, _, after = pattern.partition(UDIM)
    found = []
    for path in sorted(glob.glob(glob.escape(before) + "[0-9][0-9][0-9][0-9]" + glob.escape(after))):
        found.append((slashes(path), path[len(before) : len(before) + 4]))
    if not found:
        raise NothingChosen(f"{pattern}: none of its tiles is there; mend the path of the texture")
    return found


def beside(path: str, ending: str, folder: str = "", *, frame: bool = False) -> str:
    """`/a/wall.png`, `_normal.png` -> `/a/wall_normal.png`, or in `folder`.

    The mark `<UDIM>`, and a tile's or frame's number behind a dot, stay last, where programs look for them:
    `/a/skin.1001.png` -> `/a/skin_normal.1001.png`.

    Args:
        frame: the name is one of a sequence, so that its last digits are a number whatever stands before them, as for
            `frame_file`: `/a/plate_1001.exr` -> `/a/plate_normals_1001.exr`.
    """
    where, name = os.path.split(slashes(path))
    stem = os.path.splitext(name)[0]
    word, suffix = os.path.splitext(ending)
    match = _MARKED.match(stem) or _NUMBERED.match(stem)
    if match and match[1] and (match[2] == "." or match[3] == UDIM or frame):
        stem, word = match[1], f"{word}{match[2]}{match[3]}"
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
