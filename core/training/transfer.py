"""Begin a run where another one ended: the rescue of small sets, and the way to a longer training in several legs."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import nn

from core.errors import ModelMismatch
from core.training.checkpoint import read_checkpoint
from core.training.run_folder import CHECKPOINT, RunFolder
from core.training.task import Task

__all__ = ["start_from"]


def start_from(task: Task, run: Path) -> dict[str, Any]:
    """Fill the modules of `task` with the weights of another run; its optimisers and its place in the data stay behind.

    The averaged weights are taken for the model itself, those of the last step for other modules (a discriminator).

    Args:
        run: folder of a run of the same task with networks of the same shape.

    Returns:
        What a record of the new run should say: the folder's name, the step, and the sha256 of the checkpoint.

    Raises:
        FileMissing, BadInput: there is no checkpoint, or a damaged one.
        ModelMismatch: it is of another task, or of networks of another shape.
    """
    checkpoint = read_checkpoint(run)
    source = RunFolder(run).config()
    if source.task != task.name:
        raise ModelMismatch(f"{run}: is a run of the task {source.task}, not {task.name}; name one of this task")
    modules = list(dict.fromkeys(phase.module for phase in task.phases()))
    if len(modules) != len(checkpoint.modules):
        raise ModelMismatch(
            f"{run}: trained {len(checkpoint.modules)} networks, this recipe trains {len(modules)}; use a recipe alike"
        )
    for module, state in zip(modules, checkpoint.modules, strict=True):
        _fill(module, checkpoint.average if module is task.model else state, run)
    digest = hashlib.sha256((run / CHECKPOINT).read_bytes()).hexdigest()
    return {"run": run.resolve().name, "step": checkpoint.step, "sha256": digest}


def _fill(module: nn.Module, state: Mapping[str, Any], run: Path) -> None:
    try:
        module.load_state_dict(state)
    except RuntimeError as error:
        reason = str(error).splitlines()[-1].strip()
        raise ModelMismatch(f"{run}: its networks have another shape ({reason}); use a recipe alike") from error
