"""DIODE (Vasiljevic et al., "DIODE: A Dense Indoor and Outdoor DEpth Dataset", 2019).

`{indoors,outdoor}/scene_NNNNN/scan_NNNNN/NAME.png` with `NAME_normal.npy` (float, H x W x 3, zero for none) and
`NAME_depth_mask.npy` (1 where the sensor measured) beside it, 1024 x 768. The normals are a download of their own, to
be unpacked over that of the depth. Sources: https://github.com/diode-dataset/diode-devkit, `diode.py` (files, zero for
none) and `intrinsics.txt` (fx 886.81, fy 927.06, cx 512, cy 384: pixels are not square).

The devkit does not say where the axes point. https://github.com/YvanYin/Metric3D, `training/mono/datasets/
diode_dataset.py`, turns y and z round to have right, down, forward, and then every normal that looks away: so they are
stored right, up, back, with some turned round; the same is done here. Not checked against the real files: see
docs/evaluation.md.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

from core.errors import FileMissing
from core.evaluation.layouts.axes import Axes
from core.evaluation.layouts.intrinsics import Intrinsics
from core.evaluation.layouts.references import LazyPairs, beside, make_pair, read_mask, read_normals, read_plate
from core.evaluation.pairs import Pair, PairSource

__all__ = ["looks_like", "open_diode"]

_AXES = Axes("RUB")
_CAMERA = Intrinsics(886.81, 927.06, 512.0, 384.0)
_SIZE = (768, 1024)
_GROUPS = ("indoors", "outdoor")


def looks_like(folder: Path) -> bool:
    """Whether a depth mask lies somewhere below."""
    return next(folder.rglob("*_depth_mask.npy"), None) is not None


def open_diode(folder: Path, axes: Axes | None) -> PairSource:
    """The pairs at or below a folder; `indoors` and `outdoor` are two sets.

    Raises:
        FileMissing: no depth mask at all, or one of the three files of an image is not there.
    """
    masks = sorted(folder.rglob("*_depth_mask.npy"))
    if not masks:
        raise FileMissing(f"{folder / 'NAME_depth_mask.npy'}: no such file at or below this folder; DIODE has it")
    readers = []
    for mask in masks:
        stem = mask.name.removesuffix("_depth_mask.npy")
        plate = beside(mask.parent, stem, (".png",), f"the plate of {mask.name}")
        normals = beside(mask.parent, stem, ("_normal.npy",), f"the normals of {plate.name} (DIODE Normal)")
        readers.append(partial(_read, plate, normals, mask, axes or _AXES))
    return LazyPairs(readers)


def _read(plate: Path, path: Path, mask: Path, axes: Axes) -> Pair:
    normals, trusted = read_normals(path)
    group = next((name for name in _GROUPS if name in path.parts), "")
    pixels = read_plate(plate)
    camera = _CAMERA if pixels.shape[:2] == _SIZE else None
    return make_pair(
        f"diode_{group}".rstrip("_"),
        plate.stem,
        pixels,
        normals,
        trusted & read_mask(mask),
        axes,
        camera,
        source=path,
        turn_to_camera=True,
    )
