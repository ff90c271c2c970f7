"""What a user's folder says about its files: licences, authors, and the few things that files cannot say themselves.

    {"licence": "CC0-1.0", "files": {"chairs/stool": {"licence": "CC-BY-4.0", "author": "...", "up": "Z"}}}

in a file `ASSETS.json` or `LICENSE.json` at the top of the folder. Licence texts are not guessed from.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from core.errors import BadConfig
from core.walk import files_below
from worker_link.json_text import read_json

__all__ = ["NOTE_FILES", "FileNote", "FolderNotes", "read_notes"]

NOTE_FILES = ("ASSETS.json", "LICENSE.json")
"""Names of the file, of which a folder may have one."""

_KEYS = ("licence", "license", "author", "up", "depth", "use")
_MAX_DEPTH = 0.2


@dataclass(frozen=True)
class FileNote:
    """What is said about one asset."""

    licence: str = "unstated"
    author: str = ""
    up: str = "Y"
    """Meshes: which axis of the file points up, `Y` or `Z`."""
    depth: float = 0.03
    """Textures with a height map and no normal map: relief from black to white in widths of the tile, 0 .. 0.2."""
    use: str = ""
    """Environment maps: `indoor` ones are no skies for streets and landscapes; `outdoor` or nothing goes anywhere."""


@dataclass(frozen=True)
class FolderNotes:
    """What a folder's file says, ready to be asked about each asset."""

    path: Path
    """The file, or the folder where there is none."""
    default: FileNote
    files: dict[str, FileNote] = field(default_factory=dict)

    def of(self, name: str, members: Iterable[str]) -> FileNote:
        """Return the note of an asset by its name, or by the name of one of its files, relative to the folder."""
        for key in (name, *members):
            if key in self.files:
                return self.files[key]
        return self.default


def read_notes(folder: Path, licence: str) -> FolderNotes:
    """Read `ASSETS.json` or `LICENSE.json` of `folder`; `licence` holds for what it leaves out.

    Raises:
        BadConfig: both files are there, the file is not JSON of the form above, names a file that is not in the
            folder, or has an unknown key or a value out of range.
    """
    found = [folder / name for name in NOTE_FILES if (folder / name).is_file()]
    default = FileNote(licence=licence)
    if not found:
        return FolderNotes(folder, default)
    if len(found) > 1:
        raise BadConfig(f"{folder}: has both {' and '.join(NOTE_FILES)}; keep one")
    path = found[0]
    try:
        data = read_json(path)
    except (OSError, ValueError) as error:
        raise BadConfig(f"{path}: is not JSON ({error}); mend or remove it") from error
    if not isinstance(data, dict):
        raise BadConfig(f'{path}: is a {type(data).__name__}; expected {{"licence": ..., "files": {{...}}}}')
    default = _note(path, "the folder", {key: value for key, value in data.items() if key != "files"}, default)
    files = data.get("files", {})
    if not isinstance(files, dict):
        raise BadConfig(f"{path}: 'files' is {type(files).__name__}; expected an object of names")
    there = _names(folder)
    for name in files:
        if name not in there and not any(other.startswith(name) for other in there):
            raise BadConfig(f"{path}: speaks of {name!r:.80}, which is not in the folder; mend or remove the name")
    return FolderNotes(path, default, {name: _note(path, name, note, default) for name, note in files.items()})


def _names(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in files_below(folder)}


def _note(path: Path, about: str, data: Any, default: FileNote) -> FileNote:
    if not isinstance(data, dict):
        raise BadConfig(f"{path}: {about} has {data!r:.80}; expected an object with keys of {', '.join(_KEYS)}")
    unknown = sorted(set(data) - set(_KEYS))
    if unknown:
        raise BadConfig(f"{path}: {about} has unknown keys {unknown!s:.200}; known are {', '.join(_KEYS)}")
    values: dict[str, Any] = {("licence" if key == "license" else key): value for key, value in data.items()}
    for key in ("licence", "author"):
        if key in values and (not isinstance(values[key], str) or not values[key].strip()):
            raise BadConfig(f"{path}: {key} of {about} is {values[key]!r:.80}; expected some text")
    if values.get("up", "Y") not in ("Y", "Z"):
        raise BadConfig(f'{path}: up of {about} is {values["up"]!r:.80}; expected "Y" or "Z"')
    if values.get("use", "") not in ("", "indoor", "outdoor"):
        raise BadConfig(f'{path}: use of {about} is {values["use"]!r:.80}; expected "indoor" or "outdoor"')
    if "depth" in values:
        depth = values["depth"]
        if isinstance(depth, bool) or not isinstance(depth, int | float) or not 0 <= depth <= _MAX_DEPTH:
            raise BadConfig(f"{path}: depth of {about} is {depth!r:.80}; expected a number 0 .. {_MAX_DEPTH}")
        values["depth"] = float(depth)
    return replace(default, **values)
