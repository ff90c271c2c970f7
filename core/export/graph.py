"""A torch module to an ONNX graph."""

from __future__ import annotations

import contextlib
import copy
import io
import logging
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from core.card import Port
from core.errors import WorkFailed

__all__ = ["OPSET", "example_inputs", "fold_batch_norm", "write_graph"]

OPSET = 18
_LARGEST = 512
"""Largest height and width of an input, in multiples; 16,384 pixels for models of 32."""


def fold_batch_norm(model: nn.Module) -> nn.Module:
    """A copy in evaluation mode whose batch norms are part of the filters before them, which changes no answer.

    Every `nn.Sequential` is searched for a convolution that is followed by a batch norm.
    """
    folded = copy.deepcopy(model).eval()
    for module in list(folded.modules()):
        if not isinstance(module, nn.Sequential):
            continue
        for index in range(len(module) - 1):
            first, second = module[index], module[index + 1]
            if isinstance(first, nn.Conv2d) and isinstance(second, nn.BatchNorm2d):
                module[index] = fuse_conv_bn_eval(first, second)
                module[index + 1] = nn.Identity()
    return folded.requires_grad_(False)


def example_inputs(
    ports: Sequence[Port], height: int, width: int, batch: int = 1, seed: int = 0
) -> tuple[Tensor, ...]:
    """Random inputs: uniform within a port's range, normal with deviation 0.5 where it has none.

    Returns:
        One (batch, channels, height, width) float32 tensor per port.
    """
    generator = torch.Generator().manual_seed(seed)
    inputs = []
    for port in ports:
        shape = (batch, port.channels, height, width)
        if port.range is None:
            inputs.append(0.5 * torch.randn(shape, generator=generator))
        else:
            low, high = port.range
            inputs.append(low + (high - low) * torch.rand(shape, generator=generator))
    return tuple(inputs)


def write_graph(
    model: nn.Module, path: Path, inputs: Sequence[Port], outputs: Sequence[Port], multiple_of: int
) -> None:
    """Write an ONNX graph whose batch size, height and width are free.

    Args:
        model: on the CPU, in evaluation mode, without batch norms that are not folded.
        path: of the .onnx file; weights are inside it, float32.
        inputs, outputs: names and channels, in the order of the module's arguments and results.
        multiple_of: height and width are multiples of this, in pixels.

    Raises:
        WorkFailed: torch cannot express the module as such a graph.
    """
    dim = torch.export.Dim
    # Torch takes dimensions of 1 for constants: the example has other sizes.
    batch, rows, columns = dim("batch", min=1, max=64), dim("rows", min=1, max=_LARGEST), dim("columns", min=1, max=_LARGEST)
    free = {0: batch, 2: multiple_of * rows, 3: multiple_of * columns}
    example = example_inputs(inputs, 2 * multiple_of, 3 * multiple_of, batch=2)
    shapes: Mapping[str, object] | tuple[object, ...] = tuple(dict(free) for _ in inputs)
    try:
        with _quiet():
            torch.onnx.export(
                model,
                example,
                str(path),
                input_names=[port.name for port in inputs],
                output_names=[port.name for port in outputs],
                opset_version=OPSET,
                dynamo=True,
                external_data=False,
                dynamic_shapes=shapes,
                verbose=False,
            )
    except Exception as error:  # the exporter's errors share no public root
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise WorkFailed(f"{path.name}: torch could not write the graph ({reason})") from error


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """The exporter talks of its own affairs: operators of packages that are not there, names of axes."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
