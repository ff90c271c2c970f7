"""A torch module -> an ONNX graph with free heights and widths."""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from core.card import Port

__all__ = ["OPSET", "example_inputs", "write_graph"]

OPSET = 17
"""The oldest operator set that has all that the networks need: runtimes of the last years read it."""


def example_inputs(ports: Sequence[Port], height: int, width: int, seed: int) -> tuple[Tensor, ...]:
    """Random inputs of the right shape and range, (1, C, height, width) each; the same for the same seed."""
    generator = torch.Generator().manual_seed(seed)
    made = []
    for port in ports:
        low, high = port.range or (-1.0, 1.0)
        noise = torch.rand((1, port.channels, height, width), generator=generator)
        # Smoothed, so that the answer is not that to pure noise, which no network has been trained for.
        smooth = nn.functional.avg_pool2d(noise, 9, stride=1, padding=4, count_include_pad=False)
        made.append(low + (high - low) * (0.5 + 2.0 * (smooth - 0.5)).clamp(0.0, 1.0))
    return tuple(made)


def write_graph(
    model: nn.Module, inputs: Sequence[Port], outputs: Sequence[Port], multiple_of: int, path: Path
) -> None:
    """Write the ONNX file of `model`, which must be on the CPU and in evaluation mode; batch norms are folded away.

    Args:
        inputs, outputs: their names become those of the graph; batch, height and width stay free.
        multiple_of: height and width of the example that the graph is traced with are small multiples of this.
    """
    names = [port.name for port in (*inputs, *outputs)]
    free = {name: {0: "N", 2: "H", 3: "W"} for name in names}
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        logging.getLogger("torch.onnx").setLevel(logging.ERROR)
        # The tracing exporter: it folds batch norms and takes seconds where the newer one takes minutes.
        torch.onnx.export(
            model,
            example_inputs(inputs, 2 * multiple_of, 3 * multiple_of, 0),
            str(path),
            input_names=[port.name for port in inputs],
            output_names=[port.name for port in outputs],
            dynamic_axes=free,
            opset_version=OPSET,
            dynamo=False,
        )
