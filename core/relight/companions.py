"""Which files belong to a plate: its normals, depth, albedo and occlusion, and the result."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from core.errors import BadInput, FileMissing

__all__ = ["PlannedRelight", "companion_of", "frame_number", "plan_relights"]

_PATTERN = re.compile(r"%(0\d+)?d|#+")
_LAST_NUMBER = re.compile(r"(\d+)\D*$")


@dataclass(frozen=True)
class PlannedRelight:
    """One frame's work.

    Attributes:
        plate: the plate.
        inputs: the other files by what they are (`normals`, `depth`, ...).
        out, preview: what is written.
    """

    plate: Path
    out: Path
    inputs: Mapping[str, Path] = field(default_factory=dict)
    preview: Path | None = None


def plan_relights(
    plates: Sequence[Path],
    companions: Mapping[str, str],
    out: str,
    preview: str | None = None,
    *,
    suffix: str = ".exr",
) -> tuple[PlannedRelight, ...]:
    """Where the frames of a shot find their inputs and leave their results.

    Args:
        plates: the frames.
        companions: by what they are: a file for all frames, a folder with a file of each plate's name, or a frame
            pattern (`N.%04d.exr`, `N.####.exr`) that takes the last number in the plate's name.
        out: a file (for one plate), a frame pattern, or a folder, which gets `NAME` with `suffix`.
        preview: the same for previews; a folder gets `NAME.png`.
        suffix: of results in a folder.

    Raises:
        BadInput: a pattern for a plate without a number, two frames that would be written to one file, a result that
            would replace an input, or one file named for several plates.
        FileMissing: a folder has no file for a plate.
    """
    planned = []
    taken: dict[Path, Path] = {}
    given: set[Path] = {plate.resolve() for plate in plates}
    for plate in plates:
        inputs = {what: companion_of(plate, text, what) for what, text in companions.items()}
        given.update(path.resolve() for path in inputs.values())
        several = len(plates) > 1
        result = _target(plate, out, suffix, several, "--out")
        shown = None if preview is None else _target(plate, preview, ".png", several, "--preview")
        for written in (result, *([] if shown is None else [shown])):
            other = taken.setdefault(written.resolve(), plate)
            if other != plate or (shown is not None and shown.resolve() == result.resolve()):
                raise BadInput(f"{other} and {plate} would both be written to {written}; use a pattern such as %04d")
        planned.append(PlannedRelight(plate, result, inputs, shown))
    for path, plate in taken.items():
        if path in given:
            raise BadInput(f"{path}: the result of {plate} would replace this input; choose another --out")
    return tuple(planned)


def companion_of(plate: Path, text: str, what: str) -> Path:
    """The file that `text` means for a plate; see `plan_relights`. Raises as it does."""
    path = Path(text)
    if path.is_dir():
        exact = path / f"{plate.stem}{'.json' if what == 'estimate' else '.exr'}"
        found = [exact] if exact.is_file() else sorted(path.glob(f"{_escaped(plate.stem)}.*"))
        if not found:
            raise FileMissing(f"{path}: no {what} for {plate.name} in this folder; {exact.name} is looked for")
        return found[0]
    return _numbered(plate, path, what) if _PATTERN.search(path.name) and not path.exists() else path


def frame_number(path: Path) -> int | None:
    """The last number in a file's name, or None."""
    match = _LAST_NUMBER.search(path.stem)
    return int(match[1]) if match else None


def _target(plate: Path, text: str, suffix: str, several: bool, option: str) -> Path:
    path = Path(text)
    if _PATTERN.search(path.name):
        return _numbered(plate, path, option)
    if path.is_dir() or text.endswith("/") or (several and not path.suffix):
        return path / f"{plate.stem}{suffix}"
    if several:
        raise BadInput(f"{option} {text} is one file for several plates; name a folder or a pattern such as %04d")
    return path


def _numbered(plate: Path, pattern: Path, what: str) -> Path:
    number = frame_number(plate)
    if number is None:
        raise BadInput(f"{plate}: has no frame number in its name for the {what} pattern {pattern.name}; name one file")
    slot = list(_PATTERN.finditer(pattern.name))[-1]
    digits = len(slot[0]) if slot[0].startswith("#") else int(slot[1] or 0)
    return pattern.with_name(f"{pattern.name[: slot.start()]}{number:0{digits}d}{pattern.name[slot.end() :]}")


def _escaped(stem: str) -> str:
    return re.sub(r"([*?\[])", r"[\1]", stem)
