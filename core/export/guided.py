"""`core.inference.guided` as TorchScript for old runtimes: normals whose edges lie where the plate's edges lie.

The formulas, and where they come from, are told there. 3x3 systems are solved by their adjugate: the oldest runtimes
have no `torch.linalg`, and on a GPU a solver for millions of tiny systems is slow.
"""

from __future__ import annotations

import torch
from torch import Tensor

__all__ = ["guided_coefficients", "guided_rows"]


def guided_coefficients(small: Tensor, guide: Tensor) -> Tensor:
    """Coefficients of the normals (14 planes) and of the confidence (6 planes), to be enlarged.

    Args:
        small: (B, 4, h, w) float32, unit normals and confidence.
        guide: (B, 3, h, w) float32, network view, 0..1.

    Returns:
        (B, 20, h, w): for the normals 9 slopes (colour by component), 3 offsets, the spread and the share that the
        guide explains; for the confidence 3 slopes, offset, spread and share.
    """
    return torch.cat([_field(small[:, :3], guide), _field(small[:, 3:4], guide)], 1)


def guided_rows(normals: Tensor, confidence: Tensor, planes: Tensor, guide: Tensor, share: float) -> Tensor:
    """Some rows of the answer.

    Args:
        normals: (B, 3, H, W) the plain enlargement, unit.
        confidence: (B, 1, H, W) the plain enlargement.
        planes: (B, 20, H, W) the enlarged `guided_coefficients`.
        guide: (B, 3, H, W) the plate, network view, 0..1.
        share: how much of what the guide adds is taken, 0..1.

    Returns:
        (B, 4, H, W) float32: unit normals and confidence, 0..1.
    """
    turned = normals + share * _change(normals, planes[:, :14], guide)
    length = torch.sqrt((turned * turned).sum(1, keepdim=True))
    unit = torch.where(length < 1e-3, normals, turned / torch.clamp(length, min=1e-3))
    sure = torch.clamp(confidence + share * _change(confidence, planes[:, 14:], guide), 0.0, 1.0)
    return torch.cat([unit, sure], 1)


def _box(values: Tensor) -> Tensor:
    """Mean over 13 x 13 pixels; beyond the border there is nothing, so fewer count."""
    tall: Tensor = torch._C._nn.avg_pool2d(values, [13, 1], [1, 1], [6, 0], False, False)
    return torch._C._nn.avg_pool2d(tall, [1, 13], [1, 1], [0, 6], False, False)


def _field(field: Tensor, guide: Tensor) -> Tensor:
    """(B, 4 C + 2, h, w) for a field of C channels."""
    channels = field.shape[1]
    mean, mean_guide = _box(field), _box(guide)
    red, green, blue = guide[:, 0:1], guide[:, 1:2], guide[:, 2:3]
    r, g, b = mean_guide[:, 0:1], mean_guide[:, 1:2], mean_guide[:, 2:3]
    rr = _box(red * red) - r * r + 1e-3
    gg = _box(green * green) - g * g + 1e-3
    bb = _box(blue * blue) - b * b + 1e-3
    rg, rb, gb = _box(red * green) - r * g, _box(red * blue) - r * b, _box(green * blue) - g * b
    # Rows of the adjugate of the symmetric matrix ((rr, rg, rb), (rg, gg, gb), (rb, gb, bb)).
    a00, a01, a02 = gg * bb - gb * gb, rb * gb - rg * bb, rg * gb - rb * gg
    a11, a12, a22 = rr * bb - rb * rb, rg * rb - rr * gb, rr * gg - rg * rg
    determinant = rr * a00 + rg * a01 + rb * a02
    cross_r = _box(red * field) - r * mean
    cross_g = _box(green * field) - g * mean
    cross_b = _box(blue * field) - b * mean
    slope_r = (a00 * cross_r + a01 * cross_g + a02 * cross_b) / determinant
    slope_g = (a01 * cross_r + a11 * cross_g + a12 * cross_b) / determinant
    slope_b = (a02 * cross_r + a12 * cross_g + a22 * cross_b) / determinant
    offset = mean - slope_r * r - slope_g * g - slope_b * b
    squares = _box((field * field).sum(1, keepdim=True))
    variance = torch.clamp(squares - (mean * mean).sum(1, keepdim=True), min=0.0)
    explained = (slope_r * cross_r + slope_g * cross_g + slope_b * cross_b).sum(1, keepdim=True) / (variance + 1e-4)
    smooth = _box(torch.cat([slope_r, slope_g, slope_b, offset], 1))
    own = torch.cat([torch.sqrt(variance), torch.sqrt(torch.clamp(explained, 0.0, 1.0))], 1)
    assert smooth.shape[1] == 4 * channels
    return torch.cat([smooth, own], 1)


def _change(plain: Tensor, planes: Tensor, guide: Tensor) -> Tensor:
    """What the guide adds to a plain enlargement, at most the local spread of the field."""
    count = plain.shape[1]
    change = planes[:, 3 * count : 4 * count] - plain
    for colour in range(3):
        change = change + planes[:, count * colour : count * (colour + 1)] * guide[:, colour : colour + 1]
    limit = planes[:, 4 * count : 4 * count + 1]
    share = torch.clamp(planes[:, 4 * count + 1 : 4 * count + 2], 0.0, 1.0)
    size = torch.sqrt((change * change).sum(1, keepdim=True))
    return change * (share * torch.clamp(limit / torch.clamp(size, min=1e-12), max=1.0))
