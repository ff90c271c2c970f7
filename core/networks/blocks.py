"""Parts that several networks are made of."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

__all__ = ["convolutions", "double"]


def double(features: Tensor) -> Tensor:
    """(B, C, H, W) -> (B, C, 2 H, 2 W), between pixels linear."""
    return F.interpolate(features, scale_factor=2.0, mode="bilinear", align_corners=False)


def convolutions(inputs: int, outputs: int, count: int) -> nn.Sequential:
    """`count` convolutions of 3 x 3, each with its norm and ReLU; the first takes `inputs` channels."""
    parts: list[nn.Module] = []
    for index in range(count):
        parts += [
            nn.Conv2d(inputs if index == 0 else outputs, outputs, 3, padding=1, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(inplace=True),
        ]
    return nn.Sequential(*parts)
