"""How far one set of pictures is from another, in features: distances of distributions, variety, precision and recall.

All functions take (N, D) float64 tensors of features. Every figure of a small set is biased by its size, so that none
means anything without the same figure of true pictures against true pictures at the same sizes beside it.
"""

from __future__ import annotations

import torch
from torch import Tensor

from core.errors import BadInput

__all__ = [
    "frechet_distance",
    "kernel_distance",
    "nearest",
    "nearest_other",
    "precision_recall",
    "spread",
    "standardised",
]

_FEWEST = 4
_NEIGHBOURS = 3


def standardised(reference: Tensor, *others: Tensor) -> tuple[Tensor, ...]:
    """All sets with the reference's mean taken off each feature and divided by its standard deviation.

    Features that hardly differ in the reference count as they are, so that none grows without bound.

    Raises:
        BadInput: fewer than four pictures in a set.
    """
    if min(len(features) for features in (reference, *others)) < _FEWEST:
        raise BadInput(f"{_FEWEST} pictures or more are needed on each side to compare sets; give more")
    mean, deviation = reference.mean(0), reference.std(0)
    scale = deviation.clamp_min(1e-3 * float(deviation.max()) + 1e-12)
    return tuple((features - mean) / scale for features in (reference, *others))


def kernel_distance(a: Tensor, b: Tensor, *, unbiased: bool = False) -> float:
    """Squared maximum mean discrepancy with the kernel (x . y / D + 1)^3.

    Binkowski et al., "Demystifying MMD GANs", 2018, section 4, with the features that were given.

    Args:
        unbiased: leave out each picture's likeness to itself: 0 in the mean for two sets of one distribution, below 0
            at times. Otherwise the distance is never below 0, and above it, by about the sum of 1 / N of both sets
            times what such pairs add, even for two sets of one distribution: the floor that a figure is held against.
    """
    within = []
    for features in (a, b):
        kernel = _kernel(features, features)
        count = len(features)
        total = kernel.sum() - kernel.diagonal().sum() if unbiased else kernel.sum()
        within.append(total / (count * (count - 1) if unbiased else count**2))
    return float(within[0] + within[1] - 2.0 * _kernel(a, b).mean())


def frechet_distance(a: Tensor, b: Tensor) -> float:
    """Squared Frechet distance of the normal distributions with the sets' means and covariances.

    Heusel et al., "GANs Trained by a Two Time-Scale Update Rule Converge to a Local Nash Equilibrium", 2017, equation
    6, with the features that were given. Fewer pictures than features make it large for any two sets: compare it with
    that of true pictures only.
    """
    root = _root(_covariance(a))
    between = torch.linalg.eigvalsh(root @ _covariance(b) @ root).clamp_min(0.0).sqrt().sum()
    means = (a.mean(0) - b.mean(0)).square().sum()
    return float(means + a.var(0).sum() + b.var(0).sum() - 2.0 * between)


def spread(features: Tensor) -> float:
    """Mean distance between two different pictures of a set: small where all look alike."""
    distances = torch.cdist(features, features)
    return float(distances.sum() / (len(features) * (len(features) - 1)))


def nearest_other(features: Tensor) -> float:
    """Median distance to the nearest other picture of a set: small where a few pictures come again and again."""
    distances = torch.cdist(features, features)
    distances.fill_diagonal_(torch.inf)
    return float(distances.min(1).values.median())


def nearest(features: Tensor, others: Tensor) -> tuple[Tensor, Tensor]:
    """For each picture the distance to the nearest of `others`, (N,), and which that is, (N,)."""
    found = torch.cdist(features, others).min(1)
    return found.values, found.indices


def precision_recall(true: Tensor, drawn: Tensor) -> tuple[float, float]:
    """Share of drawn pictures that lie among true ones, and of true ones that lie among drawn ones.

    Kynkaanniemi et al., "Improved Precision and Recall Metric for Assessing Generative Models", 2019, equation 1: a
    picture lies among a set if it is nearer to one of its members than that member's third neighbour is. Sets of equal
    size are to be compared; smaller ones have wider neighbourhoods.
    """
    return _covered(true, drawn), _covered(drawn, true)


def _covered(among: Tensor, features: Tensor) -> float:
    own = torch.cdist(among, among)
    radius = own.sort(1).values[:, min(_NEIGHBOURS, len(among) - 1)]
    return float((torch.cdist(features, among) <= radius[None]).any(1).double().mean())


def _kernel(a: Tensor, b: Tensor) -> Tensor:
    likeness: Tensor = a @ b.t() / a.shape[1] + 1.0
    cube: Tensor = likeness * likeness * likeness
    return cube


def _covariance(features: Tensor) -> Tensor:
    return torch.cov(features.t())


def _root(matrix: Tensor) -> Tensor:
    values, vectors = torch.linalg.eigh(matrix)
    root: Tensor = (vectors * values.clamp_min(0.0).sqrt()) @ vectors.t()
    return root
