"""The plates of the demo: photographs that a dependency carries, and what the user names."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from core.atomic import atomic_path
from core.errors import MissingPart
from core.inference.sequence import expand_inputs, plan_outputs

__all__ = ["PHOTOGRAPHS", "DemoPlate", "named_plates", "photographs"]

PHOTOGRAPHS = {
    "astronaut": "astronaut.png",
    "coffee": "coffee.png",
    "motorcycle": "motorcycle_left.png",
}
"""Photographs inside scikit-image's wheel, by the name the demo gives them; none is downloaded."""

MOST_FRAMES = 12


@dataclass(frozen=True)
class DemoPlate:
    """One plate, or a sequence of which some frames are shown.

    Attributes:
        name: for headings and file names.
        origin: where it comes from, for the page.
        frames: the files, at least one.
        normals: the normals file of each frame, as `platelight normals` will name it.
    """

    name: str
    origin: str
    frames: tuple[Path, ...]
    normals: tuple[Path, ...]


def photographs(folder: Path, normals: Path) -> tuple[DemoPlate, ...]:
    """Copy the photographs of scikit-image to `folder`.

    Args:
        folder: gets NAME.png.
        normals: folder in which their normals will be.

    Raises:
        MissingPart: scikit-image is not installed, or carries none of them.
    """
    spec = find_spec("skimage")
    if spec is None or spec.origin is None:
        raise MissingPart(
            "the demo's photographs come with scikit-image, which is not installed; "
            "python -m pip install 'platelight[demo]' brings it, or name pictures of your own with --plate"
        )
    data = Path(spec.origin).parent / "data"
    found = []
    for name, file in PHOTOGRAPHS.items():
        if not (data / file).is_file():
            continue
        with atomic_path(folder / f"{name}.png") as temporary:
            shutil.copyfile(data / file, temporary)
        found.append(_plate(name, "a photograph that scikit-image carries", (folder / f"{name}.png",), normals))
    if not found:
        raise MissingPart(f"scikit-image carries none of {', '.join(PHOTOGRAPHS)}; name a picture with --plate")
    return tuple(found)


def named_plates(pattern: str, normals: Path) -> tuple[DemoPlate, ...]:
    """What the user named: a file, a folder or a frame pattern, as `platelight normals` takes it.

    A sequence is shown by at most `MOST_FRAMES` frames, spread over it evenly.

    Raises:
        BadInput: nothing is there; as `core.inference.sequence.expand_inputs`.
    """
    files = [frame.path for frame in expand_inputs([pattern], normals).frames]
    count = min(len(files), MOST_FRAMES)
    chosen = tuple(files[round(index * (len(files) - 1) / max(count - 1, 1))] for index in range(count))
    stem = files[0].stem
    name = f"{stem}_yours" if stem in PHOTOGRAPHS else stem  # results are named after plates and must not meet
    origin = str(files[0]) if len(files) == 1 else f"{count} of {len(files)} frames of {pattern}"
    return (_plate(name, origin, chosen, normals),)


def _plate(name: str, origin: str, frames: tuple[Path, ...], normals: Path) -> DemoPlate:
    planned = plan_outputs(expand_inputs([str(frame) for frame in frames], normals).frames, normals, False)
    return DemoPlate(name, origin, frames, tuple(frame.normals for frame in planned))
