"""A critic that looks at pictures through a network trained on photographs, and learns only what to make of it.

Sauer et al., "Projected GANs Converge Faster", 2021. Pictures pass a frozen ImageNet encoder; its features at several
strides are mixed by random filters that are never trained, across channels and from coarse to fine, so that no single
channel can be played on; a small critic with spectral normalisation scores each scale. A discriminator that begins with
nothing has to find out first what distinguishes bricks from planks; this one knows from the start, which is worth most
where few pictures can be seen. The encoder sees colour alone. One more critic learns all channels from their pixels, so
that maps (metalness, glossiness) are judged together with the colour that they belong to.

The same frozen features tell kinds of pictures apart (`core.networks.kinds`); critics and generator may be told them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import ClassVar

import torch
from torch import Tensor, distributed, nn
from torch.nn import functional as F
from torch.nn.utils.parametrizations import spectral_norm

from core.errors import BadConfig
from core.networks.efficientnet_lite import VARIANTS, EfficientNetLite, load_imagenet_weights
from core.networks.kinds import find_kinds, nearest_kind, take_without_kinds

__all__ = ["ProjectedDiscriminator"]

_SLOPE = 0.2
_COLORS = 3
_STRIDES = (2, 4, 8, 16, 32)
_SCORED_SIDE = 4
_MULTIPLE = 32
_AT_ONCE = 64


class _Critic(nn.Module):
    """Features of one scale to a map of scores: strided filters down to about 4 pixels, one filter more, scores.

    Each kind adds a weighting of the last features of its own (Miyato and Koyama, "cGANs with Projection
    Discriminator", 2018), which begins at 0.
    """

    def __init__(self, inputs: int, side: int, width: int, kinds: int) -> None:
        super().__init__()
        halvings = int(math.log2(side / _SCORED_SIDE)) if side > _SCORED_SIDE else 0
        widths = [inputs] + [width] * halvings
        layers: list[nn.Module] = []
        for a, b in pairwise(widths):
            layers += [spectral_norm(nn.Conv2d(a, b, 4, 2, 1)), nn.LeakyReLU(_SLOPE)]
        layers += [spectral_norm(nn.Conv2d(widths[-1], width, 3, 1, 1)), nn.LeakyReLU(_SLOPE)]
        self.layers = nn.Sequential(*layers, spectral_norm(nn.Conv2d(width, 1, 1)))
        self.kinds = nn.Parameter(torch.zeros(kinds, width)) if kinds else None

    def forward(self, features: Tensor, kinds: Tensor | None = None) -> Tensor:
        """(B, inputs, H, W), (B,) -> (B, scores)."""
        last = self.layers[:-1](features)
        scores: Tensor = self.layers[-1](last)
        if self.kinds is not None and kinds is not None:
            scores = scores + (last * self.kinds[kinds][:, :, None, None].to(last.dtype)).sum(1, keepdim=True)
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
        kinds: of pictures that it is told, 0: none.
        enlarged: how many times as large as they are the encoder judges pictures. It halves their sides at once, and
            of small ones hardly sees the finest detail: below 224 pixels the code of Sauer et al., "StyleGAN-XL",
            2022, enlarges them to that. Critics have the same filters at any.

    Raises:
        BadConfig: sizes that do not fit each other, an unknown encoder.
        MissingPart: when it is first asked for scores, and the ImageNet weights are not installed.
    """

    OF_KINDS: ClassVar[tuple[str, ...]] = (".kinds", "kind_mean", "kind_scale", "kind_centres")

    level: Tensor
    kind_mean: Tensor
    kind_scale: Tensor
    kind_centres: Tensor

    def __init__(
        self,
        channels: int,
        size: int = 64,
        encoder: str = "lite1",
        mixed: Sequence[int] = (32, 48, 64, 96, 128),
        width: int = 64,
        pixels: int = 48,
        kinds: int = 0,
        enlarged: int = 1,
    ) -> None:
        super().__init__()
        if encoder not in VARIANTS or size < _MULTIPLE or size % _MULTIPLE or len(mixed) != len(_STRIDES):
            raise BadConfig(
                f"projected discriminator of {size} pixels, encoder {encoder!r}, mixed {list(mixed)}: a multiple of "
                f"{_MULTIPLE} pixels, one of {', '.join(VARIANTS)}, and {len(_STRIDES)} widths are needed"
            )
        if enlarged < 1:
            raise BadConfig(f"projected discriminator with enlarged {enlarged}: 1 or more")
        self.size, self.enlarged = size, enlarged
        network = EfficientNetLite(encoder)
        # In a tuple, where torch does not look for modules; filled when it is first asked, as drawing needs no critic.
        self._encoder = (network.eval().requires_grad_(False),)
        self._filled = False
        self.across = nn.ModuleList(_random(a, b, 1) for a, b in zip(network.channels, mixed, strict=True))
        self.finer = nn.ModuleList(_random(b, a, 3) for a, b in pairwise(mixed))
        self.critics = nn.ModuleList(
            _Critic(count, size // stride, width, kinds) for count, stride in zip(mixed, _STRIDES, strict=True)
        )
        self.pixels = _Critic(channels, size, pixels, kinds)
        self.register_buffer("level", torch.zeros(len(mixed)))
        if kinds:
            numbers = sum(network.channels) + 2 * (channels - _COLORS)
            self.register_buffer("kind_mean", torch.zeros(numbers, dtype=torch.float64))
            self.register_buffer("kind_scale", torch.zeros(numbers, dtype=torch.float64))
            self.register_buffer("kind_centres", torch.zeros(kinds, numbers, dtype=torch.float64))
            self.register_load_state_dict_pre_hook(take_without_kinds)  # type: ignore[no-untyped-call]

    def forward(self, pictures: Tensor, kinds: Tensor | None = None) -> list[Tensor]:
        """(B, channels, S, S), -1..1, S a multiple of 32 -> scores of each scale, (B, n), higher is truer.

        Args:
            kinds: (B,) int64: as which kinds the pictures are judged; None: as any.
        """
        colors = 0.5 + 0.5 * pictures[:, :_COLORS]
        if self.enlarged > 1:
            colors = F.interpolate(colors, scale_factor=self.enlarged, mode="bilinear", align_corners=False)
        found = self._encoder_on(pictures.device)(colors)
        mixtures = [mix(features) for mix, features in zip(self.across, found, strict=True)]
        for index in reversed(range(len(mixtures) - 1)):
            above = self.finer[index](mixtures[index + 1])
            mixtures[index] = mixtures[index] + F.interpolate(
                above, mixtures[index].shape[-2:], mode="bilinear", align_corners=False
            )
        levels = self._levels(mixtures)
        scores = [
            critic(mixture / level.to(mixture.dtype), kinds)
            for critic, mixture, level in zip(self.critics, mixtures, levels, strict=True)
        ]
        return [*scores, self.pixels(pictures, kinds)]

    @torch.no_grad()
    def kinds_of(self, pictures: Tensor, seed: int = 0) -> Tensor:
        """(N, channels, S, S), -1..1 -> (N,) int64 on the CPU. The first call finds the kinds; later ones tell them.

        Args:
            seed: see `core.networks.kinds.find_kinds`.
        """
        features = torch.cat([self._features(part) for part in pictures.split(_AT_ONCE)])  # type: ignore[no-untyped-call]
        first = not bool(self.kind_scale.any())
        if first:
            scale = features.std(0, correction=0)
            scale = scale.clamp_min(1e-3 * float(scale.max()) + 1e-12)
            maps = pictures.shape[1] - _COLORS
            if maps:
                # Two figures a map weigh together as much as half of those of the colours.
                scale[-2 * maps :] /= math.sqrt(0.5 * (len(scale) - 2 * maps) / (2 * maps))
            self.kind_mean.copy_(features.mean(0))
            self.kind_scale.copy_(scale)
        features = (features - self.kind_mean.cpu()) / self.kind_scale.cpu()
        if first:
            self.kind_centres.copy_(find_kinds(features, len(self.kind_centres), seed))
        return nearest_kind(features, self.kind_centres.cpu())

    def _features(self, pictures: Tensor) -> Tensor:
        """(B, channels, S, S) -> (B, D) float64 on the CPU: means of all strides, mean and deviation of each map."""
        pictures = pictures.to(self.level.device)
        found = self._encoder_on(pictures.device)(0.5 + 0.5 * pictures[:, :_COLORS])
        maps = pictures[:, _COLORS:]
        parts = [part.mean((2, 3)) for part in found] + [maps.mean((2, 3)), maps.std((2, 3))]
        return torch.cat(parts, 1).double().cpu()

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
