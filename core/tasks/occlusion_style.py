"""White shapes to soft-shadowed and shiny ones: one regression, with mean absolute error."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from core.card import ModelCard, Port
from core.errors import BadChannels, BadConfig
from core.image import Image
from core.networks.resconv import ResConvNet, StyleUNet
from core.training.config import TrainConfig
from core.training.task import Batch, Frame, Group, Outcome, Phase, Task

__all__ = ["OcclusionStyle"]

_NETWORKS = ("unet", "resconv")


class OcclusionStyle(Task):
    """A white-on-black picture in, its relief under a lamp out; see `core.occlusion.relief`.

    Reads sets of `platelight occlusion-shapes`. Settings of a recipe beyond those of every task: `model` takes
    `network` ("unet" or "resconv"), the arguments of that network, and `border`: pixels at the sides of a crop that do
    not count, because what throws a shadow there may lie outside. The learning rate is that of the group `network`.
    """

    name: ClassVar[str] = "occlusion_style"
    layers: ClassVar[tuple[str, ...]] = ("mask", "shiny")

    def __init__(self, config: TrainConfig) -> None:
        self.config = config
        settings = dict(config.model)
        kind = settings.pop("network", "unet")
        self.border = int(settings.pop("border", 0))
        if kind not in _NETWORKS:
            raise BadConfig(f"network {kind!r}: choose one of {', '.join(_NETWORKS)}")
        if not 0 <= 2 * self.border < config.size:
            raise BadConfig(f"border {self.border}: must be 0 or more, and less than half of the size, {config.size}")
        self.model: StyleUNet | ResConvNet
        try:
            self.model = StyleUNet(**settings) if kind == "unet" else ResConvNet(**settings)
        except TypeError as error:
            raise BadConfig(f"model settings {settings}: {error}") from error

    def load_pretrained(self) -> None:
        """Nothing: it begins with random weights."""

    def pack(self, image: Image, metadata: Mapping[str, Any]) -> Frame:
        """8-bit shapes and relief.

        Raises:
            BadChannels: a layer is missing.
        """
        mask, shiny = image.layer("mask")[..., :1], image.layer("shiny")
        if shiny.shape[2] != 3:
            raise BadChannels("layer shiny has other than three channels")
        return {
            "mask": np.round(255.0 * np.clip(mask, 0.0, 1.0)).astype(np.uint8),
            "shiny": np.round(255.0 * np.clip(shiny, 0.0, 1.0)).astype(np.uint8),
        }

    def training_sample(self, frame: Frame, size: int, rng: np.random.Generator) -> dict[str, npt.NDArray[np.float32]]:
        """`mask` (1, S, S) and `shiny` (3, S, S), 0..1, cut out at random: the lamp stands still, nothing is turned."""
        height, width = frame["mask"].shape[:2]
        top, left = int(rng.integers(max(1, height - size + 1))), int(rng.integers(max(1, width - size + 1)))
        return _cut(frame, top, left, size)

    def validation_sample(self, frame: Frame) -> dict[str, npt.NDArray[np.float32]]:
        """The same of the middle of the picture."""
        height, width = frame["mask"].shape[:2]
        size = self.config.size
        return _cut(frame, max(0, height - size) // 2, max(0, width - size) // 2, size)

    def phases(self) -> Sequence[Phase]:
        """One: the network against the rendered relief."""
        return [Phase("fit", self.model, self._losses)]

    def groups(self, module: nn.Module) -> Sequence[Group]:
        """All parameters together."""
        return [Group("network", list(module.parameters()), 3e-3)]

    def metrics(self, model: nn.Module, batch: Batch) -> dict[str, float]:
        """Mean absolute difference, 0..1, of what a screen shows; and that of the mean colour of each picture.

        Within the border that counts in training: nothing is asked of a network at the edge of a crop, where it is not
        shown what throws a shadow.
        """
        inside = self._inside(batch)
        wanted = batch["shiny"][..., inside, inside]
        flat = (wanted - wanted.mean((2, 3), keepdim=True)).abs().mean()
        found = model(batch["mask"])[..., inside, inside].clamp(0, 1)
        return {"mae": float((found - wanted).abs().mean()), "mae_of_mean": float(flat)}

    def preview(self, model: nn.Module, batch: Batch) -> npt.NDArray[np.uint8]:
        """One row an image: shapes, prediction, reference, (B * S, 3 * S, 3)."""
        columns = [batch["mask"].expand(-1, 3, -1, -1), model(batch["mask"]), batch["shiny"]]
        grid = torch.cat([torch.cat(list(column.float()), dim=1) for column in columns], dim=2)
        return (grid.clamp(0, 1) * 255.0).round().byte().permute(1, 2, 0).cpu().numpy()

    def card(self, details: Mapping[str, Any]) -> ModelCard:
        """See `Task.card`."""
        told = {"work_size": self.config.size, "default_fov_degrees": 55.0, **details}
        told["description"] = details.get("description") or "White shapes made soft-shadowed and shiny."
        told["data"] = {**told.get("data", {}), "margin": self.model.margin}
        return ModelCard(
            task=self.name,
            inputs=(Port("mask", 1, "white_on_black", (0.0, 1.0)),),
            outputs=(Port("shiny", 3, "srgb", (0.0, 1.0)),),
            multiple_of=self.model.multiple_of,
            **told,
        )

    def _losses(self, batch: Batch) -> Outcome:
        inside = self._inside(batch)
        found = self.model(batch["mask"]).float()[..., inside, inside]
        mae = (found - batch["shiny"][..., inside, inside]).abs().mean()
        return Outcome({"mae": mae}, {"difference": mae.detach()})

    def _inside(self, batch: Batch) -> slice:
        return slice(self.border, batch["mask"].shape[-1] - self.border)


def _cut(frame: Frame, top: int, left: int, size: int) -> dict[str, npt.NDArray[np.float32]]:
    made = {}
    for name in ("mask", "shiny"):
        part = frame[name][top : top + size, left : left + size]
        spare = ((0, size - part.shape[0]), (0, size - part.shape[1]), (0, 0))
        whole = np.pad(part, spare, mode="edge") if any(pair[1] for pair in spare) else part
        made[name] = np.ascontiguousarray(whole.transpose(2, 0, 1), np.float32) / np.float32(255.0)
    return made
