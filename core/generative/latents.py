"""What is done with latents: a walk that returns to its start, and forms of one picture with colours of another."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from core.errors import BadConfig

__all__ = ["between", "mixed", "walk", "walk_of_styles"]


def walk(stops: Tensor, frames: int) -> Tensor:
    """Latents of a closed walk through `stops`, at an even pace on the sphere between each two.

    White, "Sampling Generative Networks", 2016: between two latents of a normal distribution the straight line leads
    through lengths that hardly occur, the arc does not.

    Args:
        stops: (N, latent), two or more.
        frames: in all, at least one a stop; where N does not divide it, the last legs have one more.

    Returns:
        (frames, latent), beginning with the first stop; the frame after the last is the first again.

    Raises:
        BadConfig: too few stops or frames.
    """
    legs, shares = _legs(len(stops), frames)
    return between(stops[legs], stops[(legs + 1) % len(stops)], shares.to(stops.dtype)[:, None])


def walk_of_styles(stops: Tensor, frames: int) -> Tensor:
    """The same in straight lines through styles, (N, depth, W) -> (frames, depth, W).

    For a generator with kinds, whose latents lead from one kind to the next by a jump and through others; its styles
    lie side by side (Karras et al., "A Style-Based Generator Architecture for Generative Adversarial Networks", 2019,
    section 4.1).
    """
    legs, shares = _legs(len(stops), frames)
    return torch.lerp(
        stops[legs], stops[(legs + 1) % len(stops)], shares.to(stops.dtype)[:, None, None].to(stops.device)
    )


def _legs(count: int, frames: int) -> tuple[Tensor, Tensor]:
    """(frames,) each: behind which stop a frame is, and how much of the way to the next lies behind it."""
    if count < 2 or frames < count:
        raise BadConfig(
            f"a walk of {frames} frames through {count} pictures: 2 pictures, and a frame for each, or more"
        )
    places = torch.arange(frames, dtype=torch.float64) * count / frames
    legs = places.floor().long().clamp_max(count - 1)
    return legs, places - legs


def mixed(coarse: Tensor, fine: Tensor, crossing: int) -> Tensor:
    """Every coarse style with every fine one: (A, depth, W) and (B, depth, W) -> (A, B, depth, W).

    Karras et al., "A Style-Based Generator Architecture for Generative Adversarial Networks", 2019, section 3.1.

    Args:
        crossing: so many sizes from the smallest take the coarse style.

    Raises:
        BadConfig: a crossing outside 0 .. depth.
    """
    depth = coarse.shape[1]
    if not 0 <= crossing <= depth:
        raise BadConfig(f"crossing {crossing}: this model has {depth} sizes; choose 0 to {depth}")
    is_coarse = (torch.arange(depth, device=coarse.device) < crossing)[None, None, :, None]
    return torch.where(is_coarse, coarse[:, None], fine[None])


def between(start: Tensor, end: Tensor, share: Tensor) -> Tensor:
    """Spherical interpolation of each pair of rows, (N, latent); lengths go evenly from one to the other.

    Args:
        share: (N, 1), 0 is `start`, 1 is `end`.
    """
    lengths = torch.lerp(start.norm(dim=1, keepdim=True), end.norm(dim=1, keepdim=True), share)
    a, b = F.normalize(start, dim=1), F.normalize(end, dim=1)
    angle = torch.acos((a * b).sum(1, keepdim=True).clamp(-1.0 + 1e-6, 1.0 - 1e-6))
    direction = (torch.sin((1.0 - share) * angle) * a + torch.sin(share * angle) * b) / torch.sin(angle)
    return direction * lengths
