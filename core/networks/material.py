"""A picture of an object to its material: a pretrained encoder, looked at within and without the object's mask."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.materials.parameters import QUANTITIES
from core.networks.efficientnet_lite import EfficientNetLite

__all__ = ["LARGEST_LOG_SCALE", "SMALLEST_LOG_SCALE", "CalibratedMaterial", "MaterialNet"]

SMALLEST_LOG_SCALE, LARGEST_LOG_SCALE = math.log(0.01), math.log(0.5)
"""Between these the network states how far off it may be: 0.01 .. 0.5."""

_FIGURES = 18
"""Numbers of `_brightness`."""

_TAKEN = (1, 2, 3)
"""Scales of the encoder that are looked at: strides 4, 8 and 16."""


class MaterialNet(nn.Module):
    """Picture and mask to eight numbers, and to how far off each may be.

    What is kept of each scale is mean, spread and largest value over the object; of the coarsest also the mean over the
    rest, which shows the light. Brightness matters here, which an encoder made for naming things looks past: figures of
    the picture itself are given beside its features.

    Args:
        variant: of the encoder, see `core.networks.efficientnet_lite`.
        width: channels of the layers between features and answer.
        dropout: share of them left out in training.
        frozen_stages: first parts of the encoder that keep their weights.

    Raises:
        BadConfig: an unknown variant.
    """

    def __init__(self, variant: str = "lite0", width: int = 256, dropout: float = 0.1, frozen_stages: int = 2) -> None:
        super().__init__()
        self.encoder = EfficientNetLite(variant, frozen_stages, scales=4)
        coarse = self.encoder.channels[_TAKEN[-1]]
        self.mix = nn.Sequential(
            nn.Conv2d(coarse + 1, 128, 3, padding=1), nn.ReLU(), nn.Conv2d(128, 128, 3, padding=1), nn.ReLU()
        )
        kept = 3 * sum(self.encoder.channels[scale] for scale in _TAKEN[:-1]) + 3 * 128 + 128
        self.scale = nn.LayerNorm(kept)
        self.head = nn.Sequential(
            nn.Linear(kept + _FIGURES, width),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(width, width),
            nn.ReLU(),
            nn.Linear(width, 2 * len(QUANTITIES)),
        )

    def predict(self, picture: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """What training needs.

        Args:
            picture: (B, 3, S, S), sRGB-encoded 0..1, sides multiples of 32.
            mask: (B, 1, S, S), 0..1, the share of each pixel that the object covers; empty is taken as everywhere.

        Returns:
            (B, 8) of `core.materials.parameters.QUANTITIES`, 0..1, and (B, 8) the logarithm of the mean absolute error
            that is expected of each.
        """
        inside = torch.where(mask.mean((1, 2, 3), keepdim=True) > 1e-4, mask, torch.ones_like(mask))
        features = self.encoder(picture)
        parts = []
        for scale in _TAKEN:
            found = features[scale]
            weight = F.avg_pool2d(inside, 2 ** (scale + 1))
            if scale == _TAKEN[-1]:
                found = self.mix(torch.cat([found, weight.to(found.dtype)], 1))
                parts.append(_mean(found, 1.0 - weight))
            parts.extend(_figures(found, weight))
        features_of_all = self.scale(torch.cat([part.float() for part in parts], 1))
        both = self.head(torch.cat([features_of_all, _brightness(picture, inside)], 1))
        mean, raw = both.chunk(2, 1)
        share = torch.sigmoid(raw.float())
        return torch.sigmoid(mean.float()), SMALLEST_LOG_SCALE + (LARGEST_LOG_SCALE - SMALLEST_LOG_SCALE) * share

    def forward(self, picture: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """What is exported: (B, 8, 1, 1) numbers 0..1, and (B, 8, 1, 1) the mean absolute error expected, 0.01..0.5."""
        mean, log_scale = self.predict(picture, mask)
        return mean[..., None, None], log_scale.exp()[..., None, None]


class CalibratedMaterial(nn.Module):
    """A network whose expected errors are multiplied by what held-out samples say: training data flatters them.

    Args:
        network: as it was trained.
        factor: above 0; found mean absolute error over the expected one.
    """

    def __init__(self, network: MaterialNet, factor: float) -> None:
        super().__init__()
        self.network = network
        self.factor = factor

    def forward(self, picture: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """As `MaterialNet.forward`; expected errors end at 1."""
        found, expected = self.network(picture, mask)
        return found, (expected * self.factor).clamp(max=1.0)


def _brightness(picture: Tensor, inside: Tensor) -> Tensor:
    """(B, 18): colours of the object (mean, spread, brightest, darkest; linear mean) and of what is around it."""
    small, weight = F.avg_pool2d(picture.float(), 4), F.avg_pool2d(inside.float(), 4)
    linear = small.clamp(0.0, 1.0) ** 2.2
    mean, spread, largest = _figures(small, weight)
    darkest, rest = -_largest(-small, weight), _mean(small, 1.0 - weight)
    figures = torch.cat([mean, spread * 2.0, largest, darkest, _mean(linear, weight), rest], 1)
    return 4.0 * figures - 1.5  # about as large as the features beside them


def _mean(values: Tensor, weight: Tensor) -> Tensor:
    return (values * weight).sum((2, 3)) / weight.sum((2, 3)).clamp_min(1e-3)


def _figures(values: Tensor, weight: Tensor) -> list[Tensor]:
    values, weight = values.float(), weight.float()
    mean = _mean(values, weight)
    spread = _mean((values - mean[..., None, None]).square(), weight)
    return [mean, (spread + 1e-4).sqrt(), _largest(values, weight)]


def _largest(values: Tensor, weight: Tensor) -> Tensor:
    # Half covered is enough; where no pixel is, the most covered ones count.
    enough = weight >= torch.minimum(torch.full_like(weight, 0.5), weight.amax((2, 3), keepdim=True))
    return torch.where(enough, values, torch.full_like(values, -1e4)).amax((2, 3))
