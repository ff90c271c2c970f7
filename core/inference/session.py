"""A shipped or exported model, loaded and ready: its card, its ONNX Runtime session, and one call that runs it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from core.card import ModelCard
from core.color import NETWORK_VIEW
from core.errors import ModelMismatch
from core.inference.answer import CONFIDENCE, Answer
from core.inference.engine import DEVICES, ask, check_numbers, check_shapes
from core.inference.model import OpenModel, open_as

__all__ = ["DEFAULT_MODEL", "DEVICES", "NormalsModel", "open_model"]

FloatArray = npt.NDArray[np.float32]

DEFAULT_MODEL = "plate_normals"
"""The shipped model that is used where none is named."""


@dataclass(frozen=True, eq=False)
class NormalsModel(OpenModel):
    """A plate-normals model that can be run."""

    @property
    def has_confidence(self) -> bool:
        """Whether its answers say how sure it is."""
        return any(port.name == "confidence" for port in self.card.outputs)

    def run(self, view: FloatArray, rays: FloatArray) -> Answer:
        """What the model says of one picture at the network's own resolution.

        Args:
            view: (H, W, 3) float32 0..1, encoded as `core.color.network_view` does; H and W are multiples of
                `card.multiple_of`.
            rays: (2, H, W) float32 slopes, see `core.inference.lens.SlopeWindow.rays`.

        Returns:
            (H, W, 3) float32 unit normals in camera space; with (H, W) float32 confidence, 0..1, if the model
            `has_confidence`.

        Raises:
            WorkFailed: the runtime failed (out of memory, for example), or the model gave numbers that are none.
            ModelMismatch: its answer has another shape than its card says.
        """
        names = ["normals", *(["confidence"] if self.has_confidence else [])]
        pictures = {"plate": view.transpose(2, 0, 1)[None], "rays": rays[None]}
        outputs = ask(self.card, self.session, pictures, names, "try a smaller --size, --tile, or --device cpu")
        check_shapes(self.card, dict(zip(names, outputs, strict=True)), view.shape[0], view.shape[1])
        normals = outputs[0][0].transpose(1, 2, 0)
        confidence = outputs[1][0, 0] if self.has_confidence else None
        length = np.sqrt(np.einsum("ijk,ijk->ij", normals, normals))[..., None]
        check_numbers(self.card, length)
        # Half-precision graphs leave lengths a thousandth off 1. A vector without length faces the camera.
        facing = np.array([0.0, 0.0, 1.0], dtype=np.float32)
        unit = np.where(length > 1e-6, normals / np.maximum(length, 1e-6), facing)
        return Answer(unit, None if confidence is None else np.clip(confidence, 0.0, 1.0))


def open_model(
    name_or_path: str | Path | None = None, device: str = "auto", threads: int | None = None
) -> NormalsModel:
    """Load a model; None is the shipped `DEFAULT_MODEL`. Arguments and errors as `core.inference.model.open_as`."""
    return open_as(NormalsModel, DEFAULT_MODEL if name_or_path is None else name_or_path, _check_card, device, threads)


def _check_card(card: ModelCard) -> None:
    """Whether this is a model that `NormalsModel.run` knows how to feed.

    Raises:
        ModelMismatch: other ports or another encoding. The port `confidence` may be there or not.
    """
    encodings = {port.name: port.encoding for port in (*card.inputs, *card.outputs)}
    inputs, outputs = ({port.name for port in ports} for ports in (card.inputs, card.outputs))
    if inputs != {"plate", "rays"} or outputs - {"confidence"} != {"normals"}:
        raise ModelMismatch(
            f"model {card.name} (task {card.task}) has the ports {', '.join(encodings)}; a plate-normals model with "
            "plate and rays in, normals and perhaps confidence out, is needed"
        )
    for port in card.outputs:
        if port.name == "confidence" and (port.encoding, port.channels) != (CONFIDENCE, 1):
            raise ModelMismatch(
                f"model {card.name} gives a confidence of {port.channels} channels encoded as {port.encoding!r}; this "
                f"version of Platelight reads 1 channel of {CONFIDENCE!r}: export the model again, or use the version "
                "it came with"
            )
    if encodings["plate"] != NETWORK_VIEW:
        raise ModelMismatch(
            f"model {card.name} wants plates encoded as {encodings['plate']!r}; this version of Platelight makes "
            f"{NETWORK_VIEW!r}: export the model again, or use the version it came with"
        )
