"""The networks that make white shapes shiny: the one it was first tried with, and a wider-sighted one.

`ResConvNet` is that of the experiment: five 7x7 convolutions, the third of stride 2, and their mirror image, with the
features of the way down added on the way up. Its receptive field ends 41 pixels from a pixel, so that a longer shadow
ends in a hard border; and its transposed convolution of stride 2 leaves stripes (Odena, Dumoulin and Olah,
"Deconvolution and Checkerboard Artifacts", Distill 2016). `StyleUNet` sees six scales, halves by averaging and doubles
by interpolation.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.errors import BadConfig
from core.networks.blocks import convolutions

__all__ = ["ResConvNet", "StyleUNet"]

_KERNEL = 7
_LAYERS = 5
_STRIDED = 2  # the third


class ResConvNet(nn.Module):
    """Five 7x7 convolutions down and five up, GELU between them, sums across: 411 thousand parameters of 32 channels.

    Args:
        width: channels.

    Raises:
        BadConfig: fewer than 4 channels.
    """

    multiple_of = 2
    margin = 42

    def __init__(self, width: int = 32) -> None:
        super().__init__()
        if width < 4:
            raise BadConfig(f"width {width}: 4 channels or more are needed")
        half = _KERNEL // 2
        self.down = nn.ModuleList(
            nn.Conv2d(3 if k == 0 else width, width, _KERNEL, stride=2 if k == _STRIDED else 1, padding=half)
            for k in range(_LAYERS)
        )
        self.up = nn.ModuleList(
            nn.ConvTranspose2d(
                width,
                3 if k == 0 else width,
                _KERNEL,
                stride=2 if k == _STRIDED else 1,
                padding=half,
                output_padding=1 if k == _STRIDED else 0,
            )
            for k in reversed(range(_LAYERS))
        )

    def forward(self, mask: Tensor) -> Tensor:
        """(B, 1, H, W), 0..1, even sides -> (B, 3, H, W), display-encoded, about 0..1."""
        features = mask.expand(-1, 3, -1, -1)
        kept: list[Tensor] = []
        for layer in self.down:
            features = F.gelu(layer(features))
            kept.append(features)
        features = kept.pop()
        for number, layer in enumerate(self.up):
            features = layer(features)
            if number + 1 < _LAYERS:
                features = F.gelu(features) + kept.pop()
        return features


class StyleUNet(nn.Module):
    """Six scales of 3x3 filters, averaged down and interpolated up.

    Args:
        widths: channels at 1, 1/2, 1/4, 1/8, 1/16 and 1/32 of the resolution.

    Raises:
        BadConfig: not six widths, or one below 4.
    """

    multiple_of = 32
    margin = 160

    def __init__(self, widths: Sequence[int] = (16, 32, 40, 48, 56, 64)) -> None:
        super().__init__()
        if len(widths) != 6 or min(widths) < 4:
            raise BadConfig(f"widths {list(widths)}: six numbers of channels, each 4 or more, are needed")
        inputs = (1, *widths[:-1])
        self.down = nn.ModuleList(convolutions(below, width, 2) for below, width in zip(inputs, widths, strict=True))
        self.lateral = nn.ModuleList(nn.Conv2d(widths[k + 1], widths[k], 1) for k in range(5))
        self.up = nn.ModuleList(convolutions(widths[k], widths[k], 1) for k in range(5))
        self.head = nn.Conv2d(widths[0], 3, 3, padding=1)

    def forward(self, mask: Tensor) -> Tensor:
        """(B, 1, H, W), 0..1, sides multiples of 32 -> (B, 3, H, W), display-encoded, about 0..1."""
        features: list[Tensor] = []
        below = mask
        for filters in self.down:
            features.append(filters(below))
            below = F.avg_pool2d(features[-1], 2)
        for level in range(4, -1, -1):
            above = F.interpolate(
                self.lateral[level](features[level + 1]), scale_factor=2.0, mode="bilinear", align_corners=False
            )
            features[level] = self.up[level](features[level] + above)
        with torch.autocast(mask.device.type, enabled=False):
            shown: Tensor = self.head(features[0].float()) + 0.6
        return shown
