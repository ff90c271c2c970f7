"""Occlusion of a picture of any size: the network where it has learnt to look, and back to every pixel.

A network that has seen radii of up to some hundred pixels is not asked about larger ones: the picture is made smaller
until the radius fits. Broad occlusion is smooth, and its way back to full resolution is led by depth and normals (Kopf,
Cohen, Lischinski and Uyttendaele, "Joint Bilateral Upsampling", SIGGRAPH 2007). What small things close off is then
laid over it: the network looks at the whole picture once more with a radius that fits there, and the broad answer is
multiplied by what that look shows beyond its own smooth part.

Pictures too large for one call are cut into blocks with margins wider than the network sees, so that nothing shows
where they meet.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from core.errors import BadConfig
from core.occlusion.geometry import Surfaces
from core.occlusion.model import FieldModel

__all__ = ["FAST", "Look", "predict_occlusion", "shrink", "spread"]

FloatArray = npt.NDArray[np.float32]

Cell: TypeAlias = tuple[int, int]
"""Rows and columns of a picture that are one pixel for the network."""

_BLOCK = 1536
_MARGIN = 352
_LEAST = 1e-3
_ROWS = 32  # worked on at once: they stay in a core's cache


@dataclass(frozen=True, kw_only=True)
class Look:
    """How closely a picture is looked at.

    Attributes:
        radius_pixels: largest radius on the picture, where the depth is median, that the network is asked about.
        side: longest side in pixels of what the network is given; 0 is no limit.
        detail: lay what small things close off over a broad answer.
        mirrored: take the mean with the mirror image's answer, mirrored: what it errs in differs, and it takes twice as
            long.

    Raises:
        BadConfig: a radius or a side that is too small.
    """

    radius_pixels: float = 96.0
    side: int = 0
    detail: bool = True
    mirrored: bool = True

    def __post_init__(self) -> None:
        if not self.radius_pixels >= 4.0:
            raise BadConfig(f"radius of {self.radius_pixels} pixels; 4 or more are needed")
        if self.side and self.side < 64:
            raise BadConfig(f"side of {self.side} pixels; 64 or more are needed, or 0 for no limit")


FAST = Look(side=640, detail=False, mirrored=False)
"""For interactive use: small, and once only."""


def predict_occlusion(model: FieldModel, surfaces: Surfaces, look: Look | None = None) -> FloatArray:
    """The open share of the hemisphere over each pixel's surface.

    Args:
        model: of the task `occlusion`.
        surfaces: the picture, see `core.occlusion.geometry.surfaces_of`.
        look: None: the defaults.

    Returns:
        (H, W, 1) float32, 1 open .. 0 closed; 1 where no surface is.

    Raises:
        WorkFailed: the model failed.
    """
    chosen = look or Look()
    reach = surfaces.radius_pixels
    if not reach:
        return np.ones((*surfaces.depth.shape, 1), np.float32)
    # The network has learnt to look at square pixels: sides and radius are counted in the wider of a pixel's two.
    aspect = surfaces.pixel_aspect
    reach *= min(1.0, aspect)
    sides = (surfaces.depth.shape[0] / max(1.0, aspect), surfaces.depth.shape[1] * min(1.0, aspect))
    most = max(1, int(min(sides)) // 2)
    least = math.ceil(max(sides) / chosen.side) if chosen.side else 1
    step = min(most, max(1, least, math.ceil(reach / chosen.radius_pixels)))
    broad = _at(model, surfaces, square(step, aspect), chosen.mirrored)
    if not chosen.detail or step == least:
        return broad
    near = replace(surfaces, depth=surfaces.depth * np.float32(step / least), radius=surfaces.radius * least / step)
    fine = _at(model, near, square(least, aspect), chosen.mirrored)
    cell = square(step, aspect)
    smooth = spread(_block_mean(fine[..., 0], surfaces.depth, cell), surfaces, cell)
    made: FloatArray = np.minimum(broad * fine / np.maximum(smooth[..., None], _LEAST), fine).astype(np.float32)
    return np.where(surfaces.depth[..., None] > 0.0, np.clip(made, 0.0, 1.0), np.float32(1.0))


def square(step: int, aspect: float) -> Cell:
    """Rows and columns that together are about as wide as high, where a pixel is `aspect` times as wide as high."""
    return (max(1, round(step * aspect)), step) if aspect >= 1.0 else (step, max(1, round(step / aspect)))


def _at(model: FieldModel, surfaces: Surfaces, cell: Cell, mirrored: bool) -> FloatArray:
    """(H, W, 1): looked at with every `cell` of pixels as one."""
    if cell == (1, 1):
        return _whole(model, surfaces, mirrored)
    small = shrink(surfaces, cell)
    return spread(_whole(model, small, mirrored)[..., 0], surfaces, cell, small)[..., None]


def _whole(model: FieldModel, surfaces: Surfaces, mirrored: bool) -> FloatArray:
    """(H, W, 1), in blocks where the picture is large."""
    height, width = surfaces.depth.shape
    multiple = model.card.multiple_of
    planes = {
        "normals": surfaces.normals.transpose(2, 0, 1),
        "slopes": surfaces.slopes.transpose(2, 0, 1),
        "depth": surfaces.depth[None],
        "known": np.full((1, height, width), float(surfaces.known), np.float32),
    }
    block = _BLOCK // multiple * multiple
    margin = -(-_MARGIN // multiple) * multiple
    made = np.ones((height, width, 1), np.float32)
    for top in range(0, height, block):
        for left in range(0, width, block):
            # Blocks begin at multiples of the network's step: its pyramid lies the same way in all of them.
            first_row, first_column = max(0, top - margin), max(0, left - margin)
            rows = slice(first_row, min(height, top + block + margin))
            columns = slice(first_column, min(width, left + block + margin))
            parts = {name: _filled(plane[:, rows, columns], multiple) for name, plane in planes.items()}
            if not (parts["depth"] > 0.0).any():
                continue
            found = model.run(**parts)[0]
            if mirrored:
                found = 0.5 * (found + model.run(**_mirrored(parts))[0][:, ::-1])
            bottom, right = min(height, top + block), min(width, left + block)
            made[top:bottom, left:right, 0] = found[
                top - first_row : bottom - first_row, left - first_column : right - first_column
            ]
    return np.where(surfaces.depth[..., None] > 0.0, made, np.float32(1.0))


def _mirrored(planes: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
    """The planes of the network's inputs as a mirror shows the picture: left is right, and so is what points there."""
    turned = {name: np.ascontiguousarray(plane[:, :, ::-1]) for name, plane in planes.items()}
    for name in ("normals", "slopes"):
        turned[name][0] *= np.float32(-1.0)
    return turned


def _filled(plane: FloatArray, multiple: int) -> FloatArray:
    """(C, H, W) with its last rows and columns repeated up to multiples."""
    spare = [(0, 0), *((0, -side % multiple) for side in plane.shape[1:])]
    return np.pad(plane, spare, mode="edge") if any(after for _, after in spare) else plane


def shrink(surfaces: Surfaces, cell: Cell) -> Surfaces:
    """Every `cell` of pixels as one: the depth of the middle one, and the normals of those at about its depth.

    The last rows and columns are repeated where the size is no multiple of the cell's.
    """
    depth = _cells(_edged(surfaces.depth[..., None], cell), cell)[..., 0]
    normals = _cells(_edged(surfaces.normals, cell), cell)
    slopes = _cells(_edged(surfaces.slopes, cell, straight=True), cell).mean(2)
    middle = depth[:, :, _middle(cell)]
    alike = (np.abs(depth - middle[..., None]) <= 0.03 * middle[..., None]) & (depth > 0.0)
    total = (normals * alike[..., None]).sum(2)
    length = np.linalg.norm(total, axis=-1, keepdims=True)
    return replace(
        surfaces,
        normals=(total / np.maximum(length, 1e-6)).astype(np.float32),
        slopes=slopes.astype(np.float32),
        depth=middle.astype(np.float32),
    )


def spread(values: FloatArray, surfaces: Surfaces, cell: Cell, small: Surfaces | None = None) -> FloatArray:
    """Bring values of `shrink(surfaces, cell)` back to full resolution, led by depth and normals.

    Args:
        values: (h, w) of the small picture.
        surfaces: the large one.
        cell: rows and columns of the large picture to a pixel of the small one.
        small: `shrink(surfaces, cell)`, where it is at hand.

    Returns:
        (H, W) float32: of the four small pixels around a pixel, those count that lie in its tangent plane.
    """
    height, width = surfaces.depth.shape
    small = small or shrink(surfaces, cell)
    # Planes of what is known of a small pixel: where it is, where it faces, whether it is there, and its value.
    known = np.concatenate(
        [small.positions(), small.normals, (small.depth > 0.0)[..., None], values[..., None]], axis=2, dtype=np.float32
    ).transpose(2, 0, 1)
    row, row_share = _taps(height, cell[0], small.depth.shape[0])
    column, column_share = _taps(width, cell[1], small.depth.shape[1])
    sides = [
        (np.ascontiguousarray(known[:, :, np.minimum(column + across, known.shape[2] - 1)]), share)
        for across, share in enumerate((1.0 - column_share, column_share))
    ]
    made = np.ones((height, width), np.float32)
    for top in range(0, height, _ROWS):
        band = slice(top, top + _ROWS)
        here = surfaces.rows(band)
        place = np.ascontiguousarray(here.positions().transpose(2, 0, 1))
        facing = np.ascontiguousarray(here.normals.transpose(2, 0, 1))
        total, weights = np.zeros((2, *here.depth.shape), np.float32)
        for down, down_share in enumerate((1.0 - row_share[band], row_share[band])):
            for side, across_share in sides:
                near = side[:, np.minimum(row[band] + down, known.shape[1] - 1)]
                share = down_share[:, None] * across_share
                off = _dot(near[:3] - place, facing)
                alike = np.clip(_dot(near[3:6], facing), 0.0, 1.0)
                alike *= alike
                alike *= alike
                alike *= alike
                weight = (share + np.float32(1e-3)) * alike / (np.float32(1e-4) + off * off) * near[6]
                weight += np.float32(1e-6) * share
                total += weight * near[7]
                weights += weight
        made[band] = np.where(here.depth > 0.0, total / np.maximum(weights, np.float32(1e-12)), np.float32(1.0))
    return made


def _dot(a: FloatArray, b: FloatArray) -> FloatArray:
    """(H, W) of (3, H, W)."""
    product: FloatArray = a[0] * b[0]
    product += a[1] * b[1]
    product += a[2] * b[2]
    return product


def _taps(length: int, step: int, small: int) -> tuple[npt.NDArray[np.int64], FloatArray]:
    """For each pixel the first of two small ones around it, and the share of the second."""
    place = (np.arange(length) + 0.5) / step - 0.5
    first = np.clip(np.floor(place), 0, small - 1).astype(np.int64)
    return first, np.clip(place - first, 0.0, 1.0).astype(np.float32)


def _block_mean(values: FloatArray, depth: FloatArray, cell: Cell) -> FloatArray:
    """(h, w): mean over each small pixel of what lies at about the depth of its middle."""
    cells = _cells(_edged(values[..., None], cell), cell)[..., 0]
    depths = _cells(_edged(depth[..., None], cell), cell)[..., 0]
    middle = depths[:, :, _middle(cell)][..., None]
    alike = ((np.abs(depths - middle) <= 0.03 * middle) & (depths > 0.0)).astype(np.float32)
    made: FloatArray = ((cells * alike).sum(2) + 1e-6) / (alike.sum(2) + 1e-6)
    return made.astype(np.float32)


def _middle(cell: Cell) -> int:
    """Which of a cell's pixels is its middle one."""
    rows, columns = cell
    return (rows // 2) * columns + columns // 2


def _edged(values: FloatArray, cell: Cell, straight: bool = False) -> FloatArray:
    """(H, W, C) continued to multiples of a cell's sides: repeated, or `straight` on."""
    height, width = values.shape[:2]
    spare = ((0, -height % cell[0]), (0, -width % cell[1]), (0, 0))
    if not (spare[0][1] or spare[1][1]):
        return values
    if straight:
        return np.pad(values, spare, mode="reflect", reflect_type="odd")
    return np.pad(values, spare, mode="edge")


def _cells(values: FloatArray, cell: Cell) -> FloatArray:
    """(H, W, C) -> (H / rows, W / columns, rows x columns, C)."""
    height, width, channels = values.shape
    rows, columns = cell
    cut = values.reshape(height // rows, rows, width // columns, columns, channels).swapaxes(1, 2)
    return cut.reshape(height // rows, width // columns, rows * columns, channels)
