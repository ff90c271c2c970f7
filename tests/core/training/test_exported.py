"""Beginning from an exported model: its weights come back whole, and its normalisations work again."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch

from core.card import WEIGHTS, load_card, shipped_models
from core.errors import ModelMismatch
from core.export.run import export_run
from core.tasks import build_task
from core.training.batches import training_batch
from core.training.config import TrainConfig
from core.training.exported import fill_from_export, settle_norms
from core.training.frames import load_frames
from core.training.run_folder import RunFolder
from core.training.task import Task
from core.training.transfer import start_from

torch.set_num_threads(1)


@pytest.fixture(scope="module")
def tiny_model(tiny_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("exported") / "tiny"
    export_run(tiny_run, out)
    return out


def shipped_task(name: str) -> Task:
    card = json.loads((WEIGHTS / name / "card.json").read_text())
    return build_task(TrainConfig.from_json(card["training"]["config"]))


def inputs_of(name: str) -> list[np.ndarray]:
    rng = np.random.default_rng(3)
    made = []
    for port in load_card(name).inputs:
        values = rng.uniform(0.1, 0.9, (1, port.channels, 64, 64)).astype(np.float32)
        if port.encoding == "camera_space_normals":
            values = values / np.linalg.norm(values, axis=1, keepdims=True)
        made.append(values)
    return made


@pytest.mark.parametrize("name", shipped_models())
def test_every_shipped_model_comes_back_as_it_was(name: str) -> None:
    task, card = shipped_task(name), load_card(name)
    fill_from_export(task.model, card)
    deployed = task.deployed(card.scores["held_out_scenes"]).eval()
    given = inputs_of(name)
    session = onnxruntime.InferenceSession(str(card.weights_path))
    wanted = session.run(None, {port.name: values for port, values in zip(card.inputs, given, strict=True)})
    with torch.no_grad():
        found = deployed(*(torch.from_numpy(values) for values in given))
    for values, told in zip(found if isinstance(found, tuple) else (found,), wanted, strict=True):
        np.testing.assert_allclose(values.numpy(), told, atol=2e-3)


def test_settled_normalisations_answer_the_same_and_normalise(tiny_run: Path, tiny_model: Path) -> None:
    config = RunFolder(tiny_run).config()
    task = build_task(replace(config, seed=5))
    frames = load_frames(task, [tiny_run.parent / "data"], validation_share=0.3, validation_limit=8, seed=0)
    batches = [training_batch(task, frames.training, step, config.stages, 0) for step in range(2)]
    phase = task.phases()[0]

    def loss(training: bool) -> float:
        task.model.train(training)
        with torch.no_grad():
            return float(sum(phase.losses(batches[0]).losses.values()))

    norms = fill_from_export(task.model, load_card(tiny_model))
    assert len(norms) > 4
    as_exported, unsettled = loss(False), loss(True)
    norms = fill_from_export(task.model, load_card(tiny_model))  # what was seen in training mode is forgotten
    settle_norms(task, norms, batches[:1])
    assert loss(False) == pytest.approx(as_exported, rel=1e-4)
    assert abs(loss(True) - as_exported) < 0.1 * abs(unsettled - as_exported)
    for norm in norms:  # they divide by what there is
        assert not torch.allclose(norm.running_var, torch.ones_like(norm.running_var), atol=1e-2)


def test_the_record_names_the_model(tiny_run: Path, tiny_model: Path) -> None:
    task = build_task(RunFolder(tiny_run).config())
    record = start_from(task, tiny_model)
    assert (record["run"], record["sha256"]) == ("tiny", load_card(tiny_model).sha256)


def test_a_shipped_model_is_known_by_its_name() -> None:
    record = start_from(shipped_task("material"), Path("material"))
    assert record["version"] == load_card("material").version
    assert "EfficientNet-Lite0" in record["credits"][0]


def test_models_that_do_not_fit_are_refused(tiny_run: Path, tiny_model: Path) -> None:
    config = RunFolder(tiny_run).config()
    with pytest.raises(ModelMismatch, match="a recipe of the same networks"):
        start_from(build_task(replace(config, model={**config.model, "width": 16})), tiny_model)
    with pytest.raises(ModelMismatch, match="material, not plate_normals"):
        start_from(build_task(config), Path("material"))


def test_damaged_weights_are_refused(tiny_run: Path, tiny_model: Path, tmp_path: Path) -> None:
    folder = tmp_path / "damaged"
    shutil.copytree(tiny_model, folder)
    weights = load_card(folder).weights_path
    weights.write_bytes(weights.read_bytes()[:-100])
    with pytest.raises(ModelMismatch, match="export the model again"):
        start_from(build_task(RunFolder(tiny_run).config()), folder)
