"""A small model that states its confidence, made on the spot."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

__all__ = ["CONFIDENCE_PORT", "write_confident_model"]

CONFIDENCE_PORT = {
    "name": "confidence",
    "channels": 1,
    "encoding": "share_within_11.25_degrees",
    "range": [0.0, 1.0],
}


def write_confident_model(
    folder: Path,
    *,
    gain: float = 1.0,
    offset: float = 0.0,
    context: float = 0.0,
    tilted: bool = False,
    broken: bool = False,
    confident: bool = True,
    **card_changes: object,
) -> Path:
    """Write `card.json` and `model.onnx` into a new folder and return it. Inputs are the plate p and the rays.

    Args:
        folder: to be made.
        gain, offset, context: confidence = gain p.r + offset + context (mean of p - 0.5), not clipped. `context` makes
            it depend on what else is in the picture or tile.
        tilted: normals are (0.36, 0.48, 0.8) everywhere, instead of an encoded normal map decoded,
            (2 p.r - 1, 2 p.g - 1, p.b) brought to length 1.
        broken: the confidence is the square root of -1.
        confident: with the output `confidence`; without it, all else is the same.
        card_changes: fields of the card.
    """
    onnx = pytest.importorskip("onnx")
    from onnx import TensorProto, helper, numpy_helper

    weight, bias = np.zeros((3, 3, 1, 1), np.float32), np.float32([0.36, 0.48, 0.8])
    if not tilted:
        weight[0, 0], weight[1, 1], weight[2, 2] = 2.0, 2.0, 1.0
        bias[:] = (-1.0, -1.0, 0.0)
    constants = {
        "weight": weight,
        "bias": bias,
        "sure_weight": np.float32([gain, 0.0, 0.0]).reshape(1, 3, 1, 1),
        "sure_bias": np.float32([-1.0 if broken else offset - 0.5 * context]),
        "mean_weight": np.full((1, 3, 1, 1), context / 3.0, np.float32),
        "nothing": np.float32([0.0]),
    }
    # Rays take part with weight 0, as a graph may not have an input that it does not use.
    nodes = [
        helper.make_node("ReduceSum", ["rays", "axes"], ["slopes"], keepdims=1),
        helper.make_node("Mul", ["slopes", "nothing"], ["zero"]),
        helper.make_node("Conv", ["plate", "weight", "bias"], ["linear"]),
        helper.make_node("Add", ["linear", "zero"], ["vector"]),
        helper.make_node("ReduceL2", ["vector"], ["length"], axes=[1], keepdims=1),
        helper.make_node("Div", ["vector", "length"], ["normals"]),
    ]
    outputs = [helper.make_tensor_value_info("normals", TensorProto.FLOAT, ["N", 3, "H", "W"])]
    if confident:
        nodes += [
            helper.make_node("GlobalAveragePool", ["plate"], ["average"]),
            helper.make_node("Conv", ["average", "mean_weight"], ["seen_around"]),
            helper.make_node("Conv", ["plate", "sure_weight", "sure_bias"], ["seen_here"]),
            helper.make_node("Add", ["seen_here", "seen_around"], ["stated"]),
            helper.make_node("Sqrt" if broken else "Identity", ["sure_bias" if broken else "stated"], ["rooted"]),
            helper.make_node("Add", ["zero", "rooted"], ["confidence"]),
        ]
        outputs.append(helper.make_tensor_value_info("confidence", TensorProto.FLOAT, ["N", 1, "H", "W"]))
    initializers = [numpy_helper.from_array(value, name) for name, value in constants.items()]
    initializers.append(numpy_helper.from_array(np.int64([1]), "axes"))
    graph = helper.make_graph(
        nodes,
        "confident",
        [
            helper.make_tensor_value_info("plate", TensorProto.FLOAT, ["N", 3, "H", "W"]),
            helper.make_tensor_value_info("rays", TensorProto.FLOAT, ["N", 2, "H", "W"]),
        ],
        outputs,
        initializers,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    folder.mkdir(parents=True)
    weights = folder / "model.onnx"
    onnx.save(model, str(weights))
    normals_port = {"name": "normals", "channels": 3, "encoding": "camera_space_normals", "range": [-1.0, 1.0]}
    card = {
        "format": 1,
        "name": "tiny_confident",
        "task": "plate_normals",
        "version": "1",
        "description": "Made by a test.",
        "inputs": [
            {"name": "plate", "channels": 3, "encoding": "srgb_shoulder_v1", "range": [0.0, 1.0]},
            {"name": "rays", "channels": 2, "encoding": "ray_slopes"},
        ],
        "outputs": [normals_port, *([CONFIDENCE_PORT] if confident else [])],
        "multiple_of": 32,
        "work_size": 64,
        "default_fov_degrees": 60.0,
        "weights": weights.name,
        "sha256": hashlib.sha256(weights.read_bytes()).hexdigest(),
        "precision": "fp32",
    }
    (folder / "card.json").write_text(json.dumps(card | card_changes))
    return folder
