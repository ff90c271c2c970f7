"""Networks that tell drawn pictures from true ones, by how much of the picture one score sees.

Isola et al., "Image-to-Image Translation with Conditional Adversarial Networks", 2017, section 4.4 and appendix 6.1.2.
All take the input of the translation and its output as one stack of channels, and give scores before the sigmoid.
While training, batch statistics leak a little of everything into every score, as in the paper.
"""

from __future__ import annotations

from typing import cast

from torch import Tensor, nn

from core.errors import BadConfig
from core.networks.unet_pix2pix import draw_weights, normalisation

__all__ = ["LAYOUTS", "ImageDiscriminator", "PatchDiscriminator", "PixelDiscriminator", "build_discriminator"]

LAYOUTS = ("pixel", "patch16", "patch70", "patch286", "image")
"""What `build_discriminator` knows, by how much one score sees: 1, 16, 70 or 286 pixels along each side, or all."""

_STRIDED = {"patch16": 1, "patch70": 3, "patch286": 5}
_SLOPE = 0.2
_WIDEST = 8
_LAST_SIDE = 4


class PatchDiscriminator(nn.Module):
    """One score for each of many overlapping patches (PatchGAN).

    `strided` layers with stride 2, one with stride 1, and one that gives the score, all with 4x4 filters. As published:
    strided 1 is C64-C128 (patches of 16 pixels), 3 is C64-C128-C256-C512 (70), 5 is C64-C128-C256-C512-C512-C512 (286,
    the paper's ImageGAN, which on 256 pixels still gives 6x6 scores).

    Args:
        channels: of input and output together.
        strided: 1 or more.
        width: channels of the first layer, 64 as published.
        norm: see `core.networks.unet_pix2pix.NORMS`.
    """

    def __init__(self, channels: int, strided: int = 3, width: int = 64, norm: str = "batch") -> None:
        super().__init__()
        self.receptive_field = 1
        widths = [width * min(2**level, _WIDEST) for level in range(strided + 1)]
        parts: list[nn.Module] = []
        for level, after in enumerate(widths):
            before = channels if level == 0 else widths[level - 1]
            parts += _block(before, after, 2 if level < strided else 1, norm if level else None)
        parts.append(nn.Conv2d(widths[-1], 1, 4, padding=1))
        self.layers = nn.Sequential(*parts)
        for stride in [1, 1, *[2] * strided]:  # from the score back to the picture
            self.receptive_field = (self.receptive_field - 1) * stride + 4
        draw_weights(self)

    def forward(self, pictures: Tensor) -> Tensor:
        """(B, channels, H, W), -1..1 -> (B, 1, h, w), above 0 where the patch looks true."""
        return cast(Tensor, self.layers(pictures))


class PixelDiscriminator(nn.Module):
    """One score a pixel (PixelGAN): C64-C128 with 1x1 filters; knows colours and no shapes.

    Args: as `PatchDiscriminator`.
    """

    def __init__(self, channels: int, width: int = 64, norm: str = "batch") -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(channels, width, 1),
            nn.LeakyReLU(_SLOPE),
            nn.Conv2d(width, 2 * width, 1, bias=False),
            normalisation(norm, 2 * width),
            nn.LeakyReLU(_SLOPE),
            nn.Conv2d(2 * width, 1, 1),
        )
        draw_weights(self)

    def forward(self, pictures: Tensor) -> Tensor:
        """(B, channels, H, W), -1..1 -> (B, 1, H, W), above 0 where the pixel looks true."""
        return cast(Tensor, self.layers(pictures))


class ImageDiscriminator(nn.Module):
    """A single score for the whole picture: the paper's blocks with stride 2 until at most 4x4 places are left, and one
    filter over all of them. Unlike the average over a `PatchDiscriminator`'s scores it can judge how far corners fit
    each other.

    Args:
        channels: of input and output together.
        size: height and width of the pictures, 8 or more pixels; others are refused by the last filter's shape.
        width: channels of the first layer.
        norm: see `core.networks.unet_pix2pix.NORMS`.

    Raises:
        BadConfig: a size below 8.
    """

    def __init__(self, channels: int, size: int, width: int = 64, norm: str = "batch") -> None:
        super().__init__()
        if size < 2 * _LAST_SIDE:
            raise BadConfig(f"size {size}: the whole-image discriminator needs {2 * _LAST_SIDE} pixels or more")
        parts: list[nn.Module] = []
        side, before, level = size, channels, 0
        while side > _LAST_SIDE:
            after = width * min(2**level, _WIDEST)
            parts += _block(before, after, 2, norm if level else None)
            side, before, level = side // 2, after, level + 1
        parts.append(nn.Conv2d(before, 1, side))
        self.layers = nn.Sequential(*parts)
        draw_weights(self)

    def forward(self, pictures: Tensor) -> Tensor:
        """(B, channels, size, size), -1..1 -> (B, 1, 1, 1), above 0 where the picture looks true."""
        return cast(Tensor, self.layers(pictures))


def build_discriminator(layout: str, channels: int, size: int, width: int = 64, norm: str = "batch") -> nn.Module:
    """The discriminator of a name in `LAYOUTS`, with first weights from torch's global generator.

    Args:
        channels: of input and output together.
        size: height and width of the pictures, pixels; only "image" depends on it.
        width: channels of the first layer.
        norm: see `core.networks.unet_pix2pix.NORMS`.

    Raises:
        BadConfig: an unknown name, or a picture too small for one score.
    """
    if layout == "pixel":
        return PixelDiscriminator(channels, width, norm)
    if layout == "image":
        return ImageDiscriminator(channels, size, width, norm)
    if layout not in _STRIDED:
        raise BadConfig(f"discriminator {layout!r}: choose one of none, {', '.join(LAYOUTS)}")
    strided = _STRIDED[layout]
    if size >> strided < 3:  # two more 4x4 filters take a pixel each
        raise BadConfig(f"discriminator {layout!r}: size {size} is too small; take {3 << strided} pixels or more")
    return PatchDiscriminator(channels, strided, width, norm)


def _block(before: int, after: int, stride: int, norm: str | None) -> list[nn.Module]:
    parts: list[nn.Module] = [nn.Conv2d(before, after, 4, stride=stride, padding=1, bias=norm is None)]
    if norm is not None:
        parts.append(normalisation(norm, after))
    return [*parts, nn.LeakyReLU(_SLOPE)]
