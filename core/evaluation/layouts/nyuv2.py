"""NYU Depth V2 (Silberman et al., "Indoor Segmentation and Support Inference from RGBD Images", 2012).

Three layouts are read:

1. The labelled file `nyu_depth_v2_labeled.mat` (MATLAB v7.3, that is HDF5; needs h5py), from
   https://cs.nyu.edu/~silberman/datasets/nyu_depth_v2.html: `images` H x W x 3 x N uint8, `depths` and `rawDepths`
   H x W x N in metres along the viewing axis, which HDF5 gives back with the axes reversed. It has no normals: planes
   are fitted to the filled depth (`core.evaluation.layouts.planes`) and trusted where the sensor measured
   (`rawDepths` > 0) inside rows 45..470 and columns 41..600, the part that papers measure (Eigen, Puhrsch and Fergus,
   2014), beyond which depth was projected from nowhere. With `splits.mat` beside it only its `testNdxs` (from 1) are
   read. Camera: `camera_params.m` of the toolbox, fx 518.858, fy 519.470, cx 325.582, cy 253.736, pixels from 1.
2. Extracted: `img/NAME.png` with `norm/NAME.png` (or .npy), as https://github.com/baegwangbin/surface_normal_uncertainty
   names them (`data_split/nyu_test.txt`: GeoNet's normals, black for none). Axes left, up, back, as in 3.
3. `NAME_img.png`, `NAME_normal.png`, `NAME_intrins.npy`: see `core.evaluation.layouts.stems`.

Not checked against the real files: see docs/evaluation.md.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import BadInput, FileMissing, MissingPart
from core.evaluation.layouts.axes import Axes
from core.evaluation.layouts.intrinsics import Intrinsics
from core.evaluation.layouts.planes import fit_normals
from core.evaluation.layouts.references import (
    PICTURES,
    LazyPairs,
    beside,
    display_to_linear,
    make_pair,
    read_normals,
    read_plate,
)
from core.evaluation.layouts.stems import STEM_AXES, find_plates, open_stems
from core.evaluation.pairs import Pair, PairSource

__all__ = ["looks_like", "open_nyuv2"]

_GROUP = "nyuv2"
_LABELLED = "nyu_depth_v2_labeled.mat"
# MATLAB counts pixels from 1 at their centres, which lie at half-integers here.
_CAMERA = Intrinsics(518.85790117450188, 519.46961112127485, 325.58244941119034 - 0.5, 253.73616633400465 - 0.5)
_SIZE = (480, 640)
_MEASURED = (slice(45, 471), slice(41, 601))


def looks_like(folder: Path) -> bool:
    """Whether there is a labelled file, or extracted normals."""
    return (folder / _LABELLED).is_file() or bool(_extracted(folder)) or bool(find_plates(folder))


def open_nyuv2(folder: Path, axes: Axes | None) -> PairSource:
    """The pairs of a folder.

    Raises:
        FileMissing: none of the three layouts; or a plate without normals.
        MissingPart: h5py (or, for `splits.mat`, scipy) is not installed.
        BadInput: the labelled file is damaged.
    """
    if (folder / _LABELLED).is_file():
        return _Labelled(folder / _LABELLED)
    plates = _extracted(folder)
    if plates:
        readers = []
        for plate in plates:
            normals = beside(
                plate.parents[1] / "norm", plate.stem, (".png", ".npy"), f"the normals of img/{plate.name}"
            )
            readers.append(partial(_read, plate, normals, axes or STEM_AXES))
        return LazyPairs(readers)
    plates = find_plates(folder)
    if plates:
        return open_stems(plates, _GROUP, ("_normal.png", "_normal.npy"), axes)
    raise FileMissing(
        f"{folder / _LABELLED}: missing, and there are neither img/NAME.png nor NAME_img.png; see --layout"
    )


def _extracted(folder: Path) -> list[Path]:
    places = [place for place in sorted(folder.rglob("img")) if (place.parent / "norm").is_dir()]
    return sorted(path for place in places for path in place.iterdir() if path.suffix.lower() in PICTURES)


def _read(plate: Path, path: Path, axes: Axes) -> Pair:
    normals, trusted = read_normals(path)
    camera = _CAMERA if trusted.shape == _SIZE else None
    return make_pair(_GROUP, plate.stem, read_plate(plate), normals, trusted, axes, camera, source=path)


class _Labelled:
    def __init__(self, path: Path) -> None:
        self._path = path
        with self._open() as file:
            missing = [name for name in ("images", "depths", "rawDepths") if name not in file]
            if missing:
                raise BadInput(f"{path}: has no {', '.join(missing)}; get the labelled data set again")
            count = int(self._array(file, "images").shape[0])
        self._chosen = _test_split(path.with_name("splits.mat")) or list(range(count))
        if max(self._chosen) >= count:
            raise BadInput(f"{path}: has {count} images, but splits.mat asks for number {max(self._chosen) + 1}")

    def __len__(self) -> int:
        return len(self._chosen)

    def __iter__(self) -> Any:
        return iter(LazyPairs([partial(self._read, index) for index in self._chosen]))

    def _open(self) -> Any:
        try:
            import h5py
        except ImportError as error:
            raise MissingPart(f"{self._path.name} is HDF5: pip install 'platelight[datasets]' (h5py)") from error
        try:
            return h5py.File(self._path, "r")
        except OSError as error:
            raise BadInput(f"{self._path}: cannot be read as HDF5 ({error}); get the file again") from error

    def _array(self, file: Any, name: str) -> Any:
        """A data set whose numbers lie in this file: HDF5 may take them from any other file of the machine."""
        found = file[name]
        outside = file.get(name, getlink=True).__class__.__name__ == "ExternalLink" or found.file != file
        if outside or getattr(found, "external", None) or getattr(found, "is_virtual", False):
            raise BadInput(f"{self._path}: takes {name} from another file; get the labelled data set again")
        return found

    def _read(self, index: int) -> Pair:
        with self._open() as file:
            image = np.asarray(self._array(file, "images")[index]).transpose(2, 1, 0)
            depth, raw = (np.asarray(self._array(file, name)[index], np.float64).T for name in ("depths", "rawDepths"))
        measured = np.zeros(depth.shape, bool)
        measured[_MEASURED] = True
        normals, trusted = fit_normals(depth, depth > 0, _CAMERA)
        trusted &= measured & (raw > 0)
        plate = display_to_linear(image)
        return make_pair(_GROUP, f"{index:06d}", plate, normals, trusted, Axes("RUB"), _CAMERA, source=self._path)


def _test_split(path: Path) -> list[int]:
    if not path.is_file():
        return []
    try:
        from scipy.io import loadmat
    except ImportError as error:
        raise MissingPart(f"{path.name} needs scipy: pip install 'platelight[datasets]'") from error
    try:
        return sorted(int(number) - 1 for number in loadmat(path)["testNdxs"].ravel())
    except (KeyError, ValueError, TypeError) as error:
        raise BadInput(
            f"{path}: has no testNdxs ({error}); get it again, or take it away to read all images"
        ) from error
