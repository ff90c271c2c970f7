"""Runs of tiny models for the tests of TorchScript: weights that say something, and no training."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn

from core.tasks import build_task
from core.training.checkpoint import Checkpoint, write_checkpoint
from core.training.config import TrainConfig
from core.training.run_folder import RunFolder

KINDS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "sure": (
        "plate_normals",
        {"width": 8, "deep_width": 16, "fine_width": 8, "detail_width": 4, "context": 1, "confidence": True},
    ),
    "plain": ("plate_normals", {"width": 8, "fine_width": 8, "detail_width": 0}),
    "drawn": ("pix2pix_normals", {"width": 4, "depth": 4, "discriminator": "none", "norm": "instance"}),
}
"""Kind -> task and model settings: with confidence and attention, without either, a U-Net that normalises frames."""

BATCH_NORMED = ("pix2pix_normals", {"width": 4, "depth": 3, "discriminator": "none", "norm": "batch"})


def write_run(kind: tuple[str, Mapping[str, Any]], folder: Path, size: int = 64) -> Path:
    """A run folder whose averaged model is a random one of a kind; returns the folder."""
    task_name, settings = kind
    config = TrainConfig(
        task=task_name, steps=1, batch=1, size=size, device="cpu", preview_every=0, pretrained=False, model=settings
    )
    torch.manual_seed(3)
    model = build_task(config).model
    for part in model.modules():
        # New norms are neutral and new attention is silent: a form of the model that left them out would pass.
        if isinstance(part, nn.BatchNorm2d):
            nn.init.normal_(part.running_mean, 0.0, 0.1)
            nn.init.uniform_(part.running_var, 0.5, 2.0)
        if isinstance(part, nn.Linear):
            nn.init.normal_(part.weight, 0.0, 0.1)
    run = RunFolder(folder)
    run.start(config, {})
    state = model.state_dict()
    write_checkpoint(folder, Checkpoint(1, 1.0, [], [], dict(state), 1, config.to_json()))
    return folder
