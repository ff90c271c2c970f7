"""Filters for pictures without borders: what leaves on the right comes back on the left, so that the result tiles."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

__all__ = ["double", "pad", "roll"]


def pad(features: Tensor, margin: int, torus: bool) -> Tensor:
    """(B, C, H, W) -> (B, C, H + 2 margin, W + 2 margin), filled from the other side, or with zeros."""
    return F.pad(features, (margin,) * 4, mode="circular") if torus else F.pad(features, (margin,) * 4)


def double(features: Tensor, torus: bool) -> Tensor:
    """Twice the size by bilinear interpolation, (B, C, H, W) -> (B, C, 2 H, 2 W), across the borders of a torus."""
    if not torus:
        return F.interpolate(features, scale_factor=2.0, mode="bilinear", align_corners=False)
    wide = F.interpolate(pad(features, 1, True), scale_factor=2.0, mode="bilinear", align_corners=False)
    return wide[..., 2:-2, 2:-2]


def roll(pictures: Tensor, down: Tensor, right: Tensor) -> Tensor:
    """Move each picture of (B, C, H, W) round its torus, by its own whole number of pixels.

    Args:
        down, right: (B,), integer; any sign.
    """
    count, _, height, width = pictures.shape
    rows = (_range(height, pictures)[None] - down[:, None]) % height
    columns = (_range(width, pictures)[None] - right[:, None]) % width
    which = _range(count, pictures)[:, None, None]
    return pictures.permute(0, 2, 3, 1)[which, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)


def _range(count: int, like: Tensor) -> Tensor:
    return torch.arange(count, device=like.device)
