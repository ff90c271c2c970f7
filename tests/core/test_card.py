"""Cards: what is written is read, and a card that describes something else is never believed."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from core import card as card_module
from core.card import CARD, ModelCard, Port, check_against_graph, load_card, mean_errors, shipped_models, write_card
from core.cli.main import entry
from core.errors import FileMissing, ModelMismatch
from core.image import Image, write_image

MakeModel = Callable[..., Path]


def card(**changes: Any) -> ModelCard:
    fields: dict[str, Any] = {
        "name": "first",
        "task": "plate_normals",
        "version": "3",
        "description": "A test's.",
        "inputs": (Port("plate", 3, "srgb_shoulder_v1", (0.0, 1.0)), Port("rays", 2, "ray_slopes")),
        "outputs": (Port("normals", 3, "camera_space_normals", (-1.0, 1.0)),),
        "multiple_of": 32,
        "work_size": 224,
        "default_fov_degrees": 55.0,
        "weights": "model.onnx",
        "sha256": "0" * 64,
        "precision": "fp16",
        "scores": {"held_out": {"degrees": 12.5}},
        "credits": ("someone, Apache-2.0",),
    }
    return ModelCard(**{**fields, **changes})


def write(place: Path, **changes: Any) -> None:
    """`place/card.json` with some fields changed; None takes a field out."""
    value = {name: item for name, item in {**card().to_json(), **changes}.items() if item is not None}
    (place / CARD).write_text(json.dumps(value))


def session(inputs: dict[str, list[Any]], outputs: dict[str, list[Any]]) -> Any:
    """What `check_against_graph` asks of an ONNX Runtime session."""

    def ports(given: dict[str, list[Any]]) -> list[SimpleNamespace]:
        return [SimpleNamespace(name=name, shape=shape) for name, shape in given.items()]

    return SimpleNamespace(get_inputs=lambda: ports(inputs), get_outputs=lambda: ports(outputs))


def test_a_card_comes_back_from_its_file(tmp_path: Path) -> None:
    written = card()
    path = write_card(tmp_path / "model", written)
    found = load_card(tmp_path / "model")
    assert path == tmp_path / "model" / CARD
    assert found == written
    assert found.inputs[0].range == (0.0, 1.0)
    assert found.weights_path == tmp_path / "model" / "model.onnx"
    assert "folder" not in json.loads(path.read_text())


def test_a_card_is_found_by_folder_file_graph_and_shipped_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "weights" / "first"
    write_card(folder, card())
    (folder / "model.onnx").write_bytes(b"graph")
    monkeypatch.setattr(card_module, "WEIGHTS", tmp_path / "weights")
    assert shipped_models() == ("first",)
    for place in (folder, folder / CARD, folder / "model.onnx", "first"):
        assert load_card(place).folder == folder


def test_a_training_run_is_told_to_be_exported(tmp_path: Path) -> None:
    (tmp_path / "checkpoint.pt").write_bytes(b"weights")
    with pytest.raises(FileMissing, match="platelight export"):
        load_card(tmp_path)


def test_an_unknown_model_is_answered_with_the_shipped_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("one", "two"):
        write_card(tmp_path / name, card(name=name))
    monkeypatch.setattr(card_module, "WEIGHTS", tmp_path)
    with pytest.raises(FileMissing, match=r"three.*one, two"):
        load_card("three")


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"colour": "blue"}, "'colour'"),
        ({"folder": "/tmp"}, "'folder'"),
        ({"sha256": None}, "sha256"),
        ({"inputs": None}, "inputs"),
        ({"inputs": [{"name": "plate"}]}, "channels"),
        ({"inputs": [{"name": "plate", "channels": 3, "encoding": "x", "range": [0.0]}]}, "unpack"),
        ({"format": 99}, "format 1"),
        ({"multiple_of": 0}, "multiple_of"),
        ({"default_fov_degrees": 180.0}, "default_fov_degrees"),
    ],
)
def test_a_card_with_other_fields_is_refused(tmp_path: Path, changes: dict[str, Any], word: str) -> None:
    write(tmp_path, **changes)
    with pytest.raises(ModelMismatch, match=word) as caught:
        load_card(tmp_path)
    assert str(tmp_path / CARD) in str(caught.value)


@pytest.mark.parametrize("text", ["{", "[]", "7", "null"])
def test_a_card_that_is_no_json_object_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / CARD).write_text(text)
    with pytest.raises(ModelMismatch, match="export the model again"):
        load_card(tmp_path)


def test_weights_must_be_those_that_the_card_describes(rays_model: Path, tmp_path: Path) -> None:
    load_card(rays_model).check_weights()
    described = load_card(rays_model)
    moved = dataclasses.replace(described, folder=tmp_path)
    with pytest.raises(FileMissing, match=r"model\.onnx"):
        moved.check_weights()
    data = bytearray((rays_model / "model.onnx").read_bytes())
    data[-1] ^= 1
    (tmp_path / "model.onnx").write_bytes(bytes(data))
    with pytest.raises(ModelMismatch, match="checksum"):
        moved.check_weights()
    with pytest.raises(ModelMismatch, match="not read from a file"):
        dataclasses.replace(described, folder=None).check_weights()


def test_a_graph_beside_the_card_of_another_is_refused(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "other.onnx").write_bytes(b"graph")
    with pytest.raises(ModelMismatch, match=r"describes model\.onnx"):
        load_card(tmp_path / "other.onnx")


PLATE, RAYS, NORMALS = ["N", 3, "H", "W"], ["N", 2, "H", "W"], ["N", 3, "H", "W"]


def test_a_graph_with_the_ports_of_its_card_is_accepted() -> None:
    check_against_graph(card(), session({"rays": RAYS, "plate": PLATE}, {"normals": NORMALS}))
    # A free channel axis says nothing against the card.
    check_against_graph(card(), session({"rays": ["N", "C", "H", "W"], "plate": PLATE}, {"normals": NORMALS}))


@pytest.mark.parametrize(
    ("inputs", "outputs", "word"),
    [
        ({"plate": PLATE}, {"normals": NORMALS}, "its card names the inputs plate, rays"),
        ({"plate": PLATE, "rays": RAYS, "depth": PLATE}, {"normals": NORMALS}, "depth"),
        ({"plate": PLATE, "rays": PLATE}, {"normals": NORMALS}, "2 channels"),
        ({"plate": [3, "H", "W"], "rays": RAYS}, {"normals": NORMALS}, "'plate' has shape"),
        ({"plate": PLATE, "rays": RAYS}, {"albedo": NORMALS}, "outputs normals"),
        ({"plate": PLATE, "rays": RAYS}, {"normals": RAYS}, "output 'normals'"),
    ],
)
def test_a_graph_with_other_ports_is_refused(
    inputs: dict[str, list[Any]], outputs: dict[str, list[Any]], word: str
) -> None:
    with pytest.raises(ModelMismatch, match=word):
        check_against_graph(card(), session(inputs, outputs))


def test_normals_with_a_card_of_another_graph_end_in_one_line(
    tmp_path: Path, make_tiny_model: MakeModel, capfd: pytest.CaptureFixture[str]
) -> None:
    plate = tmp_path / "plate.exr"
    write_image(plate, Image(np.full((32, 32, 3), 0.2, np.float32), ("R", "G", "B")))
    model = make_tiny_model("wide_port")  # its graph takes three ray channels, its card says two
    command = ["normals", str(plate), "--out", str(tmp_path / "out"), "--model", str(model), "--device", "cpu"]
    assert entry(command) == 2
    (line,) = capfd.readouterr().err.strip().splitlines()
    assert "rays" in line
    assert "the card belongs to another model" in line
    assert not (tmp_path / "out").exists()


def test_the_mean_error_of_each_entry_is_found() -> None:
    scores = {
        "held_out_scenes": {"degrees": 9.5, "median_degrees": 6.0},
        "real": {"mean_of_sets": {"mean": 17.0}, "sets": {"a": {"mean": 16.0}}},
        "words": "good",
        "empty": {},
    }
    assert mean_errors(scores) == {"held_out_scenes": 9.5, "real": 17.0}
