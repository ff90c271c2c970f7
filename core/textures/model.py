"""A texture model, loaded and ready: its card, its ONNX Runtime session, and one call that runs it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from core.card import ModelCard
from core.errors import ModelMismatch
from core.inference.engine import ask, check_shapes
from core.inference.model import OpenModel, open_as

__all__ = ["DEFAULT_MODEL", "TextureModel", "open_texture_model"]

FloatArray = npt.NDArray[np.float32]

DEFAULT_MODEL = "texture_normals"
"""The shipped model that is used where none is named."""

NORMALS = "tangent_space_normals_opengl"
SURFACE = "roughness_metalness"


@dataclass(frozen=True, eq=False)
class TextureModel(OpenModel):
    """A texture-normals model that can be run."""

    def run(self, color: FloatArray) -> tuple[FloatArray, FloatArray]:
        """What the model says of one picture.

        Args:
            color: (H, W, 3) float32, sRGB-encoded, 0..1; H and W multiples of `card.multiple_of`.

        Returns:
            (H, W, 3) unit normals, OpenGL, and (H, W, 2) roughness and metalness, 0..1, float32.

        Raises:
            WorkFailed: the runtime failed (out of memory, for example), or the model gave numbers that are none.
            ModelMismatch: its answer has another shape than its card says.
        """
        picture = {self.card.inputs[0].name: color.transpose(2, 0, 1)[None]}
        normals, surface = ask(self.card, self.session, picture, ["normals", "surface"])
        check_shapes(self.card, {"normals": normals, "surface": surface}, color.shape[0], color.shape[1])
        found, both = (part[0].transpose(1, 2, 0) for part in (normals, surface))
        return found, np.clip(both, 0.0, 1.0)


def open_texture_model(
    name_or_path: str | Path | None = None, device: str = "auto", threads: int | None = None
) -> TextureModel:
    """Load a model; None is the shipped `DEFAULT_MODEL`. Arguments and errors as `core.inference.model.open_as`."""
    return open_as(TextureModel, DEFAULT_MODEL if name_or_path is None else name_or_path, _check_card, device, threads)


def _check_card(card: ModelCard) -> None:
    inputs = [(port.channels, port.encoding) for port in card.inputs]
    outputs = {port.name: (port.channels, port.encoding) for port in card.outputs}
    if inputs != [(3, "srgb")] or outputs != {"normals": (3, NORMALS), "surface": (2, SURFACE)}:
        raise ModelMismatch(
            f"model {card.name} (task {card.task}) is no texture model; one of the task texture_normals is needed"
        )
