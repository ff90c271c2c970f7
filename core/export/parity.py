"""Whether a graph answers as the module it came from does."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from core.card import Port
from core.errors import MissingPart, WorkFailed
from core.export.graph import example_inputs
from core.inference.runtime import runtime_problem
from core.normals import angular_error_degrees

__all__ = ["angles_between", "check_parity", "run_graph"]

TOLERANCE_DEGREES = 0.5


def run_graph(path: Path, ports: Sequence[Port], inputs: Sequence[torch.Tensor]) -> npt.NDArray[np.float32]:
    """First output of an ONNX graph, (B, C, H, W), on the CPU.

    Raises:
        MissingPart: onnxruntime is missing or installed twice.
        WorkFailed: the runtime refuses the graph.
    """
    problem = runtime_problem()
    if problem:
        raise MissingPart(problem)
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    feed = {port.name: value.numpy() for port, value in zip(ports, inputs, strict=True)}
    try:
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        return np.asarray(session.run(None, feed)[0], dtype=np.float32)
    except Exception as error:  # the runtime's errors share no public root
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise WorkFailed(f"{path.name}: onnxruntime refuses the exported graph ({reason})") from error


def check_parity(
    model: nn.Module, path: Path, ports: Sequence[Port], multiple_of: int, tolerance: float = TOLERANCE_DEGREES
) -> dict[str, float]:
    """Compare a graph with its module on random inputs of three sizes, one of them the smallest.

    Args:
        model: on the CPU, in evaluation mode, with the very weights that the graph holds.
        ports: inputs, in the order of the module's arguments.
        tolerance: largest angle that is let pass, degrees.

    Returns:
        `max_degrees` and `mean_degrees`, the angle between the two answers over all pixels and sizes.

    Raises:
        WorkFailed: the largest angle is above `tolerance`, or an answer is not finite or of the wrong shape.
        MissingPart: as `run_graph`.
    """
    angles = []
    for seed, (batch, rows, columns) in enumerate(((1, 1, 1), (1, 5, 3), (2, 4, 7))):
        inputs = example_inputs(ports, rows * multiple_of, columns * multiple_of, batch, seed)
        with torch.no_grad():
            expected = model(*inputs).numpy()
        angles.append(angles_between(run_graph(path, ports, inputs), expected, path.name))
    every = np.concatenate(angles)
    found = {"max_degrees": float(every.max()), "mean_degrees": float(every.mean())}
    if found["max_degrees"] > tolerance:
        raise WorkFailed(
            f"{path.name}: the exported graph differs from torch by up to {found['max_degrees']:.2f} degrees "
            f"(allowed: {tolerance:g}); no card was written"
        )
    return found


def angles_between(first: npt.NDArray[np.float32], second: npt.NDArray[np.float32], name: str) -> npt.NDArray[np.float32]:
    """Angles between two (B, 3, H, W) fields of normals, as a flat array of degrees.

    Args:
        name: for messages.

    Raises:
        WorkFailed: the shapes differ, or a value is not finite.
    """
    if first.shape != second.shape:
        raise WorkFailed(f"{name}: the graph gives shape {first.shape}, torch gives {second.shape}; no card was written")
    if not (np.isfinite(first).all() and np.isfinite(second).all()):
        raise WorkFailed(f"{name}: the model gives values that are not numbers; train again with lower learning rates")
    return np.asarray(angular_error_degrees(np.moveaxis(first, 1, -1), np.moveaxis(second, 1, -1)), np.float32).ravel()
