"""ScanNet (Dai et al., 2017) with the normals that FrameNet rendered (Huang et al., 2019).

Three layouts are read, each with one folder `sceneNNNN_NN` a scene:

1. FrameNet's: `frame-NNNNNN-color.png`, `frame-NNNNNN-normal.png`, `frame-NNNNNN-orient-mask.png` (white where the
   normal counts). Source: https://github.com/hjwdzh/FrameNet, `src/dataset.py`, whose camera is fx 577.591, fy 578.73
   at 640 x 480 with slopes (x - cx) / fx to the right and (y - cy) / fy down, that is right, down, forward. Normals
   face the camera: https://github.com/MARSLab-UMN/TiltedImageSurfaceNormal, `dataset_loader_scannet.py`, reads
   `0.5 - c / 255` to have +z towards it.
2. ScanNet's own export with such normals: `color/N.jpg`, `normal/N.png` (or `normals/`), and
   `intrinsic/intrinsic_color.txt`, 4 x 4. Axes as in 1. The plate is brought to the size of the normals.
3. `NNNNNN_img.png`, `NNNNNN_normal.png`, `NNNNNN_intrins.npy`: see `core.evaluation.layouts.stems`.

Not checked against the real files: see docs/evaluation.md.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

from core.errors import FileMissing
from core.evaluation.layouts.axes import Axes
from core.evaluation.layouts.intrinsics import Intrinsics, read_intrinsics
from core.evaluation.layouts.references import (
    PICTURES,
    LazyPairs,
    beside,
    make_pair,
    read_mask,
    read_normals,
    read_plate,
)
from core.evaluation.layouts.stems import find_plates, open_stems
from core.evaluation.pairs import Pair, PairSource

__all__ = ["looks_like", "open_scannet"]

_GROUP = "scannet"
_SCENE = re.compile(r"scene\d{4}_\d{2}")
_AXES = Axes("RDF")
_FRAMENET = Intrinsics(577.591, 578.73, 318.905, 242.684)
_FRAMENET_SIZE = (480, 640)


def looks_like(folder: Path) -> bool:
    """Whether the folder is a scene or has scenes in it."""
    return bool(_scenes(folder))


def open_scannet(folder: Path, axes: Axes | None) -> PairSource:
    """The pairs of all scenes, one set.

    Raises:
        FileMissing: no scene, a scene of none of the layouts, or a plate without normals.
    """
    scenes = _scenes(folder)
    if not scenes:
        raise FileMissing(f"{folder / 'scene0000_00'}: no folder sceneNNNN_NN; ScanNet has one for each scene")
    stems = [plate for scene in scenes for plate in find_plates(scene)]
    if stems:
        return open_stems(stems, _GROUP, ("_normal.png", "_normal.npy"), axes)
    return LazyPairs([reader for scene in scenes for reader in _readers(scene, axes or _AXES)])


def _scenes(folder: Path) -> list[Path]:
    if _SCENE.fullmatch(folder.name):
        return [folder]
    return sorted(path for path in folder.rglob("scene*") if path.is_dir() and _SCENE.fullmatch(path.name))


def _readers(scene: Path, axes: Axes) -> list[Callable[[], Pair]]:
    framenet = sorted(path for suffix in PICTURES for path in scene.glob(f"frame-*-color{suffix}"))
    readers: list[Callable[[], Pair]] = []
    for plate in framenet:
        stem = plate.stem.removesuffix("-color")
        normals = beside(scene, stem, ("-normal.png",), f"the normals of {plate.name}")
        mask = scene / f"{stem}-orient-mask.png"
        readers.append(partial(_read, plate, normals, mask if mask.is_file() else None, None, axes))
    if readers:
        return readers
    plates = sorted(path for path in scene.glob("color/*") if path.suffix.lower() in PICTURES)
    if not plates:
        raise FileMissing(f"{scene / 'color'}: no color/N.jpg, frame-NNNNNN-color.png or NNNNNN_img.png in this scene")
    folder = next((scene / name for name in ("normal", "normals") if (scene / name).is_dir()), scene / "normal")
    matrix = beside(scene / "intrinsic", "intrinsic_color", (".txt",), "the camera of color/")
    for plate in plates:
        normals = beside(folder, plate.stem, (".png", ".npy"), f"the normals of color/{plate.name}")
        readers.append(partial(_read, plate, normals, None, matrix, axes))
    return readers


def _read(plate: Path, path: Path, mask: Path | None, matrix: Path | None, axes: Axes) -> Pair:
    normals, trusted = read_normals(path)
    if mask is not None:
        trusted = trusted & read_mask(mask)
    pixels = read_plate(plate)
    if matrix is not None:
        camera: Intrinsics | None = read_intrinsics(matrix)
    else:
        camera = _FRAMENET if pixels.shape[:2] == _FRAMENET_SIZE else None
    scene = path.parent.name if _SCENE.fullmatch(path.parent.name) else path.parents[1].name
    return make_pair(_GROUP, f"{scene}/{plate.stem}", pixels, normals, trusted, axes, camera, source=path)
