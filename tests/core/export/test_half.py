"""Weights stored as float16: half the bytes, the same arithmetic, and no weight that becomes infinite."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from core.export.half import halve_weights


def write_graph(path: Path, weights: dict[str, np.ndarray]) -> None:
    """y = x + the sum of all weights, each (100,) or shorter."""
    nodes, last = [], "x"
    for number, name in enumerate(weights):
        nodes.append(helper.make_node("Add", [last, name], [f"sum{number}"]))
        last = f"sum{number}"
    nodes.append(helper.make_node("Identity", [last], ["y"]))
    ports = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [100]) for name in ("x", "y")]
    initial = [numpy_helper.from_array(value, name) for name, value in weights.items()]
    graph = helper.make_graph(nodes, "sums", ports[:1], ports[1:], initial)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), str(path))


def kinds(path: Path) -> dict[str, int]:
    return {item.name: item.data_type for item in onnx.load(str(path)).graph.initializer}


def run(path: Path, x: np.ndarray) -> np.ndarray:
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return np.asarray(session.run(None, {"x": x})[0])


def test_large_constants_become_half_and_are_rounded_once(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    weights = rng.normal(size=100).astype(np.float32)
    write_graph(tmp_path / "whole.onnx", {"w": weights})
    halve_weights(tmp_path / "whole.onnx", tmp_path / "half.onnx")
    assert list(kinds(tmp_path / "half.onnx").values()) == [TensorProto.FLOAT16]
    x = rng.normal(size=100).astype(np.float32)
    rounded = weights.astype(np.float16).astype(np.float32)
    assert np.abs(rounded - weights).max() > 0
    np.testing.assert_array_equal(run(tmp_path / "half.onnx", x), x + rounded)  # the sum itself is float32


def test_values_beyond_half_and_small_constants_stay_float(tmp_path: Path) -> None:
    huge = np.full(100, 1e5, np.float32)
    few = np.float32([1.0 / 3.0])
    write_graph(tmp_path / "whole.onnx", {"huge": huge, "few": few, "plain": np.ones(100, np.float32)})
    halve_weights(tmp_path / "whole.onnx", tmp_path / "half.onnx")
    found = kinds(tmp_path / "half.onnx")
    assert found["huge"] == TensorProto.FLOAT
    assert found["few"] == TensorProto.FLOAT
    assert TensorProto.FLOAT16 in found.values()
    x = np.zeros(100, np.float32)
    np.testing.assert_array_equal(run(tmp_path / "half.onnx", x), run(tmp_path / "whole.onnx", x))
