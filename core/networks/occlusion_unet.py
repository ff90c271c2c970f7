"""The occlusion network: a U-Net whose every scale is told how far its neighbours rise above the surface.

What a screen-space formula computes from samples along a few rays (Bavoil, Sainz and Dimitrov, "Image-Space
Horizon-Based Ambient Occlusion", SIGGRAPH 2008) is here computed for eight or sixteen fixed neighbours at each of six
scales, without any random access: how steeply a neighbour stands over the tangent plane, fading with its distance in
radii. Convolutions then say how much of it counts, what hides behind the things that are seen, and what lies outside
of the frame (as Nalbach et al., "Deep Shading", Computer Graphics Forum 2017, learn it from normals and positions).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.errors import BadConfig

__all__ = ["OcclusionUNet"]

_LEVELS = 6
_NEAR = ((0, 2), (0, -2), (2, 0), (-2, 0), (1, 1), (1, -1), (-1, 1), (-1, -1))
_RING = (
    *((0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (1, -1), (-1, 1), (-1, -1)),
    *((0, 2), (0, -2), (2, 0), (-2, 0), (2, 2), (2, -2), (-2, 2), (-2, -2)),
)
_FAR = 1e4  # radii: where nothing is seen
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

    def __init__(self, widths: Sequence[int] = (12, 24, 32, 48, 64, 64), context: int = 3) -> None:
        super().__init__()
        if len(widths) != _LEVELS or min(widths) < 4:
            raise BadConfig(f"widths {list(widths)}: six numbers of channels, each 4 or more, are needed")
        self.down = nn.ModuleList()
        for level, width in enumerate(widths):
            inputs = _PLAIN + (len(_RING) if level else len(_NEAR)) + (widths[level - 1] if level else 0)
            count = 1 if level == 0 else context if level == _LEVELS - 1 else 2
            self.down.append(_filters(inputs, width, count))
        self.lateral = nn.ModuleList(nn.Conv2d(widths[k + 1], widths[k], 1) for k in range(_LEVELS - 1))
        self.up = nn.ModuleList(_filters(widths[k], widths[k], 1) for k in range(_LEVELS - 1))
        self.head = nn.Conv2d(widths[0], 1, 3, padding=1)
        assert self.head.bias is not None
        nn.init.normal_(self.head.weight, std=0.01)
        nn.init.constant_(self.head.bias, 2.0)  # most surfaces are open

    def forward(self, normals: Tensor, slopes: Tensor, depth: Tensor, known: Tensor) -> Tensor:
        """The open share of the hemisphere over each surface.

        Args:
            normals: (B, 3, H, W) camera space, unit; 0 where no surface is. H and W are multiples of 32.
            slopes: (B, 2, H, W) of the rays, see `core.occlusion.geometry`.
            depth: (B, 1, H, W) in radii; 0 where no surface is.
            known: (B, 1, H, W), 1 where the depth was measured and 0 where it is that of a plane.

        Returns:
            (B, 1, H, W), 0..1; 1 where no surface is.
        """
        seen = (depth > 0.0).float()
        with torch.autocast(depth.device.type, enabled=False):
            told = _told(normals.float(), slopes.float(), depth.float(), seen, known.float())
        features: list[Tensor] = []
        below: Tensor | None = None
        for level, filters in enumerate(self.down):
            given = told[level] if below is None else torch.cat([told[level], below], 1)
            features.append(filters(given))
            below = F.avg_pool2d(features[-1], 2)
        for level in range(_LEVELS - 2, -1, -1):
            above = F.interpolate(
                self.lateral[level](features[level + 1]), scale_factor=2.0, mode="bilinear", align_corners=False
            )
            features[level] = self.up[level](features[level] + above)
        with torch.autocast(depth.device.type, enabled=False):
            found = torch.sigmoid(self.head(features[0].float()))
            return 1.0 - seen * (1.0 - found)


def _told(normals: Tensor, slopes: Tensor, depth: Tensor, seen: Tensor, known: Tensor) -> list[Tensor]:
    """What each scale is told, finest first."""
    far = depth + (1.0 - seen) * _FAR
    pixel = (slopes[:, :1, :, 1:] - slopes[:, :1, :, :-1]).abs().amax((2, 3), keepdim=True).clamp(1e-5, 1.0)
    told = []
    for level in range(_LEVELS):
        if level:
            # The nearest of four: what stands before something else is what occludes.
            far = -F.max_pool2d(-far, 2)
            normals, slopes, seen, known = (F.avg_pool2d(part, 2) for part in (normals, slopes, seen, known))
            pixel = 2.0 * pixel
        unit = normals * torch.rsqrt(normals.square().sum(1, keepdim=True) + 1e-6)
        reach = torch.log2(1.0 / (far.clamp_min(1e-3) * pixel)).clamp(-4.0, 8.0) * 0.25
        risen = _risen(torch.cat([slopes * far, -far], 1), unit, _RING if level else _NEAR)
        told.append(torch.cat([unit, reach, seen, known, risen], 1))
    return told


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


def _filters(inputs: int, outputs: int, count: int) -> nn.Sequential:
    parts: list[nn.Module] = []
    for index in range(count):
        parts += [
            nn.Conv2d(inputs if index == 0 else outputs, outputs, 3, padding=1, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(inplace=True),
        ]
    return nn.Sequential(*parts)
