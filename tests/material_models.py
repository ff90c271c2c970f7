"""A material model of one formula, and small samples, so that tests need neither a trained one nor a renderer."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.image import Image, encode_exr
from core.materials.ball import STUDIO, ball_normals, shade
from core.materials.parameters import to_quantities
from core.shards import write_shard


def make_material_model(folder: Path, error: float = 0.05, broken: bool = False) -> Path:
    """Write a model: base_color is the picture's mean over the mask, the rest 0.5; or what is no number at all."""
    onnx = pytest.importorskip("onnx")
    from onnx import TensorProto, helper, numpy_helper

    folder.mkdir(parents=True, exist_ok=True)
    constants: dict[str, np.ndarray] = {
        "rest": np.full((1, 5, 1, 1), -1.0 if broken else 0.5, np.float32),
        "doubt": np.full((1, 8, 1, 1), error, np.float32),
        "zero": np.zeros((1, 8, 1, 1), np.float32),
    }
    nodes = [
        helper.make_node("Mul", ["picture", "mask"], ["inside"]),
        helper.make_node("ReduceSum", ["inside", "axes"], ["sum"]),
        helper.make_node("ReduceSum", ["mask", "axes"], ["covered"]),
        helper.make_node("Div", ["sum", "covered"], ["mean"]),
        helper.make_node("Slice", ["mean", "first", "last", "channel"], ["red"]),
        helper.make_node("Mul", ["red", "null"], ["nothing"]),
        helper.make_node("Add", ["nothing", "rest"], ["others"]),
        helper.make_node("Concat", ["mean", "others"], ["made"], axis=1),
        helper.make_node("Sqrt", ["made"], ["broken_or_not"]) if broken else helper.make_node(
            "Identity", ["made"], ["broken_or_not"]
        ),
        helper.make_node("Identity", ["broken_or_not"], ["quantities"]),
        helper.make_node("Mul", ["quantities", "zero"], ["none"]),
        helper.make_node("Add", ["none", "doubt"], ["expected_error"]),
    ]  # fmt: skip
    constants |= {
        "axes": np.array([2, 3], np.int64),
        "first": np.array([0], np.int64),
        "last": np.array([1], np.int64),
        "channel": np.array([1], np.int64),
        "null": np.zeros(1, np.float32),
    }

    def port(name: str, channels: int) -> Any:
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", channels, "H", "W"])

    graph = helper.make_graph(
        nodes,
        "mean",
        [port("picture", 3), port("mask", 1)],
        [port("quantities", 8), port("expected_error", 8)],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    weights = folder / "model.onnx"
    onnx.save(model, str(weights))
    card = {
        "format": 1,
        "name": "mean_color",
        "task": "material",
        "version": "1",
        "description": "Made by a test.",
        "inputs": [
            {"name": "picture", "channels": 3, "encoding": "srgb", "range": [0.0, 1.0]},
            {"name": "mask", "channels": 1, "encoding": "coverage", "range": [0.0, 1.0]},
        ],
        "outputs": [
            {"name": "quantities", "channels": 8, "encoding": "standard_surface_products", "range": [0.0, 1.0]},
            {"name": "expected_error", "channels": 8, "encoding": "mean_absolute_error", "range": [0.0, 1.0]},
        ],
        "multiple_of": 32,
        "work_size": 64,
        "default_fov_degrees": 55.0,
        "weights": "model.onnx",
        "sha256": hashlib.sha256(weights.read_bytes()).hexdigest(),
        "precision": "fp32",
    }
    (folder / "card.json").write_text(json.dumps(card))
    return folder


def ball_image(parameters: np.ndarray, size: int = 64) -> Image:
    """A ball of a material on grey, scene-linear, with alpha."""
    normals, inside = ball_normals(size)
    pixels = np.full((size, size, 4), 0.2, np.float32)
    pixels[..., 3] = inside
    given = to_quantities(parameters)[None]
    pixels[inside, :3] = shade(given, normals, STUDIO.directions, STUDIO.radiance, STUDIO.ambient)[0]
    return Image(pixels, ("R", "G", "B", "A"))


def write_balls(folder: Path, count: int = 12, size: int = 64, seed: int = 0) -> Path:
    """A shard of balls of uniform materials."""
    rng = np.random.default_rng(seed)
    samples = []
    for k in range(count):
        parameters = rng.uniform(size=10).astype(np.float32)
        facts = {"scene": f"b{k}", "family": "uniform-ball", "draw": "uniform", "body": "ball", "light": "studio"}
        facts["parameters"] = [round(float(p), 6) for p in parameters]  # type: ignore[assignment]
        samples.append((f"b{k:03d}", encode_exr(ball_image(parameters, size), dtype="half"), facts))
    write_shard(folder / "balls.tar", samples)
    return folder
