"""Material from a picture: eight identifiable numbers of `standard_surface`, each with how far off it may be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from core.card import ModelCard, Port
from core.errors import BadChannels, BadConfig
from core.image import Image
from core.losses.laplace import laplace_loss
from core.losses.rerender import rerender_loss
from core.materials.ball import ball_normals, ball_picture, drawn_lights
from core.materials.changes import PictureChanges, changed_picture, plain_picture
from core.materials.parameters import COUNT, GROUPS, QUANTITIES, to_quantities
from core.materials.seen import seen
from core.networks.efficientnet_lite import encoder_credit, load_imagenet_weights
from core.networks.material import CalibratedMaterial, MaterialNet
from core.settings import from_settings
from core.training.config import TrainConfig
from core.training.task import Batch, Frame, Group, Outcome, Phase, Task

__all__ = ["Material", "MaterialObjective", "pack_material"]

_MULTIPLE = 32
_LIGHTS = 4
_BALL = 14


@dataclass(frozen=True, kw_only=True)
class MaterialObjective:
    """What the network is asked for: weights of the losses.

    Attributes:
        numbers: likelihood of the eight numbers, `core.losses.laplace`.
        unseen: weight of a number that the picture hardly shows (`core.materials.seen`), beside 1 for the others.
        rerender: difference of re-rendered balls, `core.losses.rerender`.
    """

    numbers: float = 1.0
    unseen: float = 0.2
    rerender: float = 2.0

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> MaterialObjective:
        """The fields that `value` holds. Raises BadConfig for others, or for a weight below 0."""
        made = from_settings(cls, value, "objective")
        if min(vars(made).values()) < 0.0:
            raise BadConfig(f"objective {dict(value)}: weights must be 0 or more")
        return made


class Material(Task):
    """Picture of an object (sRGB) and its mask in, numbers and expected errors out.

    Settings of a recipe beyond those of every task: `model` takes the arguments of `MaterialNet`, and `objective` with
    the fields of `MaterialObjective`; `augmentation` takes the fields of `PictureChanges`; learning rates are those of
    the groups `encoder` and `head`.
    """

    name: ClassVar[str] = "material"
    layers: ClassVar[tuple[str, ...]] = ("",)

    def __init__(self, config: TrainConfig) -> None:
        self.config = config
        self.changes = PictureChanges.from_json(config.augmentation)
        settings = dict(config.model)
        self.objective = MaterialObjective.from_json(settings.pop("objective", {}))
        self.model: MaterialNet
        try:
            self.model = MaterialNet(**settings)
        except TypeError as error:
            raise BadConfig(f"model settings {settings}: {error}") from error
        self._normals = torch.from_numpy(ball_normals(_BALL)[0])

    def load_pretrained(self) -> None:
        """Start the encoder from ImageNet. Raises MissingPart."""
        load_imagenet_weights(self.model.encoder)

    def pack(self, image: Image, metadata: Mapping[str, Any]) -> Frame:
        """See `pack_material`."""
        return pack_material(image, metadata)

    def training_sample(self, frame: Frame, size: int, rng: np.random.Generator) -> dict[str, npt.NDArray[np.float32]]:
        """`picture` (3, S, S) sRGB 0..1, `mask` (1, S, S), `quantities` and `seen` (8, 1, 1), `lights` (9, 3, 1)."""
        if self.changes.dealt and rng.random() < self.changes.dealt:
            frame = _dealt(frame, rng.permutation(3))
        picture, mask = changed_picture(frame["pixels"], frame["mask"] / np.float32(255.0), size, rng, self.changes)
        return _sample(picture, mask, frame, rng)

    def validation_sample(self, frame: Frame) -> dict[str, npt.NDArray[np.float32]]:
        """The same, unchanged."""
        picture, mask = plain_picture(frame["pixels"], frame["mask"] / np.float32(255.0), self.config.size)
        return _sample(picture, mask, frame, np.random.default_rng(int(1e6 * float(frame["parameters"].sum()))))

    def phases(self) -> Sequence[Phase]:
        """One: the network against the truth."""
        return [Phase("fit", self.model, self._losses)]

    def groups(self, module: nn.Module) -> Sequence[Group]:
        """The pretrained encoder, and the rest, which learns faster."""
        named = [(name, parameter) for name, parameter in module.named_parameters() if parameter.requires_grad]
        encoder = [parameter for name, parameter in named if name.startswith("encoder.")]
        rest = [parameter for name, parameter in named if not name.startswith("encoder.")]
        return [Group("encoder", encoder, 4e-4), Group("head", rest, 1e-3)]

    def metrics(self, model: nn.Module, batch: Batch) -> dict[str, float]:
        """Mean absolute errors: of what is seen, by group and over all eight; and of the re-rendered ball."""
        found, expected = model(batch["picture"], batch["mask"])
        quantities, spread = found.flatten(1).float(), expected.flatten(1).float()
        wanted, shown = batch["quantities"].flatten(1), batch["seen"].flatten(1)
        error = (quantities - wanted).abs()
        figures = {"mae": float((error * shown).sum() / shown.sum().clamp_min(1.0))}
        for name, place in GROUPS.items():
            figures[name] = float((error[:, place] * shown[:, place]).sum() / shown[:, place].sum().clamp_min(1.0))
        figures["expected_mae"] = float((spread * shown).sum() / shown.sum().clamp_min(1.0))
        figures["rerender"] = float(self._rerender(quantities, wanted, batch))
        return figures

    def preview(self, model: nn.Module, batch: Batch) -> npt.NDArray[np.uint8]:
        """One row an image: picture, ball of the answer, ball of the truth; (B * S, 3 * S, 3)."""
        found, _ = model(batch["picture"], batch["mask"])
        size = batch["picture"].shape[-1]
        rows = []
        for picture, made, wanted in zip(
            batch["picture"].permute(0, 2, 3, 1).cpu().numpy(),
            found.flatten(1).cpu().numpy(),
            batch["quantities"].flatten(1).cpu().numpy(),
            strict=True,
        ):
            rows.append(np.concatenate([picture, ball_picture(made, size), ball_picture(wanted, size)], 1))
        return np.asarray((np.concatenate(rows, 0).clip(0, 1) * 255.0).round(), np.uint8)

    def deployed(self, figures: Mapping[str, float]) -> nn.Module:
        """The network with its expected errors brought to what the held-out samples of the training showed."""
        expected, found = figures.get("expected_mae", 0.0), figures.get("mae", 0.0)
        if not expected > 0.0 or not found > 0.0:
            return self.model
        return CalibratedMaterial(self.model, min(max(found / expected, 0.5), 2.0))

    def card(self, details: Mapping[str, Any]) -> ModelCard:
        """See `Task.card`."""
        told = {"work_size": self.config.size, "default_fov_degrees": 55.0, **details}
        told["description"] = details.get("description") or "Material of an object in a picture."
        if self.config.pretrained:
            told["credits"] = (encoder_credit(self.model.encoder.variant), *details.get("credits", ()))
        return ModelCard(
            task=self.name,
            inputs=(Port("picture", 3, "srgb", (0.0, 1.0)), Port("mask", 1, "coverage", (0.0, 1.0))),
            outputs=(
                Port("quantities", 8, "standard_surface_products", (0.0, 1.0)),
                Port("expected_error", 8, "mean_absolute_error", (0.0, 1.0)),
            ),
            multiple_of=_MULTIPLE,
            **told,
        )

    def _losses(self, batch: Batch) -> Outcome:
        mean, log_scale = self.model.predict(batch["picture"], batch["mask"])
        wanted, shown = batch["quantities"].flatten(1), batch["seen"].flatten(1)
        weights = self.objective
        weight = weights.unseen + (1.0 - weights.unseen) * shown
        rerender = self._rerender(mean, wanted, batch)
        losses = {
            "numbers": weights.numbers * laplace_loss(mean, log_scale, wanted, weight),
            "rerender": weights.rerender * rerender,
        }
        error = ((mean.detach() - wanted).abs() * shown).sum() / shown.sum().clamp_min(1.0)
        return Outcome(losses, {"mae": error})

    def _rerender(self, quantities: Tensor, wanted: Tensor, batch: Batch) -> Tensor:
        lights = batch["lights"][0, :, :, 0]  # of the first sample: others are drawn for other steps
        normals = self._normals.to(quantities.device)
        return rerender_loss(
            quantities, wanted, normals, lights[:_LIGHTS], lights[_LIGHTS : 2 * _LIGHTS], lights[2 * _LIGHTS], GROUPS
        )


def pack_material(image: Image, metadata: Mapping[str, Any]) -> Frame:
    """Half-float picture, 8-bit mask, the ten numbers, and which of the eight identifiable ones are seen.

    Raises:
        BadChannels: the picture has no colour or no coverage, or its metadata no ten `parameters` of 0..1.
    """
    given = np.asarray(metadata.get("parameters", ()), np.float32)
    if given.shape != (COUNT,) or not np.all((given >= 0.0) & (given <= 1.0)):
        raise BadChannels(
            f"metadata: `parameters` must be {COUNT} numbers 0..1; `platelight material-pairs` makes such"
        )
    alpha = image.alpha()
    if alpha is None:
        raise BadChannels("the picture has no alpha, which says where the object is")
    return {
        "pixels": np.clip(np.nan_to_num(image.rgb()), 0.0, 6e4).astype(np.float16),
        "mask": np.round(255.0 * np.clip(np.nan_to_num(alpha[..., 0]), 0.0, 1.0)).astype(np.uint8),
        "parameters": given,
        "seen": seen(to_quantities(given)[None])[0],
    }


def _dealt(frame: Frame, order: npt.NDArray[np.int64]) -> Frame:
    """The same object with its red, green and blue exchanged, those of its light and its material together.

    A renderer in three channels treats each as if the others were not there, so this is what it would have rendered.
    """
    ten, eight = np.arange(COUNT), np.arange(len(QUANTITIES))
    for first, numbers in ((1, ten), (5, ten), (0, eight), (3, eight)):
        numbers[first : first + 3] = first + order
    changed = {
        "pixels": frame["pixels"][..., order],
        "parameters": frame["parameters"][ten],
        "seen": frame["seen"][eight],
    }
    return {**frame, **changed}


def _sample(
    picture: npt.NDArray[np.float32], mask: npt.NDArray[np.float32], frame: Frame, rng: np.random.Generator
) -> dict[str, npt.NDArray[np.float32]]:
    lights = drawn_lights(rng, _LIGHTS)
    drawn = np.concatenate([lights.directions, lights.radiance, lights.ambient[None]])
    return {
        "picture": np.ascontiguousarray(picture.transpose(2, 0, 1)),
        "mask": mask[None],
        "quantities": to_quantities(frame["parameters"])[:, None, None],
        "seen": np.asarray(frame["seen"], np.float32)[:, None, None],
        "lights": drawn[:, :, None],
    }
