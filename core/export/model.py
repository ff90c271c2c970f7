"""`export_run`: a run folder to a model folder, `NAME.onnx` and `card.json`."""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn

from core.atomic import atomic_path
from core.card import CARD, ModelCard, Port, write_card
from core.errors import BadConfig
from core.export.graph import example_inputs, fold_batch_norm, write_graph
from core.export.half import round_weights, store_weights_as_half
from core.export.parity import angles_between, check_parity
from core.tasks import build_task
from core.training.checkpoint import Checkpoint, read_checkpoint
from core.training.config import TrainConfig
from core.training.run_folder import git_revision

__all__ = ["PRECISIONS", "export_run"]

PRECISIONS = ("fp16", "fp32")


def export_run(
    run: str | Path,
    out: str | Path,
    *,
    precision: str = "fp16",
    name: str | None = None,
    version: str = "1",
    details: Mapping[str, Any] | None = None,
) -> ModelCard:
    """Write the averaged model of a run as ONNX, check it against torch, and only then write its card.

    Args:
        run: folder that `platelight train` made; it need not be finished.
        out: folder of the model; an older model in it is replaced.
        precision: how weights are stored: "fp16" (half the file; arithmetic stays float32) or "fp32".
        name: of the model; the task's name if None.
        version: of the weights.
        details: other fields of the card, such as `description`, `scores`, `data`, `credits`, `work_size` or
            `default_fov_degrees`; `scores` and `data` are added to what the run itself tells.

    Returns:
        The card that was written.

    Raises:
        FileMissing, BadInput: `run` holds no checkpoint, or a damaged one.
        BadConfig: the precision is unknown.
        WorkFailed: the graph cannot be written or does not answer as torch does; no card is left that says otherwise.
        DiskFull: no space is left.
    """
    if precision not in PRECISIONS:
        raise BadConfig(f"precision {precision!r}: choose one of {', '.join(PRECISIONS)}")
    folder, target = Path(run), Path(out)
    checkpoint = read_checkpoint(folder)
    config = TrainConfig.from_json(checkpoint.config, str(folder))
    task = build_task(config)
    task.model.load_state_dict(checkpoint.average)
    given = dict(details or {})
    told = {
        "name": name or config.task,
        "version": version,
        "precision": precision,
        "weights": f"{name or config.task}.onnx",
        "sha256": "",
        "scores": {**_held_out_scores(folder), **given.pop("scores", {})},
        "data": {**_data(folder), **given.pop("data", {})},
        "training": _training(checkpoint, config, folder),
        **given,
    }
    draft = task.card(told)

    exact = fold_batch_norm(task.model.cpu())
    model = round_weights(exact) if precision == "fp16" else exact
    with atomic_path(target / draft.weights) as temporary:
        write_graph(model, temporary, draft.inputs, draft.outputs, draft.multiple_of)
        if precision == "fp16":
            store_weights_as_half(temporary)
        parity = check_parity(model, temporary, draft.inputs, draft.multiple_of)
        if precision == "fp16":
            parity |= _rounding(exact, model, draft.inputs, draft.multiple_of)
        digest = hashlib.sha256(temporary.read_bytes()).hexdigest()
        (target / CARD).unlink(missing_ok=True)  # an older card must not be found beside the new weights
    card = task.card({**told, "sha256": digest, "parity": parity, "folder": target})
    write_card(target, card)
    return card


def _rounding(exact: nn.Module, rounded: nn.Module, ports: tuple[Port, ...], multiple_of: int) -> dict[str, float]:
    """What storing float16 weights changes, on one random input: a figure for the card, not a check."""
    inputs = example_inputs(ports, 7 * multiple_of, 7 * multiple_of, seed=7)
    with torch.no_grad():
        angles = angles_between(rounded(*inputs).numpy(), exact(*inputs).numpy(), "float16 weights")
    return {"rounding_max_degrees": float(angles.max()), "rounding_mean_degrees": float(angles.mean())}


def _held_out_scores(run: Path) -> dict[str, Any]:
    """The last validation that the run logged."""
    curve = _json(run / "curve.json").get("validation", {})
    last = {key: values[-1] for key, values in curve.items() if values}
    return {"held_out": last} if last else {}


def _data(run: Path) -> dict[str, Any]:
    told = _json(run / "environment.json")
    return {key: told[key] for key in ("training_frames", "validation_frames", "frames_digest") if key in told}


def _training(checkpoint: Checkpoint, config: TrainConfig, run: Path) -> dict[str, Any]:
    told = _json(run / "environment.json")
    return {
        "steps": checkpoint.step,
        "seconds": round(checkpoint.seconds, 1),
        "machine": f"{told.get('system', platform.system())}, {told.get('processors', os.cpu_count())} processors",
        "revision": told.get("git_revision") or git_revision(),
        "torch": (told.get("packages") or {}).get("torch", torch.__version__),
        "config": config.to_json(),
    }


def _json(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}
