"""Maya and Nuke installations in the places their installers use. Finding one says nothing about whether it works here.

Nothing is run and nothing of a host is imported; a folder counts when the program that it must hold is in it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

__all__ = ["HostInstall", "find_hosts"]


@dataclass(frozen=True)
class HostInstall:
    """One installed host application."""

    host: str
    """`Maya` or `Nuke`."""
    version: str
    """As the folder's name says it (`2025`, `16.0v3`); empty if it says none."""
    program: str
    """Path of what a batch job would start: `mayapy`, or Nuke's executable."""


_MAYA_FOLDERS = (
    "usr/autodesk/maya[0-9]*",
    "opt/autodesk/maya[0-9]*",
    "Applications/Autodesk/maya[0-9]*/Maya.app/Contents",
    "Program Files/Autodesk/Maya[0-9]*",
)
_MAYA_PROGRAMS = ("bin/mayapy", "bin/mayapy.exe")

_NUKE_PROGRAMS = (
    "usr/local/Nuke[0-9]*/Nuke[0-9]*",
    "opt/Nuke[0-9]*/Nuke[0-9]*",
    "opt/foundry/Nuke[0-9]*/Nuke[0-9]*",
    "Applications/Nuke[0-9]*/Nuke[0-9]*.app/Contents/MacOS/Nuke[0-9]*",
    "Program Files/Nuke[0-9]*/Nuke[0-9]*.exe",
)

_MAYA_VERSION = re.compile(r"maya(\d{4}(?:\.\d+)?)", re.IGNORECASE)
_NUKE_VERSION = re.compile(r"Nuke(\d+\.\d+v\d+)")
_NUKE_EXECUTABLE = re.compile(r"^Nuke\d+\.\d+(\.exe)?$|^Nuke\d+\.\d+v\d+$")


def find_hosts(environ: Mapping[str, str] | None = None, root: Path | None = None) -> list[HostInstall]:
    """Installations named by `$MAYA_LOCATION` or lying in the usual places of Linux, macOS and Windows.

    Args:
        environ: environment variables; None takes this process's.
        root: the folder under which the usual places are looked for; None is the root of the system drive.

    Returns:
        Sorted by host, then path; each program once. Never raises: what cannot be read is not found.
    """
    variables = os.environ if environ is None else environ
    top = root if root is not None else Path(variables.get("SYSTEMDRIVE", "") + os.sep)
    maya_folders = [Path(variables["MAYA_LOCATION"])] if variables.get("MAYA_LOCATION") else []
    maya_folders += [folder for pattern in _MAYA_FOLDERS for folder in top.glob(pattern)]
    found = {
        str(folder / program): HostInstall("Maya", _first(_MAYA_VERSION, folder), str(folder / program))
        for folder in maya_folders
        for program in _MAYA_PROGRAMS
        if (folder / program).is_file()
    }
    for pattern in _NUKE_PROGRAMS:
        for program_path in top.glob(pattern):
            if program_path.is_file() and _NUKE_EXECUTABLE.match(program_path.name):
                found[str(program_path)] = HostInstall("Nuke", _first(_NUKE_VERSION, program_path), str(program_path))
    return sorted(found.values(), key=lambda install: (install.host, install.program))


def _first(pattern: re.Pattern[str], path: Path) -> str:
    match = pattern.search(path.as_posix())
    return match[1] if match else ""
