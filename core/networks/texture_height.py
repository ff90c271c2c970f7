"""The texture-to-height network: filters of several scales, corrected pixel by pixel.

A tuned edge filter on the brightness is a strong guess of a texture's slopes; what it cannot know is where colour is
not relief, which way a contrast goes, and how deep it is. So the picture is split into bands (Burt and Adelson, "The
Laplacian Pyramid as a Compact Image Code", 1983), and a small U-Net (Ronneberger et al., 2015) says for every pixel of
every band how much brightness and two colour differences count, and what has to be added. The bands are summed to one
height, whose central differences are the slopes: they integrate by construction. At its first step the network is the
filter.

What a surface is of tells more than its pixels: features of an encoder that was trained on photographs (Tan and Le,
2019) may join those of the U-Net.

Pictures and features are blurred before they are halved (Zhang, "Making Convolutional Networks Shift-Invariant Again",
2019), so that the answer hardly depends on where a texture is cut.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.errors import BadConfig
from core.networks.blocks import convolutions, double
from core.networks.efficientnet_lite import EfficientNetLite

__all__ = ["StrengthenedHeight", "TextureHeightNet", "normals_of_height"]

_OPPONENTS = ((0.299, 0.587, 0.114), (1.0, -1.0, 0.0), (0.5, 0.5, -1.0))
_BANDS = 5
_GAIN = 4.0
_MAPS = 4  # three gains and what is added


class TextureHeightNet(nn.Module):
    """Height, normals and a guess of roughness and metalness from a colour texture.

    Convolutions pad with zeros: whoever runs the network gives it a margin of at least `margin` pixels that it cuts
    off again, taken from the other side of a tileable texture or mirrored at the border of another.

    Args:
        widths: channels at 1/2, 1/4, 1/8 and 1/16 of the resolution.
        detail: channels of the branch at full resolution.
        depth: filters at 1/16.
        filter_strength: slope that a contrast of 1 between neighbours begins with, before anything is learnt.
        encoder: a variant of `EfficientNetLite` that looks at the texture of half the size, and whose features at 1/4
            to 1/32 are used as well; "" for none.
        frozen_stages: that many of its first parts keep their weights.

    Raises:
        BadConfig: not four widths, one below 4, or an unknown encoder.
    """

    margin = 96
    """Pixels. An encoder sees farther: with one it is 160."""

    def __init__(
        self,
        widths: Sequence[int] = (24, 48, 96, 128),
        detail: int = 12,
        depth: int = 3,
        filter_strength: float = 1.5,
        encoder: str = "",
        frozen_stages: int = 0,
    ) -> None:
        super().__init__()
        if len(widths) != _BANDS - 1 or min(widths) < 4:
            raise BadConfig(f"widths {list(widths)}: four numbers of channels, each 4 or more, are needed")
        if encoder:
            self.margin = 160
        self.opponents: Tensor
        self.register_buffer("opponents", torch.tensor(_OPPONENTS)[:, :, None, None], persistent=False)
        bands = len(_OPPONENTS)
        self.blur: Tensor
        self.register_buffer("blur", _binomial(), persistent=False)
        first = detail + 2 * bands
        self.widths = tuple(widths)
        self.encoder = EfficientNetLite(encoder, frozen_stages, len(widths)) if encoder else None
        # At 1/2 the encoder has nothing to say; what it sees at 1/32 joins what it sees at 1/16.
        seen = [0, *widths[1:]] if self.encoder else [0] * len(widths)
        self.joined = nn.ModuleList()
        if self.encoder is not None:
            joining = (*widths[1:], widths[-1])
            self.joined.extend(nn.Conv2d(c, to, 1) for c, to in zip(self.encoder.channels, joining, strict=True))
        self.down = nn.ModuleList()
        for level, width in enumerate(widths):
            inputs = (first if level == 0 else widths[level - 1] + bands) + seen[level]
            self.down.append(convolutions(inputs, width, depth if level == len(widths) - 1 else 2))
        self.lateral = nn.ModuleList(nn.Conv2d(widths[k + 1], widths[k], 1) for k in range(len(widths) - 1))
        self.up = nn.ModuleList(convolutions(widths[k], widths[k], 1) for k in range(len(widths) - 1))
        self.heads = nn.ModuleList([nn.Conv2d(detail, _MAPS, 3, padding=1)])
        self.heads.extend(nn.Conv2d(width, _MAPS, 1) for width in widths)
        self.spread = nn.Conv2d(widths[0], detail, 1)
        self.detail = nn.Conv2d(3, detail, 3, padding=1)
        self.surface = nn.Conv2d(widths[0], 2, 1)
        for level, head in enumerate(self.heads):
            assert isinstance(head, nn.Conv2d)
            assert head.bias is not None
            nn.init.normal_(head.weight, std=0.01)
            nn.init.zeros_(head.bias)
            with torch.no_grad():
                head.bias[0] = filter_strength / (_GAIN * 2.0**level)

    def predict(self, color: Tensor) -> tuple[Tensor, Tensor]:
        """Predict height and surface.

        Args:
            color: (B, 3, H, W), sRGB-encoded, 0..1; H and W multiples of 32.

        Returns:
            Height (B, 1, H, W), float32, in pixels, of no particular mean; and roughness and metalness
            (B, 2, H / 2, W / 2), 0..1.
        """
        picture = F.conv2d(color.float(), self.opponents)
        levels = [picture]
        for _ in range(_BANDS):
            levels.append(self._half(levels[-1], len(_OPPONENTS)))
        bands = [levels[k] - double(levels[k + 1]) for k in range(_BANDS)]
        seen = self._seen(color)
        features: list[Tensor] = []
        fine = self.detail(color - 0.5)
        below = torch.cat([self._half(F.relu(fine), self.detail.out_channels), levels[1]], 1)
        for level, filters in enumerate(self.down):
            inputs = [below, _GAIN * bands[level + 1]]
            if seen and level > 0:
                inputs.append(seen[level - 1])
            below = filters(torch.cat(inputs, 1))
            features.append(below)
            below = self._half(below, self.widths[level])
        for level in range(len(features) - 2, -1, -1):
            features[level] = self.up[level](features[level] + double(self.lateral[level](features[level + 1])))
        fine = F.relu(double(self.spread(features[0])) + fine)
        # In mixed precision the height itself is computed in float32: slopes are small differences of it.
        with torch.autocast(color.device.type, enabled=False):
            height: Tensor | None = None
            for level in range(_BANDS - 1, -1, -1):
                maps = self.heads[level]((fine if level == 0 else features[level - 1]).float())
                band = _GAIN * (maps[:, :3] * bands[level]).sum(1, keepdim=True) + maps[:, 3:]
                band = band * 2.0**level
                height = band if height is None else band + double(height)
            surface = torch.sigmoid(self.surface(features[0].float()))
        assert height is not None
        return height, surface

    def _seen(self, color: Tensor) -> list[Tensor]:
        """What the encoder adds at 1/4, 1/8 and 1/16; nothing without one."""
        if self.encoder is None:
            return []
        found = self.encoder(self._half(color, 3))
        first, second, third, fourth = [join(part) for join, part in zip(self.joined, found, strict=True)]
        return [first, second, third + double(fourth)]

    def _half(self, features: Tensor, channels: int) -> Tensor:
        """Blur and halve: (B, C, H, W) -> (B, C, H / 2, W / 2)."""
        kernel = self.blur.to(features.dtype).expand(channels, 1, 4, 4)
        return F.conv2d(F.pad(features, (1, 1, 1, 1), mode="replicate"), kernel, stride=2, groups=channels)

    def forward(self, color: Tensor) -> tuple[Tensor, Tensor]:
        """Normals (B, 3, H, W), unit, OpenGL (Y+), and roughness and metalness (B, 2, H, W), 0..1; see `predict`."""
        height, surface = self.predict(color)
        return normals_of_height(height), double(surface)


class StrengthenedHeight(nn.Module):
    """A `TextureHeightNet` whose heights, and so slopes, are multiplied by a factor."""

    def __init__(self, network: TextureHeightNet, factor: float) -> None:
        super().__init__()
        self.network = network
        self.factor = factor

    def forward(self, color: Tensor) -> tuple[Tensor, Tensor]:
        """As `TextureHeightNet.forward`."""
        height, surface = self.network.predict(color)
        return normals_of_height(self.factor * height), double(surface)


def normals_of_height(height: Tensor) -> Tensor:
    """(B, 1, H, W) in pixels -> (B, 3, H, W) unit normals, OpenGL, by central differences; one-sided at the border."""
    wide = torch.cat([height[..., :1], height, height[..., -1:]], 3)
    p = 0.5 * (wide[..., 2:] - wide[..., :-2])
    tall = torch.cat([height[..., :1, :], height, height[..., -1:, :]], 2)
    q = 0.5 * (tall[..., :-2, :] - tall[..., 2:, :])
    return F.normalize(torch.cat([-p, -q, torch.ones_like(p)], 1), dim=1)


def _binomial() -> Tensor:
    """(1, 1, 4, 4), the square of 1 3 3 1."""
    line = torch.tensor([1.0, 3.0, 3.0, 1.0]) / 8.0
    return torch.outer(line, line)[None, None]
