"""A number as a choice among bins, where a choice far off costs more."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from core.losses.precision import at_least_float32

__all__ = ["bin_of", "chosen_value", "median_value", "ordinal_cross_entropy"]


def bin_of(values: Tensor, bins: int) -> Tensor:
    """0..1 -> the nearest of `bins` equally spaced values, 0 .. bins - 1."""
    return (values.clamp(0.0, 1.0) * (bins - 1)).round().long()


def ordinal_cross_entropy(logits: Tensor, values: Tensor) -> Tensor:
    """Cross-entropy of each number's bin, times 1 + the distance of the likeliest bin from it, 0..1.

    The factor is not differentiated: it weighs samples, and draws none of them anywhere by itself.

    Args:
        logits: (B, K, N), K bins of each of N numbers.
        values: (B, N), 0..1.

    Returns:
        A scalar of float32 or better, mean over the batch and the numbers.
    """
    logits = at_least_float32(logits)
    bins = logits.shape[1]
    wanted = bin_of(values, bins)
    with torch.no_grad():
        away = (logits.argmax(1) - wanted).abs().float() / (bins - 1)
    return (F.cross_entropy(logits, wanted, reduction="none") * (1.0 + away)).mean()


def chosen_value(logits: Tensor) -> Tensor:
    """The value of the likeliest bin: (B, K, N) -> (B, N), 0..1."""
    return logits.argmax(1).float() / (logits.shape[1] - 1)


def median_value(logits: Tensor) -> Tensor:
    """The middle of the distribution, which the mean absolute error asks for: (B, K, N) -> (B, N), 0..1."""
    shares = at_least_float32(logits).softmax(1).cumsum(1)
    return (shares < 0.5).sum(1).clamp_max(logits.shape[1] - 1).float() / (logits.shape[1] - 1)
