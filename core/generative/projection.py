"""The latent of a picture: which style makes the generator draw it, as nearly as it can."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.errors import BadConfig
from core.generative.runs import ImageRun, latents_of_seeds
from core.networks.efficientnet_lite import EfficientNetLite, load_imagenet_weights

__all__ = ["Projection", "project"]

_TRIES = 64
_PIXEL_WEIGHT = 2.0
_PACE = 0.05
_FEATURE_SIDE = 64


@dataclass(frozen=True)
class Projection:
    """What was found.

    Attributes:
        styles: (1, depth, style), one for each size.
        picture: (C, S, S), -1..1: what the generator draws of them.
        error: root mean square difference of the colours, 0..255.
        first_error: the same of the seed it began with.
        seed: which that was.
    """

    styles: Tensor
    picture: Tensor
    error: float
    first_error: float
    seed: int


def project(
    run: ImageRun, picture: Tensor, steps: int = 200, on_step: Callable[[int, float], None] = lambda step, loss: None
) -> Projection:
    """Find styles whose picture is near `picture`, starting with the nearest of 64 seeds.

    Abdal et al., "Image2StyleGAN: How to Embed Images Into the StyleGAN Latent Space?", 2019: gradient descent on one
    style for each size, here on differences of colours and of the features of EfficientNet-Lite0 at strides 2 to 8.
    Colours only: maps of a material come as the style brings them.

    Args:
        picture: (3 or more, S, S), sRGB -1..1, of the generator's size.
        steps: of Adam, 1 or more.
        on_step: called after each with its number, from 1, and the loss.

    Raises:
        BadConfig: another size, no steps, or a DCGAN.
        MissingPart: the feature network's weights are not installed.
    """
    network = run.style_generator()
    if steps < 1 or picture.shape[1:] != (network.size, network.size):
        raise BadConfig(
            f"{steps} steps for a picture of {picture.shape[2]} x {picture.shape[1]} pixels: 1 or more, and "
            f"{network.size} x {network.size}, are needed"
        )
    wanted = picture[None, :3].to(run.device)
    features = _Likeness(wanted).to(run.device)
    with torch.no_grad():
        starts = run.styles(latents_of_seeds(list(range(_TRIES)), network.latent))
        distances = (run.draw_styles(starts)[:, :3] - wanted.cpu()).square().mean((1, 2, 3))
        seed = int(distances.argmin())
    styles = starts[seed : seed + 1].clone().requires_grad_(True)
    optimiser = torch.optim.Adam([styles], _PACE)
    best, least = styles.detach().clone(), float("inf")
    for step in range(steps):
        for group in optimiser.param_groups:
            group["lr"] = _PACE * min(1.0, 2.0 * (1.0 - step / steps))
        drawn = network.draw(styles)[:, :3]
        loss = features(drawn) + _PIXEL_WEIGHT * F.mse_loss(drawn, wanted)
        value = float(loss.detach())
        if value < least:
            best, least = styles.detach().clone(), value
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        on_step(step + 1, value)
    found = run.draw_styles(best)[0]
    return Projection(
        best, found, _error(found, picture), _error(run.draw_styles(starts[seed][None])[0], picture), seed
    )


class _Likeness(nn.Module):
    """Mean squared differences to the features of one picture, each level divided by that picture's own mean square."""

    def __init__(self, wanted: Tensor) -> None:
        super().__init__()
        self.network = EfficientNetLite("lite0")
        load_imagenet_weights(self.network)
        self.network.to(wanted.device)
        self.requires_grad_(False)
        with torch.no_grad():
            self.wanted = self._levels(wanted)

    def forward(self, drawn: Tensor) -> Tensor:
        pairs = zip(self._levels(drawn), self.wanted, strict=True)
        losses = [(a - b).square().mean() / b.square().mean().clamp_min(1e-6) for a, b in pairs]
        return torch.stack(losses).mean()

    def _levels(self, pictures: Tensor) -> list[Tensor]:
        colors = (0.5 + 0.5 * pictures).clamp(0.0, 1.0)
        if colors.shape[-1] % 32:
            colors = F.interpolate(colors, (_FEATURE_SIDE, _FEATURE_SIDE), mode="bilinear")
        levels: list[Tensor] = self.network(colors)[:3]
        return levels


def _error(a: Tensor, b: Tensor) -> float:
    return 127.5 * float((a[:3].cpu() - b[:3].cpu()).square().mean().sqrt())
