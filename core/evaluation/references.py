"""Plates with known normals: packed renders, and folders of real sets.

A folder of real sets is laid out as

    SET/NAME_plate.png          the plate, any format that can be read
    SET/NAME_normals.exr        N.X N.Y N.Z (or N.red ...): camera space, +X right, +Y up, +Z to the camera;
                                A above 0.5 where the reference is to be trusted
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from core.color import to_scene_linear
from core.errors import BadChannels, BadInput, BadSize, FileMissing
from core.exposure import expose, exposure_key
from core.image import Image, read_image
from core.inference.lens import Lens
from core.shards import ShardSet

__all__ = ["Reference", "ReferencePlate", "find_references"]

FloatArray = npt.NDArray[np.float32]
T = TypeVar("T")

_SUFFIX = "_normals.exr"
_LEAST_TRUSTED = 0.02


@dataclass(frozen=True, eq=False)
class ReferencePlate:
    """One plate with its reference.

    Attributes:
        plate: (H, W, 3) float32, scene-linear Rec.709.
        normals: (H, W, 3) float32, unit where `mask` is True.
        mask: (H, W) bool, where the reference counts.
        lens: what is known of the lens.
    """

    plate: FloatArray
    normals: FloatArray
    mask: npt.NDArray[np.bool_]
    lens: Lens

    @property
    def counts(self) -> bool:
        """Whether enough of the reference is trusted (2 % of the pixels) to judge by it."""
        return bool(self.mask.mean() >= _LEAST_TRUSTED)


@dataclass(frozen=True)
class Reference:
    """Where a plate with its reference is found, and how to load it.

    Attributes:
        group: name of its set.
        name: within the set.
        load: reads it; raises BadInput of some kind where the files are damaged or lack channels.
    """

    group: str
    name: str
    load: Callable[[], ReferencePlate]


def find_references(folder: str | Path, lens: Lens | None = None, limit: int | None = None) -> list[Reference]:
    """All references of a folder, in the order of their sets and names.

    Args:
        folder: shards, or real sets as this module describes.
        lens: of real plates; renders know their own.
        limit: at most so many of each set, spread over it.

    Raises:
        FileMissing: there is no such folder, or neither shards nor sets in it.
        BrokenShard: a shard's index is damaged.
    """
    root = Path(folder)
    if not root.is_dir():
        raise FileMissing(f"{root}: no such folder; give shards, or sets of NAME_plate.png with NAME{_SUFFIX}")
    if any(root.glob("*.tar")):
        shards = ShardSet.open(root)
        return [_packed(shards, key) for key in _spread(shards.keys, limit)]
    found: list[Reference] = []
    for group in sorted(path for path in root.iterdir() if path.is_dir()):
        files = _spread(sorted(group.glob(f"*{_SUFFIX}")), limit)
        found += [_real(group.name, path, lens or Lens()) for path in files]
    if not found:
        raise FileMissing(f"{root}: neither shards (*.tar) nor sets SET/NAME_plate.png with SET/NAME{_SUFFIX} there")
    return found


def _packed(shards: ShardSet, key: str) -> Reference:
    def load() -> ReferencePlate:
        image, metadata = shards.read(key)
        where = f"{shards.shard_of(key)}: record {key}"
        normals, alpha = _normals(image, where), image.alpha()
        if alpha is None:
            raise BadChannels(f"{where}: has no alpha channel, which tells where a surface is")
        camera = metadata.get("camera", {})
        lens = Lens()
        if "focal_length_mm" in camera:
            lens = Lens(None, camera["focal_length_mm"], camera.get("horizontal_aperture_mm", 36.0))
        light = np.nan_to_num(image.rgb(), nan=0.0, posinf=6e4, neginf=0.0)
        return _judged(expose(light, exposure_key(light)), normals, alpha[..., 0] > 0.5, lens)

    return Reference(shards.folder.name or "shards", key, load)


def _real(group: str, path: Path, lens: Lens) -> Reference:
    name = path.name.removesuffix(_SUFFIX)

    def load() -> ReferencePlate:
        plates = sorted(path.parent.glob(f"{name}_plate.*"))
        if not plates:
            raise FileMissing(f"{path}: the plate {name}_plate.png beside it is missing")
        reference, plate = read_image(path), read_image(plates[0])
        normals = _normals(reference, str(path))
        if "A" not in reference.channels:
            raise BadChannels(f"{path}: has no channel A, which tells where the reference is to be trusted")
        trusted = reference.pixels[..., reference.channels.index("A")] > 0.5
        light = to_scene_linear(plate.rgb(), plate.color_space)
        if light.shape != normals.shape:
            sizes = f"{plate.width}x{plate.height} and {reference.width}x{reference.height}"
            raise BadSize(f"{plates[0]}: plate and reference differ in size ({sizes}); make them the same view")
        return _judged(light, normals, trusted, lens)

    return Reference(group, name, load)


def _normals(image: Image, where: str) -> FloatArray:
    try:
        return image.layer("N")[..., :3]
    except BadInput as error:
        raise BadChannels(f"{where}: has no normals N.X N.Y N.Z ({error})") from error


def _judged(plate: FloatArray, normals: FloatArray, mask: npt.NDArray[np.bool_], lens: Lens) -> ReferencePlate:
    length = np.linalg.norm(normals, axis=2)
    # A normal shorter than half is a blend of opposite ones along an edge, or none at all.
    known = mask & np.isfinite(length) & (length > 0.5)
    unit = np.where(known[..., None], normals / np.maximum(np.nan_to_num(length), 1e-6)[..., None], 0.0)
    return ReferencePlate(plate, unit.astype(np.float32), known, lens)


def _spread(items: Sequence[T], limit: int | None) -> list[T]:
    if limit is None or len(items) <= limit:
        return list(items)
    return [items[index * len(items) // limit] for index in range(limit)]
