"""A generator in the manner of StyleGAN, of plain modules: mapping network, modulated filters, noise, skips.

Karras et al., "A Style-Based Generator Architecture for Generative Adversarial Networks", 2019 (mapping network,
constant input, noise, truncation), and "Analyzing and Improving the Image Quality of StyleGAN", 2020 (weight
demodulation, output skips); periodic Fourier features as input after Karras et al., "Alias-Free Generative Adversarial
Networks", 2021. Demodulation is computed on the features, which gives the same numbers as on the weights and needs no
grouped convolution. All filters can go round a torus, so that what is drawn tiles without a seam.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.errors import BadConfig
from core.networks.equalised import EqualConv, EqualLinear
from core.networks.kinds import take_without_kinds
from core.networks.torus import double, pad

__all__ = ["INPUTS", "MappingNetwork", "ModulatedConv", "StyleGenerator"]

INPUTS = ("constant", "fourier")
"""What the first filter sees."""

_FIRST_SIDE = 4
_SLOPE = 0.2
_GAIN = math.sqrt(2.0)
_CENTRE_PACE = 0.01
_MAPPING_PACE = 0.1
_FIRST_CONTRAST = 0.15
_KIND_PACE = 4.0


class MappingNetwork(nn.Module):
    """Latent to style: z, normalised to unit mean square, through fully connected layers.

    With kinds (`core.networks.kinds`) one more number of the latent, normal as the others, decides which kind is
    drawn: its quantile falls into one of as many intervals as there are kinds, each as long as the kind's share. What
    the kind means is a learnt offset of z.

    Args:
        latent: numbers in z, without that of the kind.
        style: numbers in w.
        layers: 1 or more.
        kinds: 0: there are none.

    Attributes:
        centre: (style,), moving average of w over training: what truncation draws towards.
        shares: (kinds,), how often each is drawn; they sum up to 1.
    """

    centre: Tensor
    shares: Tensor

    def __init__(self, latent: int, style: int, layers: int, kinds: int = 0) -> None:
        super().__init__()
        widths = [latent] + [style] * layers
        self.layers = nn.ModuleList(EqualLinear(a, b, pace=_MAPPING_PACE) for a, b in pairwise(widths))
        self.register_buffer("centre", torch.zeros(style))
        self.kinds = kinds
        if kinds:
            self.offsets = nn.Parameter(torch.zeros(kinds, latent))
            self.register_buffer("shares", torch.full((kinds,), 1.0 / kinds))

    def kinds_of(self, last: Tensor) -> Tensor:
        """(B,), the number of the latent that decides -> (B,) int64."""
        quantiles = torch.special.ndtr(last.double())
        found = torch.searchsorted(self.shares.double().cumsum(0), quantiles, right=True)
        # Rounding may leave the sum of all shares a little below 1.
        return found.clamp_max(int(self.shares.nonzero().max()))

    def deciding(self, kinds: Tensor) -> Tensor:
        """(B,) kinds that have a share -> (B,), numbers that decide for them: `kinds_of` reversed."""
        shares = self.shares.double()
        middles = shares.cumsum(0) - 0.5 * shares
        numbers: Tensor = torch.special.ndtri(middles)[kinds].float()
        return numbers

    def forward(self, z: Tensor) -> Tensor:
        """(B, latent), with kinds (B, latent + 1) -> (B, style). While training it keeps `centre`."""
        told, z = (self.kinds_of(z[:, -1]), z[:, :-1]) if self.kinds else (None, z)
        styles = z * torch.rsqrt(z.square().mean(1, keepdim=True) + 1e-8)
        if told is not None:
            styles = styles + _KIND_PACE * self.offsets[told]
        for layer in self.layers:
            styles = F.leaky_relu(layer(styles), _SLOPE) * _GAIN
        if self.training:
            with torch.no_grad():
                self.centre.lerp_(styles.detach().float().mean(0), _CENTRE_PACE)
        return styles


class ModulatedConv(nn.Module):
    """A filter whose input channels are scaled by a style, and whose outputs are scaled back to unit variance.

    Args:
        inputs, outputs: channels.
        style: numbers in w.
        kernel: 1 or 3.
        torus: pad from the other side, else with zeros.
        demodulate: off for layers that give colours.
    """

    def __init__(
        self, inputs: int, outputs: int, style: int, kernel: int = 3, torus: bool = True, demodulate: bool = True
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs, kernel, kernel))
        self.gain = 1.0 / math.sqrt(inputs * kernel**2)
        self.affine = EqualLinear(style, inputs, bias=1.0)
        self.torus, self.demodulate = torus, demodulate

    def forward(self, features: Tensor, style: Tensor, doubled: bool = False) -> tuple[Tensor, Tensor | None]:
        """Filter, and say how to scale the outputs, which is left to the caller, so that one pass can do more.

        Args:
            features: (B, inputs, H, W).
            style: (B, style).
            doubled: repeat each pixel twice along both axes before filtering.

        Returns:
            (B, outputs, H, W) or of twice the size, and factors (B, outputs, 1, 1); None without demodulation.
        """
        scales = self.affine(style).to(features.dtype)
        weight = self.weight * self.gain
        margin = weight.shape[2] // 2
        features = features * scales[:, :, None, None]
        if doubled:
            features = F.interpolate(features, scale_factor=2.0, mode="nearest")
        if margin and not self.torus:
            result = F.conv2d(features, weight, padding=margin)
        else:
            result = F.conv2d(pad(features, margin, True) if margin else features, weight)
        if not self.demodulate:
            return result, None
        energy = scales.float().square() @ weight.float().square().sum((2, 3)).t()
        return result, torch.rsqrt(energy + 1e-8).to(result.dtype)[:, :, None, None]


class _Styled(nn.Module):
    """One modulated filter, noise of a learned strength, a bias, a leaky rectifier."""

    noise: Tensor

    def __init__(self, inputs: int, outputs: int, style: int, side: int, torus: bool) -> None:
        super().__init__()
        self.conv = ModulatedConv(inputs, outputs, style, 3, torus)
        self.strength = nn.Parameter(torch.zeros(1))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.register_buffer("noise", torch.randn(1, 1, side, side))

    def forward(self, features: Tensor, style: Tensor, fresh: bool, doubled: bool) -> Tensor:
        features, scales = self.conv(features, style, doubled)
        assert scales is not None
        count, _, height, width = features.shape
        noise = torch.randn(count, 1, height, width, device=features.device) if fresh else self.noise
        # The rectifier keeps factors, so that its gain can be taken before it.
        features = torch.addcmul(self.bias[:, None, None].to(features.dtype), features, scales * _GAIN)
        return F.leaky_relu(features + (self.strength * noise).to(features.dtype), _SLOPE)


class StyleGenerator(nn.Module):
    """Latents to pictures.

    Args:
        channels: of a picture.
        size: largest side, pixels: 4 times a power of two.
        latent, style: numbers in z and in w.
        mapping_layers: of `MappingNetwork`.
        widths: channels at 4, 8, 16, ... pixels, one for each.
        filters: modulated filters at each size, 1 or 2, as many numbers as widths; none: one at 4 pixels, then two.
        source: one of `INPUTS`.
        torus: whether pictures tile.
        kinds: see `MappingNetwork`.

    Attributes:
        latent: numbers that a picture is drawn from: those of z, and with kinds one more.
        depth: how many styles a picture takes, one for each size; the first are the coarse ones.
        shades: with kinds (kinds, channels), what each adds to its pictures. Nothing else in the network can leave the
            mean of all pictures at once: a map that is 0 but for one kind, as metalness is, would stay 0 there too.

    Raises:
        BadConfig: sizes that do not fit each other, or an unknown source.
    """

    OF_KINDS: ClassVar[tuple[str, ...]] = ("mapping.offsets", "mapping.shares", "shades")

    grid: Tensor

    def __init__(
        self,
        channels: int,
        size: int = 64,
        latent: int = 64,
        style: int = 128,
        mapping_layers: int = 2,
        widths: Sequence[int] = (128, 128, 96, 32, 16),
        filters: Sequence[int] = (),
        source: str = "constant",
        torus: bool = True,
        kinds: int = 0,
    ) -> None:
        super().__init__()
        levels = int(math.log2(max(size, 1) / _FIRST_SIDE)) + 1
        if size != _FIRST_SIDE << (levels - 1) or levels < 2 or len(widths) != levels:
            raise BadConfig(
                f"generator of {size} pixels with widths {list(widths)}: 8, 16, 32, ... pixels and a width for each "
                f"of 4, 8, ... {size} pixels are needed"
            )
        filters = list(filters) or [1] + [2] * (levels - 1)
        if source not in INPUTS or len(filters) != levels or not set(filters) <= {1, 2}:
            raise BadConfig(
                f"source {source!r}, filters {filters}: choose one of {', '.join(INPUTS)}, and {levels} times 1 or 2"
            )
        self.size, self.channels, self.depth, self.torus = size, channels, levels, torus
        self.latent, self.kinds = latent + (1 if kinds else 0), kinds
        self.mapping = MappingNetwork(latent, style, mapping_layers, kinds)
        if source == "constant":
            self.source: nn.Parameter | None = nn.Parameter(torch.randn(1, widths[0], _FIRST_SIDE, _FIRST_SIDE))
        else:
            self.source = None
            self.register_buffer("grid", _waves(_FIRST_SIDE))
            self.spread = EqualConv(self.grid.shape[1], widths[0], 1)
        self.blocks = nn.ModuleList()
        self.colors = nn.ModuleList()
        for level, width in enumerate(widths):
            side = _FIRST_SIDE << level
            before = widths[max(level - 1, 0)]
            block = [_Styled(before, width, style, side, torus)]
            if filters[level] == 2:
                block.append(_Styled(width, width, style, side, torus))
            self.blocks.append(nn.ModuleList(block))
            color = ModulatedConv(width, channels, style, 1, torus, demodulate=False)
            # The first pictures are nearly grey: what is far outside their range would have to be unlearnt.
            with torch.no_grad():
                color.weight.mul_(_FIRST_CONTRAST)
            self.colors.append(color)
        self.shade = nn.Parameter(torch.zeros(channels))
        self.width = style
        if kinds:
            self.shades = nn.Parameter(torch.zeros(kinds, channels))
        self.register_load_state_dict_pre_hook(take_without_kinds)  # type: ignore[no-untyped-call]

    def styles(self, z: Tensor, truncation: float = 1.0) -> Tensor:
        """(B, latent), standard normal -> (B, depth, style): the same style for every size.

        With kinds (B, depth, style + channels): what the kind adds to the picture stands behind, of which `draw` takes
        that of the last size.

        Args:
            truncation: 1 leaves styles as they are, 0 gives the mean picture, between: less variety, fewer failures.
        """
        w = self.mapping(z)
        if truncation != 1.0:
            w = torch.lerp(self.mapping.centre[None].to(w.dtype), w, truncation)
        if self.kinds:
            mean = (self.mapping.shares[:, None] * self.shades).sum(0, keepdim=True)
            added = torch.lerp(mean, self.shades[self.mapping.kinds_of(z[:, -1])], truncation)
            w = torch.cat([w, added.to(w.dtype)], 1)
        every: Tensor = w[:, None].expand(-1, self.depth, -1)
        return every

    def draw(self, styles: Tensor, size: int | None = None, fresh_noise: bool = False) -> Tensor:
        """(B, depth, style) -> (B, channels, size, size), about -1..1, not clipped.

        Args:
            size: up to the generator's own, which is the default: earlier output of the same network.
            fresh_noise: draw new noise from torch's global generator, else the noise that the weights hold.
        """
        last = int(math.log2((size or self.size) // _FIRST_SIDE))
        count = len(styles)
        if self.source is not None:
            features = self.source.expand(count, -1, -1, -1)
        else:
            features = self.spread(self.grid).expand(count, -1, -1, -1)
        picture: Tensor | None = None
        for level in range(last + 1):
            style = styles[:, level, : self.width]
            block = self.blocks[level]
            assert isinstance(block, nn.ModuleList)
            for number, layer in enumerate(block):
                features = layer(features, style, fresh_noise, doubled=bool(level) and number == 0)
            colored, _ = self.colors[level](features, style)
            picture = colored if picture is None else colored + double(picture, self.torus)
        assert picture is not None
        shaded: Tensor = picture.float() + self.shade[:, None, None]
        if self.kinds:
            shaded = shaded + styles[:, last, self.width :, None, None].float()
        return shaded

    def forward(self, z: Tensor, size: int | None = None) -> Tensor:
        """(B, latent) -> (B, channels, size, size); noise is fresh while training. See `draw`."""
        return self.draw(self.styles(z), size, fresh_noise=self.training)


def _waves(side: int) -> Tensor:
    """(1, 8, side, side): sines and cosines of one wave a tile, across, down and along both diagonals."""
    at = (torch.arange(side) + 0.5) * (2.0 * math.pi / side)
    down, right = torch.meshgrid(at, at, indexing="ij")
    phases = [right, down, right + down, right - down]
    return torch.stack([wave(phase) for phase in phases for wave in (torch.sin, torch.cos)])[None]
