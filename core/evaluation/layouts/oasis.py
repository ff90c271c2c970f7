"""OASIS (Chen et al., "OASIS: A Large-Scale Dataset for Single Image 3D in the Wild", 2020).

Photographs with normals that people drew on a region of interest. Two layouts are read:

1. The set itself: `OASIS_val.csv` (or `OASIS_train.csv` where that is missing) with the columns `Image`, `Normal` and
   `Mask`, paths that start at the folder above; rows without `Normal` are left out. `Normal` is a pickled dictionary
   with `normal` (h x w x 3, zero for none) and its place `min_x`, `max_x`, `min_y`, `max_y` (both ends included), or a
   numpy file of the whole image. Source: https://github.com/princeton-vl/oasis, `README.md` and `experiments/
   normal_estimation/common/datasets/OASISDataset.py`. The `Mask`, where given and there, must not be 0 either.
2. `NAME_img.png`, `NAME_normal.pkl`, `NAME_intrins.npy` as DSINE's authors hand it out.

Axes right, down, back (left-handed): https://github.com/baegwangbin/DSINE, `data/datasets/oasis/__init__.py`, turns x
and y round to have left, up, back. The set has no camera in the files read here; without `_intrins.npy` the field of
view is that of `--fov` or the model's default. Not checked against the real files: see docs/evaluation.md.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from functools import partial
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

import numpy as np
import numpy.typing as npt

from core.errors import BadInput, FileMissing
from core.evaluation.layouts.array_pickles import read_pickled
from core.evaluation.layouts.axes import Axes
from core.evaluation.layouts.intrinsics import read_intrinsics
from core.evaluation.layouts.references import (
    LazyPairs,
    beside,
    make_pair,
    read_mask,
    read_normals,
    read_plate,
)
from core.evaluation.layouts.stems import find_plates
from core.evaluation.pairs import Pair, PairSource

__all__ = ["looks_like", "open_oasis"]

_GROUP = "oasis"
_AXES = Axes("RDB")
_LISTS = ("OASIS_val.csv", "OASIS_train.csv")


def looks_like(folder: Path) -> bool:
    """Whether there is a list of the set, or a pickle of normals."""
    return _list_of(folder) is not None or next(folder.rglob("*_normal.pkl"), None) is not None


def open_oasis(folder: Path, axes: Axes | None) -> PairSource:
    """The pairs of a folder.

    Raises:
        FileMissing: neither a list nor `NAME_img.png`; or a file of the list, or a plate's normals, is not there.
        BadInput: the list lacks a column.
    """
    listed = _list_of(folder)
    if listed is not None:
        return LazyPairs(_from_list(listed, axes or _AXES))
    plates = find_plates(folder)
    if not plates:
        raise FileMissing(f"{folder / _LISTS[0]}: missing, and there is no NAME_img.png either; see --layout")
    readers = []
    for plate in plates:
        stem = plate.stem.removesuffix("_img")
        normals = beside(plate.parent, stem, ("_normal.pkl", "_normal.npy"), f"the normals of {plate.name}")
        readers.append(partial(_read, plate, normals, None, plate.with_name(f"{stem}_intrins.npy"), axes or _AXES))
    return LazyPairs(readers)


def _list_of(folder: Path) -> Path | None:
    places = [place / name for name in _LISTS for place in (folder, folder / "OASIS_trainval")]
    return next((path for path in places if path.is_file()), None)


def _from_list(path: Path, axes: Axes) -> list[Callable[[], Pair]]:
    with path.open(newline="", encoding="utf-8") as file:
        table = csv.DictReader(file, skipinitialspace=True)
        lacking = [name for name in ("Image", "Normal") if name not in (table.fieldnames or ())]
        if lacking:
            raise BadInput(f"{path}: has no column {' and '.join(lacking)}; it has {', '.join(table.fieldnames or ())}")
        rows = [row for row in table if (row["Normal"] or "").strip()]
    readers: list[Callable[[], Pair]] = []
    for row in rows:
        mask = (row.get("Mask") or "").strip()
        readers.append(
            partial(
                _read,
                _found(path, row["Image"].strip()),
                _found(path, row["Normal"].strip()),
                _found(path, mask) if mask else None,
                None,
                axes,
            )
        )
    return readers


def _found(listed: Path, name: str) -> Path:
    if PurePosixPath(name).is_absolute() or PureWindowsPath(name).anchor or ".." in PureWindowsPath(name).parts:
        raise BadInput(f"{listed}: names {name[:200]!r}, which is not below its folder; unpack the set again")
    # The paths of the list start with the name of a folder that holds the list, wherever that has been put.
    places = [parent / name for parent in (listed.parent, *listed.parents[1:3])]
    found = next((place for place in places if place.is_file()), None)
    if found is None:
        raise FileMissing(f"{places[-1]}: is in {listed.name} but missing; unpack the set again")
    return found


def _read(plate: Path, path: Path, mask: Path | None, matrix: Path | None, axes: Axes) -> Pair:
    pixels = read_plate(plate)
    if path.suffix == ".pkl":
        normals = _placed(read_pickled(path), pixels.shape[0], pixels.shape[1], path)
        trusted = np.linalg.norm(normals, axis=2) > 0.5
    else:
        normals, trusted = read_normals(path)
    if mask is not None:
        trusted = trusted & read_mask(mask)
    camera = read_intrinsics(matrix) if matrix is not None and matrix.is_file() else None
    return make_pair(_GROUP, plate.stem.removesuffix("_img"), pixels, normals, trusted, axes, camera, source=path)


def _placed(value: Any, height: int, width: int, path: Path) -> npt.NDArray[np.float32]:
    """The drawn region in a whole image."""
    try:
        rows = slice(int(value["min_y"]), int(value["max_y"]) + 1)
        columns = slice(int(value["min_x"]), int(value["max_x"]) + 1)
        normals = np.zeros((height, width, 3), np.float32)
        normals[rows, columns] = value["normal"]
    except (KeyError, ValueError, TypeError, IndexError) as error:
        raise BadInput(f"{path}: no region of normals that fits its plate ({error}); unpack the set again") from error
    return normals
