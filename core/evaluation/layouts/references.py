"""Reading the files that data sets keep normals, masks and plates in, and making pairs of them."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from core.color import make_safe, to_scene_linear
from core.errors import BadChannels, BadInput, BadSize, FileMissing
from core.evaluation.layouts.axes import Axes
from core.evaluation.layouts.intrinsics import Intrinsics
from core.evaluation.pairs import LEAST_TRUSTED, Pair
from core.image import SRGB, read_image
from core.inference.resample import PlateShrinker
from core.normals import normalize

__all__ = [
    "PICTURES",
    "LazyPairs",
    "beside",
    "display_to_linear",
    "make_pair",
    "read_array",
    "read_mask",
    "read_normals",
    "read_plate",
]

FloatArray = npt.NDArray[np.float32]
BoolArray = npt.NDArray[np.bool_]

PICTURES = (".png", ".jpg", ".jpeg")


class LazyPairs:
    """A `PairSource` of images that are read one at a time; those with hardly a trusted pixel are left out."""

    def __init__(self, readers: Sequence[Callable[[], Pair]]) -> None:
        self._readers = readers

    def __len__(self) -> int:
        return len(self._readers)

    def __iter__(self) -> Iterator[Pair]:
        for read in self._readers:
            pair = read()
            if pair.trusted.mean() >= LEAST_TRUSTED:
                yield pair


def beside(folder: Path, stem: str, suffixes: Sequence[str], what: str) -> Path:
    """The first of `folder/stem + suffix` that exists. Raises FileMissing, which names the first."""
    for suffix in suffixes:
        if (folder / f"{stem}{suffix}").is_file():
            return folder / f"{stem}{suffix}"
    others = f" (or {', '.join(suffixes[1:])})" if len(suffixes) > 1 else ""
    raise FileMissing(f"{folder / (stem + suffixes[0])}{others}: {what} is missing; put it there")


def read_plate(path: Path) -> FloatArray:
    """(H, W, 3) scene-linear Rec.709. Raises as `core.image.read_image`."""
    image = read_image(path)
    return to_scene_linear(image.rgb(), image.color_space)


def read_normals(path: Path) -> tuple[FloatArray, BoolArray]:
    """Normals as stored, along the set's own axes.

    Args:
        path: `.png` with `n = 2 c - 1` (black and mid grey mean none), `.exr` with R, G, B as x, y, z (zero means
            none), or `.npy` of shape (H, W, 3) or (3, H, W) (zero or not a number means none).

    Returns:
        (H, W, 3) unit normals, zero where there is none; (H, W) where there is one.

    Raises:
        BadInput: unreadable, or of another shape.
    """
    if path.suffix == ".npy":
        values = read_array(path)
        values = np.moveaxis(values, 0, -1) if values.ndim == 3 and values.shape[0] == 3 != values.shape[2] else values
        if values.ndim != 3 or values.shape[2] != 3:
            raise BadChannels(f"{path}: an array of shape {values.shape}; normals are (H, W, 3) or (3, H, W)")
    else:
        values = read_image(path).rgb()
        if path.suffix != ".exr":
            black = values.sum(axis=2, keepdims=True) == 0.0
            values = np.where(black, 0.0, 2.0 * values - 1.0)
    values = np.nan_to_num(np.asarray(values, np.float32), nan=0.0, posinf=0.0, neginf=0.0)
    there = np.linalg.norm(values, axis=-1) > 0.5
    return np.where(there[..., None], normalize(values), 0.0).astype(np.float32), there


def read_mask(path: Path) -> BoolArray:
    """(H, W): where a mask (a picture or `.npy`) is not 0."""
    values = read_array(path) if path.suffix == ".npy" else read_image(path).pixels[..., :1]
    values = np.squeeze(values)
    if values.ndim != 2:
        raise BadChannels(f"{path}: an array of shape {values.shape}; a mask is (H, W)")
    return np.asarray(values > 0, bool)


def read_array(path: Path) -> npt.NDArray[Any]:
    """A numpy file of numbers; one that holds Python objects is refused. Raises BadInput."""
    try:
        values = np.load(path, allow_pickle=False)
    except (ValueError, OSError, EOFError, MemoryError, zipfile.BadZipFile) as error:
        raise BadInput(f"{path}: cannot be read as a numpy array ({error}); get the file again") from error
    if not isinstance(values, np.ndarray):
        raise BadInput(f"{path}: holds several arrays; save the one that is meant with numpy.save")
    return values


def make_pair(
    group: str,
    name: str,
    plate: FloatArray,
    normals: FloatArray,
    trusted: BoolArray,
    axes: Axes,
    camera: Intrinsics | None,
    *,
    source: Path,
    turn_to_camera: bool = False,
) -> Pair:
    """A pair in camera space, at the size of the reference.

    Args:
        plate: (H, W, 3) scene-linear; brought to the reference's size by an area filter if it has another.
        normals, trusted: (h, w, 3) along `axes`, and (h, w).
        camera: of the plate as it is given, or None.
        source: file that errors name.
        turn_to_camera: whether single normals that look away are turned round.

    Raises:
        BadSize: the mask is not of the reference's size, or the plate of another shape.
        BadInput: most normals look away from the camera, so that the axes cannot be those.
    """
    height, width = trusted.shape
    if normals.shape[:2] != trusted.shape:
        raise BadSize(f"{source}: {normals.shape[1]}x{normals.shape[0]} pixels, but its mask has {width}x{height}")
    rows, columns = plate.shape[:2]
    if abs(rows * width / (height * columns) - 1.0) > 0.02:
        raise BadSize(f"{source}: {width}x{height} pixels, but its plate has {columns}x{rows}, which is another shape")
    if (rows, columns) != (height, width):
        shrinker = PlateShrinker(rows, columns, height, width)
        # A bad pixel would spread over its neighbourhood.
        shrinker.add(make_safe(plate))
        plate = shrinker.result()
        camera = camera.scaled(width / columns, height / rows) if camera else None
    reference = axes.to_camera_space(normals)
    away = _looks_away(reference, camera)
    if turn_to_camera:
        reference = np.where(away[..., None], -reference, reference)
    elif trusted.any() and away[trusted].mean() > 0.5:
        raise BadInput(
            f"{source}: {100 * away[trusted].mean():.0f} % of its normals look away from the camera if their axes are "
            f"{axes.letters}; say where they point with --normal-axes"
        )
    fov = None if camera is None else camera.fov_degrees(height, width)
    aspect = 1.0 if camera is None else camera.pixel_aspect()
    return Pair(group, name, plate, reference.astype(np.float32), trusted, fov, aspect)


def _looks_away(reference: FloatArray, camera: Intrinsics | None) -> BoolArray:
    if camera is None:
        return np.asarray(reference[..., 2] < 0.0, bool)
    u, v = camera.slopes(*reference.shape[:2])
    along = reference[..., 0] * u[None, :] + reference[..., 1] * v[:, None] - reference[..., 2]
    return np.asarray(along > 0.0, bool)


def display_to_linear(pixels: npt.NDArray[np.uint8]) -> FloatArray:
    """(H, W, 3) 8-bit sRGB as scene-linear Rec.709."""
    return to_scene_linear(pixels.astype(np.float32) / 255.0, SRGB)
