"""The two networks of the experiment that the material model is held against, smaller: VGG-16 and ResNet-50 alike.

Karen Simonyan, Andrew Zisserman, "Very Deep Convolutional Networks for Large-Scale Image Recognition", 2015,
configuration D; Kaiming He et al., "Deep Residual Learning for Image Recognition", 2016, table 1, 50 layers, with the
stride in the 3 x 3 filter. Both with batch normalisation, since they start from random weights here, a mean over the
picture before the head, and a `width` that scales every layer.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.errors import BadConfig
from core.losses.ordinal_bins import median_value
from core.materials.parameters import COUNT

__all__ = ["NETWORKS", "MaterialHeads"]

NETWORKS = ("vgg16", "resnet50")

_VGG = ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3))
_RESNET = ((64, 3), (128, 4), (256, 6), (512, 3))


class MaterialHeads(nn.Module):
    """A picture to the ten numbers of `core.materials.parameters.PARAMETERS`.

    Args:
        network: one of `NETWORKS`.
        width: share of the published channels, above 0; 1 is the published network.
        bins: 0 for a regression; else each number is a choice among so many values, such as 101 or 1001.

    Raises:
        BadConfig: an unknown network, a width not above 0, or 1 bin or fewer than 0.
    """

    def __init__(self, network: str = "vgg16", width: float = 0.25, bins: int = 0) -> None:
        super().__init__()
        if network not in NETWORKS:
            raise BadConfig(f"network {network!r}: choose one of {', '.join(NETWORKS)}")
        if not width > 0 or bins == 1 or bins < 0:
            raise BadConfig(f"width {width} must be above 0, and bins {bins} either 0 or 2 and more")
        self.bins = bins
        self.features, channels = _vgg16(width) if network == "vgg16" else _resnet50(width)
        hidden = max(64, round(1024 * width))
        self.head = nn.Sequential(nn.Linear(channels, hidden), nn.ReLU(), nn.Linear(hidden, COUNT * max(1, bins)))

    def logits(self, picture: Tensor) -> Tensor:
        """(B, 3, S, S) sRGB 0..1 -> (B, bins, 10), or (B, 10) before the sigmoid for a regression."""
        features = self.features((picture - 0.45) / 0.25)
        found: Tensor = self.head(features.mean((2, 3)))
        return found if not self.bins else found.reshape(-1, self.bins, COUNT)

    def forward(self, picture: Tensor) -> Tensor:
        """(B, 10, 1, 1), 0..1; of bins the median."""
        found = self.logits(picture)
        values = median_value(found) if self.bins else torch.sigmoid(found.float())
        return values[..., None, None]


def _vgg16(width: float) -> tuple[nn.Module, int]:
    layers: list[nn.Module] = []
    channels = 3
    for wanted, count in _VGG:
        for _ in range(count):
            out = max(8, round(wanted * width))
            layers += [nn.Conv2d(channels, out, 3, padding=1, bias=False), nn.BatchNorm2d(out), nn.ReLU()]
            channels = out
        layers.append(nn.MaxPool2d(2))
    return nn.Sequential(*layers), channels


def _resnet50(width: float) -> tuple[nn.Module, int]:
    first = max(8, round(64 * width))
    layers: list[nn.Module] = [
        nn.Conv2d(3, first, 7, stride=2, padding=3, bias=False),
        nn.BatchNorm2d(first),
        nn.ReLU(),
        nn.MaxPool2d(3, stride=2, padding=1),
    ]
    channels = first
    for index, (wanted, count) in enumerate(_RESNET):
        inner = max(8, round(wanted * width))
        for block in range(count):
            layers.append(_Bottleneck(channels, inner, 2 if index and not block else 1))
            channels = 4 * inner
    return nn.Sequential(*layers), channels


class _Bottleneck(nn.Module):
    def __init__(self, inputs: int, inner: int, stride: int) -> None:
        super().__init__()
        outputs = 4 * inner
        self.body = nn.Sequential(
            nn.Conv2d(inputs, inner, 1, bias=False),
            nn.BatchNorm2d(inner),
            nn.ReLU(),
            nn.Conv2d(inner, inner, 3, stride=stride, padding=1, bias=False),
            nn.BatchNorm2d(inner),
            nn.ReLU(),
            nn.Conv2d(inner, outputs, 1, bias=False),
            nn.BatchNorm2d(outputs),
        )
        self.skip: nn.Module = nn.Identity()
        if stride > 1 or inputs != outputs:
            self.skip = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride=stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, features: Tensor) -> Tensor:
        return F.relu(self.body(features) + self.skip(features))
