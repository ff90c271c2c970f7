"""Attention over the coarsest features: what one part of a frame says about another.

Multi-head self-attention in pre-norm blocks: Vaswani et al., "Attention Is All You Need", 2017, in the order of Xiong
et al., "On Layer Normalization in the Transformer Architecture", 2020. Normalisation is over the channels of a place,
never over the frame. There is no table of positions: the features carry their ray directions, which mean the same at
any resolution and for any crop.
"""

from __future__ import annotations

from torch import Tensor, nn

__all__ = ["ContextBlock"]


class ContextBlock(nn.Module):
    """Features in, features of the same shape out, each having seen all others.

    Args:
        channels: of the features; a multiple of `heads`.
        heads: of the attention.
        expand: width of the inner layer of the second half, in channels.

    The last layers start at zero, so that a new block changes nothing.
    """

    def __init__(self, channels: int, heads: int = 4, expand: int = 2) -> None:
        super().__init__()
        self.heads = heads
        self.first_norm = nn.LayerNorm(channels)
        self.mix = nn.Linear(channels, 3 * channels)
        self.merge = nn.Linear(channels, channels)
        self.second_norm = nn.LayerNorm(channels)
        self.widen = nn.Linear(channels, expand * channels)
        self.activation = nn.GELU()
        self.narrow = nn.Linear(expand * channels, channels)
        for layer in (self.merge, self.narrow):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, features: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, C, H, W); memory grows with (H * W) ** 2."""
        batch, channels, height, width = features.shape
        places = features.flatten(2).transpose(1, 2)  # (B, H * W, C)
        places = places + self.merge(self._attend(self.first_norm(places)))
        places = places + self.narrow(self.activation(self.widen(self.second_norm(places))))
        back: Tensor = places.transpose(1, 2).reshape(batch, channels, height, width)
        return back

    def _attend(self, places: Tensor) -> Tensor:
        batch, count, channels = places.shape
        depth = channels // self.heads
        # Written out: the exporter then needs no operator newer than the oldest runtime that is supported.
        mixed = self.mix(places).reshape(batch, count, 3, self.heads, depth).permute(2, 0, 3, 1, 4)
        query, key, value = mixed[0], mixed[1], mixed[2]  # (B, heads, H * W, depth)
        weight = (query @ key.transpose(2, 3) * depth**-0.5).softmax(dim=3)
        seen: Tensor = (weight @ value).transpose(1, 2).reshape(batch, count, channels)
        return seen
