"""Where pairs of plate and reference normals come from: shards, or folders of files.

A folder set has one sub-folder a set, and in it for each plate `NAME_plate.png` (or .exr, .jpg, .tif) and
`NAME_normals.exr` with the channels N.X, N.Y, N.Z (or N.red, N.green, N.blue): camera space, +X right, +Y up, +Z to
the camera; an alpha channel A of 1 marks pixels whose reference is trusted, and without one all are.

Public data sets in their own layouts are read by `core.evaluation.layouts`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from core.camera import PinholeCamera
from core.color import expose, exposure_key, to_scene_linear
from core.errors import BadChannels, BadConfig, BadInput, BadSize, FileMissing
from core.evaluation.layouts import AUTO, PLATELIGHT, open_layout
from core.evaluation.layouts.axes import Axes
from core.evaluation.pairs import LEAST_TRUSTED, Pair, PairSource
from core.image import Image, read_image
from core.shards import ShardSet

__all__ = ["Pair", "PairSource", "open_pairs"]

_PLATE_SUFFIXES = (".png", ".exr", ".jpg", ".jpeg", ".tif", ".tiff")


def open_pairs(folder: Path, layout: str = AUTO, axes: Axes | None = None) -> PairSource:
    """The pairs of a folder.

    Args:
        folder: shards, a folder set, or one of the public data sets of `core.evaluation.layouts`.
        layout: one of `core.evaluation.layouts.LAYOUTS`; `auto` takes what the files look like: shards or a folder set
            first, then the public data sets.
        axes: where the axes of the reference normals point, instead of what the layout says; public data sets only.

    Raises:
        FileMissing: there is nothing of the layout; the message names the file that is missing.
        BadConfig: an unknown layout, or axes for shards or a folder set, whose axes are fixed.
        BrokenShard: an index is damaged.
        MissingPart: a package that the layout needs is not installed.
    """
    if not folder.is_dir():
        raise FileMissing(f"{folder}: no such folder; give shards, or sub-folders with NAME_plate and NAME_normals.exr")
    own = _own(folder) if layout in (AUTO, PLATELIGHT) else None
    if own is not None and axes is not None:
        raise BadConfig("--normal-axes is for public data sets; Platelight's own normals are always right, up, back")
    if own is not None:
        return own
    if layout != PLATELIGHT:
        found = open_layout(folder, layout, axes)
        if found is not None:
            return found
    raise FileMissing(
        f"{folder}: neither shards (*.tar) nor SET/NAME_normals.exr with NAME_plate.png beside it"
        + ("" if layout == PLATELIGHT else ", nor a public data set of a known layout (see --layout)")
    )


def _own(folder: Path) -> PairSource | None:
    if any(folder.glob("[!.]*.tar")):
        return _Shards(ShardSet.open(folder))
    files = sorted(folder.glob("*/*_normals.exr")) or sorted(folder.glob("*_normals.exr"))
    return _Files(files) if files else None


class _Shards:
    """Rendered samples; each is exposed as in training, see `core.color`."""

    def __init__(self, shards: ShardSet) -> None:
        self._shards = shards

    def __len__(self) -> int:
        return len(self._shards)

    def __iter__(self) -> Iterator[Pair]:
        for key in self._shards.keys:
            image, meta = self._shards.read(key)
            try:
                pair = _rendered(key, image, meta)
            except BadInput as error:
                raise type(error)(f"{self._shards.shard_of(key)}: record {key}: {error}") from error
            if pair.trusted.mean() >= LEAST_TRUSTED:
                yield pair


class _Files:
    def __init__(self, references: list[Path]) -> None:
        self._references = references

    def __len__(self) -> int:
        return len(self._references)

    def __iter__(self) -> Iterator[Pair]:
        for path in self._references:
            stem = path.name.removesuffix("_normals.exr")
            plates = [path.with_name(f"{stem}_plate{suffix}") for suffix in _PLATE_SUFFIXES]
            found = next((plate for plate in plates if plate.is_file()), None)
            if found is None:
                raise FileMissing(f"{plates[0]}: the plate of {path.name} is missing; put it beside the normals")
            image, plate = read_image(path), read_image(found)
            if not image.has_layer("N"):
                raise BadChannels(f"{path}: no channels N.X, N.Y, N.Z; found {', '.join(image.channels)}")
            if image.pixels.shape[:2] != plate.pixels.shape[:2]:
                raise BadSize(
                    f"{found}: {plate.width}x{plate.height} pixels, but {path.name} has {image.width}x{image.height}"
                )
            normal, alpha = image.layer("N")[..., :3], image.alpha()
            trusted = np.linalg.norm(normal, axis=-1) > 0.5
            if alpha is not None:
                trusted &= alpha[..., 0] > 0.5
            if trusted.mean() < LEAST_TRUSTED:
                continue
            linear = to_scene_linear(plate.rgb(), plate.color_space)
            yield Pair(path.parent.name, stem, linear, normal, trusted, None)


def _rendered(key: str, image: Image, meta: Mapping[str, Any]) -> Pair:
    plate, normal, alpha = image.rgb(), image.layer("N")[..., :3], image.alpha()
    camera = meta.get("camera", {})
    if "focal_length_mm" not in camera:
        raise BadChannels("its metadata has no camera with focal_length_mm")
    film = PinholeCamera(
        image.width, image.height, camera["focal_length_mm"], camera.get("horizontal_aperture_mm", 36.0)
    )
    there = np.linalg.norm(normal, axis=-1) > 0.5
    return Pair(
        str(meta.get("family", "shards")),
        key,
        expose(plate, exposure_key(plate)),
        normal,
        there if alpha is None else there & (alpha[..., 0] > 0.5),
        float(np.degrees(max(film.fov_x, film.fov_y))),
    )
