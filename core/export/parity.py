"""Does the exported graph say what torch says?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import torch
from torch import nn

from core.card import Port
from core.errors import WorkFailed
from core.export.graph import example_inputs
from core.normals import angular_error_degrees

__all__ = ["LIMIT_DEGREES", "LIMIT_DIFFERENCE", "check_parity"]

LIMIT_DEGREES: Mapping[str, float] = {"fp32": 0.02, "fp16": 0.3}
"""Largest mean angle between the two answers, by precision; float16 weights are rounded, so theirs differ more."""

LIMIT_DIFFERENCE: Mapping[str, float] = {"fp32": 0.0005, "fp16": 0.01}
"""Largest mean difference between the two answers of any other output, whose values are 0..1."""

_SIZES = ((2, 3), (5, 4), (7, 9))


def check_parity(
    model: nn.Module, graph: Path, inputs: Sequence[Port], outputs: Sequence[Port], multiple_of: int, precision: str
) -> dict[str, Any]:
    """Run both on the same random pictures of several sizes, none of which is the one the graph was traced with.

    A first output that is a field of normals is judged by its angle; others by their mean absolute difference.

    Returns:
        Figures for the card: mean and 99.9th percentile of the angle between the answers in degrees where there are
        normals, the mean difference of each other output by its name, and the sizes.

    Raises:
        WorkFailed: an answer is not finite, has another shape, the mean angle is above `LIMIT_DEGREES`, or the mean
            difference of another output above `LIMIT_DIFFERENCE`.
    """
    session = onnxruntime.InferenceSession(str(graph), providers=["CPUExecutionProvider"])
    angles = []
    sizes = []
    first_other = 1 if "normals" in outputs[0].encoding else 0
    further: dict[str, list[float]] = {port.name: [] for port in outputs[first_other:]}
    for number, (rows, columns) in enumerate(_SIZES):
        height, width = rows * multiple_of, columns * multiple_of
        sizes.append(f"{width}x{height}")
        pictures = example_inputs(inputs, height, width, seed=number + 1)
        with torch.no_grad():
            made = model(*pictures)
        expected = [part.numpy() for part in (made if isinstance(made, tuple) else (made,))]
        feed = {port.name: picture.numpy() for port, picture in zip(inputs, pictures, strict=True)}
        answers = session.run([port.name for port in outputs], feed)
        for port, answer, wanted in zip(outputs, answers, expected, strict=True):
            if answer.shape != wanted.shape or not np.isfinite(answer).all():
                raise WorkFailed(
                    f"{graph}: at {width}x{height} the graph's {port.name} has shape {answer.shape} and torch's "
                    f"{wanted.shape}, or it is not finite; the model was not exported"
                )
        if first_other:
            first, second = (field[0].transpose(1, 2, 0) for field in (answers[0], expected[0]))
            angles.append(angular_error_degrees(first, second).ravel())
        for port, answer, wanted in list(zip(outputs, answers, expected, strict=True))[first_other:]:
            further[port.name].append(float(np.abs(answer - wanted).mean()))
    degrees: dict[str, float] = {}
    if angles:
        found = np.concatenate(angles)
        mean = float(found.mean())
        if mean > LIMIT_DEGREES[precision]:
            raise WorkFailed(
                f"{graph}: the graph differs from torch by {mean:.3f} degrees on average, more than "
                f"{LIMIT_DEGREES[precision]}; the model was not exported"
            )
        degrees = {"mean_degrees": round(mean, 5), "p99.9_degrees": round(float(np.percentile(found, 99.9)), 4)}
    differences = {name: float(np.mean(values)) for name, values in further.items()}
    for name, difference in differences.items():
        if difference > LIMIT_DIFFERENCE[precision]:
            raise WorkFailed(
                f"{graph}: its {name} differs from torch's by {difference:.4f} on average, more than "
                f"{LIMIT_DIFFERENCE[precision]}; the model was not exported"
            )
    return {
        **degrees,
        **{f"mean_{name}": round(difference, 6) for name, difference in differences.items()},
        "sizes": sizes,
        "against": f"torch {torch.__version__}, float32",
    }
