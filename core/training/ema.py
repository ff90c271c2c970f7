"""A moving average of a network's weights, which is steadier than the weights themselves."""

from __future__ import annotations

import copy

import torch
from torch import nn

__all__ = ["MovingAverage"]


class MovingAverage:
    """Exponential moving average of parameters and of stored statistics.

    Polyak and Juditsky, "Acceleration of Stochastic Approximation by Averaging", 1992; the decay rises from 0.1 as
    (1 + n) / (10 + n), so that the random first weights are soon forgotten.

    Attributes:
        model: the averaged copy, in evaluation mode.
        decay: share of the old average that is kept in each update, once risen.
        updates: how many there were.
    """

    def __init__(self, model: nn.Module, decay: float) -> None:
        self.model = copy.deepcopy(model).eval().requires_grad_(False)
        self.decay = decay
        self.updates = 0

    @torch.no_grad()
    def update(self, model: nn.Module) -> None:
        """Move the average towards `model`, which has the same architecture."""
        kept = min(self.decay, (1 + self.updates) / (10 + self.updates))
        self.updates += 1
        pairs = list(zip(self.model.state_dict().values(), model.state_dict().values(), strict=True))
        moving = [(old, new) for old, new in pairs if old.dtype.is_floating_point]
        torch._foreach_lerp_([old for old, _ in moving], [new for _, new in moving], 1.0 - kept)
        for old, new in pairs:
            if not old.dtype.is_floating_point:
                old.copy_(new)
