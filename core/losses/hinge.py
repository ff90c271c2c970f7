"""The hinge loss of adversarial training, for discriminators with several scores a picture."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

__all__ = ["hinge_loss", "hinge_score"]


def hinge_loss(scores: Sequence[Tensor], true: bool) -> Tensor:
    """What a discriminator minimises: scores of true pictures above 1, of drawn ones below -1.

    Lim and Ye, "Geometric GAN", 2017, equations 6 and 7. Beyond the margins nothing pulls, so that a discriminator that
    is right does not grow without bound.

    Args:
        scores: one tensor a scale, any shapes; each scale weighs the same.
        true: which side they are of.

    Returns:
        A scalar, at least 0, float32.
    """
    sign = 1.0 if true else -1.0
    return torch.stack([F.relu(1.0 - sign * part.float()).mean() for part in scores]).mean()


def hinge_score(scores: Sequence[Tensor]) -> Tensor:
    """The mean of all scales, each weighing the same: what a generator raises. A scalar, float32."""
    return torch.stack([part.float().mean() for part in scores]).mean()
