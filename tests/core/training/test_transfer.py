"""Beginning from another run: its averaged weights, nothing else, and only where they fit."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from core.errors import FileMissing, ModelMismatch
from core.tasks import build_task
from core.training.checkpoint import read_checkpoint
from core.training.config import TrainConfig
from core.training.run_folder import RunFolder
from core.training.transfer import start_from

torch.set_num_threads(1)


def config_of(run: Path) -> TrainConfig:
    return RunFolder(run).config()


def test_the_averaged_weights_are_taken_and_the_record_names_them(tiny_run: Path) -> None:
    task = build_task(replace(config_of(tiny_run), seed=9))
    record = start_from(task, tiny_run)
    checkpoint = read_checkpoint(tiny_run)
    for name, value in task.model.state_dict().items():
        torch.testing.assert_close(value, checkpoint.average[name])
    data = (tiny_run / "checkpoint.pt").read_bytes()
    assert record == {"run": tiny_run.name, "step": 2, "sha256": hashlib.sha256(data).hexdigest()}


def test_networks_of_another_shape_are_refused(tiny_run: Path) -> None:
    config = config_of(tiny_run)
    other = build_task(replace(config, model={**config.model, "width": 16}))
    with pytest.raises(ModelMismatch, match="another shape"):
        start_from(other, tiny_run)


def test_another_task_is_refused(tiny_run: Path) -> None:
    model = {"width": 4, "depth": 5, "discriminator": "none"}
    other = build_task(TrainConfig(task="pix2pix_normals", size=32, pretrained=False, model=model))
    with pytest.raises(ModelMismatch, match="plate_normals, not pix2pix_normals"):
        start_from(other, tiny_run)


def test_a_folder_without_a_run_is_told(tiny_run: Path, tmp_path: Path) -> None:
    with pytest.raises(FileMissing, match=r"neither checkpoint\.pt .* shipped models: material"):
        start_from(build_task(config_of(tiny_run)), tmp_path)
