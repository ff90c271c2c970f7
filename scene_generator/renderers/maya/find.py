"""Where mayapy is."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from core.errors import MissingPart

VARIABLE = "PLATELIGHT_MAYAPY"
"""Names the mayapy to use, or the folder that Maya is installed in."""

YEAR_VARIABLE = "PLATELIGHT_MAYA_VERSION"
"""Names the year to use, such as 2026, where several Mayas are installed."""

_PLACES = {
    "linux": ("/usr/autodesk", "/opt/autodesk"),
    "darwin": ("/Applications/Autodesk",),
    "win32": ("C:/Program Files/Autodesk",),
}
"""Where Autodesk's installers put Maya (Maya Help, "Installation": /usr/autodesk/maya2026 and so on)."""

_YEAR = re.compile(r"^maya(20\d\d)$", re.IGNORECASE)


def find_mayapy(environment: Mapping[str, str] | None = None, roots: tuple[Path, ...] | None = None) -> Path:
    """Return the mayapy to render with.

    Looked for in this order: `PLATELIGHT_MAYAPY`; the folders that Autodesk's installers use, the newest year first, or
    the one that `PLATELIGHT_MAYA_VERSION` names; `MAYA_LOCATION`; `PATH`.

    Args:
        environment: None: `os.environ`.
        roots: folders that hold `maya2026` and the like; None: this system's usual ones.

    Raises:
        MissingPart: there is none, or none where it was said to be.
    """
    variables = os.environ if environment is None else environment
    named = variables.get(VARIABLE)
    if named:
        for candidate in (Path(named), *_inside(Path(named))):
            if candidate.is_file():
                return candidate
        raise MissingPart(f"{VARIABLE} is {named}, but there is no mayapy; name it, or the folder that Maya is in")
    year = variables.get(YEAR_VARIABLE, "")
    for candidate in _candidates(variables, year, roots):
        if candidate.is_file():
            return candidate
    what = f"Maya {year}" if year else "Maya"
    raise MissingPart(f"no mayapy was found; install {what}, or set {VARIABLE} to its mayapy (bin/mayapy)")


def _candidates(variables: Mapping[str, str], year: str, roots: tuple[Path, ...] | None) -> Iterator[Path]:
    usual = tuple(Path(place) for place in _PLACES.get(sys.platform, ()))
    for _, folder in sorted(_installed(usual if roots is None else roots, year), reverse=True):
        yield from _inside(folder)
    if year:
        return  # the two below do not say which year they are of
    if variables.get("MAYA_LOCATION"):
        yield from _inside(Path(variables["MAYA_LOCATION"]))
    command = shutil.which("mayapy", path=variables.get("PATH"))
    if command:
        yield Path(command)


def _installed(roots: tuple[Path, ...], year: str) -> Iterator[tuple[str, Path]]:
    for root in roots:
        for folder in root.iterdir() if root.is_dir() else ():
            match = _YEAR.match(folder.name)
            if match and year in ("", match[1]):
                yield match[1], folder


def _inside(folder: Path) -> Iterator[Path]:
    name = "mayapy.exe" if sys.platform == "win32" else "mayapy"
    yield folder / "bin" / name
    yield folder / "Maya.app" / "Contents" / "bin" / name
