"""A texture model, loaded and ready: its card, its ONNX Runtime session, and one call that runs it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from core.card import ModelCard, load_card
from core.errors import ModelMismatch
from core.inference.engine import ask, check_shapes, margin_of, start_session

__all__ = ["DEFAULT_MODEL", "TextureModel", "open_texture_model"]

FloatArray = npt.NDArray[np.float32]

DEFAULT_MODEL = "texture_normals"
"""The shipped model that is used where none is named."""

NORMALS = "tangent_space_normals_opengl"
SURFACE = "roughness_metalness"
_MARGIN = 96


@dataclass(frozen=True, eq=False)
class TextureModel:
    """A texture-normals model that can be run.

    Attributes:
        card: what the model is and wants.
        device: `cpu` or `gpu`, where it runs.
        session: the ONNX Runtime session behind it.
    """

    card: ModelCard
    device: str
    session: Any

    @property
    def margin(self) -> int:
        """See `core.inference.engine.margin_of`."""
        return margin_of(self.card, _MARGIN)

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
    """Load a model.

    Args:
        name_or_path: name of a shipped model, or the path of a model's folder, card or ONNX file; None: the shipped
            `DEFAULT_MODEL`.
        device: `cpu`, `gpu`, or `auto` for the GPU where ONNX Runtime can use one.
        threads: CPU threads; None: as many as the machine has cores.

    Raises:
        FileMissing: no such model; the message lists the shipped ones.
        ModelMismatch: the card is missing, is that of another kind of model or does not describe the graph, or the
            weights are damaged.
        MissingPart: ONNX Runtime is not installed, or twice; or `gpu` is asked for and there is none.
        BadConfig: an unknown device or number of threads.
    """
    card = load_card(name_or_path if name_or_path is not None else DEFAULT_MODEL)
    _check_card(card)
    session, runs_on = start_session(card, device, threads)
    return TextureModel(card, runs_on, session)


def _check_card(card: ModelCard) -> None:
    inputs = [(port.channels, port.encoding) for port in card.inputs]
    outputs = {port.name: (port.channels, port.encoding) for port in card.outputs}
    if inputs != [(3, "srgb")] or outputs != {"normals": (3, NORMALS), "surface": (2, SURFACE)}:
        raise ModelMismatch(
            f"model {card.name} (task {card.task}) is no texture model; one of the task texture_normals is needed"
        )
