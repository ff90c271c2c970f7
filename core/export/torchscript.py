"""A run's averaged model as one TorchScript file for Nuke's Inference node, and the card that describes it.

The file holds the whole way from a plate to its normals (`core.export.plate_module`), so that Nuke needs nothing of
Platelight to run it. It is scripted, not traced (a traced one fixes the frame's size), and only operators that libtorch
1.12 knows are let into it.
"""

from __future__ import annotations

import hashlib
import io
import warnings
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from core.atomic import write_bytes, write_json
from core.card import ModelCard, load_card
from core.errors import ModelMismatch, WorkFailed
from core.export.averaged import averaged_task
from core.export.from_graph import twin_from_graph
from core.export.operators import KNOWN_OPERATORS
from core.export.plate_module import KNOBS, PlateModule
from core.export.script_parity import check_script, twin_difference
from core.export.twins import make_twin

__all__ = ["SCRIPT_CARD", "TorchScriptCard", "convert_to_torchscript", "export_torchscript", "script_bytes"]

SCRIPT_CARD = "torchscript.json"
"""Name of the card beside the TorchScript file."""

_FORMAT = 1
_OLDEST = "1.12"


@dataclass(frozen=True, kw_only=True)
class TorchScriptCard:
    """What a TorchScript file is: kept as `torchscript.json` beside it, read by `nuke_plugin.cattery`.

    Attributes:
        name, version, task: of the model, as in its `card.json`.
        weights: name of the TorchScript file.
        sha256: of that file, hex.
        bytes: its size.
        model_sha256: of the ONNX file that it was compared with.
        input: `layout`, `channels` (least and most), `types`, `encoding`.
        output: `layout`, `channels`, `encoding` in the order of the channels.
        knobs: for each attribute that can be changed `name`, `label`, `default`, `range`, `tooltip`, `switch`.
        oldest_libtorch: all operators in the file are known to it and to later ones.
        written_by: the torch that wrote it.
        parity: how far its answers are from those of ONNX Runtime, and (from a run) its network from torch's:
            `twin_largest`, the largest difference of any value.
        licence: SPDX name for the weights.
    """

    name: str
    version: str
    task: str
    weights: str
    sha256: str
    bytes: int
    model_sha256: str
    input: Mapping[str, Any]
    output: Mapping[str, Any]
    knobs: tuple[Mapping[str, Any], ...]
    oldest_libtorch: str
    written_by: str
    parity: Mapping[str, Any]
    licence: str

    def to_json(self) -> dict[str, Any]:
        """Plain values for a JSON file."""
        return {"format": _FORMAT, **asdict(self)}


def export_torchscript(run: Path, out: Path) -> TorchScriptCard:
    """Write `TASK.pt` and `torchscript.json` for a model that `export_run` has written.

    Args:
        run: the folder of the run that the model came from, unchanged since.
        out: folder with the model's `card.json` and ONNX file; gets the two files more.

    Raises:
        FileMissing, BadInput: there is no model in `out`, no checkpoint in `run`, or a damaged one.
        ModelMismatch: the run is not the one that the model came from.
        BadConfig: a kind of model that has no TorchScript form.
        WorkFailed: the file would not answer as ONNX Runtime does; nothing is written.
        DiskFull: no space is left.
    """
    card = load_card(out)
    task, config, checkpoint = averaged_task(run)
    steps = card.training.get("steps")
    if config.task != card.task or steps != checkpoint.step:
        raise ModelMismatch(
            f"{out}: holds a model of the task {card.task} after {steps} steps, but {run} is at step {checkpoint.step} "
            f"of {config.task}; export the run again"
        )
    model = task.deployed(card.scores.get("held_out_scenes", {})).eval()
    twin = make_twin(model)
    return _write(twin, card, out, {"twin_largest": twin_difference(twin, model, card)})


def convert_to_torchscript(model: str | Path, out: Path) -> TorchScriptCard:
    """Write `TASK.pt` and `torchscript.json` for a model whose run is not at hand, from the weights of its ONNX file.

    Args:
        model: name of a shipped model, or a model's folder.
        out: folder for the two files; it may be the model's.

    Raises:
        FileMissing, ModelMismatch: there is no such model, or its card does not say how it was trained.
        BadConfig, WorkFailed, DiskFull: as `export_torchscript`.
    """
    card = load_card(model)
    return _write(twin_from_graph(card), card, out, {})


def _write(twin: nn.Module, card: ModelCard, out: Path, figures: Mapping[str, Any]) -> TorchScriptCard:
    """The file, then the card, and only if the file says what the graph says."""
    data = script_bytes(twin, card)
    parity = {**check_script(data, card), **figures}
    weights = f"{card.task}.pt"
    confident = any(port.name == "confidence" for port in card.outputs)
    module = PlateModule(nn.Identity(), card.work_size, card.default_fov_degrees, looks=card.looks)
    defaults = module.defaults()
    described = TorchScriptCard(
        name=card.name,
        version=card.version,
        task=card.task,
        weights=weights,
        sha256=hashlib.sha256(data).hexdigest(),
        bytes=len(data),
        model_sha256=card.sha256,
        input={
            "layout": "NCHW",
            "channels": [3, 4],
            "types": ["float32", "float16"],
            "encoding": "scene-linear Rec.709, alpha as the fourth channel if there is one",
        },
        output={
            "layout": "NCHW",
            "channels": 4,
            "encoding": [
                *("camera_space_normals",) * 3,
                "share_within_11.25_degrees" if confident else "1, since the model states no confidence",
            ],
        },
        knobs=tuple({**asdict(knob), "default": defaults[knob.name]} for knob in KNOBS),
        oldest_libtorch=_OLDEST,
        written_by=f"torch {torch.__version__}",
        parity=parity,
        licence=card.licence,
    )
    write_bytes(out / weights, data)
    write_json(out / SCRIPT_CARD, described.to_json())
    return described


def script_bytes(twin: nn.Module, card: ModelCard) -> bytes:
    """The TorchScript file of a model.

    Args:
        twin: of its network, from `core.export.twins.make_twin`.
        card: of the model, for the defaults of the attributes.

    Raises:
        WorkFailed: the file would need an operator that libtorch 1.12 is not known to have.
    """
    module = PlateModule(twin, card.work_size, card.default_fov_degrees, card.multiple_of, card.looks)
    scripted = _scripted(module.eval())
    names = torch.jit.export_opnames(scripted)  # type: ignore[no-untyped-call]
    foreign = sorted(set(names) - KNOWN_OPERATORS)
    if foreign:
        raise WorkFailed(
            f"the TorchScript file would need {', '.join(foreign)}, which is not known to run in libtorch {_OLDEST}; "
            "write core/export's modules without it, or try it there and add it to core/export/operators.py"
        )
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.jit.save(scripted, buffer)
    return buffer.getvalue()


def _scripted(module: nn.Module) -> torch.jit.ScriptModule:
    """`torch.jit.script`, which torch has announced to remove one day and Nuke needs."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.simplefilter("ignore", FutureWarning)
        scripted: torch.jit.ScriptModule = torch.jit.script(module)
    return scripted
