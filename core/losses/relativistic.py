"""A loss for adversarial training that neither collapses nor oscillates: pairs of true and drawn, and two penalties."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

__all__ = ["gradient_penalty", "relativistic_loss"]


def relativistic_loss(better: Tensor, worse: Tensor) -> Tensor:
    """How far the scores of one side are from being above those of the other, pair by pair.

    Relativistic pairing (Jolicoeur-Martineau, "The relativistic discriminator", 2019, equations 3 and 4, with the
    logistic function; Huang et al., "The GAN is dead; long live the GAN!", 2024, equation 2). The discriminator calls
    it with (true, drawn), the generator with (drawn, true). Every true picture pulls, so that a generator gains nothing
    by leaving some of them out.

    Args:
        better, worse: (B,), scores before any squashing.

    Returns:
        A scalar, 0 or more, float32; log 2 where the scores are equal.
    """
    return F.softplus(worse.float() - better.float()).mean()


def gradient_penalty(discriminator: nn.Module, pictures: Tensor) -> tuple[Tensor, Tensor]:
    """Mean squared length of the scores' gradients with regard to the pictures.

    R1 on true pictures (Mescheder et al., "Which Training Methods for GANs do actually Converge?", 2018, equation 9,
    without its factor of a half), R2 on drawn ones. Both are needed for the relativistic loss to converge (Huang et
    al., 2024, section 2.2).

    Args:
        discriminator: whose score of a picture depends on no other picture of the batch.
        pictures: (B, C, H, W).

    Returns:
        The penalty, a scalar through which gradients reach the discriminator's weights, and the scores, (B,).
    """
    seen = pictures.detach().requires_grad_(True)
    with torch.enable_grad():
        scores = discriminator(seen)
        (slopes,) = torch.autograd.grad(scores.float().sum(), seen, create_graph=True)
    return slopes.float().square().sum((1, 2, 3)).mean(), scores
