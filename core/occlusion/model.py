"""An occlusion network, loaded and ready: its card, its ONNX Runtime session, and one call that runs it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from core.card import ModelCard
from core.errors import ModelMismatch
from core.inference.engine import ask, check_shapes
from core.inference.model import OpenModel, open_as

__all__ = ["OCCLUSION_MODEL", "STYLE_MODEL", "FieldModel", "open_occlusion_model", "open_style_model"]

FloatArray = npt.NDArray[np.float32]

OCCLUSION_MODEL, STYLE_MODEL = "occlusion", "occlusion_style"
"""The shipped models that are used where none is named."""

_OCCLUSION_PORTS = {"normals": 3, "slopes": 2, "depth": 1, "known": 1}
_STYLE_PORTS = {"mask": 1}


@dataclass(frozen=True, eq=False)
class FieldModel(OpenModel):
    """A model from pictures to one picture that can be run."""

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
    """Load a model of the task `occlusion`; None is the shipped `OCCLUSION_MODEL`.

    Arguments and errors as `core.inference.model.open_as`.
    """
    return _open(name_or_path or OCCLUSION_MODEL, "occlusion", _OCCLUSION_PORTS, device, threads)


def open_style_model(
    name_or_path: str | Path | None = None, device: str = "auto", threads: int | None = None
) -> FieldModel:
    """Load a model of the task `occlusion_style`; arguments and errors as `open_occlusion_model`."""
    return _open(name_or_path or STYLE_MODEL, "occlusion_style", _STYLE_PORTS, device, threads)


def _open(name: str | Path, task: str, ports: dict[str, int], device: str, threads: int | None) -> FieldModel:
    def check(card: ModelCard) -> None:
        if card.task != task or {port.name: port.channels for port in card.inputs} != ports or len(card.outputs) != 1:
            raise ModelMismatch(
                f"model {card.name} (task {card.task}) is of another kind; one of the task {task} is needed"
            )

    return open_as(FieldModel, name, check, device, threads)
