"""A texture model, loaded and ready: its card, its ONNX Runtime session, and one call that runs it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from core.card import ModelCard, load_card
from core.errors import ModelMismatch, WorkFailed
from core.inference.engine import check_shapes, first_line, start_session

__all__ = ["DEFAULT_MODEL", "TextureModel", "open_texture_model"]

FloatArray = npt.NDArray[np.float32]

DEFAULT_MODEL = "texture_normals"
"""The shipped model that is used where none is named."""

NORMALS = "tangent_space_normals_opengl"
SURFACE = "roughness_metalness"
_MARGIN = 96
_MOST_MARGIN = 4096


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
        """Pixels at each border of its input that its answer there cannot be trusted without: its own padding.

        Raises:
            ModelMismatch: the card says something else than a number of pixels.
        """
        stated = self.card.data.get("margin", _MARGIN)
        if type(stated) is not int or not 0 <= stated <= _MOST_MARGIN:
            raise ModelMismatch(f"model {self.card.name}: its card's margin is {stated!r}; export the model again")
        return stated

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
        entry = self.session.get_inputs()[0]
        kind = np.float16 if "float16" in entry.type else np.float32
        feed = {entry.name: np.ascontiguousarray(color.transpose(2, 0, 1)[None], dtype=kind)}
        try:
            normals, surface = self.session.run(["normals", "surface"], feed)
        except Exception as error:  # ONNX Runtime's exceptions share no public root
            raise WorkFailed(
                f"model {self.card.name} failed on {color.shape[1]}x{color.shape[0]} pixels ({first_line(error)}); "
                "try --device cpu, or close other programs"
            ) from error
        check_shapes(self.card, {"normals": normals, "surface": surface}, color.shape[0], color.shape[1])
        found, both = (np.asarray(part, np.float32)[0].transpose(1, 2, 0) for part in (normals, surface))
        if not np.isfinite(found).all() or not np.isfinite(both).all():
            raise WorkFailed(
                f"model {self.card.name} gave values that are not numbers; try --device cpu, or export it in fp32"
            )
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
