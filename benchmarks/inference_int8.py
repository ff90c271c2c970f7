"""Eight-bit forms of an exported graph, made by ONNX Runtime's own quantiser.

dynamic     weights as uint8 once, activations by the range of each picture while it runs (ConvInteger)
static      weights as int8 by channel, activations as uint8 by ranges found on calibration pictures (QDQ: pairs of
            QuantizeLinear and DequantizeLinear, which the runtime turns into integer kernels)

What comes before the first and after the last convolution (the shift to the encoder's range, ray slopes, the upsampling
of the vectors and their normalisation) stays float32: eight bits there are eight bits of the answer itself.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, numpy_helper

__all__ = [
    "METHODS",
    "convolution_shapes",
    "float_graph",
    "outside_convolutions",
    "quantise_dynamic",
    "quantise_static",
]

METHODS = ("minmax", "entropy", "percentile")
"""How ranges of activations are chosen from what calibration pictures give."""

Feed = Mapping[str, npt.NDArray[np.float32]]


def float_graph(source: Path) -> Any:
    """The `onnx.ModelProto` of a file, with constants that are stored as float16 behind a Cast made float32 again.

    Quantisers look for a filter's numbers at the convolution itself, and would otherwise pass every layer by.
    """
    model = onnx.load(str(source))
    graph = model.graph
    stored = {item.name: item for item in graph.initializer}
    kept = []
    for node in graph.node:
        name = node.input[0] if node.op_type == "Cast" else ""
        wide = any(item.name == "to" and item.i == TensorProto.FLOAT for item in node.attribute)
        if name in stored and stored[name].data_type == TensorProto.FLOAT16 and wide:
            values = numpy_helper.to_array(stored[name]).astype(np.float32)
            graph.initializer.append(numpy_helper.from_array(values, node.output[0]))
        else:
            kept.append(node)
    used = {name for node in kept for name in node.input}
    constants = [item for item in graph.initializer if item.name in used]
    del graph.node[:], graph.initializer[:]
    graph.node.extend(kept)
    graph.initializer.extend(constants)
    return model


def convolution_shapes(model: Any) -> list[tuple[int, ...]]:
    """Sorted shapes (out, in / groups, height, width) of all filters of a float32 `onnx.ModelProto`."""
    shapes = {item.name: tuple(item.dims) for item in model.graph.initializer}
    return sorted(shapes[node.input[1]] for node in model.graph.node if node.op_type == "Conv")


def outside_convolutions(model: Any) -> list[str]:
    """Names of the nodes of an `onnx.ModelProto` that no convolution comes before, or that none comes after.

    Nodes of a graph stand in an order in which each follows what it needs, so one pass each way is enough.
    """
    after: set[str] = set()
    for node in model.graph.node:
        if node.op_type == "Conv" or after.intersection(node.input):
            after.update(node.output)
    before: set[str] = set()
    for node in reversed(model.graph.node):
        if node.op_type == "Conv" or before.intersection(node.output):
            before.update(node.input)
    return [
        node.name
        for node in model.graph.node
        if node.op_type != "Conv" and not (after.intersection(node.input) and before.intersection(node.output))
    ]


def quantise_dynamic(source: Path, target: Path) -> None:
    """Write the dynamic form of the float32 graph `source` to `target`.

    Raises: what ONNX Runtime's quantiser raises on a graph that it cannot treat.
    """
    from onnxruntime.quantization import QuantType, quantize_dynamic

    with _quiet():
        # uint8: the runtime's ConvInteger takes no signed weights on CPUs.
        quantize_dynamic(str(source), str(target), op_types_to_quantize=["Conv"], weight_type=QuantType.QUInt8)


def quantise_static(source: Path, target: Path, feeds: Iterable[Feed], method: str = "minmax") -> None:
    """Write the static form of the float32 graph `source` to `target`.

    Args:
        feeds: inputs of calibration pictures by name, (1, C, H, W) float32 each.
        method: one of `METHODS`.

    Raises: what ONNX Runtime's quantiser raises on a graph that it cannot treat.
    """
    from onnxruntime.quantization import (
        CalibrationDataReader,
        CalibrationMethod,
        QuantFormat,
        QuantType,
        quantize_static,
    )
    from onnxruntime.quantization.shape_inference import quant_pre_process

    class Reader(CalibrationDataReader):  # type: ignore[misc]
        def __init__(self) -> None:
            self.rest = iter(feeds)

        def get_next(self) -> Any:
            return next(self.rest, None)

    chosen = {
        "minmax": CalibrationMethod.MinMax,
        "entropy": CalibrationMethod.Entropy,
        "percentile": CalibrationMethod.Percentile,
    }[method]
    prepared = target.with_name(f"{target.stem}.prepared.onnx")
    with _quiet():
        quant_pre_process(str(source), str(prepared), skip_symbolic_shape=True)
        quantize_static(
            str(prepared),
            str(target),
            Reader(),
            quant_format=QuantFormat.QDQ,
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            nodes_to_exclude=outside_convolutions(onnx.load(str(prepared))),
            calibrate_method=chosen,
        )


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """The quantiser warns at every call that a graph might be prepared first, also where it was."""
    former = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(former)
