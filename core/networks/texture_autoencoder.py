"""The baseline: a small convolutional auto-encoder that draws a normal map as a picture.

15, 30 and 15 channels around one 4x average pooling, with a sigmoid at its end: the kind of network one writes first.
It knows nothing of slopes or unit length, and is kept for comparison.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

__all__ = ["TextureAutoEncoder"]


class TextureAutoEncoder(nn.Module):
    """Draws the usual picture of a normal map, 0.5 + 0.5 n, OpenGL."""

    margin = 32

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 15, 3, padding=1)
        self.middle = nn.Conv2d(15, 30, 3, padding=1)
        self.last = nn.Conv2d(30, 15, 3, padding=1)
        self.draw = nn.Conv2d(15, 3, 3, padding=1)

    def picture(self, color: Tensor) -> Tensor:
        """(B, 3, H, W) sRGB-encoded colour, 0..1, H and W multiples of 4 -> (B, 3, H, W) of 0..1."""
        features = F.avg_pool2d(F.relu(self.first(color)), 4)
        features = F.relu(self.last(F.relu(self.middle(features))))
        drawn: Tensor = torch.sigmoid(self.draw(F.interpolate(features, scale_factor=4.0, mode="nearest")))
        return drawn

    def forward(self, color: Tensor) -> tuple[Tensor, Tensor]:
        """The picture as unit normals (B, 3, H, W), and, as it knows neither, roughness 0.5 and metalness 0."""
        vectors = 2.0 * self.picture(color).float() - 1.0
        normals = F.normalize(torch.cat([vectors[:, :2], vectors[:, 2:].clamp_min(0.02)], 1), dim=1)
        rough = torch.full_like(normals[:, :1], 0.5)
        return normals, torch.cat([rough, torch.zeros_like(rough)], 1)
