"""The angle between two fields of vectors, exact at 0 and at 180 degrees, with a gradient that stays finite."""

from __future__ import annotations

import torch
from torch import Tensor

from core.losses.precision import at_least_float32

__all__ = ["angle", "angular_loss"]

_EPSILON = 1e-12


def angle(a: Tensor, b: Tensor) -> Tensor:
    """Angle at each pixel, in radians, 0..pi.

    `atan2(|a x b|, a . b)`: unlike `acos(a . b)` it keeps its precision for small angles and its gradient does not
    grow without bound at 0 and pi. See W. Kahan, "How Futile are Mindless Assessments of Roundoff in Floating-Point
    Computation?", 2006, section 12.

    Args:
        a, b: (B, 3, ...), need not be unit; the angle to a zero vector is 0 by convention.

    Returns:
        (B, ...), the shape of `a` without dimension 1; float32, or float64 if that was given. Where the vectors are
        parallel the gradient is 0.
    """
    a, b = at_least_float32(a), at_least_float32(b)
    cross = torch.linalg.cross(a, b, dim=1)
    dot = (a * b).sum(1)
    squared = cross.square().sum(1)
    # sqrt has an infinite slope at 0, and 0 * infinity is not a number: keep exact zeros out of it.
    parallel = squared <= _EPSILON
    sine = torch.where(parallel, torch.ones_like(squared), squared).sqrt()
    sine = torch.where(parallel, torch.zeros_like(sine), sine)
    away = parallel & (dot == 0)
    return torch.atan2(sine, torch.where(away, torch.ones_like(dot), dot))


def angular_loss(prediction: Tensor, reference: Tensor, mask: Tensor) -> Tensor:
    """Mean angle over the pixels of `mask`, in radians.

    The plain angular loss that Bae and Davison ("Rethinking Inductive Biases for Surface Normal Estimation", 2024)
    settle on.

    Args:
        prediction, reference: (B, 3, H, W).
        mask: (B, 1, H, W) of 0 and 1, or bool.

    Returns:
        A scalar of float32 or better; 0 if the mask is empty.
    """
    found = angle(prediction, reference)
    weight = mask[:, 0].to(found.dtype)
    return (found * weight).sum() / weight.sum().clamp_min(1.0)
