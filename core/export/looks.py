"""`core.inference.looks` as TorchScript for old runtimes: sizes, mirror images and the mean of several answers.

What is averaged, and why, is told there. Who calls the network is `core.export.plate_module`.
"""

from __future__ import annotations

import torch
from torch import Tensor

from core.export.resampling import area_axis, enlarge, nearest_whole

__all__ = [
    "answer_at_size",
    "counted_looks",
    "look_sizes",
    "mean_answer",
    "mirrored_answer",
    "mirrored_rays",
    "unit",
    "weighted_answer",
]


def counted_looks(looks: float) -> int:
    """1, 2 or 4 from a knob that may stand anywhere: the nearest of them."""
    if looks >= 3.0:
        return 4
    if looks >= 1.5:
        return 2
    return 1


def look_sizes(rows: int, columns: int, multiple_of: int, looks: int) -> list[int]:
    """Height, width, height, width ... of the views, from small to large: `core.inference.looks.whole_sizes`.

    Args:
        rows, columns: of the view of the size that was asked for.
        multiple_of: of the network.
        looks: 1, 2 or 4.
    """
    sizes: list[int] = []
    if looks > 2:
        for scale in (5.0 / 6.0, 7.0 / 6.0):
            for side in (rows, columns):
                sizes.append(
                    max(multiple_of, int(nearest_whole(float(side) * scale / float(multiple_of))) * multiple_of)
                )
        return sizes
    sizes.append(rows)
    sizes.append(columns)
    return sizes


def mirrored_rays(rays: Tensor) -> Tensor:
    """(1, 2, h, w) slopes of the mirror image."""
    return torch.cat([torch.flip(rays[:, 0:1], [3]) * -1.0, torch.flip(rays[:, 1:2], [3])], 1)


def mirrored_answer(answer: Tensor) -> Tensor:
    """(1, 4, h, w) normals and confidence of a mirror image, as they lie in the picture itself."""
    turned = torch.flip(answer, [3])
    return torch.cat([turned[:, 0:1] * -1.0, turned[:, 1:]], 1)


def answer_at_size(answer: Tensor, rows: int, columns: int) -> Tensor:
    """(1, 4, h, w) unit normals and confidence -> (1, 4, rows, columns): bilinear up, by area down, unit again."""
    height, width = answer.shape[2], answer.shape[3]
    if height == rows and width == columns:
        return answer
    if height < rows:
        resized = enlarge(answer, rows, columns)
    else:
        down = area_axis(rows, height).to(answer.device)
        across = area_axis(columns, width).to(answer.device)
        resized = torch.matmul(torch.matmul(down, answer), across.t())
    return torch.cat([unit(resized[:, :3]), torch.clamp(resized[:, 3:4], 0.0, 1.0)], 1)


def weighted_answer(answer: Tensor) -> Tensor:
    """(1, 4, h, w) normals and confidence -> (1, 5, h, w): weighted normals, confidence, weight; for a sum."""
    weight = torch.clamp(answer[:, 3:4], min=0.01)
    weight = weight * weight
    return torch.cat([answer[:, :3] * weight, answer[:, 3:4], weight], 1)


def mean_answer(total: Tensor, count: int, last: Tensor) -> Tensor:
    """The mean of some answers, unit again; where their normals cancel, the last one's.

    Args:
        total: (1, 5, h, w) their sum, each by `weighted_answer`.
        count: how many they are.
        last: (1, 4, h, w) the last of them, of the finest view.
    """
    normals = total[:, :3]
    length = torch.sqrt((normals * normals).sum(1, keepdim=True))
    cancelled = length - 1e-3 * total[:, 4:5] < 0.0
    settled = torch.where(cancelled, last[:, :3], normals / torch.clamp(length, min=1e-9))
    return torch.cat([settled, total[:, 3:4] / float(count)], 1)


def unit(vectors: Tensor) -> Tensor:
    """Vectors along axis 1 to length 1; where opposite ones cancelled, towards the camera."""
    length = torch.sqrt((vectors * vectors).sum(1, keepdim=True))
    facing = torch.zeros_like(vectors)
    facing[:, 2:3] += 1.0
    return torch.where(length < 1e-4, facing, vectors / torch.clamp(length, min=1e-4))
