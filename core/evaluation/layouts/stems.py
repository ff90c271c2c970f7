"""Files that lie side by side as NAME_img, NAME_normal and NAME_intrins: how DSINE's authors hand out test sets.

Source: https://github.com/baegwangbin/DSINE, `data/datasets/*/__init__.py` (NYUv2, ScanNet, iBims-1, OASIS and others).
`NAME_img.png` (or .jpg); `NAME_normal.png` with `n = 2 c / 255 - 1` and black for none, `NAME_normal.exr` with zero for
none, or `NAME_normal.pkl` as OASIS has it; `NAME_intrins.npy`, a 3 x 3 matrix. Axes of the first two: +x left, +y up,
+z towards the camera (the loader of OASIS is the one that says so, "to LUB"; the authors' issue 12 calls it right,
down, front with normals that look into the surface, which is the same).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from core.evaluation.layouts.axes import Axes
from core.evaluation.layouts.intrinsics import read_intrinsics
from core.evaluation.layouts.references import PICTURES, LazyPairs, beside, make_pair, read_normals, read_plate
from core.evaluation.pairs import Pair

__all__ = ["STEM_AXES", "find_plates", "open_stems"]

STEM_AXES = Axes("LUB")


def find_plates(folder: Path) -> list[Path]:
    """Every `NAME_img.png` (.jpg) at or below a folder, sorted."""
    return sorted(path for suffix in PICTURES for path in folder.rglob(f"*_img{suffix}"))


def open_stems(plates: Sequence[Path], group: str, suffixes: Sequence[str], axes: Axes | None) -> LazyPairs:
    """The pairs of such plates.

    Args:
        plates: from `find_plates`.
        group: name of the set.
        suffixes: endings of the normals that are looked for, first come first.
        axes: instead of `STEM_AXES`.

    Raises:
        FileMissing: a plate has no normals.
    """
    found = [(plate, beside(plate.parent, _stem(plate), suffixes, f"the normals of {plate.name}")) for plate in plates]
    return LazyPairs([partial(_read, plate, normals, group, axes or STEM_AXES) for plate, normals in found])


def _stem(plate: Path) -> str:
    return plate.stem.removesuffix("_img")


def _read(plate: Path, path: Path, group: str, axes: Axes) -> Pair:
    normals, trusted = read_normals(path)
    matrix = plate.with_name(f"{_stem(plate)}_intrins.npy")
    camera = read_intrinsics(matrix) if matrix.is_file() else None
    return make_pair(group, _stem(plate), read_plate(plate), normals, trusted, axes, camera, source=path)
