"""The learning rate over the steps of a run."""

from __future__ import annotations

import math

__all__ = ["learning_rate_share"]


def learning_rate_share(step: int, steps: int, warmup_steps: int, final_rate: float = 0.0) -> float:
    """Share of the highest learning rate at a step: a linear rise, times half a cosine.

    Loshchilov and Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts", 2017, equation 5, without restarts.

    Args:
        step: 0..steps-1.
        steps: length of the run.
        warmup_steps: steps of the rise; step 0 already learns.
        final_rate: share left at the end, 0..1.

    Returns:
        0..1.
    """
    rise = min(1.0, (step + 1) / (warmup_steps + 1))
    return rise * (final_rate + (1.0 - final_rate) * 0.5 * (1.0 + math.cos(math.pi * step / steps)))
