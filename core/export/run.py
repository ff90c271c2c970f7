"""A run's averaged model -> a folder with graph and card."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from core.atomic import write_bytes
from core.card import LOOKS, ModelCard, write_card
from core.errors import BadConfig
from core.export.averaged import averaged_task
from core.export.graph import OPSET, write_graph
from core.export.half import halve_weights
from core.export.parity import check_parity
from core.training.run_folder import RunFolder
from worker_link.json_text import read_json

__all__ = ["PRECISIONS", "export_run"]

PRECISIONS = ("fp16", "fp32")


def export_run(
    run: Path,
    out: Path,
    *,
    precision: str = "fp16",
    name: str | None = None,
    version: str = "1",
    work_size: int | None = None,
    looks: int = 1,
    credits: Sequence[str] = (),
) -> ModelCard:
    """Export the averaged model of `run`; the card is written last, so a folder with a card is a whole model.

    Args:
        run: folder of a run with a checkpoint; an unfinished run exports what it has learnt so far, and its card says
            at which step.
        out: gets `TASK.onnx` and `card.json`.
        precision: of the stored weights; arithmetic is float32 for both.
        name: of the model; by default that of `out`.
        version: of the weights.
        work_size: short side, in pixels, that plates should be looked at with; None: the size it was trained at.
        looks: how many answers about a plate should be averaged, one of `core.card.LOOKS`.
        credits: authors and licences of what it saw, for the card, after those of the pretrained weights and of the
            model that it began with.

    Raises:
        FileMissing, BadInput: `run` has no checkpoint, or a damaged one.
        BadConfig: an unknown precision, a work size below 32, or another number of looks.
        WorkFailed: the graph does not agree with torch; nothing is written.
        DiskFull: no space is left.
    """
    if precision not in PRECISIONS:
        raise BadConfig(f"precision {precision!r}: choose one of {', '.join(PRECISIONS)}")
    if work_size is not None and work_size < 32:
        raise BadConfig(f"work size of {work_size} pixels; it must be 32 or more")
    if looks not in LOOKS:
        raise BadConfig(f"{looks} looks; choose one of {', '.join(map(str, LOOKS))}")
    task, config, checkpoint = averaged_task(run)
    folder = RunFolder(run)
    scores = _scores(folder, checkpoint.step)
    model = task.deployed(scores.get("held_out_scenes", {})).eval()
    draft = task.card(
        {"name": name or out.name, "version": version, "weights": "", "sha256": "", "precision": precision}
    )
    with tempfile.TemporaryDirectory(prefix="platelight-") as scratch:
        whole = Path(scratch) / "whole.onnx"
        write_graph(model, draft.inputs, draft.outputs, draft.multiple_of, whole)
        graph = whole
        if precision == "fp16":
            graph = Path(scratch) / "half.onnx"
            halve_weights(whole, graph)
        parity = check_parity(model, graph, draft.inputs, draft.outputs, draft.multiple_of, precision)
        data = graph.read_bytes()
    weights = f"{config.task}.onnx"
    card = task.card(
        {
            "name": draft.name,
            "version": version,
            "description": config.description,
            "weights": weights,
            "sha256": hashlib.sha256(data).hexdigest(),
            "precision": precision,
            "parity": {**parity, "opset": OPSET},
            "scores": scores,
            "data": _data(folder),
            "credits": (*folder.inherited_credits(), *credits),
            "training": {
                "steps": checkpoint.step,
                "planned_steps": config.steps,
                "samples": checkpoint.step * config.batch,
                "seconds": round(checkpoint.seconds),
                "machine": _machine(folder),
                "config": config.to_json(),
            },
        }
    )
    # A task names its pretrained weights itself; whoever names them again means no others.
    named = tuple(dict.fromkeys(card.credits))
    card = replace(card, work_size=work_size or card.work_size, looks=looks, credits=named)
    write_bytes(out / weights, data)
    write_card(out, card)
    return card


def _environment(folder: RunFolder) -> dict[str, Any]:
    try:
        value = read_json(folder.path / "environment.json")
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def _machine(folder: RunFolder) -> dict[str, Any]:
    known = _environment(folder)
    return {key: known[key] for key in ("system", "processors", "python", "packages", "git_revision") if key in known}


def _data(folder: RunFolder) -> dict[str, Any]:
    known = _environment(folder)
    names = ("training_frames", "validation_frames", "frames_digest", "sets", "left_out", "started_from")
    return {name: known[name] for name in names if known.get(name)}


def _scores(folder: RunFolder, step: int) -> dict[str, Any]:
    rows = [row for row in folder.rows() if "validation" in row and row["step"] < step]
    if not rows:
        return {}
    return {"held_out_scenes": {name: _rounded(value) for name, value in rows[-1]["validation"].items()}}


def _rounded(value: float) -> float:
    """Three decimals, and never fewer than three digits that say something."""
    return round(value, 3) if abs(value) >= 1.0 else float(f"{value:.3g}")
