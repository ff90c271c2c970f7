"""Export of a network that says how sure it is: two outputs, attention at any size, the temperature of its run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
import torch

from core.card import load_card
from core.errors import WorkFailed
from core.export import export_run, parity
from core.export.graph import example_inputs
from core.losses.angular_vmf import share_within
from core.tasks import build_task
from core.tasks.plate_normals import PlateNormals
from core.training.checkpoint import read_checkpoint
from core.training.config import TrainConfig
from core.training.frames import load_frames
from core.training.loop import fit
from core.training.run_folder import RunFolder
from tests import lambert

torch.set_num_threads(1)


@pytest.fixture(scope="module")
def sure_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One step of a tiny network with attention and confidence, validated."""
    folder = tmp_path_factory.mktemp("sure")
    lambert.write_set(folder / "data", 4)
    network = {"width": 8, "deep_width": 16, "fine_width": 8, "detail_width": 4, "context": 1, "confidence": True}
    config = TrainConfig(
        task="plate_normals",
        steps=1,
        batch=2,
        size=32,
        device="cpu",
        validation_share=0.3,
        preview_every=0,
        pretrained=False,
        model={**network, "objective": {"confidence": 0.1, "calm": 0.2}},
    )
    task = build_task(config)
    frames = load_frames(task, [folder / "data"], validation_share=0.3, validation_limit=8, seed=0)
    run = RunFolder(folder / "run")
    run.start(config, {})
    fit(task, frames, config, run)
    return run.path


@pytest.fixture(scope="module")
def exported(sure_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exported") / "sure"
    export_run(sure_run, folder, precision="fp32")
    return folder


def test_both_outputs_are_torchs_at_other_sizes_and_batches(sure_run: Path, exported: Path) -> None:
    task: Any = build_task(RunFolder(sure_run).config())
    assert isinstance(task, PlateNormals)
    task.model.load_state_dict(read_checkpoint(sure_run).average)
    card = load_card(exported)
    temperature = card.scores["held_out_scenes"]["temperature"]
    session = onnxruntime.InferenceSession(str(card.weights_path), providers=["CPUExecutionProvider"])
    for height, width, count in ((32, 32, 1), (96, 160, 2)):
        single = [example_inputs(card.inputs, height, width, seed) for seed in range(30, 30 + count)]
        plate, rays = (torch.cat(items) for items in zip(*single, strict=True))
        feed = {"plate": plate.numpy(), "rays": rays.numpy()}
        normals, confidence = session.run(["normals", "confidence"], feed)
        with torch.no_grad():
            expected = task.model.eval().predict(plate, rays)
        assert expected.kappa is not None
        np.testing.assert_allclose(normals, expected.normals.numpy(), atol=2e-3)
        np.testing.assert_allclose(confidence, share_within(expected.kappa / temperature).numpy(), atol=2e-3)


def test_the_card_tells_how_true_the_second_output_is(exported: Path) -> None:
    card = load_card(exported)
    assert [port.name for port in card.outputs] == ["normals", "confidence"]
    assert 0.0 <= card.parity["mean_confidence"] <= parity.LIMIT_DIFFERENCE["fp32"]


def test_a_confidence_that_is_another_is_not_exported(
    sure_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parity, "LIMIT_DIFFERENCE", {"fp32": -1.0, "fp16": -1.0})
    with pytest.raises(WorkFailed, match=r"confidence differs from torch.*not exported"):
        export_run(sure_run, tmp_path / "out")
    assert not (tmp_path / "out").exists()
