"""The plate-to-normals network: a pretrained encoder, ray directions at every scale, a light top-down decoder.

The decoder follows feature pyramids (Lin et al., "Feature Pyramid Networks for Object Detection", 2017). Ray directions
as input, so that the field of view is known, follow Bae and Davison, "Rethinking Inductive Biases for Surface Normal
Estimation" (DSINE), 2024. No layer uses statistics of the frame: an answer neither flickers with the exposure of other
pixels nor depends on how a frame was cut into tiles, beyond what a tile can see.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.networks.efficientnet_lite import FEATURE_CHANNELS, EfficientNetLite0

__all__ = ["PlateNormalsNet"]

_RAYS = 2
_EPSILON = 1e-6


class PlateNormalsNet(nn.Module):
    """Camera-space normals from a plate and the direction of each pixel's ray.

    Args:
        width: channels of the decoder at strides 32 to 4.
        fine_width: channels of the decoder at stride 2.
        detail_width: channels of the full-resolution branch, which sees the plate itself; 0 leaves the branch out.
        frozen_stages: see `EfficientNetLite0`.
    """

    def __init__(self, width: int = 64, fine_width: int = 32, detail_width: int = 8, frozen_stages: int = 2) -> None:
        super().__init__()
        self.encoder = EfficientNetLite0(frozen_stages)
        widths = (fine_width, width, width, width, width)
        self.lateral = nn.ModuleList(nn.Conv2d(channels + _RAYS, width, 1) for channels in FEATURE_CHANNELS)
        self.smooth = nn.ModuleList(
            _smooth(width, outputs, layers=1 if level == 0 else 2) for level, outputs in enumerate(widths)
        )
        self.head = nn.Conv2d(fine_width, 3, 3, padding=1)
        self.detail: nn.Module | None = None
        if detail_width:
            self.spread = nn.Conv2d(fine_width, detail_width, 1)
            self.detail = nn.Conv2d(3, detail_width, 3, padding=1)
            self.sharpen = nn.Conv2d(detail_width, 3, 3, padding=1)

    def forward(self, plate: Tensor, rays: Tensor) -> Tensor:
        """Predict normals.

        Args:
            plate: (B, 3, H, W), network view: display-encoded 0..1; H and W multiples of 32.
            rays: (B, 2, H, W), ray slopes (x to the right, y up, tangents of angles).

        Returns:
            (B, 3, H, W), unit vectors, camera space (+X right, +Y up, +Z towards the camera).
        """
        features = self.encoder(plate)
        merged: Tensor | None = None
        for level in range(len(features) - 1, -1, -1):
            scale = 0.5 ** (level + 1)
            slopes = F.interpolate(rays, scale_factor=scale, mode="nearest")
            side = self.lateral[level](torch.cat([features[level], slopes], 1))
            merged = side if merged is None else side + _double(merged)
            merged = self.smooth[level](merged)
        assert merged is not None
        normals = _double(self.head(merged))  # (B, 3, H, W)
        if self.detail is not None:
            sharp = F.relu(_double(self.spread(merged)) + self.detail(plate - 0.5))
            normals = normals + self.sharpen(sharp)
        # In mixed precision the direction itself is still computed in float32.
        return F.normalize(normals.float(), dim=1, eps=_EPSILON)


def _double(features: Tensor) -> Tensor:
    return F.interpolate(features, scale_factor=2.0, mode="bilinear", align_corners=False)


def _smooth(inputs: int, outputs: int, layers: int) -> nn.Sequential:
    parts: list[nn.Module] = []
    for index in range(layers):
        parts += [
            nn.Conv2d(inputs if index == 0 else outputs, outputs, 3, padding=1, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(inplace=True),
        ]
    return nn.Sequential(*parts)
