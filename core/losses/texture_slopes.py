"""How well the shape of a relief is met, however strong it is."""

from __future__ import annotations

import torch
from torch import Tensor

__all__ = ["mean_correlation", "slope_correlation", "slopes_of_normals"]

_FLAT = 0.02  # mean square root of slopes under which an image counts as flat, and has no shape to meet


def slopes_of_normals(normals: Tensor) -> Tensor:
    """(B, 3, H, W) tangent-space normals, OpenGL -> (B, 2, H, W) slopes, cut at 20."""
    return -normals[:, :2] / normals[:, 2:].clamp_min(0.05)


def slope_correlation(predicted: Tensor, wanted: Tensor) -> tuple[Tensor, Tensor]:
    """Pearson correlation of the slopes of each image, both components together.

    Args:
        predicted, wanted: (B, 2, H, W) slopes.

    Returns:
        (B,) correlations, -1..1, and (B,) weights, 0..1, that tell how much of a relief each image has: that of a flat
        one means nothing.
    """
    first = predicted.float().flatten(1)
    second = wanted.float().flatten(1)
    first = first - first.mean(1, keepdim=True)
    second = second - second.mean(1, keepdim=True)
    strength = second.square().mean(1).sqrt()
    # A prediction without any slope has no direction either: the floor keeps its gradient finite.
    scale = (first.square().mean(1) + 1e-6).sqrt() * strength.clamp_min(1e-4)
    return (first * second).mean(1) / scale, (strength / _FLAT).clamp(0.0, 1.0).square()


def mean_correlation(predicted: Tensor, wanted: Tensor) -> Tensor:
    """Mean of `slope_correlation` over the images that have a relief; 1 where none has."""
    found, weight = slope_correlation(predicted, wanted)
    total = weight.sum()
    return torch.where(total > 0, (found * weight).sum() / total.clamp_min(1e-6), torch.ones_like(total))
