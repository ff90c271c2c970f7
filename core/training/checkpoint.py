"""The state of a run in one file, so that a stopped run goes on as if it had never stopped."""

from __future__ import annotations

import io
import pickle
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from core.atomic import write_bytes
from core.errors import BadInput, FileMissing
from core.training.run_folder import CHECKPOINT

__all__ = ["Checkpoint", "read_checkpoint", "write_checkpoint"]

_FORMAT = 1


@dataclass(frozen=True)
class Checkpoint:
    """Everything that the next step depends on. What is drawn at random follows from the seed and the step.

    Attributes:
        step: steps done; the next one has this number. The place in the data follows from it.
        seconds: time spent in training so far.
        modules: state of each phase's module, in the order of the phases, without repeats.
        optimisers: state of each module's optimiser, in the same order.
        average: state of the averaged model, which is what gets exported.
        average_updates: how often it was updated.
        config: the run's `TrainConfig` as JSON values.
    """

    step: int
    seconds: float
    modules: list[dict[str, Any]]
    optimisers: list[dict[str, Any]]
    average: dict[str, Any]
    average_updates: int
    config: dict[str, Any]


def write_checkpoint(run: Path, checkpoint: Checkpoint) -> None:
    """Write `RUN/checkpoint.pt`, whole or not at all. Raises DiskFull; the former checkpoint then stays."""
    # Into memory first: torch's own file writer turns a full disk into errors that do not say so.
    data = io.BytesIO()
    torch.save({"format": _FORMAT, **vars(checkpoint)}, data)
    write_bytes(run / CHECKPOINT, data.getvalue())


def read_checkpoint(run: Path, device: str = "cpu") -> Checkpoint:
    """Read `RUN/checkpoint.pt`. Only tensors and plain values are unpacked: a checkpoint runs no code.

    Raises:
        FileMissing: there is none.
        BadInput: it is damaged or of another version.
    """
    path = run / CHECKPOINT
    if not path.is_file():
        raise FileMissing(f"{path}: no such checkpoint; `platelight train` makes one")
    try:
        value = torch.load(path, map_location=device, weights_only=True)
        if value.pop("format") != _FORMAT:
            raise BadInput(f"{path}: written by another version of Platelight; train again with --fresh")
        value.pop("generators", None)  # states of torch's random generators, which earlier versions kept
        return Checkpoint(**value)
    except (
        OSError,
        RuntimeError,
        ValueError,
        LookupError,
        TypeError,
        AttributeError,
        EOFError,
        pickle.UnpicklingError,
    ) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise BadInput(f"{path}: damaged checkpoint ({reason}); train again with --fresh") from error
