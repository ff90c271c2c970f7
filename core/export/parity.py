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

__all__ = ["LIMIT_DEGREES", "check_parity"]

LIMIT_DEGREES: Mapping[str, float] = {"fp32": 0.02, "fp16": 0.3}
"""Largest mean angle between the two answers, by precision; float16 weights are rounded, so theirs differ more."""

_SIZES = ((2, 3), (5, 4), (7, 9))


def check_parity(
    model: nn.Module, graph: Path, inputs: Sequence[Port], outputs: Sequence[Port], multiple_of: int, precision: str
) -> dict[str, Any]:
    """Run both on the same random pictures of several sizes, none of which is the one the graph was traced with.

    Returns:
        Figures for the card: mean and 99.9th percentile of the angle between the answers in degrees, and the sizes.

    Raises:
        WorkFailed: an answer is not finite, has another shape, or the mean angle is above `LIMIT_DEGREES`.
    """
    session = onnxruntime.InferenceSession(str(graph), providers=["CPUExecutionProvider"])
    angles = []
    sizes = []
    for number, (rows, columns) in enumerate(_SIZES):
        height, width = rows * multiple_of, columns * multiple_of
        sizes.append(f"{width}x{height}")
        pictures = example_inputs(inputs, height, width, seed=number + 1)
        with torch.no_grad():
            expected = model(*pictures).numpy()
        feed = {port.name: picture.numpy() for port, picture in zip(inputs, pictures, strict=True)}
        answer = session.run([outputs[0].name], feed)[0]
        if answer.shape != expected.shape or not np.isfinite(answer).all():
            raise WorkFailed(
                f"{graph}: at {width}x{height} the graph answers with shape {answer.shape} and torch with "
                f"{expected.shape}, or the answer is not finite; the model was not exported"
            )
        angles.append(angular_error_degrees(answer[0].transpose(1, 2, 0), expected[0].transpose(1, 2, 0)).ravel())
    found = np.concatenate(angles)
    mean = float(found.mean())
    if mean > LIMIT_DEGREES[precision]:
        raise WorkFailed(
            f"{graph}: the graph differs from torch by {mean:.3f} degrees on average, more than "
            f"{LIMIT_DEGREES[precision]}; the model was not exported"
        )
    return {
        "mean_degrees": round(mean, 5),
        "p99.9_degrees": round(float(np.percentile(found, 99.9)), 4),
        "sizes": sizes,
        "against": f"torch {torch.__version__}, float32",
    }
