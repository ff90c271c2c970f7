"""Begin a run where another one ended: the rescue of small sets, and the way to a longer training in several legs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from torch import nn

from core.card import CARD, ModelCard, load_card, shipped_models
from core.errors import FileMissing, ModelMismatch
from core.training.checkpoint import read_checkpoint
from core.training.run_folder import CHECKPOINT, RunFolder
from core.training.task import Batch, Task

__all__ = ["start_from"]


def start_from(task: Task, run: Path, batches: Iterable[Batch] = ()) -> dict[str, Any]:
    """Fill the modules of `task` with the weights of another run or of an exported model.

    Optimisers and the place in the data stay behind. Of a run the averaged weights are taken for the model itself,
    those of the last step for other modules (a discriminator); a model has no others, which then begin as they are.

    Args:
        run: folder of a run of the same task with networks of the same shape; or such a model, see
            `core.card.load_card`.
        batches: some of the new run's, by which a model's normalisations are set (`core.training.exported`).

    Returns:
        What a record of the new run should say: its name; the step and the sha256 of the checkpoint, or the version
        and the sha256 of the model; and whom the model, or what the other run began with, gives credit to.

    Raises:
        FileMissing, BadInput: there is neither a checkpoint nor a model, or a damaged checkpoint.
        ModelMismatch: it is of another task, or of networks of another shape; or the model is damaged.
    """
    if not (run / CHECKPOINT).is_file():
        try:
            card = load_card(run)
        except FileMissing as error:
            raise FileMissing(
                f"{run}: holds neither {CHECKPOINT} of a training run nor {CARD} of a model; check the path, or "
                f"name one of the shipped models: {', '.join(shipped_models())}"
            ) from error
        return _start_from_model(task, card, run.resolve().name, batches)
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
    told = {"run": run.resolve().name, "step": checkpoint.step, "sha256": digest}
    return _with_credits(told, RunFolder(run).inherited_credits())


def _start_from_model(task: Task, card: ModelCard, name: str, batches: Iterable[Batch]) -> dict[str, Any]:
    from core.training.exported import fill_from_export, settle_norms

    if card.task != task.name:
        raise ModelMismatch(f"{name}: is a model for the task {card.task}, not {task.name}; name one of this task")
    card.check_weights()
    norms = fill_from_export(task.model, card)
    if norms:
        settle_norms(task, norms, batches)
    return _with_credits({"run": name, "version": card.version, "sha256": card.sha256}, card.credits)


def _with_credits(told: dict[str, Any], credits: Sequence[str]) -> dict[str, Any]:
    return {**told, "credits": list(credits)} if credits else told


def _fill(module: nn.Module, state: Mapping[str, Any], run: Path) -> None:
    try:
        module.load_state_dict(state)
    except RuntimeError as error:
        reason = str(error).splitlines()[-1].strip()
        raise ModelMismatch(f"{run}: its networks have another shape ({reason}); use a recipe alike") from error
