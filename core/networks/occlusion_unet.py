"""The occlusion network: a formula that needs no random access, corrected by a U-Net.

The formula is GTAO (Jimenez et al. 2016, see `core.occlusion.gtao`) at half resolution in four planes, with samples at
fixed distances: whole pictures are shifted, so that nothing is fetched at random. The U-Net gets what the formula says
of each of its planes and, at each of six scales, how steeply neighbours stand over the tangent plane, fading with their
distance in radii. Its filters say what is to be added: how thick things are, what hides behind the things that are
seen, and what lies outside of the frame (as Nalbach et al., "Deep Shading", Computer Graphics Forum 2017, learn it
from normals and positions alone).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.errors import BadConfig

__all__ = ["OcclusionUNet"]

_LEVELS = 6
_NEAR = ((0, 2), (0, -2), (2, 0), (-2, 0), (1, 1), (1, -1), (-1, 1), (-1, -1))
_RING = ((0, 1), (0, -1), (1, 0), (-1, 0), (2, 2), (2, -2), (-2, 2), (-2, -2))
_PLANES = ((0, 1), (-1, 1), (-1, 0), (-1, -1))
"""One side of each plane through the view direction, as (down, across)."""
_DISTANCES = (1, 2, 3, 5, 8, 12, 18, 27, 40, 60, 90)
"""Samples of the formula, in pixels of half resolution."""
_FADE, _REACH = 0.9, 1.1
"""Distances in radii at which samples of the formula begin to fade, and where they end."""
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

    margin = 96

    def __init__(self, widths: Sequence[int] = (12, 24, 32, 48, 64, 64), context: int = 2) -> None:
        super().__init__()
        if len(widths) != _LEVELS or min(widths) < 4:
            raise BadConfig(f"widths {list(widths)}: six numbers of channels, each 4 or more, are needed")
        self.down = nn.ModuleList()
        for level, width in enumerate(widths):
            inputs = _PLAIN + len(_RING) + (widths[level - 1] if level else 0) + (len(_PLANES) if level == 1 else 0)
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
            told, half = _told(normals.float(), slopes.float(), depth.float(), seen, known.float())
            planes = _formula(half, told[1][:, :3])
            closed = _doubled(1.0 - planes.mean(1, keepdim=True).clamp(0.0, 1.0)) * known.float()
        features: list[Tensor] = []
        for level, filters in enumerate(self.down):
            given = [told[level]]
            if level:
                given.append(F.avg_pool2d(features[-1], 2))
            if level == 1:
                given.append(planes)
            features.append(filters(torch.cat(given, 1)))
        for level in range(_LEVELS - 2, -1, -1):
            features[level] = self.up[level](features[level] + _doubled(self.lateral[level](features[level + 1])))
        with torch.autocast(depth.device.type, enabled=False):
            found: Tensor = 1.0 - seen * (self.head(features[0].float()) + self.formula(closed))
            return found if self.training else found.clamp(0.0, 1.0)


def _told(normals: Tensor, slopes: Tensor, depth: Tensor, seen: Tensor, known: Tensor) -> tuple[list[Tensor], Tensor]:
    """What each scale is told, finest first; and positions at half resolution, in radii."""
    # Inverse depth is linear on a plane, so that the mean of a plane's pixels lies on it.
    inverse = seen / depth.clamp_min(1e-4)
    pixel = (slopes[:, :1, :, 1:] - slopes[:, :1, :, :-1]).abs().amax((2, 3), keepdim=True).clamp(1e-5, 1.0)
    told, positions = [], []
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
        positions.append(position)
    return told, positions[1]


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


def _formula(position: Tensor, normals: Tensor) -> Tensor:
    """GTAO at half resolution: what is open in each plane, (B, len(_PLANES), H / 2, W / 2), about 0..1.

    Args:
        position: (B, 3, H / 2, W / 2), radii.
        normals: (B, 3, H / 2, W / 2), unit.
    """
    height, width = position.shape[2], position.shape[3]
    reach = _DISTANCES[-1]
    padded = F.pad(position, (reach, reach, reach, reach), value=_FAR)
    view = -position * torch.rsqrt(position.square().sum(1, keepdim=True) + 1e-12)
    made = []
    for down, across in _PLANES:
        length = math.hypot(down, across)
        way = torch.tensor([across / length, -down / length, 0.0], device=position.device)[None, :, None, None]
        flat_way = way - (way * view).sum(1, keepdim=True) * view
        axis = torch.cross(flat_way, view, dim=1)
        axis = axis * torch.rsqrt(axis.square().sum(1, keepdim=True) + 1e-12)
        flat = normals - (normals * axis).sum(1, keepdim=True) * axis
        size = (flat.square().sum(1, keepdim=True) + 1e-12).sqrt()
        cosine = ((flat * view).sum(1, keepdim=True) / size).clamp(-1.0, 1.0)
        tilt = torch.sign((flat_way * flat).sum(1, keepdim=True)) * torch.acos(cosine)
        arcs = torch.zeros_like(tilt)
        for side in (-1, 1):
            least = torch.cos(tilt + side * math.pi / 2.0)
            top = least
            for distance in _DISTANCES:
                dy, dx = reach + side * down * distance, reach + side * across * distance
                delta = padded[:, :, dy : dy + height, dx : dx + width] - position
                far = (delta.square().sum(1, keepdim=True) + 1e-12).sqrt()
                fade = ((far - _FADE) / (_REACH - _FADE)).clamp(0.0, 1.0)
                found = (delta * view).sum(1, keepdim=True) / far
                top = torch.maximum(top, found + (least - found) * fade)
            horizon = tilt + (side * torch.acos(top.clamp(-1.0, 1.0)) - tilt).clamp(-math.pi / 2.0, math.pi / 2.0)
            arcs = arcs + 0.25 * (-torch.cos(2.0 * horizon - tilt) + cosine + 2.0 * horizon * torch.sin(tilt))
        made.append(size * arcs)
    return torch.cat(made, 1)


def _doubled(part: Tensor) -> Tensor:
    return F.interpolate(part, scale_factor=2.0, mode="bilinear", align_corners=False)


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
