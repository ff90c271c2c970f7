"""A texture model of one formula, so that tests of maps need no trained one."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

STRENGTH = 2.0


def make_texture_model(folder: Path, surface: tuple[float, float] = (0.25, 0.75)) -> Path:
    """Write a model: central differences of green times 2 are the slopes; roughness and metalness are constants."""
    onnx = pytest.importorskip("onnx")
    from onnx import TensorProto, helper, numpy_helper

    folder.mkdir(parents=True, exist_ok=True)
    weight = np.zeros((3, 3, 3, 3), np.float32)
    weight[0, 1, 1] = np.array([0.5, 0.0, -0.5]) * STRENGTH  # -p: convolutions here are correlations
    weight[1, 1, :, 1] = np.array([-0.5, 0.0, 0.5]) * STRENGTH  # -q, rows go down
    constants: dict[str, np.ndarray] = {
        "weight": weight,
        "bias": np.array([0.0, 0.0, 1.0], np.float32),
        "none": np.zeros((2, 3, 1, 1), np.float32),
        "told": np.array(surface, np.float32),
    }
    nodes = [
        helper.make_node("Conv", ["color", "weight", "bias"], ["linear"], pads=[1, 1, 1, 1]),
        helper.make_node("ReduceL2", ["linear"], ["length"], axes=[1], keepdims=1),
        helper.make_node("Div", ["linear", "length"], ["normals"]),
        helper.make_node("Conv", ["color", "none", "told"], ["surface"]),
    ]

    def port(name: str, channels: int) -> Any:
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", channels, "H", "W"])

    graph = helper.make_graph(
        nodes,
        "slopes",
        [port("color", 3)],
        [port("normals", 3), port("surface", 2)],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    weights = folder / "model.onnx"
    onnx.save(model, str(weights))
    card = {
        "format": 1,
        "name": "slopes_of_green",
        "task": "texture_normals",
        "version": "1",
        "description": "Made by a test.",
        "inputs": [{"name": "color", "channels": 3, "encoding": "srgb", "range": [0.0, 1.0]}],
        "outputs": [
            {"name": "normals", "channels": 3, "encoding": "tangent_space_normals_opengl", "range": [-1.0, 1.0]},
            {"name": "surface", "channels": 2, "encoding": "roughness_metalness", "range": [0.0, 1.0]},
        ],
        "multiple_of": 32,
        "work_size": 128,
        "default_fov_degrees": 55.0,
        "weights": weights.name,
        "sha256": hashlib.sha256(weights.read_bytes()).hexdigest(),
        "precision": "fp32",
        "data": {"margin": 32},
    }
    (folder / "card.json").write_text(json.dumps(card))
    return folder


def bumps(height: int, width: int, seed: int = 0) -> np.ndarray:
    """A repeating relief, (height, width) float32, in pixels, slopes of some tenths."""
    rng = np.random.default_rng(seed)
    v, u = np.mgrid[0:height, 0:width]
    field = np.zeros((height, width))
    for _ in range(6):
        a, b = rng.integers(-4, 5, 2)
        field += rng.normal() * np.cos(2 * np.pi * (a * u / width + b * v / height) + rng.uniform(0, 6))
    return np.asarray(field * width / 64, np.float32)
