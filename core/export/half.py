"""Weights stored as float16, arithmetic in float32: half the file, and no slower on a CPU."""

from __future__ import annotations

import copy
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from torch import nn

__all__ = ["round_weights", "store_weights_as_half"]

_SMALLEST = 16


def round_weights(model: nn.Module) -> nn.Module:
    """A copy whose parameters are rounded to the nearest float16 value (and stay float32 tensors)."""
    rounded = copy.deepcopy(model)
    for parameter in rounded.parameters():
        parameter.data = parameter.data.half().float()
    return rounded


def store_weights_as_half(path: Path) -> int:
    """Rewrite a graph so that float32 constants which float16 holds exactly are stored so, each behind a Cast.

    The runtime makes float32 of them once, when it loads the graph. Constants that float16 cannot hold exactly are
    left alone, so that the graph's answers stay what they were; `round_weights` before the export makes it all of
    them.

    Args:
        path: of the .onnx file, which is replaced.

    Returns:
        How many constants were changed.
    """
    model = onnx.load(str(path))
    graph = model.graph
    casts = []
    for constant in graph.initializer:
        if constant.data_type != TensorProto.FLOAT:
            continue
        values = numpy_helper.to_array(constant)
        with np.errstate(over="ignore"):
            half = values.astype(np.float16)
        if values.size < _SMALLEST or not np.array_equal(half.astype(np.float32), values):
            continue
        name = constant.name
        stored = f"{name}.half"
        constant.CopyFrom(numpy_helper.from_array(half, stored))
        casts.append(helper.make_node("Cast", [stored], [name], name=f"{name}.cast", to=TensorProto.FLOAT))
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    onnx.checker.check_model(model)
    onnx.save(model, str(path))
    return len(casts)
