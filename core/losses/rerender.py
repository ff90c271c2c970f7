"""A material is right where its pictures are: an analytic ball under drawn lights, one predicted group at a time.

The picture-space loss for reflectance is that of Deschaintre et al., "Single-Image SVBRDF Capture with a
Rendering-Aware Deep Network", 2018. Taking one group of numbers from the prediction and the others from the truth keeps
one wrong group from making up for another, as Li et al. did for single parameters ("Learning to Reconstruct Shape and
Spatially-Varying Reflectance from a Single Image", 2018).
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from core.losses.precision import at_least_float32
from core.materials.ball import shade

__all__ = ["rerender_loss"]


def rerender_loss(
    prediction: Tensor,
    truth: Tensor,
    normals: Tensor,
    directions: Tensor,
    radiance: Tensor,
    ambient: Tensor,
    groups: Mapping[str, slice],
) -> Tensor:
    """Mean absolute difference of log(1 + 4 x radiance) of two balls, mean over the groups.

    Args:
        prediction, truth: (B, 8) of `core.materials.parameters.QUANTITIES`, 0..1.
        normals: (P, 3) unit, camera space.
        directions, radiance, ambient: see `core.materials.ball.Lights`; (L, 3), (L, 3) and (3,).
        groups: name -> which of the numbers are taken from the prediction together.

    Returns:
        A scalar of float32 or better, 0 or more; 0 for equal materials.
    """
    with torch.autocast(prediction.device.type, enabled=False):
        prediction, truth = at_least_float32(prediction), at_least_float32(truth)
        wanted = _seen(truth, normals, directions, radiance, ambient)
        total = prediction.new_zeros(())
        for place in groups.values():
            mixed = truth.clone()
            mixed[:, place] = prediction[:, place]
            total = total + (_seen(mixed, normals, directions, radiance, ambient) - wanted).abs().mean()
        return total / max(1, len(groups))


def _seen(quantities: Tensor, normals: Tensor, directions: Tensor, radiance: Tensor, ambient: Tensor) -> Tensor:
    # Near 0 and 1 the slopes of a metal's index have no end.
    kept = quantities.clamp(0.004, 0.985)
    pixels: Tensor = shade(kept, normals, directions, radiance, ambient)
    return torch.log1p(4.0 * pixels)
