"""A model that never comes to an end by itself: what waits behind it has not begun, however slow the machine."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path


def make_endless(tiny: Path, folder: Path) -> Path:
    """Copy a model of `make_tiny_model` whose plate first goes through a loop of 2^62 rounds."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    model = onnx.load(str(tiny / "model.onnx"))
    graph = model.graph
    body = helper.make_graph(
        [
            helper.make_node("Identity", ["go_in"], ["go_out"]),
            helper.make_node("Add", ["sum_in", "nothing"], ["sum_out"]),
        ],
        "round",
        [
            helper.make_tensor_value_info("number", TensorProto.INT64, []),
            helper.make_tensor_value_info("go_in", TensorProto.BOOL, []),
            helper.make_tensor_value_info("sum_in", TensorProto.FLOAT, [1]),
        ],
        [
            helper.make_tensor_value_info("go_out", TensorProto.BOOL, []),
            helper.make_tensor_value_info("sum_out", TensorProto.FLOAT, [1]),
        ],
    )
    import numpy as np

    constants = {
        "rounds": np.int64(2**62),
        "go": np.bool_(True),
        "nothing": np.float32([0.0]),
        "start": np.float32([0.0]),
    }
    graph.initializer.extend(numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items())
    for node in graph.node:
        for index, name in enumerate(node.input):
            if name == "plate":
                node.input[index] = "late_plate"
    graph.node.insert(0, helper.make_node("Loop", ["rounds", "go", "start"], ["sum"], body=body))
    graph.node.insert(1, helper.make_node("Add", ["plate", "sum"], ["late_plate"]))
    folder.mkdir(parents=True, exist_ok=True)
    weights = folder / "model.onnx"
    onnx.save(model, str(weights))
    card = json.loads((tiny / "card.json").read_text("utf-8"))
    card |= {"name": "endless", "sha256": hashlib.sha256(weights.read_bytes()).hexdigest()}
    (folder / "card.json").write_text(json.dumps(card), "utf-8")
    return folder
