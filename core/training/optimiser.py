"""The optimiser of one module of a task."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from core.training.config import TrainConfig
from core.training.task import Task

__all__ = ["optimiser_of"]


def optimiser_of(task: Task, module: nn.Module, config: TrainConfig) -> torch.optim.Optimizer:
    """AdamW (Loshchilov and Hutter, "Decoupled Weight Decay Regularization", 2019); decay on filters only.

    Each of its groups holds the highest learning rate of its schedule as `highest`.
    """
    groups: list[dict[str, Any]] = []
    for group in task.groups(module):
        highest = float(config.learning_rates.get(group.name, group.learning_rate))
        learning = [parameter for parameter in group.parameters if parameter.requires_grad]
        for decayed in (True, False):
            chosen = [parameter for parameter in learning if (parameter.ndim > 1) == decayed]
            if chosen:
                decay = config.weight_decay if decayed else 0.0
                pace = {"lr": highest, "highest": highest, "betas": group.betas, "amsgrad": group.amsgrad}
                groups.append({"params": chosen, "weight_decay": decay, **pace})
    return torch.optim.AdamW(groups)
