"""Export: a folder that answers as torch does, whole or not at all."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
import torch

from core.card import ModelCard, load_card
from core.errors import BadConfig, FileMissing, ModelMismatch, WorkFailed
from core.export import export_run
from core.export import run as export_module
from core.export.graph import example_inputs
from core.export.parity import LIMIT_DEGREES
from core.inference.plate_normals import predict
from core.inference.session import open_model
from core.normals import angular_error_degrees
from core.tasks import build_task
from core.training.checkpoint import read_checkpoint, write_checkpoint
from core.training.run_folder import RunFolder

MakeModel = Callable[..., Path]


@pytest.fixture(scope="module")
def exported(tiny_run: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The same run, exported with each precision."""
    folder = tmp_path_factory.mktemp("exported")
    for precision in ("fp32", "fp16"):
        export_run(tiny_run, folder / precision, precision=precision)
    return {precision: folder / precision for precision in ("fp32", "fp16")}


def averaged(run: Path) -> Any:
    task = build_task(RunFolder(run).config())
    task.model.load_state_dict(read_checkpoint(run).average)
    return task.model.eval()


@pytest.mark.parametrize("precision", ["fp32", "fp16"])
def test_a_folder_has_a_graph_and_a_card_that_describes_it(exported: dict[str, Path], precision: str) -> None:
    folder = exported[precision]
    assert {path.name for path in folder.iterdir()} == {"plate_normals.onnx", "card.json"}
    card = load_card(folder)
    card.check_weights()
    assert (card.name, card.precision, card.work_size, card.multiple_of) == (precision, precision, 32, 32)
    assert card.description == "Two steps of nothing much."
    assert card.parity["mean_degrees"] <= LIMIT_DEGREES[precision]
    assert card.parity["p99.9_degrees"] >= card.parity["mean_degrees"]
    assert len(card.parity["sizes"]) >= 2
    assert card.training["steps"] == 2
    assert card.training["config"]["model"]["width"] == 8
    assert card.data["training_frames"] >= 1
    assert 0.0 < card.scores["held_out_scenes"]["degrees"] < 180.0


def test_half_precision_halves_the_file(exported: dict[str, Path]) -> None:
    whole, half = ((exported[name] / "plate_normals.onnx").stat().st_size for name in ("fp32", "fp16"))
    assert 0.45 * whole < half < 0.55 * whole


@pytest.mark.parametrize(("precision", "limit"), [("fp32", 0.1), ("fp16", 1.0)])
def test_the_graph_answers_as_torch_at_other_sizes_and_batches(
    exported: dict[str, Path], tiny_run: Path, precision: str, limit: float
) -> None:
    card = load_card(exported[precision])
    session = onnxruntime.InferenceSession(str(card.weights_path), providers=["CPUExecutionProvider"])
    model = averaged(tiny_run)
    for height, width, count in ((32, 32, 1), (96, 32, 3)):
        single = [example_inputs(card.inputs, height, width, seed) for seed in range(20, 20 + count)]
        plate, rays = (torch.cat(items) for items in zip(*single, strict=True))
        (answer,) = session.run(["normals"], {"plate": plate.numpy(), "rays": rays.numpy()})
        with torch.no_grad():
            expected = model(plate, rays).numpy()
        assert answer.shape == (count, 3, height, width)
        np.testing.assert_allclose(np.linalg.norm(answer, axis=1), 1.0, atol=1e-4)
        error = angular_error_degrees(np.moveaxis(answer, 1, -1), np.moveaxis(expected, 1, -1))
        assert float(error.mean()) < limit


def test_an_exported_folder_runs(exported: dict[str, Path]) -> None:
    model = open_model(exported["fp16"], "cpu", 1)
    plate = np.random.default_rng(0).random((50, 70, 3)).astype(np.float32)
    normals = predict(model, plate).normals
    assert normals.shape == (50, 70, 3)
    np.testing.assert_allclose(np.linalg.norm(normals, axis=2), 1.0, atol=1e-4)


def another_model(make_tiny_model: MakeModel) -> Callable[..., None]:
    """Stands for an exporter that writes a wrong graph."""

    def write_graph(model: Any, inputs: Any, outputs: Any, multiple_of: int, path: Path) -> None:
        shutil.copyfile(make_tiny_model("rays") / "model.onnx", path)

    return write_graph


def test_a_graph_that_says_something_else_is_not_written(
    tiny_run: Path, tmp_path: Path, make_tiny_model: MakeModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_module, "write_graph", another_model(make_tiny_model))
    out = tmp_path / "out"
    for precision in ("fp32", "fp16"):
        with pytest.raises(WorkFailed, match=r"differs from torch.*not exported"):
            export_run(tiny_run, out, precision=precision)
    assert not out.exists()


def test_a_failed_export_leaves_the_older_model_whole(
    tiny_run: Path,
    exported: dict[str, Path],
    tmp_path: Path,
    make_tiny_model: MakeModel,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shutil.copytree(exported["fp32"], tmp_path / "out")
    monkeypatch.setattr(export_module, "write_graph", another_model(make_tiny_model))
    with pytest.raises(WorkFailed):
        export_run(tiny_run, tmp_path / "out")
    for name in ("plate_normals.onnx", "card.json"):
        assert (tmp_path / "out" / name).read_bytes() == (exported["fp32"] / name).read_bytes()


def test_a_checkpoint_of_another_network_is_refused(tiny_run: Path, tmp_path: Path) -> None:
    shutil.copytree(tiny_run, tmp_path / "run")
    value = json.loads((tmp_path / "run" / "config.json").read_text())
    value["model"]["width"] = 16
    (tmp_path / "run" / "config.json").write_text(json.dumps(value))
    with pytest.raises(ModelMismatch, match="--fresh"):
        export_run(tmp_path / "run", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_weights_that_are_no_numbers_are_not_exported(
    tiny_run: Path, tmp_path: Path, make_tiny_model: MakeModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write_graph(model: Any, inputs: Any, outputs: Any, multiple_of: int, path: Path) -> None:
        shutil.copyfile(make_tiny_model("nan") / "model.onnx", path)

    monkeypatch.setattr(export_module, "write_graph", write_graph)
    with pytest.raises(WorkFailed, match="not finite"):
        export_run(tiny_run, tmp_path / "out", precision="fp32")


def test_an_unfinished_run_says_so_on_its_card(tiny_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(tiny_run, tmp_path / "run")
    write_checkpoint(tmp_path / "run", dataclasses.replace(read_checkpoint(tiny_run), step=1))
    monkeypatch.setattr(export_module, "write_graph", lambda *given: given[-1].write_bytes(b"graph"))
    monkeypatch.setattr(export_module, "check_parity", lambda *given: {"mean_degrees": 0.0})
    card: ModelCard = export_run(tmp_path / "run", tmp_path / "out", precision="fp32", name="early", version="0.1")
    assert (card.name, card.version, card.training["steps"], card.training["planned_steps"]) == ("early", "0.1", 1, 2)
    assert card.sha256 == hashlib.sha256(b"graph").hexdigest()
    assert card.scores == {}  # the validation came after that step


def test_what_is_no_run_or_precision_is_told(tiny_run: Path, tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match="fp16, fp32"):
        export_run(tiny_run, tmp_path / "out", precision="int8")
    with pytest.raises(FileMissing, match="platelight train"):
        export_run(tmp_path, tmp_path / "out")
