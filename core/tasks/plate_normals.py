"""Camera-space normals from a plate: a regression, one phase."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from core.camera import PinholeCamera
from core.card import ModelCard, Port
from core.color import NETWORK_VIEW, expose, exposure_key, network_view
from core.errors import BadChannels, BadConfig
from core.image import Image
from core.losses.angular import angle
from core.losses.angular_vmf import matching_temperature, share_within
from core.losses.normals_objective import NormalsObjective
from core.networks.efficientnet_lite import encoder_credit, load_imagenet_weights
from core.networks.plate_normals import NormalsWithConfidence, PlateNormalsNet, Prediction
from core.training.augment.appearance import Appearance, vary
from core.training.augment.view import View, random_view, whole_view
from core.training.config import TrainConfig
from core.training.task import Batch, Frame, Group, Outcome, Phase, Task

__all__ = ["PlateNormals"]

_MULTIPLE = 32


class PlateNormals(Task):
    """Plate (network view) and ray slopes in, unit camera-space normals out.

    Settings of a recipe beyond those of every task: `model` takes the arguments of `PlateNormalsNet`, and `objective`
    with the fields of `NormalsObjective`; `augmentation`
    takes the fields of `Appearance`, and `smallest_crop` (0..1), `roll_degrees`, `roll_chance` (0..1); the learning
    rates are those of the groups `encoder` and `decoder`.
    """

    name: ClassVar[str] = "plate_normals"
    layers: ClassVar[tuple[str, ...]] = ("", "A", "N")

    def __init__(self, config: TrainConfig) -> None:
        self.config = config
        settings = dict(config.augmentation)
        self.smallest_crop = float(settings.pop("smallest_crop", 0.58))
        self.roll_degrees = float(settings.pop("roll_degrees", 8.0))
        self.roll_chance = float(settings.pop("roll_chance", 0.3))
        self.appearance = Appearance.from_json(settings)
        network = dict(config.model)
        self.objective = NormalsObjective.from_json(network.pop("objective", {}))
        try:
            self.model: PlateNormalsNet = PlateNormalsNet(**network)
        except TypeError as error:
            raise BadConfig(f"model settings {network}: {error}") from error

    def load_pretrained(self) -> None:
        """Start the encoder from ImageNet. Raises MissingPart."""
        load_imagenet_weights(self.model.encoder)

    def pack(self, image: Image, metadata: Mapping[str, Any]) -> Frame:
        """Half-float plate and normals, mask, focal length in pixels and the key of the exposure.

        Raises:
            BadChannels: R, G, B, A or N is missing, or the metadata lacks the camera.
        """
        plate = np.nan_to_num(image.rgb(), nan=0.0, posinf=6e4, neginf=0.0).clip(0.0, 6e4)
        normals = np.nan_to_num(image.layer("N")[..., :3])
        alpha = image.alpha()
        camera = metadata.get("camera", {})
        if alpha is None:
            raise BadChannels("no alpha channel A, which tells where a surface is")
        if "focal_length_mm" not in camera:
            raise BadChannels("its metadata has no camera with focal_length_mm")
        length = np.linalg.norm(normals, axis=2)
        # Ends of thin things and of the frame leave blends of opposite normals, which point nowhere.
        mask = (alpha[..., 0] > 0.5) & (length > 0.5)
        film = PinholeCamera(
            image.width, image.height, camera["focal_length_mm"], camera.get("horizontal_aperture_mm", 36.0)
        )
        return {
            "plate": plate.astype(np.float16),
            "normals": (normals / np.maximum(length, 1e-6)[..., None]).astype(np.float16),
            "mask": mask.astype(np.uint8),
            "empty": (alpha[..., 0] <= 0.0).astype(np.uint8),
            "focal": np.float32(film.focal_length_pixels).reshape(1),
            "key": np.float32(exposure_key(plate)).reshape(1),
        }

    def training_sample(self, frame: Frame, size: int, rng: np.random.Generator) -> dict[str, npt.NDArray[np.float32]]:
        """`plate` (3, S, S) network view, `rays` (2, S, S), `normals` (3, S, S); `mask`, `empty` (1, S, S) of 0 and 1.

        `mask` is 1 where a normal is known, `empty` where there is no surface; mixed pixels have neither.
        """
        height, width = frame["mask"].shape
        view = random_view(
            rng,
            width,
            height,
            smallest=self.smallest_crop,
            roll_degrees=self.roll_degrees,
            roll_chance=self.roll_chance,
        )
        seen = view.sample(frame["plate"], size)
        optics = view.optics(size, width, height)
        plate = vary(seen, float(frame["key"][0]), rng, self.appearance, optics)
        return self._sample(frame, view, plate)

    def validation_sample(self, frame: Frame) -> dict[str, npt.NDArray[np.float32]]:
        """The same of the whole frame, exposed in the middle."""
        height, width = frame["mask"].shape
        view = whole_view(width, height)
        light = expose(view.sample(frame["plate"], self.config.size), float(frame["key"][0]), self.appearance.key)
        return self._sample(frame, view, network_view(light))

    def phases(self) -> Sequence[Phase]:
        """One: the network against the reference."""
        return [Phase("fit", self.model, self._losses)]

    def groups(self, module: nn.Module) -> Sequence[Group]:
        """The pretrained encoder learns slowly, the rest fast."""
        encoder = list(self.model.encoder.parameters())
        known = {id(parameter) for parameter in encoder}
        decoder = [parameter for parameter in module.parameters() if id(parameter) not in known]
        return [Group("encoder", encoder, 3e-4), Group("decoder", decoder, 1.5e-3)]

    def metrics(self, model: nn.Module, batch: Batch) -> dict[str, float]:
        """Angular error where there is a surface, each image counting the same: degrees, and shares in percent.

        With a network that says how sure it is, also `temperature`: the divisor of its concentrations that makes the
        angles they promise those that are found.
        """
        found = _predicted(model, batch)
        radians = angle(found.normals, batch["normals"])
        totals = {"degrees": 0.0, "median_degrees": 0.0, "within_11.25": 0.0, "within_30": 0.0}
        known = batch["mask"][:, 0] > 0.5
        for one, mask in zip(torch.rad2deg(radians), known, strict=True):
            values = one[mask] if bool(mask.any()) else one.new_zeros(1)
            totals["degrees"] += float(values.mean())
            totals["median_degrees"] += float(values.median())
            totals["within_11.25"] += 100.0 * float((values < 11.25).float().mean())
            totals["within_30"] += 100.0 * float((values < 30.0).float().mean())
        figures = {name: value / len(radians) for name, value in totals.items()}
        if found.kappa is not None:
            figures["temperature"] = matching_temperature(found.kappa[:, 0][known], radians[known])
        return figures

    def preview(self, model: nn.Module, batch: Batch) -> npt.NDArray[np.uint8]:
        """One row an image: plate, prediction, confidence where there is one, reference. Normals as 0.5 + 0.5 n.

        (B * S, 3 * S or 4 * S, 3).
        """
        found = _predicted(model, batch)
        columns = [batch["plate"], 0.5 + 0.5 * found.normals]
        if found.kappa is not None:
            columns.append(share_within(found.kappa).expand(-1, 3, -1, -1))
        columns.append((0.5 + 0.5 * batch["normals"]) * batch["mask"])
        grid = torch.cat([torch.cat(list(column.float()), dim=1) for column in columns], dim=2)
        return (grid.clamp(0, 1) * 255.0).round().byte().permute(1, 2, 0).cpu().numpy()

    def deployed(self, figures: Mapping[str, float]) -> nn.Module:
        """The network; with confidence, as a module whose second output is the calibrated confidence."""
        if self.model.doubt is None:
            return self.model
        return NormalsWithConfidence(self.model, float(figures.get("temperature", 1.0)))

    def card(self, details: Mapping[str, Any]) -> ModelCard:
        """See `Task.card`."""
        told = {"work_size": self.config.size, "default_fov_degrees": 55.0, **details}
        told["description"] = details.get("description") or "Camera-space surface normals from a photographic plate."
        pretrained = encoder_credit(self.model.encoder.variant)
        outputs = [Port("normals", 3, "camera_space_normals", (-1.0, 1.0))]
        if self.model.doubt is not None:
            outputs.append(Port("confidence", 1, "share_within_11.25_degrees", (0.0, 1.0)))
        told["credits"] = (*([pretrained] if self.config.pretrained else []), *details.get("credits", ()))
        return ModelCard(
            task=self.name,
            inputs=(Port("plate", 3, NETWORK_VIEW, (0.0, 1.0)), Port("rays", 2, "ray_slopes")),
            outputs=tuple(outputs),
            multiple_of=_MULTIPLE,
            **told,
        )

    def _losses(self, batch: Batch) -> Outcome:
        found = self.model.predict(batch["plate"], batch["rays"])
        losses = self.objective.losses(
            found.normals, found.kappa, batch["normals"], batch["mask"], batch["empty"], batch["rays"]
        )
        with torch.no_grad():
            mask = batch["mask"][:, 0]
            degrees = (torch.rad2deg(angle(found.normals, batch["normals"])) * mask).sum() / mask.sum().clamp_min(1.0)
        return Outcome(losses, {"degrees": degrees})

    def _sample(self, frame: Frame, view: View, plate: npt.NDArray[np.float32]) -> dict[str, npt.NDArray[np.float32]]:
        size = plate.shape[0]
        height, width = frame["mask"].shape
        rays = view.slopes(size, width, height, float(frame["focal"][0]))
        normals = view.turn_normals(view.sample(frame["normals"], size))
        length = np.linalg.norm(normals, axis=2, keepdims=True)
        # Pixels that mix surface and nothing, or opposite normals, teach nothing.
        mask = (view.sample(frame["mask"], size)[..., None] > 0.99) & (length > 0.5)
        empty = view.sample(frame["empty"], size)[..., None] > 0.99
        return {
            "plate": np.ascontiguousarray(plate.transpose(2, 0, 1)),
            "rays": np.ascontiguousarray(rays.transpose(2, 0, 1)),
            "normals": np.ascontiguousarray((normals / np.maximum(length, 1e-6)).transpose(2, 0, 1)),
            "mask": np.ascontiguousarray(mask.transpose(2, 0, 1).astype(np.float32)),
            "empty": np.ascontiguousarray(empty.transpose(2, 0, 1).astype(np.float32)),
        }


def _predicted(model: nn.Module, batch: Batch) -> Prediction:
    """What any network of normals says, this task's own or another's."""
    if isinstance(model, PlateNormalsNet):
        return model.predict(batch["plate"], batch["rays"])
    return Prediction(model(batch["plate"], batch["rays"]))
