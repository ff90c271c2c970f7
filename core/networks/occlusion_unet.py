"""The occlusion network: a screen-space formula, corrected by a U-Net.

The formula is GTAO (Jimenez et al. 2016, see `core.occlusion.gtao`) at half resolution in four planes. Planes and
samples lie differently at each of 4 x 4 pixels, and a filter of that size, led by the surface, takes what remains as
noise: with the same distances at all pixels, copies of thin things would stand beside them. The U-Net gets what the
formula says of each of its planes and, at each of six scales, how steeply neighbours stand over the tangent plane,
fading with their distance in radii. Its filters say what is to be added: how thick things are, what hides behind the
things that are seen, and what lies outside of the frame (as Nalbach et al., "Deep Shading", Computer Graphics Forum
2017, learn it from normals and positions alone).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.errors import BadConfig
from core.networks.blocks import double

__all__ = ["OcclusionUNet"]

_LEVELS = 6
_NEAR = ((0, 2), (0, -2), (2, 0), (-2, 0), (1, 1), (1, -1), (-1, 1), (-1, -1))
_RING = ((0, 1), (0, -1), (1, 0), (-1, 0), (2, 2), (2, -2), (-2, 2), (-2, -2))
_PLANES = 4
_STEPS = 8
"""Samples of the formula to each side of a plane."""
_REACH, _FADE, _SINK, _CROWD = 1.15, 0.9, 0.05, 1.3
"""As `GtaoSettings`: how far it looks, in radii; where it fades; what a lower sample takes away; crowding."""
_MOST = 320.0
"""Pixels at which the formula stops looking."""
_ORDER = ((0, 8, 2, 10), (12, 4, 14, 6), (3, 11, 1, 9), (15, 7, 13, 5))
"""Sixteenths of the step from plane to plane by which the planes of 4 x 4 pixels are turned: ordered dithering (Bayer,
1973). Samples are moved along by the same numbers in another order."""
_TENT = (0.5, 1.0, 1.0, 1.0, 0.5)
"""Over five pixels all four kinds of pixels count the same."""
_ALIKE = 0.7
"""How far off the tangent plane, in pixels, a neighbour still counts by half."""
_FAR = 1e4  # radii: where nothing is seen
_LEAK = 0.1
_PLAIN = 6  # normals, size of the radius on the picture, share covered, whether depth is known


class OcclusionUNet(nn.Module):
    """Ambient occlusion from normals, rays and depth in radii.

    Args:
        widths: channels at 1, 1/2, 1/4, 1/8, 1/16 and 1/32 of the resolution.
        context: filters at 1/32.

    Raises:
        BadConfig: not six widths, or one below 4.
    """

    margin = 352

    def __init__(self, widths: Sequence[int] = (12, 24, 32, 48, 64, 64), context: int = 2) -> None:
        super().__init__()
        if len(widths) != _LEVELS or min(widths) < 4:
            raise BadConfig(f"widths {list(widths)}: six numbers of channels, each 4 or more, are needed")
        self.down = nn.ModuleList()
        for level, width in enumerate(widths):
            told = 1 if level == 0 else _PLANES if level == 1 else 0
            inputs = _PLAIN + len(_RING) + (widths[level - 1] if level else 0) + told
            count = 1 if level == 0 else context if level == _LEVELS - 1 else 2
            self.down.append(_filters(inputs, width, count))
        self.lateral = nn.ModuleList(nn.Conv2d(widths[k + 1], widths[k], 1) for k in range(_LEVELS - 1))
        self.up = nn.ModuleList(_filters(widths[k], widths[k], 1) for k in range(_LEVELS - 1))
        self.head = nn.Conv2d(widths[0], 1, 3, padding=1)
        assert self.head.bias is not None
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)
        # What is closed begins as what the formula says, which is then corrected.
        self.formula = nn.Conv2d(1, 1, 1, bias=False)
        nn.init.ones_(self.formula.weight)
        self.register_load_state_dict_pre_hook(_take_older)  # type: ignore[no-untyped-call]

    def forward(self, normals: Tensor, slopes: Tensor, depth: Tensor, known: Tensor) -> Tensor:
        """The open share of the hemisphere over each surface.

        Args:
            normals: (B, 3, H, W) camera space, unit; 0 where no surface is. H and W are multiples of 32.
            slopes: (B, 2, H, W) of the rays, see `core.occlusion.geometry`.
            depth: (B, 1, H, W) in radii; 0 where no surface is.
            known: (B, 1, H, W), 1 where the depth was measured and 0 where it is that of a plane.

        Returns:
            (B, 1, H, W), 0..1; 1 where no surface is. In training mode values may lie a little outside, so that what
            is open or closed altogether still has a gradient.
        """
        seen = (depth > 0.0).float()
        with torch.no_grad(), torch.autocast(depth.device.type, enabled=False):
            told, position = _told(normals.float(), slopes.float(), depth.float(), seen, known.float())
            surface = torch.cat([position * seen, told[0][:, :3], _size(position)], 1)
            planes = _formula(surface, slopes.float())
            closed = _enlarged(1.0 - planes.mean(1, keepdim=True).clamp(0.0, 1.0), surface) * known.float()
        features: list[Tensor] = []
        for level, filters in enumerate(self.down):
            given = [told[level]]
            given.append(F.avg_pool2d(features[-1], 2) if level else closed)
            if level == 1:
                given.append(planes)
            features.append(filters(torch.cat(given, 1)))
        for level in range(_LEVELS - 2, -1, -1):
            features[level] = self.up[level](features[level] + double(self.lateral[level](features[level + 1])))
        with torch.autocast(depth.device.type, enabled=False):
            found: Tensor = 1.0 - seen * (self.head(features[0].float()) + self.formula(closed))
            return found if self.training else found.clamp(0.0, 1.0)


def _take_older(module: nn.Module, state: dict[str, Any], prefix: str, *_: object) -> None:
    """Weights from before the first filters were told of the formula are taken as well: that input begins unused.

    So are those of a narrower network: the channels that it lacks begin at random, and no others listen to them yet, so
    that the answer stays the same (after Chen et al., "Net2Net", 2016).
    """
    name = f"{prefix}down.0.0.weight"
    if name in state and state[name].shape[1] == _PLAIN + len(_RING):
        state[name] = F.pad(state[name], (0, 0, 0, 0, 0, 1))
    for key, own in module.state_dict().items():
        given = state.get(prefix + key)
        if given is None or given.shape == own.shape or given.dim() != own.dim():
            continue
        if any(small > large for small, large in zip(given.shape, own.shape, strict=True)):
            continue
        state[prefix + key] = _widened(key, given, own)


def _widened(key: str, given: Tensor, own: Tensor) -> Tensor:
    """`own`, the first weights of a wider network, with those of a narrower one in their places."""
    wider = own.clone()
    if own.dim() == 1:
        wider[: len(given)] = given
        return wider
    inputs = torch.arange(given.shape[1])
    level = key.removeprefix("down.").removesuffix(".0.weight")
    if level.isdigit():  # what the level is told, the channels of the finer one, what the formula says
        after = 1 if level == "0" else _PLANES if level == "1" else 0
        inputs[len(inputs) - after :] += own.shape[1] - given.shape[1]
    wider[: len(given)] = 0.0
    wider[: len(given), inputs] = given
    return wider


def _told(normals: Tensor, slopes: Tensor, depth: Tensor, seen: Tensor, known: Tensor) -> tuple[list[Tensor], Tensor]:
    """What each scale is told, finest first; and positions in radii, (B, 3, H, W)."""
    # Inverse depth is linear on a plane, so that the mean of a plane's pixels lies on it.
    inverse = seen / depth.clamp_min(1e-4)
    pixel = (slopes[:, :1, :, 1:] - slopes[:, :1, :, :-1]).abs().amax((2, 3), keepdim=True).clamp(1e-5, 1.0)
    told, finest = [], slopes
    for level in range(_LEVELS):
        if level:
            inverse, normals, slopes, seen, known = (
                F.avg_pool2d(part, 2) for part in (inverse, normals, slopes, seen, known)
            )
            pixel = 2.0 * pixel
        far = (seen / inverse.clamp_min(1e-7)).clamp(1e-4, _FAR) + (seen <= 0.0).float() * _FAR
        unit = normals * torch.rsqrt(normals.square().sum(1, keepdim=True) + 1e-6)
        reach = torch.log2(1.0 / (far.clamp_min(1e-3) * pixel)).clamp(-4.0, 8.0) * 0.25
        position = torch.cat([slopes * far, -far], 1)
        risen = _risen(position, unit, _RING if level else _NEAR)
        told.append(torch.cat([unit, reach, seen, known, risen], 1))
        if level == 0:
            finest = position
    return told, finest


def _risen(position: Tensor, normals: Tensor, offsets: Sequence[tuple[int, int]]) -> Tensor:
    """(B, len(offsets), H, W), 0..1: sine of the elevation of each neighbour, times 1 - (distance in radii)^2."""
    height, width = position.shape[2], position.shape[3]
    padded = F.pad(position, (2, 2, 2, 2), mode="replicate")
    parts = []
    for axis in range(3):
        one = padded[:, axis : axis + 1]
        moved = [one[:, :, 2 + dy : 2 + dy + height, 2 + dx : 2 + dx + width] for dy, dx in offsets]
        parts.append(torch.cat(moved, 1) - position[:, axis : axis + 1])
    square = parts[0] * parts[0] + parts[1] * parts[1] + parts[2] * parts[2]
    along = parts[0] * normals[:, 0:1] + parts[1] * normals[:, 1:2] + parts[2] * normals[:, 2:3]
    return F.relu(along) * torch.rsqrt(square + 1e-8) * F.relu(1.0 - square)


def _size(position: Tensor) -> Tensor:
    """(B, 1, H, W): how long a pixel is at each surface, in radii."""
    slope = (position[:, :1, :, 1:] / position[:, 2:, :, 1:] - position[:, :1, :, :-1] / position[:, 2:, :, :-1]).abs()
    return (-position[:, 2:] * slope.amax((2, 3), keepdim=True)).clamp_min(1e-6)


def _formula(surface: Tensor, slopes: Tensor) -> Tensor:
    """GTAO at the first of each 2 x 2 pixels: what is open in each plane, (B, _PLANES, H / 2, W / 2), about 0..1.

    Args:
        surface: (B, 7, H, W): position in radii, 0 where nothing is, as it is beyond the border; unit normals; length
            of a pixel.
        slopes: (B, 2, H, W) of the rays: those of a pinhole, the same from each column to the next and from row to row.
    """
    depth = -surface[:, 2:3]
    first = slopes[:, :, :1, :1]
    columns, rows = slopes[:, :1, :1, 1:2] - first[:, :1], slopes[:, 1:, 1:2, :1] - first[:, 1:]
    tall, wide = surface.shape[2], surface.shape[3]
    some = surface[:, :, ::2, ::2]
    position, normals, pixel = some[:, :3], some[:, 3:6], some[:, 6:]
    height, width = tall // 2, wide // 2
    view = -position * torch.rsqrt(position.square().sum(1, keepdim=True) + 1e-12)
    own = (position * view).sum(1, keepdim=True)
    column = 2.0 * torch.arange(width, device=position.device, dtype=position.dtype)[None, None, None, :]
    row = 2.0 * torch.arange(height, device=position.device, dtype=position.dtype)[None, None, :, None]
    order = torch.tensor(_ORDER, device=position.device, dtype=position.dtype)[None, None]
    turn = order.repeat(1, 1, height // 4, width // 4) / 16.0
    moved = torch.remainder(7.0 * 16.0 * turn + 3.0, 16.0) / 16.0
    reach = (_REACH / pixel).clamp(1.0, _MOST)
    sides = torch.tensor((-1.0, 1.0), device=position.device, dtype=position.dtype)[None, :, None, None]
    made = []
    for plane in range(_PLANES):
        angle = (math.pi / _PLANES) * (plane + turn)
        across, up = torch.cos(angle), torch.sin(angle)
        along = across * view[:, :1] + up * view[:, 1:2]
        flat_way = torch.cat([across - along * view[:, :1], up - along * view[:, 1:2], -along * view[:, 2:]], 1)
        axis = torch.cross(flat_way, view, dim=1)
        axis = axis * torch.rsqrt(axis.square().sum(1, keepdim=True) + 1e-12)
        flat = normals - (normals * axis).sum(1, keepdim=True) * axis
        size = (flat.square().sum(1, keepdim=True) + 1e-12).sqrt()
        cosine = ((flat * view).sum(1, keepdim=True) / size).clamp(-1.0, 1.0)
        tilt = torch.sign((flat_way * flat).sum(1, keepdim=True)) * torch.acos(cosine)
        least = torch.cos(tilt + sides * (math.pi / 2.0))  # (B, 2, H / 2, W / 2): a channel for each side
        top = least
        for step in range(_STEPS):
            far = torch.maximum(((step + moved) / _STEPS) ** _CROWD * reach, torch.full_like(reach, 1.0 + step))
            x, y = (column + sides * (far * across)).round(), (row - sides * (far * up)).round()
            at = torch.stack([(2.0 * x + 1.0) / wide - 1.0, (2.0 * y + 1.0) / tall - 1.0], -1)
            both = at.reshape(at.shape[0], 2 * height, width, 2)
            # Only depth is fetched; where that lies follows from the ray.
            far_off = F.grid_sample(depth, both, mode="nearest", padding_mode="zeros", align_corners=False)
            far_off = far_off.reshape(far_off.shape[0], 2, height, width)
            right, above = (first[:, :1] + columns * x) * far_off, (first[:, 1:] + rows * y) * far_off
            off = (right - position[:, :1]).square() + (above - position[:, 1:2]).square()
            length = (off + (far_off + position[:, 2:]).square() + 1e-12).sqrt()
            risen = (right * view[:, :1] + above * view[:, 1:2] - far_off * view[:, 2:] - own) / length
            fade = ((length / _REACH - _FADE) / (1.0 - _FADE)).clamp(0.0, 1.0)
            hit = (1.0 - fade) * (far_off > 0.0).to(position.dtype)
            risen = least + (risen - least) * hit
            top = torch.maximum(risen, top + (risen - top) * (_SINK * hit))
        horizon = tilt + (sides * torch.acos(top.clamp(-1.0, 1.0)) - tilt).clamp(-math.pi / 2.0, math.pi / 2.0)
        arcs = 0.25 * (-torch.cos(2.0 * horizon - tilt) + cosine + 2.0 * horizon * torch.sin(tilt))
        made.append(size * arcs.sum(1, keepdim=True))
    return _smoothed(torch.cat(made, 1), some)


def _smoothed(values: Tensor, some: Tensor) -> Tensor:
    """The mean of 4 x 4 pixels of the same surface, first along rows and then along columns; `some` as `_formula`'s
    `surface`, of the same size."""
    reach = len(_TENT) // 2
    for vertical in (False, True):
        border = (0, 0, reach, reach) if vertical else (reach, reach, 0, 0)
        count = values.shape[2] if vertical else values.shape[3]
        padded = [F.pad(part, border) for part in (values, some)]
        # Where nothing is, nothing is closed.
        total, weights = torch.full_like(values, 1e-6), torch.full_like(values[:, :1], 1e-6)
        for index, share in enumerate(_TENT):
            at = slice(index, index + count)
            value, near = [part[:, :, at] if vertical else part[..., at] for part in padded]
            weight = share * _alike(near, some)
            total, weights = total + weight * value, weights + weight
        values = total / weights
    return values


def _enlarged(values: Tensor, surface: Tensor) -> Tensor:
    """Values of the first of each 2 x 2 pixels, (B, 1, H / 2, W / 2), for all of them: of those around a pixel, what
    lies on its surface counts (Kopf et al., "Joint Bilateral Upsampling", SIGGRAPH 2007)."""
    known = torch.cat([values, surface[:, :, ::2, ::2]], 1)
    tall, wide = surface.shape[2], surface.shape[3]
    total, weights = torch.zeros_like(surface[:, :1]), torch.full_like(surface[:, :1], 1e-6)
    odd_row = torch.tensor((0.0, 1.0), device=values.device).repeat(tall // 2)[None, None, :, None]
    odd_column = torch.tensor((0.0, 1.0), device=values.device).repeat(wide // 2)[None, None, None, :]
    for down in (0, 1):
        for across in (0, 1):
            moved = F.pad(known, (0, across, 0, down), mode="replicate")[:, :, down:, across:]
            near = F.interpolate(moved, scale_factor=2.0, mode="nearest")
            share = (0.5 * odd_row if down else 1.0 - 0.5 * odd_row) * (
                0.5 * odd_column if across else 1.0 - 0.5 * odd_column
            )
            weight = share * (_alike(near[:, 1:], surface) + 1e-4)
            total, weights = total + weight * near[:, :1], weights + weight
    return total / weights


def _alike(near: Tensor, here: Tensor) -> Tensor:
    """0..1, (B, 1, H, W): whether two pixels, as `_formula`'s `surface`, lie on one surface.

    Nothing faces any way where nothing is, so that this is 0 there and beyond the border.
    """
    off = ((near[:, :3] - here[:, :3]) * here[:, 3:6]).sum(1, keepdim=True) / (_ALIKE * here[:, 6:])
    facing = F.relu((near[:, 3:6] * here[:, 3:6]).sum(1, keepdim=True)).square().square()
    return facing / (1.0 + off.square())


def _filters(inputs: int, outputs: int, count: int) -> nn.Sequential:
    # Nothing is normalised: how much is closed must not depend on what else is in the picture or the batch. A leak, as
    # filters that correct a good guess are otherwise soon pushed to where they have no gradient.
    parts: list[nn.Module] = []
    for index in range(count):
        filters = nn.Conv2d(inputs if index == 0 else outputs, outputs, 3, padding=1)
        assert filters.bias is not None
        nn.init.kaiming_normal_(filters.weight, a=_LEAK, nonlinearity="leaky_relu")
        nn.init.zeros_(filters.bias)
        parts += [filters, nn.LeakyReLU(_LEAK, inplace=True)]
    return nn.Sequential(*parts)
