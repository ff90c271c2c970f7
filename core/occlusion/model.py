"""An occlusion network, loaded and ready: its card, its ONNX Runtime session, and one call that runs it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from core.card import ModelCard, load_card
from core.errors import ModelMismatch
from core.inference.engine import ask, check_shapes, margin_of, start_session

__all__ = ["OCCLUSION_MODEL", "STYLE_MODEL", "FieldModel", "open_occlusion_model", "open_style_model"]

FloatArray = npt.NDArray[np.float32]

OCCLUSION_MODEL, STYLE_MODEL = "occlusion", "occlusion_style"
"""The shipped models that are used where none is named."""

_OCCLUSION_PORTS = {"normals": 3, "slopes": 2, "depth": 1, "known": 1}
_STYLE_PORTS = {"mask": 1}
_MARGIN = 96


@dataclass(frozen=True, eq=False)
class FieldModel:
    """A model from pictures to one picture that can be run.

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

    def run(self, **pictures: FloatArray) -> FloatArray:
        """What the model says.

        Args:
            pictures: by the name of the port: (C, H, W) float32; H and W multiples of `card.multiple_of`.

        Returns:
            (C, H, W) float32, 0..1.

        Raises:
            WorkFailed: the runtime failed (out of memory, for example), or the model gave numbers that are none.
            ModelMismatch: its answer has another shape than its card says.
        """
        name = self.card.outputs[0].name
        height, width = next(iter(pictures.values())).shape[1:]
        (made,) = ask(self.card, self.session, {port: picture[None] for port, picture in pictures.items()}, [name])
        check_shapes(self.card, {name: made}, height, width)
        clipped: FloatArray = np.clip(made[0], 0.0, 1.0)
        return clipped


def open_occlusion_model(
    name_or_path: str | Path | None = None, device: str = "auto", threads: int | None = None
) -> FieldModel:
    """Load a model of the task `occlusion`.

    Args:
        name_or_path: name of a shipped model, or the path of a model's folder, card or ONNX file; None: the shipped
            `OCCLUSION_MODEL`.
        device: `cpu`, `gpu`, or `auto` for the GPU where ONNX Runtime can use one.
        threads: CPU threads; None: as many as the machine has cores.

    Raises:
        FileMissing: no such model; the message lists the shipped ones.
        ModelMismatch: the card is missing, is that of another kind of model or does not describe the graph, or the
            weights are damaged.
        MissingPart: ONNX Runtime is not installed, or twice; or `gpu` is asked for and there is none.
        BadConfig: an unknown device or number of threads.
    """
    return _open(name_or_path or OCCLUSION_MODEL, "occlusion", _OCCLUSION_PORTS, device, threads)


def open_style_model(
    name_or_path: str | Path | None = None, device: str = "auto", threads: int | None = None
) -> FieldModel:
    """Load a model of the task `occlusion_style`; arguments and errors as `open_occlusion_model`."""
    return _open(name_or_path or STYLE_MODEL, "occlusion_style", _STYLE_PORTS, device, threads)


def _open(name: str | Path, task: str, ports: dict[str, int], device: str, threads: int | None) -> FieldModel:
    card = load_card(name)
    if card.task != task or {port.name: port.channels for port in card.inputs} != ports or len(card.outputs) != 1:
        raise ModelMismatch(
            f"model {card.name} (task {card.task}) is of another kind; one of the task {task} is needed"
        )
    session, runs_on = start_session(card, device, threads)
    return FieldModel(card, runs_on, session)
