"""The networks once more, as TorchScript for old runtimes: the same weights, the same arithmetic, fewer operators.

`torch.jit.script` takes a network apart into the operators of the torch that runs it, and files with operators that
libtorch 1.12 lacks (`F.interpolate` and `F.pad` bring some) do not load there. The networks themselves stay written for
training and reading; a twin is made from one, with its norms folded, and export checks that both answer alike.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from core.errors import BadConfig
from core.export.filters import Filter, Linear, Norm, Rectified, folded
from core.export.resampling import enlarge
from core.export.twin_unet import UNetTwin
from core.losses.angular_vmf import SMALLEST_KAPPA
from core.networks.context import ContextBlock
from core.networks.efficientnet_lite import EfficientNetLite, SamePaddedConv
from core.networks.plate_normals import NormalsWithConfidence, PlateNormalsNet
from core.networks.unet_pix2pix import NormalsUNet

__all__ = ["PlateNormalsTwin", "make_twin"]


def make_twin(model: nn.Module) -> nn.Module:
    """The twin of a network: `forward(plate, rays)` gives normals and confidence in one tensor.

    plate (B, 3, H, W) is the network view, 0..1; rays (B, 2, H, W) are slopes; H and W are multiples of 32. The answer
    is (B, 4, H, W) float32: unit normals in camera space, and confidence 0..1, or 1 from a network without.

    Args:
        model: what a task deploys (`Task.deployed`), on the CPU and in evaluation mode.

    Raises:
        BadConfig: a network that has no twin.
    """
    if isinstance(model, NormalsWithConfidence):
        return PlateNormalsTwin(model.network, model.temperature).eval()
    if isinstance(model, PlateNormalsNet):
        return PlateNormalsTwin(model).eval()
    if isinstance(model, NormalsUNet):
        return UNetTwin(model).eval()
    raise BadConfig(
        f"a {type(model).__name__} cannot be written as TorchScript; models of the tasks plate_normals and "
        "pix2pix_normals can"
    )


class _Residual(nn.Module):
    """`core.networks.efficientnet_lite`'s block: expand by 1x1, filter each channel, project by 1x1."""

    def __init__(self, block: nn.Module) -> None:
        super().__init__()
        expand, project = block.expand, block.project
        assert isinstance(project, nn.Module)
        self.expands = isinstance(expand, nn.Sequential)
        self.expand: nn.Module = _filter(expand[0]) if isinstance(expand, nn.Sequential) else nn.Identity()
        self.filter = _filter(_inner(block)[0])
        self.project = _filter(project)
        self.adds_input = bool(block.adds_input)

    def forward(self, features: Tensor) -> Tensor:
        inner = features
        if self.expands:
            inner = torch.clamp(self.expand(inner), 0.0, 6.0)
        result: Tensor = self.project(torch.clamp(self.filter(inner), 0.0, 6.0))
        if self.adds_input:
            result = result + features
        return result


class _Scale(nn.Module):
    """The blocks of the encoder between one set of features that the decoder uses and the next."""

    def __init__(self, blocks: list[nn.Module]) -> None:
        super().__init__()
        self.blocks = nn.Sequential(*(_Residual(block) for block in blocks))

    def forward(self, features: Tensor) -> Tensor:
        found: Tensor = self.blocks(features)
        return found


class _Attention(nn.Module):
    """`core.networks.context.ContextBlock`, with the error function for GELU."""

    def __init__(self, block: ContextBlock) -> None:
        super().__init__()
        self.heads = block.heads
        self.first_norm = Norm(block.first_norm)
        self.mix = Linear(block.mix)
        self.merge = Linear(block.merge)
        self.second_norm = Norm(block.second_norm)
        self.widen = Linear(block.widen)
        self.narrow = Linear(block.narrow)

    def forward(self, features: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, C, H, W)."""
        batch, channels, height, width = features.shape[0], features.shape[1], features.shape[2], features.shape[3]
        depth = channels // self.heads
        places = features.flatten(2).transpose(1, 2)  # (B, H * W, C)
        mixed = self.mix(self.first_norm(places)).reshape(batch, height * width, 3, self.heads, depth)
        mixed = mixed.permute(2, 0, 3, 1, 4)
        # Scaled before the product, which in half precision would overflow sooner.
        query, key, value = mixed[0] * (float(depth) ** -0.5), mixed[1], mixed[2]  # (B, heads, H * W, depth)
        weight = torch.softmax(torch.matmul(query, key.transpose(2, 3)), 3)
        seen = torch.matmul(weight, value).transpose(1, 2).reshape(batch, height * width, channels)
        places = places + self.merge(seen)
        inner = self.widen(self.second_norm(places))
        inner = 0.5 * inner * (1.0 + torch.erf(inner * 0.7071067811865476))
        places = places + self.narrow(inner)
        back: Tensor = places.transpose(1, 2).reshape(batch, channels, height, width)
        return back


class _Level(nn.Module):
    """One scale of the decoder: features and rays, the coarser answer added, smoothed."""

    def __init__(self, lateral: nn.Module, smooth: nn.Module, step: int) -> None:
        super().__init__()
        self.lateral = _filter(lateral)
        self.smooth = _smoothing(smooth)
        self.step = step

    def forward(self, features: Tensor, rays: Tensor, coarser: Tensor) -> Tensor:
        side = self.lateral(torch.cat([features, _first_rays(rays, self.step)], 1))
        found: Tensor = self.smooth(side + _double(coarser))
        return found


class _Coarsest(nn.Module):
    """The scale that the decoder begins with, where all places see each other."""

    def __init__(self, lateral: nn.Module, context: nn.Sequential, smooth: nn.Module, step: int) -> None:
        super().__init__()
        blocks = [_Attention(block) for block in context if isinstance(block, ContextBlock)]
        self.lateral = _filter(lateral)
        self.context = nn.Sequential(*blocks) if blocks else nn.Identity()
        self.smooth = _smoothing(smooth)
        self.step = step

    def forward(self, features: Tensor, rays: Tensor) -> Tensor:
        side = self.lateral(torch.cat([features, _first_rays(rays, self.step)], 1))
        found: Tensor = self.smooth(self.context(side))
        return found


class PlateNormalsTwin(nn.Module):
    """Twin of `core.networks.plate_normals.PlateNormalsNet`; see `make_twin` for what goes in and out.

    Its layers are listed in the order in which they compute (`core.export.from_graph` counts on it).

    Args:
        network: the network; with confidence or without.
        temperature: see `core.networks.plate_normals.NormalsWithConfidence`.
    """

    def __init__(self, network: PlateNormalsNet, temperature: float = 1.0) -> None:
        super().__init__()
        scales = _encoder_scales(network.encoder)
        self.stem = _filter(network.encoder.stem[0])
        self.scales = nn.ModuleList(_Scale(blocks) for blocks in scales)
        last = len(scales) - 1
        self.coarsest = _Coarsest(network.lateral[last], network.context, network.smooth[last], 2 ** (last + 1))
        self.levels = nn.ModuleList(
            _Level(network.lateral[level], network.smooth[level], 2 ** (level + 1)) for level in range(last - 1, -1, -1)
        )
        self.head = _filter(network.head)
        self.has_detail = network.detail is not None
        self.spread = _filter(network.spread) if self.has_detail else nn.Identity()
        self.detail = _filter(network.detail) if network.detail is not None else nn.Identity()
        self.sharpen = _filter(network.sharpen) if self.has_detail else nn.Identity()
        self.has_confidence = network.doubt is not None
        self.doubt = _filter(network.doubt) if network.doubt is not None else nn.Identity()
        self.inverse_temperature = 1.0 / temperature
        self.least_kappa = 1.0 + SMALLEST_KAPPA
        self.limit = math.radians(11.25)  # of `core.losses.angular_vmf.share_within`

    def forward(self, plate: Tensor, rays: Tensor) -> Tensor:
        """See `make_twin`."""
        features = torch.clamp(self.stem((plate * 255.0 - 127.0) / 128.0), 0.0, 6.0)
        found: list[Tensor] = []
        for scale in self.scales:
            features = scale(features)
            found.append(features)
        merged = self.coarsest(found[-1], rays)
        for index, level in enumerate(self.levels):
            merged = level(found[len(found) - 2 - index], rays, merged)
        normals = _double(self.head(merged))
        if self.has_detail:
            sharp = torch.relu(_double(self.spread(merged)) + self.detail(plate - 0.5))
            normals = normals + self.sharpen(sharp)
        normals = normals.to(torch.float32)
        length = torch.sqrt((normals * normals).sum(1, keepdim=True))
        normals = normals / torch.clamp(length, min=1e-6)
        if self.has_confidence:
            confidence = self._share(_double(self.doubt(merged)).to(torch.float32))
        else:
            confidence = torch.ones_like(normals[:, :1])
        return torch.cat([normals, confidence], 1)

    def _share(self, raw: Tensor) -> Tensor:
        """`share_within(kappa_from_raw(raw) / temperature)`."""
        elu = torch.where(raw > 0.0, raw, torch.exp(torch.clamp(raw, max=0.0)) - 1.0)
        kappa = (elu + self.least_kappa) * self.inverse_temperature
        outside = torch.exp(-self.limit * kappa) * (math.cos(self.limit) + math.sin(self.limit) * kappa)
        return (1.0 - outside) / (1.0 + torch.exp(-math.pi * kappa))


def _double(features: Tensor) -> Tensor:
    return enlarge(features, features.shape[2] * 2, features.shape[3] * 2)


def _first_rays(rays: Tensor, step: int) -> Tensor:
    """The ray of the first pixel of each place, as nearest-neighbour resizing takes it."""
    return rays[:, :, ::step, ::step]


def _encoder_scales(encoder: EfficientNetLite) -> list[list[nn.Module]]:
    """The encoder's blocks, cut after each of the features that it gives: where the next block halves the size."""
    found: list[list[nn.Module]] = [[]]
    for stage in encoder.stages:
        assert isinstance(stage, nn.Sequential)
        if _filter(_inner(stage[0])[0]).stride == 2:
            found.append([])
        found[-1].extend(stage)
    return found


def _inner(block: nn.Module) -> nn.Sequential:
    inner = block.filter
    assert isinstance(inner, nn.Sequential)
    return inner


def _smoothing(layers: nn.Module) -> nn.Sequential:
    """Filters, each with the norm after it folded in, and ReLU."""
    assert isinstance(layers, nn.Sequential)
    return nn.Sequential(*(Rectified(_filter(layers[at], layers[at + 1])) for at in range(0, len(layers), 3)))


def _filter(module: nn.Module, norm: nn.Module | None = None) -> Filter:
    assert isinstance(module, nn.Conv2d)
    weight, bias = folded(module.weight, module.bias, norm)
    before = after = int(module.padding[0])
    if isinstance(module, SamePaddedConv) and module.stride[0] == 2:
        before, after = module.margins
    return Filter(weight, bias, int(module.stride[0]), before, after, module.groups)
