"""Which files belong to a plate: its normals, depth, albedo and occlusion, and the result."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from core.errors import BadInput, FileMissing
from core.inference.sequence import IMAGE_SUFFIXES

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
    also_read: Sequence[Path] = (),
    numbers: Sequence[int | None] | None = None,
) -> tuple[PlannedRelight, ...]:
    """Where the frames of a shot find their inputs and leave their results.

    Args:
        plates: the frames.
        companions: by what they are: a file for all frames, a folder with a file of each plate's name, or a frame
            pattern (`N.%04d.exr`, `N.####.exr`) that takes the plate's frame number.
        out: a file (for one plate), a frame pattern, or a folder, which gets `NAME` with `suffix`.
        preview: the same for previews; a folder gets `NAME.png`.
        suffix: of results in a folder.
        also_read: further files that are read for every frame, such as lights; no result may replace them.
        numbers: the plates' frame numbers, where they are known; None, in the list too: the last number in the name.

    Raises:
        BadInput: a pattern for a plate without a number, two frames that would be written to one file, a result that
            would replace an input, or one file named for several plates.
        FileMissing: a folder has no file for any of the plates. Where it has some, the plates without are planned with
            the file that is missing, so that each fails in its turn and the others are made.
    """
    planned = []
    lacking: dict[Path, FileMissing] = {}
    taken: dict[Path, Path] = {}
    given: set[Path] = {path.resolve() for path in (*plates, *also_read)}
    for plate, number in zip(plates, numbers or [None] * len(plates), strict=True):
        inputs = {}
        for what, text in companions.items():
            try:
                inputs[what] = companion_of(plate, text, what, number)
            except FileMissing as error:
                lacking[plate] = error
                inputs[what] = _looked_for(plate, Path(text), what)
        given.update(path.resolve() for path in inputs.values())
        several = len(plates) > 1
        result = _target(plate, out, suffix, several, "--out", number)
        shown = None if preview is None else _target(plate, preview, ".png", several, "--preview", number)
        if shown is not None and shown.resolve() == result.resolve():
            raise BadInput(f"{result}: --out and --preview would both be written there; give one another name")
        for written in (result, *([] if shown is None else [shown])):
            other = taken.setdefault(written.resolve(), plate)
            if other != plate:
                raise BadInput(f"{other} and {plate} would both be written to {written}; use a pattern such as %04d")
        planned.append(PlannedRelight(plate, result, inputs, shown))
    if lacking and len(lacking) == len(planned):
        raise next(iter(lacking.values()))
    for path, plate in taken.items():
        if path in given:
            raise BadInput(f"{path}: the result of {plate} would replace this input; choose another --out")
    return tuple(planned)


def companion_of(plate: Path, text: str, what: str, number: int | None = None) -> Path:
    """The file that `text` means for a plate of this frame number; see `plan_relights`. Raises as it does."""
    path = Path(text)
    if path.is_dir():
        exact = _looked_for(plate, path, what)
        if exact.is_file() or what == "estimate":
            found = [exact] if exact.is_file() else []
        else:  # "plate.1001.exr" is no file of "plate.exr": only the suffix may differ
            beside = sorted(path.glob(f"{_escaped(plate.stem)}.*"))
            found = [file for file in beside if file.stem == plate.stem and file.suffix.lower() in IMAGE_SUFFIXES]
        if not found:
            raise FileMissing(f"{path}: no {what} for {plate.name} in this folder; {exact.name} is looked for")
        return found[0]
    return _numbered(plate, path, what, number) if _PATTERN.search(path.name) and not path.exists() else path


def _looked_for(plate: Path, folder: Path, what: str) -> Path:
    """The usual file of a plate in a folder."""
    return folder / f"{plate.stem}{'.json' if what == 'estimate' else '.exr'}"


def frame_number(path: Path) -> int | None:
    """The last number in a file's name, or None."""
    match = _LAST_NUMBER.search(path.stem)
    return int(match[1]) if match else None


def _target(plate: Path, text: str, suffix: str, several: bool, option: str, number: int | None) -> Path:
    path = Path(text)
    if _PATTERN.search(path.name):
        return _numbered(plate, path, option, number)
    if path.is_dir() or text.endswith("/") or not path.suffix:
        return path / f"{plate.stem}{suffix}"
    if several:
        raise BadInput(f"{option} {text} is one file for several plates; name a folder or a pattern such as %04d")
    return path


def _numbered(plate: Path, pattern: Path, what: str, number: int | None) -> Path:
    number = frame_number(plate) if number is None else number
    if number is None:
        raise BadInput(f"{plate}: has no frame number in its name for the {what} pattern {pattern.name}; name one file")
    slot = list(_PATTERN.finditer(pattern.name))[-1]
    digits = len(slot[0]) if slot[0].startswith("#") else int(slot[1] or 0)
    return pattern.with_name(f"{pattern.name[: slot.start()]}{number:0{digits}d}{pattern.name[slot.end() :]}")


def _escaped(stem: str) -> str:
    return re.sub(r"([*?\[])", r"[\1]", stem)
