"""A run's averaged model: what every export starts from."""

from __future__ import annotations

from pathlib import Path

from core.errors import ModelMismatch
from core.tasks import build_task
from core.training.checkpoint import Checkpoint, read_checkpoint
from core.training.config import TrainConfig
from core.training.run_folder import RunFolder
from core.training.task import Task

__all__ = ["averaged_task"]


def averaged_task(run: Path) -> tuple[Task, TrainConfig, Checkpoint]:
    """The task of `run` with its averaged weights, its configuration and its checkpoint.

    Raises:
        FileMissing, BadInput: `run` has no checkpoint, or a damaged one.
        ModelMismatch: the checkpoint is of another network than the configuration.
    """
    checkpoint = read_checkpoint(run)
    config = RunFolder(run).config()
    task = build_task(config)
    try:
        task.model.load_state_dict(checkpoint.average)
    except RuntimeError as error:
        raise ModelMismatch(f"{run}: the checkpoint does not fit config.json; train again with --fresh") from error
    return task, config, checkpoint
