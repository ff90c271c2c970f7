"""Occlusion models of one formula, so that tests of pictures need no trained one."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

WIDE = 9
"""Pixels on each side of the box that the style model averages over, in all."""


def make_occlusion_model(folder: Path) -> Path:
    """Write a model that says how steep a surface is to the viewer: open is the normal's z; 1 where nothing is."""
    onnx = pytest.importorskip("onnx")
    from onnx import helper, numpy_helper

    ports = {"normals": 3, "slopes": 2, "depth": 1, "known": 1}
    constants: dict[str, Any] = {"one": np.ones(1, np.float32), "zero": np.zeros(1, np.float32)}
    for name, channels in ports.items():
        weight = np.zeros((1, channels, 1, 1), np.float32)
        if name == "normals":
            weight[0, 2] = 1.0
        constants[f"w_{name}"] = weight
    nodes = [helper.make_node("Conv", [name, f"w_{name}"], [f"c_{name}"]) for name in ports]
    nodes += [
        helper.make_node("Add", ["c_normals", "c_slopes"], ["a"]),
        helper.make_node("Add", ["a", "c_known"], ["b"]),
        helper.make_node("Add", ["b", "c_depth"], ["told"]),
        helper.make_node("Greater", ["depth", "zero"], ["seen"]),
        helper.make_node("Where", ["seen", "told", "one"], ["occlusion"]),
    ]
    inputs, outputs = [_port(name, channels) for name, channels in ports.items()], [_port("occlusion", 1)]
    graph = helper.make_graph(
        nodes, "steepness", inputs, outputs, [numpy_helper.from_array(value, name) for name, value in constants.items()]
    )
    return _write(onnx, graph, folder, "occlusion", "steepness", ports, {"occlusion": 1}, 32)


def make_style_model(folder: Path) -> Path:
    """Write a model that blurs shapes with a box: red the blurred, green half of it, blue nothing."""
    onnx = pytest.importorskip("onnx")
    from onnx import helper, numpy_helper

    weight = np.zeros((3, 1, WIDE, WIDE), np.float32)
    weight[0], weight[1] = 1.0 / WIDE**2, 0.5 / WIDE**2
    node = helper.make_node("Conv", ["mask", "weight"], ["shiny"], pads=[WIDE // 2] * 4)
    graph = helper.make_graph(
        [node], "box", [_port("mask", 1)], [_port("shiny", 3)], [numpy_helper.from_array(weight, "weight")]
    )
    return _write(onnx, graph, folder, "occlusion_style", "box", {"mask": 1}, {"shiny": 3}, 32)


def _port(name: str, channels: int) -> Any:
    from onnx import TensorProto, helper

    return helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", channels, "H", "W"])


def _write(
    onnx: Any,
    graph: Any,
    folder: Path,
    task: str,
    name: str,
    inputs: dict[str, int],
    outputs: dict[str, int],
    multiple: int,
) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8)
    weights = folder / "model.onnx"
    onnx.save(model, str(weights))

    def told(ports: dict[str, int]) -> list[dict[str, Any]]:
        return [{"name": one, "channels": count, "encoding": one} for one, count in ports.items()]

    card = {
        "format": 1,
        "name": name,
        "task": task,
        "version": "1",
        "description": "Made by a test.",
        "inputs": told(inputs),
        "outputs": told(outputs),
        "multiple_of": multiple,
        "work_size": 128,
        "default_fov_degrees": 55.0,
        "weights": weights.name,
        "sha256": hashlib.sha256(weights.read_bytes()).hexdigest(),
        "precision": "fp32",
        "data": {"margin": 32},
    }
    (folder / "card.json").write_text(json.dumps(card))
    return folder
