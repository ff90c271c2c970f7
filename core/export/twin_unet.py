"""The generator of pix2pix as TorchScript for old runtimes; see `core.export.twins`."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from core.export.filters import Filter, FilterUp, InstanceNorm, folded
from core.export.resampling import continue_edges
from core.networks.unet_pix2pix import NormalsUNet

__all__ = ["UNetTwin"]


class _Down(nn.Module):
    def __init__(self, conv: nn.Module, norm: nn.Module, first: bool) -> None:
        super().__init__()
        assert isinstance(conv, nn.Conv2d)
        weight, bias = folded(conv.weight, conv.bias, norm)
        self.conv = Filter(weight, bias, 2, 1, 1)
        self.norm = InstanceNorm(norm) if isinstance(norm, nn.InstanceNorm2d) else nn.Identity()
        self.first = first

    def forward(self, features: Tensor) -> Tensor:
        if not self.first:
            features = torch.where(features > 0.0, features, 0.2 * features)
        found: Tensor = self.norm(self.conv(features))
        return found


class _Up(nn.Module):
    def __init__(self, conv: nn.Module, norm: nn.Module) -> None:
        super().__init__()
        assert isinstance(conv, nn.ConvTranspose2d)
        weight, bias = folded(conv.weight, conv.bias, norm, outputs=1)
        self.conv = FilterUp(weight, bias, 2, 1)
        self.norm = InstanceNorm(norm) if isinstance(norm, nn.InstanceNorm2d) else nn.Identity()

    def forward(self, features: Tensor) -> Tensor:
        found: Tensor = self.norm(self.conv(torch.relu(features)))
        return found


class UNetTwin(nn.Module):
    """Twin of `core.networks.unet_pix2pix.NormalsUNet`; see `core.export.twins.make_twin` for what goes in and out.

    Sides that the generator cannot halve often enough are continued by their last pixels, as the network does itself.
    """

    def __init__(self, network: NormalsUNet) -> None:
        super().__init__()
        generator = network.generator
        pairs = zip(generator.down, generator.down_norm, strict=True)
        self.down = nn.ModuleList(_Down(conv, norm, index == 0) for index, (conv, norm) in enumerate(pairs))
        self.up = nn.ModuleList(_Up(conv, norm) for conv, norm in zip(generator.up, generator.up_norm, strict=True))
        self.multiple_of = generator.multiple_of

    def forward(self, plate: Tensor, rays: Tensor) -> Tensor:
        """See `make_twin`; the rays change nothing."""
        height, width = plate.shape[2], plate.shape[3]
        step = self.multiple_of
        missing = [(width + step - 1) // step * step - width, (height + step - 1) // step * step - height]
        picture = 2.0 * plate - 1.0
        if missing[0] + missing[1] > 0:
            picture = continue_edges(picture, missing[0], missing[1])
        skips: list[Tensor] = []
        features = picture
        for down in self.down:
            features = down(features)
            skips.append(features)
        for index, up in enumerate(self.up):
            skip = skips[len(skips) - 1 - index]
            joined = skip
            if index > 0:
                joined = torch.cat([skip, features], 1)
            features = up(joined)
        normals = torch.tanh(features.to(torch.float32))[:, :, :height, :width]
        length = torch.sqrt((normals * normals).sum(1, keepdim=True))
        normals = normals / torch.clamp(length, min=1e-6)
        return torch.cat([normals, torch.ones_like(normals[:, :1])], 1)
