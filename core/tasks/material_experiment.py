"""The experiment that the task `material` goes back to: all ten numbers from a picture, by a plain network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from core.card import ModelCard, Port
from core.errors import BadConfig
from core.image import Image
from core.losses.ordinal_bins import chosen_value, ordinal_cross_entropy
from core.materials.ball import ball_picture
from core.materials.changes import plain_picture
from core.materials.parameters import COUNT, to_quantities
from core.networks.material_heads import MaterialHeads
from core.tasks.material import pack_material
from core.training.config import TrainConfig
from core.training.task import Batch, Frame, Group, Outcome, Phase, Task

__all__ = ["MaterialExperiment"]

_MULTIPLE = 32


class MaterialExperiment(Task):
    """Picture (sRGB) in, ten numbers out: a regression (mean absolute error) or a choice among bins.

    Settings of a recipe beyond those of every task: `model` takes the arguments of `MaterialHeads`; there is no
    augmentation but mirroring, and no pretrained start; the learning rate is that of the group `network`.
    """

    name: ClassVar[str] = "material_experiment"
    layers: ClassVar[tuple[str, ...]] = ("",)

    def __init__(self, config: TrainConfig) -> None:
        self.config = config
        if config.augmentation:
            raise BadConfig(f"augmentation {dict(config.augmentation)}: this task has none")
        self.model: MaterialHeads
        try:
            self.model = MaterialHeads(**config.model)
        except TypeError as error:
            raise BadConfig(f"model settings {dict(config.model)}: {error}") from error

    def load_pretrained(self) -> None:
        """Nothing: it starts from random weights."""

    def pack(self, image: Image, metadata: Mapping[str, Any]) -> Frame:
        """See `core.tasks.material.pack_material`."""
        return pack_material(image, metadata)

    def training_sample(self, frame: Frame, size: int, rng: np.random.Generator) -> dict[str, npt.NDArray[np.float32]]:
        """`picture` (3, S, S) sRGB 0..1, mirrored every other time, and `parameters` (10, 1, 1)."""
        sample = self._sample(frame, size)
        if rng.random() < 0.5:
            sample["picture"] = np.ascontiguousarray(sample["picture"][..., ::-1])
        return sample

    def validation_sample(self, frame: Frame) -> dict[str, npt.NDArray[np.float32]]:
        """The same, unchanged."""
        return self._sample(frame, self.config.size)

    def phases(self) -> Sequence[Phase]:
        """One."""
        return [Phase("fit", self.model, self._losses)]

    def groups(self, module: nn.Module) -> Sequence[Group]:
        """All parameters together."""
        return [Group("network", list(module.parameters()), 1e-3)]

    def metrics(self, model: nn.Module, batch: Batch) -> dict[str, float]:
        """Mean absolute error over all ten numbers; of bins also with the likeliest one."""
        wanted = batch["parameters"].flatten(1)
        figures = {"mae": float((model(batch["picture"]).flatten(1) - wanted).abs().mean())}
        if self.model.bins and isinstance(model, MaterialHeads):
            figures["mae_likeliest"] = float((chosen_value(model.logits(batch["picture"])) - wanted).abs().mean())
        return figures

    def preview(self, model: nn.Module, batch: Batch) -> npt.NDArray[np.uint8]:
        """One row an image: picture, ball of the answer, ball of the truth; (B * S, 3 * S, 3)."""
        found = to_quantities(model(batch["picture"]).flatten(1).cpu().numpy())
        wanted = to_quantities(batch["parameters"].flatten(1).cpu().numpy())
        size = batch["picture"].shape[-1]
        rows = [
            np.concatenate([picture, ball_picture(made, size), ball_picture(true, size)], 1)
            for picture, made, true in zip(
                batch["picture"].permute(0, 2, 3, 1).cpu().numpy(), found, wanted, strict=True
            )
        ]
        return np.asarray((np.concatenate(rows, 0).clip(0, 1) * 255.0).round(), np.uint8)

    def card(self, details: Mapping[str, Any]) -> ModelCard:
        """See `Task.card`."""
        told = {"work_size": self.config.size, "default_fov_degrees": 55.0, **details}
        told["description"] = details.get("description") or "Ten numbers of a material, as the experiment had them."
        return ModelCard(
            task=self.name,
            inputs=(Port("picture", 3, "srgb", (0.0, 1.0)),),
            outputs=(Port("parameters", COUNT, "standard_surface", (0.0, 1.0)),),
            multiple_of=_MULTIPLE,
            **told,
        )

    def _losses(self, batch: Batch) -> Outcome:
        wanted = batch["parameters"].flatten(1)
        found = self.model.logits(batch["picture"])
        if self.model.bins:
            return Outcome(
                {"ordinal": ordinal_cross_entropy(found, wanted)}, {"mae": _error(chosen_value(found), wanted)}
            )
        error = _error(torch.sigmoid(found.float()), wanted)
        return Outcome({"absolute": error}, {"mae": error.detach()})

    def _sample(self, frame: Frame, size: int) -> dict[str, npt.NDArray[np.float32]]:
        picture, _ = plain_picture(frame["pixels"], frame["mask"] / np.float32(255.0), size)
        return {
            "picture": np.ascontiguousarray(picture.transpose(2, 0, 1)),
            "parameters": np.asarray(frame["parameters"], np.float32)[:, None, None],
        }


def _error(found: Tensor, wanted: Tensor) -> Tensor:
    return (found - wanted).abs().mean()
