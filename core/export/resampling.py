"""Resizing as TorchScript for old runtimes: the filters of `core.inference.resample`.

Shrinking is a product with a matrix, exact where pooling layers only come near: they move windows to whole pixels.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

__all__ = ["area_axis", "bilinear_axis", "continue_edges", "enlarge", "enlarge_rows", "nearest_whole"]


def area_axis(out: int, size: int) -> Tensor:
    """(out, size) float32 on the CPU: each result is the mean of the pixels it covers; bilinear where it is enlarged.

    Args:
        out: results along the axis.
        size: pixels along the axis.
    """
    if out > size:
        return bilinear_axis(out, size)
    scale = float(size) / float(out)
    start = (torch.arange(out, dtype=torch.float64) * scale).reshape(-1, 1)
    pixel = torch.arange(size, dtype=torch.float64).reshape(1, -1)
    covered = torch.min(pixel + 1.0, start + scale) - torch.max(pixel, start)
    covered = torch.clamp(covered, min=0.0)
    return (covered / covered.sum(1, keepdim=True)).to(torch.float32)


def bilinear_axis(out: int, size: int) -> Tensor:
    """(out, size) float32 on the CPU: each result lies between two pixels; centres at half-integers, edges held.

    Args: as `area_axis`.
    """
    scale = float(size) / float(out)
    centre = torch.clamp((torch.arange(out, dtype=torch.float64) + 0.5) * scale - 0.5, 0.0, float(size - 1))
    pixel = torch.arange(size, dtype=torch.float64).reshape(1, -1)
    return torch.clamp(1.0 - torch.abs(pixel - centre.reshape(-1, 1)), min=0.0).to(torch.float32)


def enlarge_rows(planes: Tensor, height: int, top: int, bottom: int) -> Tensor:
    """Rows `top` to `bottom` of (B, C, h, w) resized to (B, C, height, w), as `enlarge` does it.

    The weights are made in float64 on the CPU, then taken to where the planes are.
    """
    size = planes.shape[2]
    place = torch.arange(height, dtype=torch.float64)[top:bottom] + 0.5
    centre = torch.clamp(place * (float(size) / float(height)) - 0.5, 0.0, float(size - 1))
    low = torch.floor(centre)
    part = (centre - low).to(torch.float32).to(planes.device).reshape(1, 1, -1, 1)
    first = low.to(torch.int64).to(planes.device)
    second = torch.clamp(first + 1, max=size - 1)
    return planes.index_select(2, first) * (1.0 - part) + planes.index_select(2, second) * part


def enlarge(features: Tensor, height: int, width: int) -> Tensor:
    """(B, C, h, w) -> (B, C, height, width), bilinear, centres at half-integers, edges held.

    `F.interpolate` would bring operators that libtorch 1.13 does not know; this one every version has.
    """
    resized: Tensor = torch._C._nn.upsample_bilinear2d(features, [height, width], False)  # type: ignore[call-arg]
    return resized


def continue_edges(picture: Tensor, right: int, below: int) -> Tensor:
    """(B, C, H, W) with its last column repeated `right` times and its last row `below` times."""
    grown: Tensor = torch._C._nn.replication_pad2d(picture, [0, right, 0, below])  # type: ignore[attr-defined]
    return grown


def nearest_whole(value: float) -> float:
    """To the nearest whole number, ties to the even one, as Python rounds."""
    low = math.floor(value)
    rest = value - float(low)
    if rest > 0.5 or (rest == 0.5 and low % 2 == 1):
        return float(low) + 1.0
    return float(low)
