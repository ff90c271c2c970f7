"""Plates for `inference.py`: those that are given, or made ones where none are."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from core.bench.picture import made_plate
from core.color import to_scene_linear
from core.image import read_image

__all__ = ["MADE", "find_plates", "load_plate", "made_plate", "split"]

FloatArray = npt.NDArray[np.float32]

MADE = 8
"""How many plates are made where none are given."""

_PICTURES = (".exr", ".hdr", ".jpg", ".jpeg", ".png", ".tif", ".tiff")


def find_plates(paths: Sequence[Path], limit: int) -> list[Path]:
    """The pictures among files and folders (which are searched through), sorted within each, at most `limit`.

    In a folder with NAME_plate.* only those count, since its other pictures are references.

    Raises:
        FileNotFoundError: a path does not exist, or there is no picture.
    """
    found: list[Path] = []
    for path in paths:
        if not path.exists():
            raise FileNotFoundError(f"{path}: no such file or folder")
        if path.is_file():
            found.append(path)
            continue
        pictures = sorted(item for item in path.rglob("*") if item.suffix.lower() in _PICTURES)
        found += [item for item in pictures if item.stem.endswith("_plate")] or pictures
    if paths and not found:
        raise FileNotFoundError(f"no picture in {', '.join(map(str, paths))}")
    # Spread over all that was found: folders of sets stand one after the other.
    step = max(1.0, len(found) / max(1, limit))
    return [found[int(k * step)] for k in range(min(limit, len(found)))]


def split(count: int) -> tuple[list[int], list[int]]:
    """Numbers of the plates to calibrate with and of those to compare on: every other one; a single one is both.

    A graph that is compared on what it was calibrated with would look better than it is.
    """
    numbers = list(range(count))
    return (numbers[::2], numbers[1::2]) if count > 1 else (numbers, numbers)


def load_plate(path: Path) -> FloatArray:
    """(H, W, 3) float32 scene-linear Rec.709 of a picture file. Raises as `core.image.read_image`."""
    image = read_image(path)
    return to_scene_linear(np.nan_to_num(image.rgb(), posinf=6e4, neginf=0.0), image.color_space)
