"""Graphs that a training begins with (`--start-from MODEL`), damaged: weights or a refusal, nothing else."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from core.errors import ModelMismatch
from core.training.exported import exported_weights
from tests.fuzz.damaged_images import damaged_copy
from tests.fuzz.effort import EXAMPLES


def graph() -> bytes:
    """What `platelight export` writes, in small: halved weights, one without a name, and one that is lent."""
    rng = np.random.default_rng(0)
    stored = {
        "network.stem.0.weight.half": rng.normal(size=(4, 3, 3, 3)).astype(np.float16),
        "network.stem.0.bias": np.zeros(4, np.float32),
        "onnx::MatMul_7": rng.normal(size=(4, 5)).astype(np.float32),
        "onnx::Conv_9": rng.normal(size=(4, 4, 1, 1)).astype(np.float32),
    }
    nodes = [
        helper.make_node("Identity", ["network.stem.0.bias"], ["network.up.0.0.bias"]),
        helper.make_node("Cast", ["network.stem.0.weight.half"], ["network.stem.0.weight"], to=TensorProto.FLOAT),
        helper.make_node(
            "Conv", ["plate", "network.stem.0.weight", "network.stem.0.bias"], ["a"], name="/stem/stem.0/Conv"
        ),
        helper.make_node("Conv", ["a", "onnx::Conv_9", "network.up.0.0.bias"], ["b"], name="/up.0/up.0.0/Conv"),
        helper.make_node("MatMul", ["b", "onnx::MatMul_7"], ["c"], name="/context/context.1/mix/MatMul"),
    ]
    ports = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in ("plate", "c")]
    weights = [numpy_helper.from_array(values, name) for name, values in stored.items()]
    made = helper.make_graph(nodes, "network", ports[:1], ports[1:], weights)
    return bytes(helper.make_model(made).SerializeToString())


def test_the_whole_graph_is_read(tmp_path: Path) -> None:
    path = tmp_path / "whole.onnx"
    path.write_bytes(graph())
    found = exported_weights(path)
    shapes = {name: tuple(values.shape) for name, values in found.items()}
    assert shapes == {
        "stem.0.weight": (4, 3, 3, 3),
        "stem.0.bias": (4,),
        "up.0.0.weight": (4, 4, 1, 1),
        "up.0.0.bias": (4,),
        "context.1.mix.weight": (5, 4),
    }


def test_damaged_graphs_give_weights_or_are_refused(tmp_path: Path) -> None:
    whole, path = graph(), tmp_path / "damaged.onnx"
    refused = 0
    for number in range(20 * EXAMPLES):
        path.write_bytes(damaged_copy(number, [whole])[1])
        try:
            exported_weights(path)
        except ModelMismatch:
            refused += 1
    assert 0 < refused < 20 * EXAMPLES


def test_weights_in_other_files_are_refused(tmp_path: Path) -> None:
    """A graph may name any file of the machine as the place of its weights."""
    model = onnx.load_from_string(graph())
    tensor = model.graph.initializer[3]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="../../etc/passwd")
    path = tmp_path / "elsewhere.onnx"
    path.write_bytes(model.SerializeToString())
    with pytest.raises(ModelMismatch, match="keeps weights in another one"):
        exported_weights(path)
