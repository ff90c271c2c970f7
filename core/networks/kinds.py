"""Kinds of pictures in a set, found without anybody naming them: what a generator is told, so that it leaves none out.

Liu et al., "Diverse Image Generation via Self-Conditioned GANs", 2020: the pictures are clustered by features, and
generator and discriminator are told the cluster as a label would be told. A rare kind is then asked for as often as it
occurs, and is held against pictures of its kind alone.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

__all__ = ["FEWEST_A_KIND", "find_kinds", "nearest_kind", "take_without_kinds"]

FEWEST_A_KIND = 8
"""A set is not divided so far that the mean kind has fewer pictures."""

_ROUNDS = 60
_TRIES = 4


def find_kinds(features: Tensor, count: int, seed: int = 0) -> Tensor:
    """Centres of clusters: (N, D) -> (count, D); the best of four runs of Lloyd's algorithm after k-means++.

    Arthur and Vassilvitskii, "k-means++: The Advantages of Careful Seeding", 2007. Sets of fewer than 8 pictures a kind
    have fewer kinds: the centres that are left over lie at infinity, where nothing is nearest to them.

    Args:
        features: float64.
        count: of kinds, 1 or more.
        seed: decides where the search begins; the same arguments give the same centres.
    """
    used = max(1, min(count, len(features) // FEWEST_A_KIND))
    generator = torch.Generator().manual_seed(seed)
    centres = features.new_full((count, features.shape[1]), torch.inf)
    least = torch.inf
    for _ in range(_TRIES):
        found, total = _lloyd(features, _first(features, used, generator))
        if total < least:
            least, centres[:used] = total, found
    return centres


def nearest_kind(features: Tensor, centres: Tensor) -> Tensor:
    """(N, D), (K, D) -> (N,) int64: numbers of the nearest centres."""
    used = centres.isfinite().all(1)
    distances = torch.cdist(features, torch.where(used[:, None], centres, 0.0))
    found: Tensor = torch.where(used, distances, torch.inf).argmin(1)
    return found


def take_without_kinds(module: nn.Module, state: dict[str, Any], prefix: str, *_: object) -> None:
    """Hook of a module that is told kinds: weights that know none are taken as well, and what belongs to kinds begins
    as it is. The endings of those names are the module's `OF_KINDS`."""
    for name, value in module.state_dict().items():
        if name.endswith(module.OF_KINDS):  # type: ignore[arg-type]
            state.setdefault(f"{prefix}{name}", value)


def _first(features: Tensor, count: int, generator: torch.Generator) -> Tensor:
    """Pictures to begin with, each likelier the farther it is from those before it."""
    chosen = [int(torch.randint(len(features), (1,), generator=generator))]
    squares = torch.full((len(features),), torch.inf, dtype=features.dtype)
    for _ in range(count - 1):
        squares = torch.minimum(squares, (features - features[chosen[-1]]).square().sum(1))
        # Where all that is left is a copy of what was chosen, any will do.
        shares = squares if float(squares.sum()) > 0.0 else torch.ones_like(squares)
        chosen.append(int(torch.multinomial(shares, 1, generator=generator)))
    return features[chosen].clone()


def _lloyd(features: Tensor, centres: Tensor) -> tuple[Tensor, float]:
    """Centres that no round moves any more, or those after sixty rounds, and the sum of squared distances to them."""
    kinds = torch.full((len(features),), -1)
    for _ in range(_ROUNDS):
        now = torch.cdist(features, centres).argmin(1)
        if torch.equal(now, kinds):
            break
        kinds = now
        for kind in range(len(centres)):
            members = features[kinds == kind]
            if len(members):
                centres[kind] = members.mean(0)
    return centres, float((features - centres[kinds]).square().sum())
