"""DCGAN as published, for pictures of 64 pixels, or of another power of two with as many layers more or fewer.

Radford et al., "Unsupervised Representation Learning with Deep Convolutional Generative Adversarial Networks", 2016:
strided filters instead of pooling, batch norm in both networks except at the generator's output and the
discriminator's input, ReLU and tanh in the generator, leaky ReLU of slope 0.2 in the discriminator, no fully connected
layer, first weights of standard deviation 0.02.
"""

from __future__ import annotations

from itertools import pairwise
from typing import cast

import torch
from torch import Tensor, nn

from core.errors import BadConfig

__all__ = ["DcganDiscriminator", "DcganGenerator"]

_FIRST_SIDE = 4
_SLOPE = 0.2
_DEVIATION = 0.02


class DcganGenerator(nn.Module):
    """100 numbers to a picture.

    Args:
        channels: of a picture.
        size: pixels a side: 8, 16, 32, 64 ...
        latent: numbers in z; 100 as published.
        width: channels before the last layer; 128 as published (1024 at 4 x 4 for 64 pixels).

    Raises:
        BadConfig: another size.
    """

    def __init__(self, channels: int, size: int = 64, latent: int = 100, width: int = 128) -> None:
        super().__init__()
        doublings = _doublings(size)
        self.size, self.latent, self.channels, self.torus = size, latent, channels, False
        widths = [width << level for level in reversed(range(doublings))]
        parts: list[nn.Module] = [nn.ConvTranspose2d(latent, widths[0], _FIRST_SIDE, bias=False)]
        for before, after in zip(widths, [*widths[1:], 0], strict=True):
            parts += [nn.BatchNorm2d(before), nn.ReLU(inplace=True)]
            last = after == 0
            parts.append(nn.ConvTranspose2d(before, channels if last else after, 4, 2, 1, bias=last))
        self.layers = nn.Sequential(*parts, nn.Tanh())
        _draw(self)

    def forward(self, z: Tensor, size: int | None = None) -> Tensor:
        """(B, latent), standard normal -> (B, channels, size, size), -1..1. Raises BadConfig for another `size`."""
        if size not in (None, self.size):
            raise BadConfig(f"DCGAN of {self.size} pixels: cannot draw {size}; leave `sizes` out of the recipe")
        return cast(Tensor, self.layers(z[:, :, None, None])).float()


class DcganDiscriminator(nn.Module):
    """A picture to one score, before the sigmoid.

    Args: as `DcganGenerator`; `width` is that of the first layer.
    """

    def __init__(self, channels: int, size: int = 64, width: int = 128) -> None:
        super().__init__()
        doublings = _doublings(size)
        widths = [width << level for level in range(doublings)]
        parts: list[nn.Module] = [nn.Conv2d(channels, widths[0], 4, 2, 1), nn.LeakyReLU(_SLOPE, inplace=True)]
        for before, after in pairwise(widths):
            parts += [nn.Conv2d(before, after, 4, 2, 1, bias=False), nn.BatchNorm2d(after)]
            parts.append(nn.LeakyReLU(_SLOPE, inplace=True))
        self.layers = nn.Sequential(*parts, nn.Conv2d(widths[-1], 1, _FIRST_SIDE))
        _draw(self)

    def forward(self, pictures: Tensor) -> Tensor:
        """(B, channels, size, size), -1..1 -> (B,), above 0 where a picture looks true."""
        return torch.flatten(cast(Tensor, self.layers(pictures)))


def _doublings(size: int) -> int:
    doublings = (size // _FIRST_SIDE).bit_length() - 1
    if doublings < 1 or size != _FIRST_SIDE << doublings:
        raise BadConfig(f"DCGAN of {size} pixels: 8, 16, 32, 64, ... are needed")
    return doublings


def _draw(network: nn.Module) -> None:
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
            nn.init.normal_(layer.weight, 0.0, _DEVIATION)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
        elif isinstance(layer, nn.BatchNorm2d):
            nn.init.normal_(layer.weight, 1.0, _DEVIATION)
            nn.init.zeros_(layer.bias)
