"""From what a user names on the command line to a list of frames, and where the result of each goes."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.errors import BadConfig, BadInput, FileMissing
from core.walk import files_below

__all__ = ["Expansion", "Frame", "PlannedFrame", "expand_inputs", "frames_before", "parse_range", "plan_outputs"]

IMAGE_SUFFIXES = frozenset(
    (
        *(".exr", ".png", ".jpg", ".jpeg", ".jpe", ".tif", ".tiff", ".tx", ".dpx", ".cin", ".hdr", ".bmp", ".tga"),
        *(".webp", ".jp2", ".j2k", ".gif", ".ppm", ".pgm", ".pfm", ".sgi", ".psd", ".heic", ".avif"),
    )
)
"""What is taken from a folder. A file that is named is tried whatever it is called."""

PREVIEW_ENDING = "_normals.png"

MAX_FRAMES = 1_000_000

_RANGE = re.compile(r"(-?\d+)(?:-(-?\d+)(?:x(\d+))?)?")
# The last number of a name; a hyphen before it parts it from the name rather than making it negative.
_NUMBERED = re.compile(r"(?P<before>.*?)(?P<number>\d+)(?P<after>[^\d]*(?:\.[A-Za-z]+\d?)?)")
_PATTERN = re.compile(r"%(0\d+)?d|#+")


@dataclass(frozen=True)
class Frame:
    """One image to work on.

    Attributes:
        path: the file.
        subfolder: its folder below the one the user named; empty for a file named itself.
        number: its frame number, where a pattern says which number in the name that is.
    """

    path: Path
    subfolder: Path = Path()
    number: int | None = None


@dataclass(frozen=True)
class Expansion:
    """The frames that were found, in order and without repeats, and those of a range that are not there."""

    frames: tuple[Frame, ...]
    missing: tuple[Path, ...] = ()


@dataclass(frozen=True)
class PlannedFrame:
    """A frame, its normals file and its preview."""

    source: Path
    normals: Path
    preview: Path


def expand_inputs(arguments: Sequence[str], out: Path) -> Expansion:
    """The frames that command-line arguments stand for.

    Args:
        arguments: files, folders (searched with their sub-folders, for known suffixes), wildcards, and frame patterns
            (`plate.%04d.exr`, `plate.####.exr`) with or without a range (`1001-1020`, `1001-1100x10`, `1001,1005`)
            as the next argument or after a space.
        out: the folder for results; what lies in it is not taken from a folder that contains it.

    Raises:
        FileMissing: a named file, folder or pattern that is not there, or a range without a single frame.
        BadConfig: a range that cannot be read.
        BadInput: a folder without images, or a range that belongs to no pattern.
    """
    frames: list[Frame] = []
    missing: list[Path] = []
    pending = list(arguments)
    while pending:
        argument = pending.pop(0)
        path = Path(argument)
        if path.is_dir():
            frames.extend(_folder(path, out))
        elif path.exists():
            frames.append(Frame(path))
        elif _PATTERN.search(path.name):
            pattern, _, written = argument.rpartition(" ")
            if not pattern or not _is_range(written):
                pattern, written = argument, ""
                if pending and _is_range(pending[0]) and not Path(pending[0]).exists():
                    written = pending.pop(0)
            found, absent = _pattern(pattern.strip(), written)
            frames.extend(found)
            missing.extend(absent)
        elif any(sign in path.name for sign in "*?["):
            matches = sorted(path.parent.glob(path.name))
            if not matches:
                raise FileMissing(f"{argument}: no file matches")
            frames.extend(Frame(match) for match in matches if match.is_file())
        elif _is_range(argument):
            raise BadInput(f"frame range {argument} follows no pattern; write it after one such as plate.%04d.exr")
        else:
            raise FileMissing(f"{argument}: no such file or folder; check the path")
    unique: dict[Path, Frame] = {}
    for frame in frames:
        # Held frames are often links to the one before: each name is a frame of its own.
        unique.setdefault(Path(os.path.abspath(frame.path)), frame)
    return Expansion(tuple(unique.values()), tuple(missing))


def parse_range(text: str) -> tuple[int, ...]:
    """Frame numbers of `1001-1020`, `1001-1100x10` (every tenth), `7`, or several of these joined by commas.

    Raises:
        BadConfig: another form, a range that runs backwards, or one of more than a million frames.
    """
    numbers: list[int] = []
    for part in text.split(","):
        match = _RANGE.fullmatch(part)
        if not match:
            raise BadConfig(f"frame range {text!r} cannot be read; write it as 1001-1020, 1001-1100x10 or 1001,1005")
        first = int(match[1])
        last = int(match[2]) if match[2] is not None else first
        step = int(match[3]) if match[3] is not None else 1
        if last < first or step < 1:
            raise BadConfig(f"frame range {text!r} runs backwards or stands still; write the lower number first")
        if (last - first) // step >= MAX_FRAMES:
            raise BadConfig(f"frame range {text!r} is longer than {MAX_FRAMES} frames; check the numbers")
        numbers.extend(range(first, last + 1, step))
    return tuple(dict.fromkeys(numbers))


def plan_outputs(frames: Sequence[Frame], out: Path, keep_tree: bool) -> tuple[PlannedFrame, ...]:
    """Where the result of each frame goes: `NAME.exr` and `NAME_normals.png` in `out`.

    Args:
        frames: from `expand_inputs`.
        out: the folder for results.
        keep_tree: put each into the sub-folder of `out` that it had below the folder the user named.

    Raises:
        BadInput: two frames would be written to one file, or a result would replace one of the plates.
    """
    planned: dict[Path, PlannedFrame] = {}
    plates = {frame.path.resolve(): frame.path for frame in frames}
    for frame in frames:
        folder = out / frame.subfolder if keep_tree else out
        result = PlannedFrame(
            source=frame.path,
            normals=folder / f"{frame.path.stem}.exr",
            preview=folder / f"{frame.path.stem}{PREVIEW_ENDING}",
        )
        for written in (result.normals, result.preview):
            plate = plates.get(written.resolve())
            if plate is not None:
                raise BadInput(f"{plate}: the result would replace this plate; choose another folder with --out")
        other = planned.get(result.normals)
        if other is not None:
            remedy = "rename one, or do them apart" if keep_tree else "use --keep-tree, rename one, or do them apart"
            raise BadInput(f"{other.source} and {frame.path} would both be written to {result.normals}; {remedy}")
        planned[result.normals] = result
    return tuple(planned.values())


def frames_before(path: Path, count: int) -> tuple[Path, ...]:
    """The numbered frames that come just before a frame in its folder, oldest first.

    They belong to its shot if only the last number in the name differs. A number that is missing is passed over; what
    matters is what lies on disk, not which frames a user named, so that every part of a shot sees the same.

    Args:
        path: the frame; one whose name has no number has nothing before it.
        count: at most so many.
    """
    own = _NUMBERED.fullmatch(path.name)
    if not own or count < 1 or not path.parent.is_dir():
        return ()
    earlier = []
    for candidate in path.parent.iterdir():
        match = _NUMBERED.fullmatch(candidate.name)
        alike = match is not None and (match["before"], match["after"]) == (own["before"], own["after"])
        if match is not None and alike and int(match["number"]) < int(own["number"]) and candidate.is_file():
            earlier.append((int(match["number"]), candidate.name, candidate))
    return tuple(candidate for _, _, candidate in sorted(earlier)[-count:])


def _is_range(text: str) -> bool:
    return all(_RANGE.fullmatch(part) for part in text.split(","))


def _folder(folder: Path, out: Path) -> list[Frame]:
    inside_out = out.resolve()
    found = []
    for path in files_below(folder):
        # Results of an earlier run are not plates: leave out the output folder, unless it is this folder itself,
        # where a clash with a plate is then reported rather than hidden.
        in_output = inside_out != folder.resolve() and path.resolve().is_relative_to(inside_out)
        is_image = path.suffix.lower() in IMAGE_SUFFIXES and not path.name.startswith(".")
        if is_image and not in_output and not _is_result(path):
            found.append(Frame(path, path.parent.relative_to(folder)))
    if not found:
        raise BadInput(f"{folder}: no images in this folder; name a folder that holds EXR, PNG, JPEG or TIFF files")
    return found


def _is_result(path: Path) -> bool:
    """Whether a file in a folder of plates is a preview of one of them, made by an earlier run."""
    return path.name.endswith(PREVIEW_ENDING) and path.with_name(f"{path.name[: -len(PREVIEW_ENDING)]}.exr").exists()


def _pattern(pattern: str, written: str) -> tuple[list[Frame], list[Path]]:
    path = Path(pattern)
    matches = list(_PATTERN.finditer(path.name))
    # "plate_v###.####.exr" counts in its last place; earlier ones belong to the name.
    slot = matches[-1]
    before, after = path.name[: slot.start()], path.name[slot.end() :]
    digits = len(slot[0]) if slot[0].startswith("#") else int(slot[1] or 0)
    if written:
        numbers = parse_range(written)
        frames = [Frame(path.with_name(f"{before}{number:0{digits}d}{after}"), number=number) for number in numbers]
        found = [frame for frame in frames if frame.path.is_file()]
        if not found:
            raise FileMissing(f"{pattern}: none of the frames {written} exists (the first is {frames[0].path})")
        return found, [frame.path for frame in frames if not frame.path.is_file()]
    wanted = re.compile(re.escape(before) + rf"(-?\d{{{max(digits, 1)},}})" + re.escape(after))
    numbered = []
    if path.parent.is_dir():
        for candidate in path.parent.iterdir():
            match = wanted.fullmatch(candidate.name)
            if match and candidate.is_file():
                numbered.append((int(match[1]), candidate))
    if not numbered:
        raise FileMissing(f"{pattern}: no frame of this pattern exists; check the path and the number of digits")
    return [Frame(candidate, number=number) for number, candidate in sorted(numbered)], []
