from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from core.errors import BadConfig, FileMissing, MissingPart, ModelMismatch, WorkFailed
from core.inference import engine
from core.inference.session import open_model

MakeModel = Callable[..., Path]


def test_a_model_opens_by_folder_card_or_graph(rays_model: Path) -> None:
    for path in (rays_model, rays_model / "card.json", rays_model / "model.onnx"):
        model = open_model(path, device="cpu", threads=1)
        assert (model.card.name, model.device) == ("tiny_rays", "cpu")


def test_run_takes_a_view_and_rays(rays_model: Path) -> None:
    rays = np.random.default_rng(0).uniform(-0.5, 0.5, (2, 32, 64)).astype(np.float32)
    normals = open_model(rays_model, "cpu", 1).run(np.zeros((32, 64, 3), dtype=np.float32), rays).normals
    expected = np.stack([-rays[0], -rays[1], np.ones((32, 64))], axis=-1)
    np.testing.assert_allclose(normals, expected / np.linalg.norm(expected, axis=-1, keepdims=True), atol=1e-6)


def test_an_unknown_name_is_answered_with_the_shipped_ones() -> None:
    with pytest.raises(FileMissing, match="shipped models"):
        open_model("no_such_model")


def test_a_graph_with_other_ports_than_its_card_is_refused(make_tiny_model: MakeModel) -> None:
    with pytest.raises(ModelMismatch, match="rays"):
        open_model(make_tiny_model("wide_port"), "cpu")


@pytest.mark.parametrize("field", ["name", "encoding"])
def test_a_card_of_another_kind_of_model_is_refused(make_tiny_model: MakeModel, field: str) -> None:
    plate = {"name": "plate", "channels": 3, "encoding": "srgb_shoulder_v1"} | {field: "something_else"}
    folder = make_tiny_model("rays", inputs=[plate, {"name": "rays", "channels": 2, "encoding": "ray_slopes"}])
    with pytest.raises(ModelMismatch, match="something_else"):
        open_model(folder, "cpu")


def test_damaged_weights_are_refused(make_tiny_model: MakeModel) -> None:
    folder = make_tiny_model("rays")
    weights = folder / "model.onnx"
    weights.write_bytes(weights.read_bytes()[:-40])
    with pytest.raises(ModelMismatch, match="checksum"):
        open_model(folder, "cpu")


def test_weights_that_are_no_graph_are_refused(make_tiny_model: MakeModel) -> None:
    import hashlib

    folder = make_tiny_model("rays")
    (folder / "model.onnx").write_bytes(b"no graph")
    card = json.loads((folder / "card.json").read_text())
    card["sha256"] = hashlib.sha256(b"no graph").hexdigest()
    (folder / "card.json").write_text(json.dumps(card))
    with pytest.raises(ModelMismatch, match=r"model\.onnx"):
        open_model(folder, "cpu")


def test_a_graph_without_a_card_is_refused(rays_model: Path, tmp_path: Path) -> None:
    (tmp_path / "lonely.onnx").write_bytes((rays_model / "model.onnx").read_bytes())
    with pytest.raises(ModelMismatch, match=r"card\.json"):
        open_model(tmp_path / "lonely.onnx", "cpu")


def test_numbers_that_are_none_are_an_error_and_not_a_picture(make_tiny_model: MakeModel) -> None:
    model = open_model(make_tiny_model("nan"), "cpu", 1)
    with pytest.raises(WorkFailed, match="not numbers"):
        model.run(np.zeros((32, 32, 3), dtype=np.float32), np.zeros((2, 32, 32), dtype=np.float32))


def test_a_wrong_runtime_is_told_before_anything_is_loaded(rays_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "runtime_problem", lambda: "both are installed; uninstall one")
    with pytest.raises(MissingPart, match="uninstall one"):
        open_model(rays_model)


def test_the_gpu_is_asked_for_in_vain(rays_model: Path) -> None:
    import onnxruntime

    if "CUDAExecutionProvider" in onnxruntime.get_available_providers():
        pytest.skip("this ONNX Runtime can use a GPU")
    with pytest.raises(MissingPart, match="--device cpu"):
        open_model(rays_model, device="gpu")


def test_odd_options_are_refused(rays_model: Path) -> None:
    with pytest.raises(BadConfig, match="toaster"):
        open_model(rays_model, device="toaster")
    with pytest.raises(BadConfig, match="threads"):
        open_model(rays_model, threads=0)
