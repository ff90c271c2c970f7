"""Terms that ask for sharp normals where the reference is sharp.

Most pixels of a frame lie on smooth surfaces, so a mean over pixels hardly notices a crease that is blurred over five
of them. `edge_weighted_angular_loss` counts pixels near discontinuities more; `gradient_matching_loss` compares
differences between neighbours, which a blurred crease and an invented one both get wrong.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F

from core.losses.angular import angle
from core.losses.precision import at_least_float32

__all__ = ["edge_weighted_angular_loss", "edge_weights", "gradient_matching_loss"]


def edge_weights(
    reference: Tensor, mask: Tensor, gain: float = 4.0, saturation_degrees: float = 30.0, radius: int = 2
) -> Tensor:
    """How much each pixel counts: 1 on smooth surfaces, up to 1 + `gain` beside a discontinuity of the reference.

    A pixel's step is the largest angle to its four neighbours (pairs with a masked pixel do not count). The weight is
    `1 + gain * min(step / saturation, 1)`, with the largest step within `radius` pixels (a square).

    Args:
        reference: (B, 3, H, W), of any length but zero inside the mask.
        mask: (B, 1, H, W) of 0 and 1, or bool.
        gain: at least 0.
        saturation_degrees: steps of this angle and more weigh alike; above 0.
        radius: pixels, at least 0.

    Returns:
        (B, 1, H, W), float32 or better, 1..1 + gain; without a gradient.
    """
    with torch.no_grad():
        normals = at_least_float32(reference)
        inside = mask[:, 0].to(normals.dtype)
        across = angle(normals[..., 1:], normals[..., :-1]) * inside[..., 1:] * inside[..., :-1]
        down = angle(normals[:, :, 1:], normals[:, :, :-1]) * inside[:, 1:] * inside[:, :-1]
        step = torch.stack(
            [F.pad(across, (0, 1)), F.pad(across, (1, 0)), F.pad(down, (0, 0, 0, 1)), F.pad(down, (0, 0, 1, 0))]
        ).amax(0)[:, None]
        if radius > 0:
            step = F.max_pool2d(step, 2 * radius + 1, stride=1, padding=radius)
        return 1.0 + gain * (step / math.radians(saturation_degrees)).clamp_max(1.0)


def edge_weighted_angular_loss(
    prediction: Tensor,
    reference: Tensor,
    mask: Tensor,
    gain: float = 4.0,
    saturation_degrees: float = 30.0,
    radius: int = 2,
) -> Tensor:
    """Weighted mean angle over the pixels of `mask`, radians, with the weights of `edge_weights`.

    With `gain` 0 it is `core.losses.angular.angular_loss`.

    Args:
        prediction, reference: (B, 3, H, W).
        mask: (B, 1, H, W) of 0 and 1, or bool.
        gain, saturation_degrees, radius: see `edge_weights`.

    Returns:
        A scalar of float32 or better; 0 if the mask is empty.
    """
    found = angle(prediction, reference)
    weight = edge_weights(reference, mask, gain, saturation_degrees, radius)[:, 0] * mask[:, 0].to(found.dtype)
    return (found * weight).sum() / weight.sum().clamp_min(1.0)


def gradient_matching_loss(prediction: Tensor, reference: Tensor, mask: Tensor, scales: int = 4) -> Tensor:
    """How far steps between neighbours differ from those of the reference, at several distances.

    With R = prediction - reference, and at the scales s = 0, 1, .. of every 2^s-th row and column, the mean of
    `|R(x + 1, y) - R(x, y)|` and `|R(x, y + 1) - R(x, y)|` over the three components and over the pairs whose two
    pixels are in the mask; then the mean over the scales that have such a pair. It is 0 for any constant offset: the
    loss needs a term for the directions themselves beside it.

    In the spirit of the scale-invariant gradient matching of Li and Snavely, "MegaDepth: Learning Single-View Depth
    Prediction from Internet Photos", 2018, section 4.2, equation 3. There R is the difference of log depths and the
    sum over scales is divided by the number of pixels; here R has three components and each scale counts the same.

    Args:
        prediction, reference: (B, 3, H, W), unit vectors.
        mask: (B, 1, H, W) of 0 and 1, or bool.
        scales: how many, at least 1.

    Returns:
        A scalar of float32 or better, at least 0; 0 if no two neighbours are in the mask.
    """
    difference = at_least_float32(prediction) - at_least_float32(reference)
    inside = mask.to(difference.dtype)
    # A reference that is not a number outside the mask must not reach the sum: 0 * NaN is NaN.
    difference = torch.where(inside > 0, difference, torch.zeros_like(difference))
    total = difference.new_zeros(())
    used = difference.new_zeros(())
    for scale in range(scales):
        step = 2**scale
        r, m = difference[..., ::step, ::step], inside[..., ::step, ::step]
        across, down = m[..., 1:] * m[..., :-1], m[..., 1:, :] * m[..., :-1, :]
        pairs = across.sum() + down.sum()
        found = ((r[..., 1:] - r[..., :-1]).abs() * across).sum() + (
            (r[..., 1:, :] - r[..., :-1, :]).abs() * down
        ).sum()
        total = total + found / (3.0 * pairs).clamp_min(1.0)
        used = used + (pairs > 0).to(used.dtype)
    return total / used.clamp_min(1.0)
