"""How far off a number may be, learnt with the number."""

from __future__ import annotations

from torch import Tensor

from core.losses.precision import at_least_float32

__all__ = ["laplace_loss"]


def laplace_loss(mean: Tensor, log_scale: Tensor, wanted: Tensor, weight: Tensor) -> Tensor:
    """Negative log-likelihood of Laplace's distribution, |wanted - mean| / b + log b, weighted mean.

    Its best `mean` is the median, and its best b the mean absolute error (Kendall and Gal, "What Uncertainties Do We
    Need in Bayesian Deep Learning for Computer Vision?", 2017, for the form).

    Args:
        mean, wanted: (B, N).
        log_scale: (B, N), log b.
        weight: (B, N), 0 or more.

    Returns:
        A scalar of float32 or better; 0 where all weights are.
    """
    mean, log_scale, weight = at_least_float32(mean), at_least_float32(log_scale), at_least_float32(weight)
    each = (wanted - mean).abs() * (-log_scale).exp() + log_scale
    return (each * weight).sum() / weight.sum().clamp_min(1e-6)
