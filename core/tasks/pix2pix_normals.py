"""Normals drawn by pix2pix: a U-Net against a discriminator, two phases; or the same U-Net by plain regression, one.

Isola et al., "Image-to-Image Translation with Conditional Adversarial Networks", 2017. Data, augmentation and figures
are those of the task plate_normals, so that the two can be compared. `docs/pix2pix.md` says what is as published.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from core.card import ModelCard, Port
from core.color import NETWORK_VIEW
from core.errors import BadConfig
from core.image import Image
from core.losses.adversarial import ADVERSARIAL, adversarial_loss
from core.losses.angular import angle
from core.networks.discriminators import build_discriminator
from core.networks.unet_pix2pix import NormalsUNet
from core.tasks.plate_normals import PlateNormals
from core.training.config import TrainConfig
from core.training.task import Batch, Frame, Group, Outcome, Phase, Task

__all__ = ["Objective", "Pix2PixNormals"]

_LEARNING_RATE = 2e-4
_BETAS = (0.5, 0.999)
_MULTIPLE = 32
_CHANNELS = 6  # plate and normals
_NO_RAYS = "It does not use the rays, so that it cannot know the field of view."


@dataclass(frozen=True, kw_only=True)
class Objective:
    """What the generator is asked for.

    Attributes:
        discriminator: "none" (plain regression), or a name in `core.networks.discriminators.LAYOUTS`.
        discriminator_width: channels of its first layer; 0: as many as the generator's.
        adversarial: a name in `core.losses.adversarial.ADVERSARIAL`.
        lambda_l1: weight of L1 against an adversarial loss of weight 1; 100 as published.

    Raises:
        BadConfig: a weight below 0, or an unknown adversarial loss.
    """

    discriminator: str = "patch70"
    discriminator_width: int = 0
    adversarial: str = "bce"
    lambda_l1: float = 100.0

    def __post_init__(self) -> None:
        if self.lambda_l1 < 0.0 or self.discriminator_width < 0:
            raise BadConfig(
                f"lambda_l1 {self.lambda_l1}, discriminator_width {self.discriminator_width}: must be 0 or more"
            )
        if self.adversarial not in ADVERSARIAL:
            raise BadConfig(f"adversarial {self.adversarial!r}: choose one of {', '.join(ADVERSARIAL)}")


class Pix2PixNormals(Task):
    """Plate (network view) in, a picture of normals out, brought to unit length for figures and export.

    Settings of a recipe beyond those of every task: `model` takes the arguments of `NormalsUNet` and the fields of
    `Objective`; `augmentation` takes what plate_normals takes; the learning rates are those of the groups `generator`
    and `discriminator`.

    Where there is no surface the picture means nothing: L1 leaves these pixels out, and the discriminator sees zeros
    there in true and drawn pictures alike.
    """

    name: ClassVar[str] = "pix2pix_normals"
    layers: ClassVar[tuple[str, ...]] = PlateNormals.layers

    def __init__(self, config: TrainConfig) -> None:
        self.config = config
        names = {item.name for item in fields(Objective)}
        settings = {name: value for name, value in config.model.items() if name not in names}
        self.objective = Objective(**{name: value for name, value in config.model.items() if name in names})
        try:
            self.model: NormalsUNet = NormalsUNet(**settings)
        except TypeError as error:
            raise BadConfig(f"model settings {dict(config.model)}: {error}") from error
        step = self.model.generator.multiple_of
        sizes = [stage.size for stage in config.stages.all]
        unfit = [size for size in sizes if size % step]
        if unfit:
            raise BadConfig(
                f"size {unfit[0]}: this generator halves a picture until {step} pixels are one; choose a multiple "
                f"of {step}, or a smaller depth"
            )
        self.discriminator: nn.Module | None = None
        if self.objective.discriminator != "none":
            if self.objective.discriminator == "image" and min(sizes) != max(sizes):
                raise BadConfig(
                    f"sizes {config.sizes}: the whole-image discriminator is made for one size; leave sizes out, or "
                    f"choose a patch discriminator"
                )
            width = self.objective.discriminator_width or int(settings.get("width", 64))
            norm = str(settings.get("norm", "batch"))
            self.discriminator = build_discriminator(self.objective.discriminator, _CHANNELS, min(sizes), width, norm)
        # Samples and figures come from the very task that pix2pix is compared with; its own network is not used. It is
        # made last, so that it does not change the first weights of the others.
        self._plates = PlateNormals(replace(config, task=PlateNormals.name, model={}, pretrained=False))
        self._drawn: tuple[Tensor, Tensor] | None = None

    def load_pretrained(self) -> None:
        """Nothing: pix2pix starts from random weights."""

    def pack(self, image: Image, metadata: Mapping[str, Any]) -> Frame:
        """See `PlateNormals.pack`."""
        return self._plates.pack(image, metadata)

    def training_sample(self, frame: Frame, size: int, rng: np.random.Generator) -> dict[str, npt.NDArray[np.float32]]:
        """See `PlateNormals.training_sample`."""
        return self._plates.training_sample(frame, size, rng)

    def validation_sample(self, frame: Frame) -> dict[str, npt.NDArray[np.float32]]:
        """See `PlateNormals.validation_sample`."""
        return self._plates.validation_sample(frame)

    def phases(self) -> Sequence[Phase]:
        """Generator, then discriminator, on each batch; the generator alone without a discriminator.

        The paper alternates one step each, the discriminator first. Here the generator goes first, so that what it
        draws serves both phases: the same alternation, begun half a step later.
        """
        generator = Phase("generator", self.model, self._generator_losses)
        if self.discriminator is None:
            return [generator]
        return [generator, Phase("discriminator", self.discriminator, self._discriminator_losses)]

    def groups(self, module: nn.Module) -> Sequence[Group]:
        """One pace for each network, 2e-4 with a first momentum of 0.5, as published."""
        name = "generator" if module is self.model else "discriminator"
        return [Group(name, list(module.parameters()), _LEARNING_RATE, _BETAS)]

    def metrics(self, model: nn.Module, batch: Batch) -> dict[str, float]:
        """See `PlateNormals.metrics`."""
        return self._plates.metrics(model, batch)

    def preview(self, model: nn.Module, batch: Batch) -> npt.NDArray[np.uint8]:
        """See `PlateNormals.preview`."""
        return self._plates.preview(model, batch)

    def card(self, details: Mapping[str, Any]) -> ModelCard:
        """See `Task.card`.

        Raises:
            BadConfig: the model drops values at test, so that no exported graph could answer as it does.
        """
        if self.model.generator.test_dropout:
            raise BadConfig(
                "test_dropout is on: this model answers differently every time and cannot be exported; set it to "
                "false in the run's config.json, which needs no new training"
            )
        told = {"work_size": self.config.size, "default_fov_degrees": 55.0, **details}
        told["description"] = f"{details.get('description') or 'Camera-space normals by pix2pix.'} {_NO_RAYS}"
        return ModelCard(
            task=self.name,
            inputs=(Port("plate", 3, NETWORK_VIEW, (0.0, 1.0)), Port("rays", 2, "ray_slopes")),
            outputs=(Port("normals", 3, "camera_space_normals", (-1.0, 1.0)),),
            multiple_of=_MULTIPLE,
            **told,
        )

    def _generator_losses(self, batch: Batch) -> Outcome:
        drawn = self.model.picture(batch["plate"])
        losses = {"l1": self.objective.lambda_l1 * _l1(drawn, batch["normals"], batch["mask"])}
        if self.discriminator is not None:
            scores = self.discriminator(_pair(batch, drawn))
            losses["adversarial"] = adversarial_loss(scores, True, self.objective.adversarial)
            self._drawn = (batch["plate"], drawn.detach())
        with torch.no_grad():
            mask = batch["mask"][:, 0]
            error = torch.rad2deg(angle(drawn, batch["normals"]))
            degrees = (error * mask).sum() / mask.sum().clamp_min(1.0)
        return Outcome(losses, {"degrees": degrees})

    def _discriminator_losses(self, batch: Batch) -> Outcome:
        assert self.discriminator is not None
        plate, drawn = self._drawn or (None, None)
        if drawn is None or plate is not batch["plate"]:
            with torch.no_grad():
                drawn = self.model.picture(batch["plate"])
        self._drawn = None
        kind = self.objective.adversarial
        # Apart, as published: batch statistics of true and drawn pictures do not mix.
        for_true = self.discriminator(_pair(batch, batch["normals"]))
        for_drawn = self.discriminator(_pair(batch, drawn))
        # Halved as published, which slows the discriminator down against the generator.
        losses = {
            "true": 0.5 * adversarial_loss(for_true, True, kind),
            "drawn": 0.5 * adversarial_loss(for_drawn, False, kind),
        }
        middle = 0.0 if kind == "bce" else 0.5
        with torch.no_grad():
            right = 0.5 * ((for_true > middle).float().mean() + (for_drawn <= middle).float().mean())
        return Outcome(losses, {"right_percent": 100.0 * right})


def _pair(batch: Batch, normals: Tensor) -> Tensor:
    """What a discriminator sees: (B, 6, H, W), -1..1, without what is no surface."""
    return torch.cat([2.0 * batch["plate"] - 1.0, normals * batch["mask"]], 1)


def _l1(drawn: Tensor, normals: Tensor, mask: Tensor) -> Tensor:
    """Mean absolute difference of the components, over the pixels of `mask`; 0 where it is empty."""
    return ((drawn - normals).abs().mean(1, keepdim=True) * mask).sum() / mask.sum().clamp_min(1.0)
