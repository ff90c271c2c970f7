"""The generator of pix2pix: a U-Net down to one pixel, and the same as a network from a plate to unit normals.

Isola et al., "Image-to-Image Translation with Conditional Adversarial Networks", 2017, appendix 6.1. Kept as published:
4x4 filters with stride 2, widths 64-128-256-512-512-512-512-512, a skip at every level, leaky ReLU of slope 0.2 on the
way down and ReLU on the way up, no normalisation in the first layer, dropout in the first three blocks of the decoder,
tanh at the end, first weights from a normal distribution of deviation 0.02. The innermost layer has no normalisation
either, as in the authors' code: for a batch of one it would see a single value per channel and erase it.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.errors import BadConfig

__all__ = ["NORMS", "NormalsUNet", "UNetPix2Pix", "draw_weights", "normalisation"]

NORMS = ("batch", "instance")
"""Kinds of `normalisation`."""

_SLOPE = 0.2
_DROPPED_BLOCKS = 3
_WIDEST = 8
_DEVIATION = 0.02
_EPSILON = 1e-6


class UNetPix2Pix(nn.Module):
    """Picture to picture.

    Args:
        width: channels of the first layer, 64 as published; the widest have eight times as many.
        depth: layers on each side, 2 or more; one pixel is left in the middle of a picture with sides of 2^depth
            (8 as published, for 256 pixels).
        dropout: share of values dropped in the first three blocks of the decoder while training, 0..1.
        test_dropout: drop in evaluation too, as the authors do for want of another source of noise. Off by default: an
            answer that changes with every call flickers in a sequence and cannot be compared with a reference.
        norm: one of `NORMS`. "instance" is what the authors' batch normalisation becomes with batches of one:
            statistics of the picture at hand, in evaluation too. "batch" keeps the averages of training for evaluation.
        inputs, outputs: channels.

    Raises:
        BadConfig: a value out of range.
    """

    def __init__(
        self,
        width: int = 64,
        depth: int = 8,
        dropout: float = 0.5,
        test_dropout: bool = False,
        norm: str = "batch",
        inputs: int = 3,
        outputs: int = 3,
    ) -> None:
        super().__init__()
        if width < 1 or depth < 2 or not 0.0 <= dropout < 1.0:
            raise BadConfig(
                f"width {width}, depth {depth}, dropout {dropout}: at least 1, at least 2, and 0 or more but below 1"
            )
        self.dropout, self.test_dropout = dropout, test_dropout
        widths = [width * min(2**level, _WIDEST) for level in range(depth)]
        self.down = nn.ModuleList()
        self.down_norm = nn.ModuleList()
        for level in range(depth):
            normed = 0 < level < depth - 1
            before = inputs if level == 0 else widths[level - 1]
            self.down.append(nn.Conv2d(before, widths[level], 4, stride=2, padding=1, bias=not normed))
            self.down_norm.append(normalisation(norm, widths[level]) if normed else nn.Identity())
        self.up = nn.ModuleList()
        self.up_norm = nn.ModuleList()
        for level in reversed(range(depth)):
            before = widths[level] * (1 if level == depth - 1 else 2)  # the skip
            after = widths[level - 1] if level else outputs
            self.up.append(nn.ConvTranspose2d(before, after, 4, stride=2, padding=1, bias=level == 0))
            self.up_norm.append(normalisation(norm, after) if level else nn.Identity())
        draw_weights(self)

    @property
    def multiple_of(self) -> int:
        """Height and width of the input must be multiples of this."""
        return int(2 ** len(self.down))

    def forward(self, picture: Tensor) -> Tensor:
        """Translate.

        Args:
            picture: (B, inputs, H, W), -1..1; H and W multiples of `multiple_of`.

        Returns:
            (B, outputs, H, W) float32, -1..1.
        """
        skips: list[Tensor] = []
        features = picture
        for level, (conv, norm) in enumerate(zip(self.down, self.down_norm, strict=True)):
            features = norm(conv(features if level == 0 else F.leaky_relu(features, _SLOPE)))
            skips.append(features)
        for block, (conv, norm) in enumerate(zip(self.up, self.up_norm, strict=True)):
            skip = skips.pop()
            joined = skip if block == 0 else torch.cat([skip, features], 1)
            features = norm(conv(F.relu(joined)))
            if block < min(_DROPPED_BLOCKS, len(self.up) - 1):
                features = F.dropout(features, self.dropout, self.training or self.test_dropout)
        # In mixed precision the picture itself is still float32.
        return torch.tanh(features.float())


class NormalsUNet(nn.Module):
    """`UNetPix2Pix` with the ports of the suite's normals networks. The rays are taken and not used: the published
    generator sees the picture only.

    Args: those of `UNetPix2Pix` but its channels.
    """

    def __init__(
        self,
        width: int = 64,
        depth: int = 8,
        dropout: float = 0.5,
        test_dropout: bool = False,
        norm: str = "batch",
    ) -> None:
        super().__init__()
        self.generator = UNetPix2Pix(width, depth, dropout, test_dropout, norm)

    def picture(self, plate: Tensor) -> Tensor:
        """Normals as the picture that the generator draws, of any length: what the losses of pix2pix see.

        Sides that are no multiple of 2^depth are continued by their last pixels first, and the answer is cut.

        Args:
            plate: (B, 3, H, W), network view: display-encoded 0..1.

        Returns:
            (B, 3, H, W) float32, -1..1.
        """
        height, width = plate.shape[2], plate.shape[3]
        step = self.generator.multiple_of
        missing = ((height + step - 1) // step * step - height, (width + step - 1) // step * step - width)
        whole = F.pad(2.0 * plate - 1.0, (0, missing[1], 0, missing[0]), mode="replicate")
        drawn: Tensor = self.generator(whole)
        return drawn[:, :, :height, :width]

    def forward(self, plate: Tensor, rays: Tensor) -> Tensor:
        """Predict normals.

        Args:
            plate: (B, 3, H, W), network view: display-encoded 0..1; any height and width.
            rays: (B, 2, H, W), finite; they change nothing.

        Returns:
            (B, 3, H, W) float32, unit vectors, camera space (+X right, +Y up, +Z towards the camera).
        """
        normals = F.normalize(self.picture(plate), dim=1, eps=_EPSILON)
        # Exporting drops an input that nothing reads, and every runner of a normals model gives it rays.
        return normals + 0.0 * rays[:, :1]


def normalisation(kind: str, channels: int) -> nn.Module:
    """A normalisation layer, one of `NORMS`, with a learnt scale and offset per channel.

    Ioffe and Szegedy, "Batch Normalization", 2015; Ulyanov et al., "Instance Normalization", 2016.

    Raises:
        BadConfig: another kind.
    """
    if kind not in NORMS:
        raise BadConfig(f"norm {kind!r}: choose one of {', '.join(NORMS)}")
    return nn.BatchNorm2d(channels) if kind == "batch" else nn.InstanceNorm2d(channels, affine=True)


@torch.no_grad()
def draw_weights(module: nn.Module) -> None:
    """First weights as published: filters from N(0, 0.02), scales from N(1, 0.02), offsets 0.

    Drawn from torch's global generator.
    """
    for part in module.modules():
        if isinstance(part, nn.Conv2d | nn.ConvTranspose2d):
            part.weight.normal_(0.0, _DEVIATION)
        elif isinstance(part, nn.BatchNorm2d | nn.InstanceNorm2d):
            part.weight.normal_(1.0, _DEVIATION)
        else:
            continue
        if part.bias is not None:
            part.bias.zero_()
