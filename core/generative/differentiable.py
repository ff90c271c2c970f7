"""Changes that true and drawn pictures both go through before they are judged, with gradients back to the generator.

Zhao et al., "Differentiable Augmentation for Data-Efficient GAN Training", 2020. A discriminator that never sees a
picture twice alike cannot learn a small set by heart; and as drawn pictures are changed in the same ways, the changes
do not find their way into them. All random numbers come from torch's global generator, which the training loop seeds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from core.errors import BadConfig
from core.networks.torus import roll

__all__ = ["CHANGES", "change"]

_LUMA = (0.2126, 0.7152, 0.0722)
_COLORS = 3


def change(pictures: Tensor, names: Sequence[str], torus: bool) -> Tensor:
    """(B, C, H, W), -1..1 -> the same shape, each picture changed in its own way.

    Args:
        pictures: the first three channels are colour (sRGB); others take part in what moves or hides pixels only.
        names: of `CHANGES`, in the order to apply; none gives the pictures back.
        torus: pictures tile, so that they are moved round, not out.

    Raises:
        BadConfig: an unknown name.
    """
    for name in names:
        if name not in CHANGES:
            raise BadConfig(f"differentiable change {name!r}: choose from {', '.join(CHANGES)}")
        pictures = CHANGES[name](pictures, torus)
    return pictures


def _brightness(pictures: Tensor, torus: bool) -> Tensor:
    return _with_colors(pictures, pictures[:, :_COLORS] + _uniform(pictures, -0.5, 0.5))


def _saturation(pictures: Tensor, torus: bool) -> Tensor:
    colors = pictures[:, :_COLORS]
    luma = torch.tensor(_LUMA, device=pictures.device, dtype=pictures.dtype)
    grey = (colors * luma[:, None, None]).sum(1, keepdim=True)
    return _with_colors(pictures, grey + (colors - grey) * _uniform(pictures, 0.0, 2.0))


def _contrast(pictures: Tensor, torus: bool) -> Tensor:
    colors = pictures[:, :_COLORS]
    mean = colors.mean((1, 2, 3), keepdim=True)
    return _with_colors(pictures, mean + (colors - mean) * _uniform(pictures, 0.5, 1.5))


def _shift(pictures: Tensor, torus: bool) -> Tensor:
    """Anywhere on a torus; by up to an eighth, with zeros from outside, on a picture with borders."""
    count, _, height, width = pictures.shape
    if torus:
        moves = [torch.randint(side, (count,), device=pictures.device) for side in (height, width)]
        return roll(pictures, *moves)
    reach = (height // 8, width // 8)
    padded = F.pad(pictures, (reach[1], reach[1], reach[0], reach[0]))
    moves = [torch.randint(2 * most + 1, (count,), device=pictures.device) for most in reach]
    return roll(padded, *moves)[..., 2 * reach[0] :, 2 * reach[1] :]


def _turn(pictures: Tensor, torus: bool) -> Tensor:
    """Mirrors and quarter turns: all eight ways to lay a square."""
    ways = torch.randint(8, (len(pictures), 1, 1, 1), device=pictures.device)
    for way, axes in ((1, (3,)), (2, (2,))):
        pictures = torch.where((ways & way).bool(), pictures.flip(axes), pictures)
    return torch.where((ways & 4).bool(), pictures.transpose(2, 3), pictures)


def _cutout(pictures: Tensor, torus: bool) -> Tensor:
    """A square of half the side, set to mid grey."""
    count, _, height, width = pictures.shape
    rows, columns = (
        (torch.arange(side, device=pictures.device)[None] - torch.randint(side, (count, 1), device=pictures.device))
        % side
        < side // 2
        for side in (height, width)
    )
    hidden = rows[:, None, :, None] & columns[:, None, None, :]
    return pictures.masked_fill(hidden, 0.0)


def _uniform(like: Tensor, low: float, high: float) -> Tensor:
    values = torch.rand(len(like), 1, 1, 1, device=like.device, dtype=torch.float32)
    return (low + (high - low) * values).to(like.dtype)


def _with_colors(pictures: Tensor, colors: Tensor) -> Tensor:
    return torch.cat([colors, pictures[:, _COLORS:]], 1) if pictures.shape[1] > _COLORS else colors


CHANGES: dict[str, Callable[[Tensor, bool], Tensor]] = {
    "brightness": _brightness,
    "saturation": _saturation,
    "contrast": _contrast,
    "shift": _shift,
    "turn": _turn,
    "cutout": _cutout,
}
"""Name -> function of (pictures, torus)."""
