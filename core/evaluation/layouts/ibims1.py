"""iBims-1 (Koch et al., "Evaluation of CNN-based Single-Image Depth Estimation Methods", 2018).

A hundred photographs with laser-scanned depth, 640 x 480. The set has no normals of its own: planes are fitted to the
depth (`core.evaluation.layouts.planes`). Three layouts are read:

1. `ibims1_core_mat`: `imagelist.txt` and `NAME.mat` (MATLAB v5; needs scipy) with a structure `data`: `rgb`, `depth` in
   metres along the viewing axis, `calib` (3 x 3, cx and cy in the last row, pixels from 1), and the masks
   `mask_invalid` and `mask_transp`, both 1 where the depth is good. Source: the authors' `evaluate_ibims.py` and
   `evaluate_ibims_error_metrics.py`, kept in https://github.com/bulatko/DepthART under `ibims_official`.
2. `ibims1_core_raw`: `rgb/NAME.png`, `depth/NAME.png` (16 bits, 65535 is 50 m), `calib/NAME.txt` (fx, fy, cx, cy),
   `mask_invalid/NAME.png`, `mask_transp/NAME.png` (white where good). Source: loaders in public repositories.
3. `NAME_img.png`, `NAME_normal.exr`, `NAME_intrins.npy` with the normals of DSINE's authors, which papers measure
   against: see `core.evaluation.layouts.stems`.

Not checked against the real files: see docs/evaluation.md.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import BadInput, FileMissing, MissingPart
from core.evaluation.layouts.axes import Axes
from core.evaluation.layouts.intrinsics import Intrinsics, read_intrinsics
from core.evaluation.layouts.planes import fit_normals
from core.evaluation.layouts.references import (
    LazyPairs,
    beside,
    display_to_linear,
    make_pair,
    read_mask,
    read_plate,
)
from core.evaluation.layouts.stems import find_plates, open_stems
from core.evaluation.pairs import Pair, PairSource
from core.image import read_image

__all__ = ["looks_like", "open_ibims1"]

_GROUP = "ibims1"
_METRES = 50.0
_OURS = Axes("RUB")


def looks_like(folder: Path) -> bool:
    """Whether there are .mat files with an image list, the raw folders, or normals as EXR."""
    listed = (folder / "imagelist.txt").is_file() and any(folder.glob("*.mat"))
    return listed or (folder / "mask_transp").is_dir() or any(folder.rglob("*_normal.exr"))


def open_ibims1(folder: Path, axes: Axes | None) -> PairSource:
    """The pairs of a folder; `axes` only matters for normals as EXR.

    Raises:
        FileMissing: none of the layouts, or one of an image's files is not there.
        MissingPart: scipy is not installed.
    """
    plates = find_plates(folder)
    if plates:
        return open_stems(plates, _GROUP, ("_normal.exr", "_normal.npy", "_normal.png"), axes)
    if (folder / "rgb").is_dir():
        return LazyPairs([partial(_read_raw, folder, path.stem) for path in sorted((folder / "rgb").glob("*.png"))])
    names = _listed(folder)
    _scipy_io(folder / f"{names[0]}.mat")
    missing = [name for name in names if not (folder / f"{name}.mat").is_file()]
    if missing:
        raise FileMissing(f"{folder / missing[0]}.mat: is in the list of images but missing; unpack the set again")
    return LazyPairs([partial(_read_mat, folder / f"{name}.mat") for name in names])


def _listed(folder: Path) -> list[str]:
    if (folder / "imagelist.txt").is_file():
        names = (folder / "imagelist.txt").read_text("utf-8").split()
    else:
        names = sorted(path.stem for path in folder.glob("*.mat"))
    if not names:
        raise FileMissing(f"{folder / 'imagelist.txt'}: missing, and there is no NAME.mat, rgb/ or NAME_img.png either")
    return names


def _scipy_io(path: Path) -> Any:
    try:
        import scipy.io
    except ImportError as error:
        raise MissingPart(f"{path.name} needs scipy: pip install 'platelight[datasets]'") from error
    return scipy.io


def _read_mat(path: Path) -> Pair:
    try:
        data = _scipy_io(path).loadmat(path)["data"]
        rgb, depth, calib, invalid, transparent = (
            np.asarray(data[name][0][0]) for name in ("rgb", "depth", "calib", "mask_invalid", "mask_transp")
        )
    except (KeyError, ValueError, TypeError, OSError, IndexError, NotImplementedError) as error:
        raise BadInput(f"{path}: not a file of iBims-1 ({error}); unpack the set again") from error
    centre = calib[2, :2] if calib[0, 2] == 0.0 else calib[:2, 2]
    camera = Intrinsics(float(calib[0, 0]), float(calib[1, 1]), float(centre[0]) - 0.5, float(centre[1]) - 0.5)
    good = (invalid > 0) & (transparent > 0) & (depth > 0)
    normals, trusted = fit_normals(depth.astype(np.float64), good, camera)
    return make_pair(_GROUP, path.stem, display_to_linear(rgb), normals, trusted, _OURS, camera, source=path)


def _read_raw(folder: Path, name: str) -> Pair:
    paths = {kind: beside(folder / kind, name, (".png",), f"{kind} of {name}") for kind in ("rgb", "depth")}
    camera = read_intrinsics(beside(folder / "calib", name, (".txt",), f"the camera of {name}"))
    depth = read_image(paths["depth"]).pixels[..., 0].astype(np.float64) * _METRES
    good = depth > 0
    for kind in ("mask_invalid", "mask_transp"):
        good &= read_mask(beside(folder / kind, name, (".png",), f"{kind} of {name}"))
    normals, trusted = fit_normals(depth, good, camera)
    return make_pair(_GROUP, name, read_plate(paths["rgb"]), normals, trusted, _OURS, camera, source=paths["depth"])
