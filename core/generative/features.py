"""What pictures are compared by: features of a network trained on photographs, which it is named after in every figure.

These are not the features of the Frechet Inception Distance, and no figure made with them is called by that name; that
one needs the weights in `core.generative.inception`.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.networks.efficientnet_lite import EfficientNetLite, load_imagenet_weights

__all__ = ["FEATURES", "PictureFeatures", "features_of"]

FEATURES = "EfficientNet-Lite0 (ImageNet), mean features of strides 8, 16 and 32, pictures enlarged to 128 pixels"
"""What the numbers of `PictureFeatures` are, for reports."""

_SIDE = 128
_LEVELS = (2, 3, 4)
_AT_ONCE = 64


class PictureFeatures(nn.Module):
    """Pictures to 472 numbers each: 40 of stride 8, 112 of stride 16, 320 of stride 32, averaged over the picture.

    Raises:
        MissingPart: the ImageNet weights are not installed.
    """

    def __init__(self) -> None:
        super().__init__()
        self.network = EfficientNetLite("lite0")
        load_imagenet_weights(self.network)
        self.requires_grad_(False)
        self.eval()

    def forward(self, pictures: Tensor) -> Tensor:
        """(B, 3 or more, H, W), sRGB -1..1, only the first three channels are looked at -> (B, 472)."""
        colors = (0.5 + 0.5 * pictures[:, :3].float()).clamp(0.0, 1.0)
        if colors.shape[-2:] != (_SIDE, _SIDE):
            smaller = max(colors.shape[-2:]) > _SIDE
            # Averaged down, interpolated up: a picture is compared at the scale of one of this size.
            colors = F.interpolate(colors, (_SIDE, _SIDE), mode="area" if smaller else "bilinear")
        found = self.network(colors)
        return torch.cat([found[level].mean((2, 3)) for level in _LEVELS], 1)


@torch.no_grad()
def features_of(network: PictureFeatures, pictures: Tensor) -> Tensor:
    """Features of many pictures, a few at a time: (N, 3 or more, H, W) -> (N, 472), float64 on the CPU."""
    parts = [network(part.contiguous()).double().cpu() for part in pictures.split(_AT_ONCE)]  # type: ignore[no-untyped-call]
    return torch.cat(parts)
