"""A critic of whole pictures without normalisation, so that its score of a picture depends on that picture alone.

Strided filters with leaky rectifiers, a score at 4 x 4 pixels. No batch norm and no statistics over the batch: the loss
of `core.losses.relativistic` keeps it stable with zero-centred gradient penalties instead (Huang et al., "The GAN is
dead; long live the GAN! A Modern Baseline GAN", 2024).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.errors import BadConfig
from core.networks.equalised import EqualConv, EqualLinear

__all__ = ["StyleDiscriminator"]

_LAST_SIDE = 4
_SLOPE = 0.2


class _Down(nn.Module):
    """Half the size: a strided filter, and the average of the input beside it, so that gradients pass (a residual)."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.filter = EqualConv(inputs, outputs, 4, stride=2, padding=1)
        self.skip = EqualConv(inputs, outputs, 1, bias=False)

    def forward(self, features: Tensor) -> Tensor:
        made = F.leaky_relu(self.filter(features), _SLOPE) * math.sqrt(2.0)
        both: Tensor = (made + self.skip(F.avg_pool2d(features, 2))) * math.sqrt(0.5)
        return both


class StyleDiscriminator(nn.Module):
    """Pictures of any of the generator's sizes to one score each.

    Args:
        channels: of a picture.
        size: largest side, pixels: 4 times a power of two.
        widths: channels at `size` / 2, ..., 8, 4 pixels, one for each.
        score: width of the layer before the score.

    Raises:
        BadConfig: sizes that do not fit each other.
    """

    def __init__(
        self, channels: int, size: int = 64, widths: Sequence[int] = (32, 96, 128, 192), score: int = 192
    ) -> None:
        super().__init__()
        halvings = int(math.log2(max(size, 1) / _LAST_SIDE))
        if size != _LAST_SIDE << max(halvings, 0) or halvings < 1 or len(widths) != halvings:
            raise BadConfig(
                f"discriminator of {size} pixels with widths {list(widths)}: 8, 16, 32, ... pixels and a width for "
                f"each of {size // 2}, ..., 8, 4 pixels are needed"
            )
        self.size = size
        # One way in for each size, for runs that begin with small pictures.
        self.enter = nn.ModuleList(EqualConv(channels, width, 4, stride=2, padding=1) for width in widths)
        self.down = nn.ModuleList(_Down(a, b) for a, b in pairwise(widths))
        self.gather = EqualLinear(widths[-1] * _LAST_SIDE**2, score)
        self.score = EqualLinear(score, 1)

    def forward(self, pictures: Tensor) -> Tensor:
        """(B, channels, S, S), -1..1, S = `size` / 1, 2, 4, ..., 8 at least -> (B,), higher is truer."""
        first = int(math.log2(self.size // pictures.shape[-1]))
        features = F.leaky_relu(self.enter[first](pictures), _SLOPE) * math.sqrt(2.0)
        for block in self.down[first:]:
            features = block(features)
        gathered = F.leaky_relu(self.gather(torch.flatten(features, 1)), _SLOPE) * math.sqrt(2.0)
        scores: Tensor = self.score(gathered)
        return scores[:, 0]
