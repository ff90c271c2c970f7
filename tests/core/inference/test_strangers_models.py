"""Models from strangers: whatever does not fit is refused by name before it is run, and nothing outside is read."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.card import load_card
from core.errors import FileMissing, ModelMismatch, WorkFailed
from core.inference.onnx_file import BadGraph, external_files
from core.inference.session import open_model

onnx = pytest.importorskip("onnx")
from onnx import TensorProto, helper, numpy_helper  # noqa: E402

MakeModel = Callable[..., Path]
FLOAT = TensorProto.FLOAT


def value(name: str, shape: list[Any], kind: int = FLOAT) -> Any:
    return helper.make_tensor_value_info(name, kind, shape)


def graph(nodes: list[Any], tensors: list[Any], plate: Any = None, normals: Any = None) -> Any:
    inputs = [plate or value("plate", ["N", 3, "H", "W"]), value("rays", ["N", 2, "H", "W"])]
    return helper.make_graph(nodes, "g", inputs, [normals or value("normals", ["N", 3, "H", "W"])], tensors)


def put(folder: Path, made: Any, opsets: tuple[tuple[str, int], ...] = (("", 17),)) -> Path:
    """Replace the graph of a model's folder and make its card fit."""
    model = helper.make_model(made, opset_imports=[helper.make_opsetid(*pair) for pair in opsets], ir_version=8)
    data = model.SerializeToString()
    (folder / "model.onnx").write_bytes(data)
    card = json.loads((folder / "card.json").read_text())
    (folder / "card.json").write_text(json.dumps({**card, "sha256": hashlib.sha256(data).hexdigest()}))
    return folder


def elsewhere(location: str) -> Any:
    tensor = TensorProto()
    tensor.name, tensor.data_type, tensor.data_location = "w", FLOAT, TensorProto.EXTERNAL
    tensor.dims.extend([1, 3, 1, 1])
    for key, word in (("location", location), ("offset", "0"), ("length", "12")):
        entry = tensor.external_data.add()
        entry.key, entry.value = key, word
    return tensor


ADD = helper.make_node("Add", ["plate", "w"], ["normals"])


@pytest.mark.parametrize("location", ["beside.bin", "../secret.bin", "/etc/hostname", "link.bin"])
def test_numbers_in_other_files_are_not_read(make_tiny_model: MakeModel, location: str) -> None:
    folder = make_tiny_model("rays")
    (folder / "beside.bin").write_bytes(bytes(12))
    (folder.parent / "secret.bin").write_bytes(bytes(12))
    (folder / "link.bin").symlink_to("../secret.bin")
    put(folder, graph([ADD], [elsewhere(location)]))
    with pytest.raises(ModelMismatch, match="keeps numbers in other files") as caught:
        open_model(folder, "cpu", 1)
    assert location in str(caught.value)


def test_they_are_found_wherever_a_graph_can_hold_them(tmp_path: Path) -> None:
    inner = helper.make_graph([], "inner", [], [value("w", [1])], [elsewhere("deep.bin")])
    constant = helper.make_node("Constant", [], ["w"], value=elsewhere("constant.bin"))
    branch = helper.make_node("If", ["yes"], ["normals"], then_branch=inner, else_branch=inner)
    for nodes, found in (([constant, ADD], "constant.bin"), ([branch], "deep.bin")):
        path = tmp_path / "a.onnx"
        path.write_bytes(helper.make_model(graph(nodes, [])).SerializeToString())
        assert found in external_files(path)


@pytest.mark.parametrize("tag", [(13 << 3 | 2) + (1 << 32), (7 << 3 | 2) + (1 << 40), 2])
def test_a_tag_that_others_cut_short_is_no_way_round(tmp_path: Path, tag: int) -> None:
    """ONNX Runtime keeps 32 bits of a tag: what is an unknown field here would be a tensor's file there."""
    (tmp_path / "a.onnx").write_bytes(varint(tag) + varint(1) + b"x")
    with pytest.raises(BadGraph, match="a field of number"):
        external_files(tmp_path / "a.onnx")


def test_an_enumeration_that_others_cut_short_is_external_too(tmp_path: Path) -> None:
    # data_location of a tensor among the initializers of a graph
    tensor = varint(14 << 3) + varint((1 << 32) + 1)
    inside = varint(5 << 3 | 2) + varint(len(tensor)) + tensor
    (tmp_path / "a.onnx").write_bytes(varint(7 << 3 | 2) + varint(len(inside)) + inside)
    assert external_files(tmp_path / "a.onnx")


def test_a_whole_graph_wants_no_other_file(rays_model: Path) -> None:
    assert external_files(rays_model / "model.onnx") == ()


@pytest.mark.parametrize("data", [b"\x3a\xff\xff\xff\xff\x0f", b"\x3b", b"\x3a\x05ab", b"\x80" * 20, b"text, no graph"])
def test_what_is_no_graph_is_told(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.onnx").write_bytes(data)
    with pytest.raises(BadGraph):
        external_files(tmp_path / "a.onnx")


def test_a_graph_within_a_graph_without_end_is_told(tmp_path: Path) -> None:
    data = b""
    for _ in range(40):  # graph -> node -> attribute -> graph ...
        for tag in (b"\x32", b"\x2a", b"\x0a"):
            data = tag + varint(len(data)) + data
    (tmp_path / "a.onnx").write_bytes(b"\x3a" + varint(len(data)) + data)
    with pytest.raises(BadGraph, match="beyond measure"):
        external_files(tmp_path / "a.onnx")


def varint(number: int) -> bytes:
    out = b""
    while number > 0x7F:
        out += bytes([number & 0x7F | 0x80])
        number >>= 7
    return out + bytes([number])


def test_a_custom_operator_is_refused(make_tiny_model: MakeModel) -> None:
    nodes = [helper.make_node("Steal", ["plate"], ["normals"], domain="evil.ops")]
    folder = put(make_tiny_model("rays"), graph(nodes, []), (("", 17), ("evil.ops", 1)))
    with pytest.raises(ModelMismatch, match="cannot be loaded as a model"):
        open_model(folder, "cpu", 1)


@pytest.mark.parametrize(
    ("plate", "normals", "words"),
    [
        (value("plate", ["N", 3, "H", "W"], TensorProto.INT64), None, r"tensor\(int64\)"),
        (value("plate", ["N", 3, 224, 224]), None, "height and width have to be free"),
        (value("plate", [4, 3, "H", "W"]), None, "height and width have to be free"),
        (value("plate", [3, "H", "W"]), None, "has shape"),
        (value("plate", ["N", 4, "H", "W"]), None, "3 channels"),
        (None, value("normals", ["N", 3, "H", "W"], TensorProto.STRING), r"tensor\(string\)"),
    ],
)
def test_ports_that_do_not_fit_are_refused(make_tiny_model: MakeModel, plate: Any, normals: Any, words: str) -> None:
    to = TensorProto.STRING if normals is not None else FLOAT
    nodes = [helper.make_node("Cast", ["plate"], ["normals"], to=to)]
    folder = put(make_tiny_model("rays"), graph(nodes, [], plate, normals))
    with pytest.raises(ModelMismatch, match=words):
        open_model(folder, "cpu", 1)


def test_an_answer_of_another_size_is_refused(make_tiny_model: MakeModel) -> None:
    nodes = [helper.make_node("GlobalAveragePool", ["plate"], ["normals"])]
    folder = put(make_tiny_model("rays"), graph(nodes, []))
    model = open_model(folder, "cpu", 1)
    with pytest.raises(ModelMismatch, match=r"shape \(1, 3, 1, 1\) for a picture of 64x32"):
        model.run(np.zeros((32, 64, 3), np.float32), np.zeros((2, 32, 64), np.float32))


def test_a_graph_that_asks_for_more_memory_than_there_is_ends_in_an_error(make_tiny_model: MakeModel) -> None:
    huge = numpy_helper.from_array(np.array([1 << 20, 1 << 20, 1 << 10], np.int64), "size")
    nodes = [
        helper.make_node("ConstantOfShape", ["size"], ["big"]),
        helper.make_node("ReduceMean", ["big"], ["mean"], keepdims=0),
        helper.make_node("Add", ["plate", "mean"], ["normals"]),
    ]
    folder = put(make_tiny_model("rays"), graph(nodes, [huge]))
    with pytest.raises(WorkFailed, match="failed on 64x32 pixels"):
        open_model(folder, "cpu", 1).run(np.zeros((32, 64, 3), np.float32), np.zeros((2, 32, 64), np.float32))


@pytest.mark.parametrize(
    "name", ["../model.onnx", "/etc/passwd", "a/b.onnx", "a\\b.onnx", "c:b.onnx", "..", "", "a\0b"]
)
def test_a_card_names_no_file_outside_its_folder(make_tiny_model: MakeModel, name: str) -> None:
    folder = make_tiny_model("rays")
    card = json.loads((folder / "card.json").read_text())
    (folder / "card.json").write_text(json.dumps({**card, "weights": name}))
    with pytest.raises(ModelMismatch, match="name of a file beside it"):
        load_card(folder)


@pytest.mark.parametrize(
    "change",
    [
        {"multiple_of": 1.5},
        {"multiple_of": True},
        {"work_size": 10**9},
        {"work_size": 1e300},
        {"name": 3},
        {"scores": []},
        {"looks": 2.0},
        {"outputs": [{"name": "normals", "channels": 10**9, "encoding": "camera_space_normals"}]},
        {"outputs": [{"name": ["normals"], "channels": 3, "encoding": "camera_space_normals"}]},
        {"outputs": [{"name": "normals", "channels": 3, "encoding": "x"}] * 2},
    ],
)
def test_a_card_with_absurd_values_is_refused(make_tiny_model: MakeModel, change: dict[str, Any]) -> None:
    folder = make_tiny_model("rays")
    card = json.loads((folder / "card.json").read_text())
    (folder / "card.json").write_text(json.dumps({**card, **change}))
    with pytest.raises(ModelMismatch, match="damaged card"):
        load_card(folder)


def test_weights_of_absurd_size_are_not_read(make_tiny_model: MakeModel) -> None:
    folder = make_tiny_model("rays")
    with (folder / "model.onnx").open("r+b") as file:
        file.truncate(5 << 30)  # sparse: it takes no room
    with pytest.raises(ModelMismatch, match="5 GiB are more than any model"):
        load_card(folder).check_weights()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")
def test_a_pipe_in_place_of_weights_is_not_waited_for(make_tiny_model: MakeModel) -> None:
    folder = make_tiny_model("rays")
    (folder / "model.onnx").unlink()
    os.mkfifo(folder / "model.onnx")
    with pytest.raises(FileMissing, match="missing"):
        load_card(folder).check_weights()


@pytest.mark.parametrize("name", ["a" * 5000, "a/" * 3000, "a\0b"])
def test_a_model_whose_name_no_disk_can_hold_is_missing(name: str) -> None:
    with pytest.raises(FileMissing):
        load_card(name)


def test_weights_whose_name_no_disk_can_hold_are_refused(make_tiny_model: MakeModel) -> None:
    folder = make_tiny_model("rays")
    card = json.loads((folder / "card.json").read_text())
    (folder / "card.json").write_text(json.dumps({**card, "weights": "a" * 300}))
    with pytest.raises(ModelMismatch, match="name of a file beside it"):
        load_card(folder)
