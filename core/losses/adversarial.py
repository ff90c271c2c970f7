"""What a discriminator minimises to tell true from drawn; with the labels turned, what a generator minimises."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from core.errors import BadConfig

__all__ = ["ADVERSARIAL", "adversarial_loss"]

ADVERSARIAL = ("bce", "lsgan")
"""Kinds of `adversarial_loss`."""


def adversarial_loss(scores: Tensor, true: bool, kind: str = "bce") -> Tensor:
    """Mean over all scores of how far they are from the label.

    "bce": binary cross-entropy (Goodfellow et al., "Generative Adversarial Nets", 2014). A generator that minimises it
    with `true=True` has the non-saturating form of that paper, which pix2pix (Isola et al., 2017) uses.
    "lsgan": squared distance to 1 or 0 (Mao et al., "Least Squares Generative Adversarial Networks", 2017).

    Args:
        scores: any shape, before a sigmoid; above 0 (bce) or near 1 (lsgan) means "looks true".
        true: the label.
        kind: one of `ADVERSARIAL`.

    Returns:
        A scalar, at least 0, float32 for any precision of `scores`.

    Raises:
        BadConfig: another kind.
    """
    label = torch.full_like(scores, 1.0 if true else 0.0, dtype=torch.float32)
    if kind == "bce":
        return F.binary_cross_entropy_with_logits(scores.float(), label)
    if kind == "lsgan":
        return F.mse_loss(scores.float(), label)
    raise BadConfig(f"adversarial loss {kind!r}: choose one of {', '.join(ADVERSARIAL)}")
