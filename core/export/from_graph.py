"""Weights out of an exported graph and back into torch, for models whose run is not at hand (the shipped ones).

A graph has its batch norms folded into its filters and has lost their names, but it computes in the order in which a
twin (`core.export.twins`) lists its layers. So the two are matched in order and by shape, and whoever uses the result
compares answers: `core.export.torchscript` writes nothing that answers otherwise than the graph.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn

from core.card import ModelCard
from core.errors import ModelMismatch
from core.export.filters import Filter, FilterUp, InstanceNorm, Linear, Norm
from core.export.twins import make_twin
from core.inference.onnx_file import check_whole
from core.tasks import build_task
from core.training.config import TrainConfig

__all__ = ["twin_from_graph"]

_LAYERS = (Filter, FilterUp, InstanceNorm, Linear, Norm)


def twin_from_graph(card: ModelCard) -> nn.Module:
    """The twin of a model, with the weights of its ONNX file.

    Args:
        card: with the configuration that it was trained with, and its ONNX file beside it.

    Raises:
        FileMissing, ModelMismatch: the graph is missing, is another one, or is not of that configuration.
        BadConfig: a kind of model that has no twin.
    """
    card.check_weights()
    check_whole(card)
    config = TrainConfig.from_json({**card.training.get("config", {}), "pretrained": False}, source=str(card.folder))
    twin = make_twin(build_task(config).deployed(card.scores.get("held_out_scenes", {})).eval())
    stored = list(_weights(onnx.load(str(card.weights_path))))
    wanted = [part for part in twin.modules() if isinstance(part, _LAYERS)]
    if len(stored) != len(wanted):
        raise ModelMismatch(
            f"{card.weights_path}: has {len(stored)} filters, its card describes a network with {len(wanted)}; "
            "export the model again from its run"
        )
    with torch.no_grad():
        for part, (weight, bias) in zip(wanted, stored, strict=True):
            if part.weight.shape != weight.shape or part.bias.shape != bias.shape:
                raise ModelMismatch(
                    f"{card.weights_path}: its filters are not those that its card describes; export the model again "
                    "from its run"
                )
            part.weight.copy_(weight)
            part.bias.copy_(bias)
    return twin


def _weights(model: onnx.ModelProto) -> Iterator[tuple[Tensor, Tensor]]:
    """Weight and bias of every layer, in the order of computation, float32."""
    constants = {item.name: item for item in model.graph.initializer}
    for node in model.graph.node:
        # Weights stored as float16 stand behind a Cast (`core.export.half`), equal ones are stored once.
        if node.op_type in ("Cast", "Identity") and node.input[0] in constants:
            constants[node.output[0]] = constants[node.input[0]]
    sums = {name: node for node in model.graph.node if node.op_type == "Add" for name in node.input}
    norms = {node.input[0]: node for node in model.graph.node if node.op_type == "BatchNormalization"}
    for node in model.graph.node:
        given = list(node.input)
        if node.op_type in ("Conv", "ConvTranspose", "LayerNormalization", "InstanceNormalization"):
            weight = _tensor(constants[given[1]])
            axis = 1 if node.op_type == "ConvTranspose" else 0
            bias = _tensor(constants[given[2]]) if len(given) > 2 else torch.zeros(weight.shape[axis])
            norm = norms.get(node.output[0])  # the exporter leaves those after transposed filters
            yield (weight, bias) if norm is None else _folded(weight, bias, norm, constants, axis)
        elif node.op_type == "MatMul" and given[1] in constants:
            weight = _tensor(constants[given[1]]).t()
            shift = [name for name in sums[node.output[0]].input if name in constants]
            yield weight, _tensor(constants[shift[0]]) if shift else torch.zeros(len(weight))


def _folded(
    weight: Tensor, bias: Tensor, norm: onnx.NodeProto, constants: Mapping[str, onnx.TensorProto], axis: int
) -> tuple[Tensor, Tensor]:
    gain, shift, mean, variance = (_tensor(constants[name]) for name in norm.input[1:5])
    (epsilon,) = (item.f for item in norm.attribute if item.name == "epsilon")
    scale = gain * torch.rsqrt(variance + epsilon)
    shape = [-1 if index == axis else 1 for index in range(weight.dim())]
    return weight * scale.reshape(shape), (bias - mean) * scale + shift


def _tensor(constant: onnx.TensorProto) -> Tensor:
    return torch.from_numpy(np.array(numpy_helper.to_array(constant), dtype=np.float32))
