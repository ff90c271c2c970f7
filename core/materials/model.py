"""A material model, loaded and ready, and its answer about one object."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from core.card import ModelCard
from core.errors import ModelMismatch
from core.inference.engine import ask
from core.inference.model import OpenModel, open_as
from core.materials.parameters import GROUPS, QUANTITIES
from core.materials.picture import Crop
from core.materials.seen import seen

__all__ = ["DEFAULT_MODEL", "MaterialAnswer", "MaterialModel", "open_material_model"]

FloatArray = npt.NDArray[np.float32]

DEFAULT_MODEL = "material"
"""The shipped model that is used where none is named."""

NEAR = 0.1
"""A number's confidence is the probability that it is less than this off."""

_TRUSTED = 0.5


@dataclass(frozen=True, eq=False)
class MaterialAnswer:
    """What a model says of an object.

    Attributes:
        quantities: (8,) of `core.materials.parameters.QUANTITIES`, 0..1.
        expected_error: (8,) mean absolute error to expect of each.
    """

    quantities: FloatArray
    expected_error: FloatArray

    @property
    def confidence(self) -> FloatArray:
        """(8,) probability 0..1 that each is less than `NEAR` off, of Laplace's distribution with that mean error."""
        return np.asarray(1.0 - np.exp(-NEAR / np.maximum(self.expected_error, 1e-6)), np.float32)

    @property
    def shown(self) -> npt.NDArray[np.bool_]:
        """(8,) whether a picture of such a material shows each number at all, see `core.materials.seen`."""
        return np.asarray(seen(self.quantities[None])[0])

    def to_json(self) -> dict[str, Any]:
        """Plain values: parameters of `standard_surface` with base and specular 1, and for each its error,
        confidence, and whether it is seen."""

        def numbers(values: npt.NDArray[Any], place: slice) -> Any:
            found = [round(float(value), 4) for value in values[place]]
            return found if len(found) > 1 else found[0]

        told: dict[str, Any] = {"base": 1.0, "specular": 1.0}
        for name, place in GROUPS.items():
            told[name] = numbers(self.quantities, place)
        told["expected_error"] = {name: numbers(self.expected_error, place) for name, place in GROUPS.items()}
        told["confidence"] = {name: round(float(self.confidence[place].mean()), 4) for name, place in GROUPS.items()}
        told["seen"] = {name: bool(self.shown[place].any()) for name, place in GROUPS.items()}
        return told

    def lines(self) -> list[str]:
        """One line a parameter, for people."""
        made = []
        for name, place in GROUPS.items():
            values = " ".join(f"{float(value):.3f}" for value in self.quantities[place])
            off, sure = float(self.expected_error[place].mean()), float(self.confidence[place].mean())
            words = f"{name:<20}{values:<22}+- {off:.2f}   {100 * sure:3.0f} % within {NEAR}"
            if not self.shown[place].any():
                words += "   hardly seen in such a material"
            elif sure < _TRUSTED:
                words += "   a guess"
            made.append(words)
        return made


@dataclass(frozen=True, eq=False)
class MaterialModel(OpenModel):
    """A material model that can be run."""

    @property
    def size(self) -> int:
        """Side of the pictures it wants, pixels."""
        step = self.card.multiple_of
        return max(step, round(self.card.work_size / step) * step)

    def run(self, crop: Crop) -> MaterialAnswer:
        """What the model says, the mean of what it says of the crop and of its mirror image.

        Args:
            crop: of side `size`.

        Raises:
            WorkFailed: the runtime failed, or the model gave numbers that are none.
            ModelMismatch: its answers are not eight numbers a picture.
        """
        picture = np.stack([crop.picture, crop.picture[:, ::-1]]).transpose(0, 3, 1, 2)
        mask = np.stack([crop.mask, crop.mask[:, ::-1]])[:, None]
        both = ask(self.card, self.session, {"picture": picture, "mask": mask}, ["quantities", "expected_error"])
        if any(part.size != 2 * len(QUANTITIES) for part in both):
            raise ModelMismatch(
                f"model {self.card.name}: its answers have the shapes {', '.join(str(part.shape) for part in both)}, "
                f"not {len(QUANTITIES)} numbers a picture; export the model with `platelight export`"
            )
        values, errors = (part.reshape(2, len(QUANTITIES)).mean(0) for part in both)
        return MaterialAnswer(np.clip(values, 0.0, 1.0), np.clip(errors, 1e-3, 1.0))


def open_material_model(
    name_or_path: str | Path | None = None, device: str = "auto", threads: int | None = None
) -> MaterialModel:
    """Load a model; None is the shipped `DEFAULT_MODEL`. Arguments and errors as `core.inference.model.open_as`."""
    return open_as(MaterialModel, DEFAULT_MODEL if name_or_path is None else name_or_path, _check_card, device, threads)


def _check_card(card: ModelCard) -> None:
    outputs = {port.name: port.channels for port in card.outputs}
    if {port.name for port in card.inputs} != {"picture", "mask"} or outputs != {"quantities": 8, "expected_error": 8}:
        raise ModelMismatch(
            f"model {card.name} (task {card.task}) is no material model; one of the task material is needed"
        )
