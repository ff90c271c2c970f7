"""How evenly pictures change along latents: a jump where the generator tears neighbouring latents apart."""

from __future__ import annotations

import torch

from core.errors import BadConfig
from core.generative.features import PictureFeatures, features_of
from core.generative.latents import between
from core.generative.runs import ImageRun, latents_of_seeds

__all__ = ["path_length"]

_SMALL = 1e-2


def path_length(run: ImageRun, count: int = 64, seed: int = 0) -> tuple[float, float]:
    """Mean and 99th percentile of the squared feature distance of two near latents, divided by their squared distance.

    After the perceptual path length of Karras et al., "A Style-Based Generator Architecture for Generative Adversarial
    Networks", 2019, section 4.1, in z, with a step of 0.01 of the way between two latents, and with the features of
    `core.generative.features` in place of that study's: figures of two runs on the same pictures compare, others do
    not. With kinds both latents are of one kind, as there is no way between two.

    Raises:
        BadConfig: fewer than two pairs.
        MissingPart: the feature network's weights are not installed.
    """
    if count < 2:
        raise BadConfig(f"path length of {count} pairs: 2 or more are needed")
    network = PictureFeatures().to(run.device)
    stops = latents_of_seeds(list(range(seed, seed + 2 * count)), run.generator.latent)
    shares = torch.rand(count, 1, generator=torch.Generator().manual_seed(seed))
    ends = [between(stops[:count], stops[count:], place) for place in (shares, shares + _SMALL)]
    if run.kinds:
        for end in ends:
            end[:, -1] = stops[:count, -1]
    found = [features_of(network, run.draw(end).to(run.device)) for end in ends]
    distances = (found[1] - found[0]).square().sum(1) / _SMALL**2
    return float(distances.mean()), float(distances.quantile(0.99))
