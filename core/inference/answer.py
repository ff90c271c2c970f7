"""What a plate-normals model says of a picture: its normals and, if it can tell, how sure it is of each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["CONFIDENCE", "Answer"]

FloatArray = npt.NDArray[np.float32]

CONFIDENCE = "share_within_11.25_degrees"
"""Encoding, in a model's card, of the output port `confidence`: one channel, 0..1."""


@dataclass(frozen=True, eq=False)
class Answer:
    """Normals of a picture, a tile or some rows of it, and the model's confidence in them.

    Attributes:
        normals: (H, W, 3) float32, camera space (+X right, +Y up, +Z to the camera). Of unit length wherever
            `core.inference` makes them.
        confidence: (H, W) float32, 0..1, the probability that the error of the normal is below 11.25 degrees (see
            `core.evaluation.confidence`), or None from a model that does not say.
    """

    normals: FloatArray
    confidence: FloatArray | None = None
