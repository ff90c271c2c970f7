"""Weights stored as float16, arithmetic in float32.

CPUs have no fast float16 arithmetic, and where they do not, a runtime converts at every layer. Storing each filter as
float16 behind a Cast to float32 halves the file; the runtime folds the casts when it loads the graph, so that speed
and arithmetic are those of float32 and only the rounding of the weights remains.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

__all__ = ["halve_weights"]

_SMALLEST = 64


def halve_weights(source: Path, target: Path) -> None:
    """Write `source` to `target` with its larger float32 constants stored as float16.

    Values beyond what float16 holds stay float32: a weight never becomes infinite.
    """
    model = onnx.load(str(source))
    graph = model.graph
    kept, casts = [], []
    for item in graph.initializer:
        values = numpy_helper.to_array(item)
        fits = values.size and float(np.abs(values).max()) < float(np.finfo(np.float16).max)
        if item.data_type != TensorProto.FLOAT or values.size < _SMALLEST or not fits:
            kept.append(item)
            continue
        name = f"{item.name}.half"
        kept.append(numpy_helper.from_array(values.astype(np.float16), name))
        casts.append(helper.make_node("Cast", [name], [item.name], to=TensorProto.FLOAT))
    del graph.initializer[:]
    graph.initializer.extend(kept)
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    onnx.checker.check_model(model)
    onnx.save(model, str(target))
