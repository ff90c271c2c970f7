"""A critic that looks at pictures through a network trained on photographs, and learns only what to make of it.

Sauer et al., "Projected GANs Converge Faster", 2021. Pictures pass a frozen ImageNet encoder; its features at several
strides are mixed by random filters that are never trained, across channels and from coarse to fine, so that no single
channel can be played on; a small critic with spectral normalisation scores each scale. A discriminator that begins with
nothing has to find out first what distinguishes bricks from planks; this one knows from the start, which is worth most
where few pictures can be seen. The encoder sees colour alone. One more critic learns all channels from their pixels, so
that maps (metalness, glossiness) are judged together with the colour that they belong to.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, distributed, nn
from torch.nn import functional as F
from torch.nn.utils.parametrizations import spectral_norm

from core.errors import BadConfig
from core.networks.efficientnet_lite import VARIANTS, EfficientNetLite, load_imagenet_weights

__all__ = ["ProjectedDiscriminator"]

_SLOPE = 0.2
_COLORS = 3
_STRIDES = (2, 4, 8, 16, 32)
_SCORED_SIDE = 4
_MULTIPLE = 32


class _Critic(nn.Module):
    """Features of one scale to a map of scores: strided filters down to about 4 pixels, one filter more, scores."""

    def __init__(self, inputs: int, side: int, width: int) -> None:
        super().__init__()
        halvings = int(math.log2(side / _SCORED_SIDE)) if side > _SCORED_SIDE else 0
        widths = [inputs] + [width] * halvings
        layers: list[nn.Module] = []
        for a, b in pairwise(widths):
            layers += [spectral_norm(nn.Conv2d(a, b, 4, 2, 1)), nn.LeakyReLU(_SLOPE)]
        layers += [spectral_norm(nn.Conv2d(widths[-1], width, 3, 1, 1)), nn.LeakyReLU(_SLOPE)]
        self.layers = nn.Sequential(*layers, spectral_norm(nn.Conv2d(width, 1, 1)))

    def forward(self, features: Tensor) -> Tensor:
        """(B, inputs, H, W) -> (B, scores)."""
        scores: Tensor = self.layers(features)
        return torch.flatten(scores, 1)


class ProjectedDiscriminator(nn.Module):
    """Pictures to scores of several scales.

    The encoder belongs to no parameter list and no checkpoint: it is never trained, and its package fills it again.

    Args:
        channels: of a picture; the first three are colour.
        size: largest side, pixels: a multiple of 32.
        encoder: one of `core.networks.efficientnet_lite.VARIANTS`.
        mixed: channels of the random mixtures at strides 2, 4, 8, 16 and 32.
        width: channels in the critics.
        pixels: channels in the critic of the pixels.

    Raises:
        BadConfig: sizes that do not fit each other, an unknown encoder.
        MissingPart: when it is first asked for scores, and the ImageNet weights are not installed.
    """

    level: Tensor

    def __init__(
        self,
        channels: int,
        size: int = 64,
        encoder: str = "lite1",
        mixed: Sequence[int] = (32, 48, 64, 96, 128),
        width: int = 64,
        pixels: int = 48,
    ) -> None:
        super().__init__()
        if encoder not in VARIANTS or size < _MULTIPLE or size % _MULTIPLE or len(mixed) != len(_STRIDES):
            raise BadConfig(
                f"projected discriminator of {size} pixels, encoder {encoder!r}, mixed {list(mixed)}: a multiple of "
                f"{_MULTIPLE} pixels, one of {', '.join(VARIANTS)}, and {len(_STRIDES)} widths are needed"
            )
        self.size = size
        network = EfficientNetLite(encoder)
        # In a tuple, where torch does not look for modules; filled when it is first asked, as drawing needs no critic.
        self._encoder = (network.eval().requires_grad_(False),)
        self._filled = False
        self.across = nn.ModuleList(_random(a, b, 1) for a, b in zip(network.channels, mixed, strict=True))
        self.finer = nn.ModuleList(_random(b, a, 3) for a, b in pairwise(mixed))
        self.critics = nn.ModuleList(
            _Critic(count, size // stride, width) for count, stride in zip(mixed, _STRIDES, strict=True)
        )
        self.pixels = _Critic(channels, size, pixels)
        self.register_buffer("level", torch.zeros(len(mixed)))

    def forward(self, pictures: Tensor) -> list[Tensor]:
        """(B, channels, S, S), -1..1, S a multiple of 32 -> scores of each scale, (B, n), higher is truer."""
        found = self._encoder_on(pictures.device)(0.5 + 0.5 * pictures[:, :_COLORS])
        mixtures = [mix(features) for mix, features in zip(self.across, found, strict=True)]
        for index in reversed(range(len(mixtures) - 1)):
            above = self.finer[index](mixtures[index + 1])
            mixtures[index] = mixtures[index] + F.interpolate(
                above, mixtures[index].shape[-2:], mode="bilinear", align_corners=False
            )
        levels = self._levels(mixtures)
        scores = [
            critic(mixture / level.to(mixture.dtype))
            for critic, mixture, level in zip(self.critics, mixtures, levels, strict=True)
        ]
        return [*scores, self.pixels(pictures)]

    def _encoder_on(self, device: torch.device) -> EfficientNetLite:
        encoder = self._encoder[0]
        if not self._filled:
            load_imagenet_weights(encoder)
            self._filled = True
        if next(encoder.parameters()).device != device:
            encoder.to(device)
        return encoder

    @torch.no_grad()
    def _levels(self, mixtures: Sequence[Tensor]) -> Tensor:
        """Mean size of each mixture, of the first pictures ever seen: critics want numbers of about 1."""
        if not bool(self.level.any()):
            squares = torch.stack([mixture.float().square().mean() for mixture in mixtures])
            if distributed.is_available() and distributed.is_initialized():
                # Of the pictures of all processes that train together, so that they train one network.
                distributed.all_reduce(squares)
                squares /= distributed.get_world_size()
            self.level.copy_(squares.sqrt())
        return self.level


def _random(inputs: int, outputs: int, kernel: int) -> nn.Conv2d:
    """A filter that keeps its random weights, and the size of what passes."""
    layer = nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, bias=False)
    nn.init.kaiming_normal_(layer.weight, nonlinearity="linear")
    return layer.requires_grad_(False)
