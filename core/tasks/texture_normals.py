"""Tangent-space normals from a colour texture: a regression of slopes, one phase; or the auto-encoder it is held
against."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.card import ModelCard, Port
from core.color import linear_to_srgb
from core.errors import BadChannels, BadConfig
from core.image import Image
from core.losses.angular import angle
from core.losses.texture_slopes import mean_correlation, slopes_of_normals
from core.networks.efficientnet_lite import EfficientNetLite, encoder_credit, load_imagenet_weights
from core.networks.texture_autoencoder import TextureAutoEncoder
from core.networks.texture_height import StrengthenedHeight, TextureHeightNet, normals_of_height
from core.settings import from_settings
from core.textures.slopes import slopes_from_normals
from core.training.augment.texture import TextureChanges, crop, filter_relief, mirrored, recolor, turned
from core.training.config import TrainConfig
from core.training.task import Batch, Frame, Group, Outcome, Phase, Task

__all__ = ["Objective", "TextureNormals"]

_MULTIPLE = 32
_NETWORKS = ("height", "autoencoder")
_PRODUCT, _SQUARE = "slopes_found_by_wanted", "slopes_found_squared"


@dataclass(frozen=True, kw_only=True)
class Objective:
    """What the network is asked for: weights of the losses.

    Attributes:
        angle: mean angle to the reference, in radians.
        shape: 1 - correlation of the slopes of each sample, whatever their strength.
        surface: mean difference of roughness and metalness where they are known.
    """

    angle: float = 1.0
    shape: float = 0.2
    surface: float = 0.1

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Objective:
        """The fields that `value` holds. Raises BadConfig for others, or for a weight below 0."""
        made = from_settings(cls, value, "objective")
        if min(vars(made).values()) < 0.0:
            raise BadConfig(f"objective {dict(value)}: weights must be 0 or more")
        return made


class TextureNormals(Task):
    """Colour texture (sRGB) in, unit tangent-space normals (OpenGL) out, with a guess of roughness and metalness.

    Settings of a recipe beyond those of every task: `model` takes `network` ("height" or "autoencoder"), the arguments
    of `TextureHeightNet`, and `objective` with the fields of `Objective`; `augmentation` takes the fields of
    `TextureChanges`; the learning rates are those of the groups `network` and, where there is one, `encoder`.

    The auto-encoder is trained as it was first thought of: mean square error of the picture of the normal map, Adam
    with AMSGrad.
    """

    name: ClassVar[str] = "texture_normals"
    layers: ClassVar[tuple[str, ...]] = ("", "N")

    def __init__(self, config: TrainConfig) -> None:
        self.config = config
        self.changes = TextureChanges.from_json(config.augmentation)
        settings = dict(config.model)
        self.objective = Objective.from_json(settings.pop("objective", {}))
        kind = settings.pop("network", "height")
        if kind not in _NETWORKS:
            raise BadConfig(f"network {kind!r}: choose one of {', '.join(_NETWORKS)}")
        self.model: TextureHeightNet | TextureAutoEncoder
        try:
            self.model = TextureHeightNet(**settings) if kind == "height" else TextureAutoEncoder(**settings)
        except TypeError as error:
            raise BadConfig(f"model settings {settings}: {error}") from error

    def load_pretrained(self) -> None:
        """Its encoder's weights, if it has one: the rest begins as an edge filter. Raises MissingPart."""
        encoder = getattr(self.model, "encoder", None)
        if isinstance(encoder, EfficientNetLite):
            load_imagenet_weights(encoder)

    def pack(self, image: Image, metadata: Mapping[str, Any]) -> Frame:
        """8-bit colour, half-float slopes, and 8-bit roughness and metalness where the sample has both.

        Raises:
            BadChannels: the picture or the normals are missing, or it is a view of a scene.
        """
        if "camera" in metadata:  # its layers have the same names
            raise BadChannels(
                "shows a scene, whose normals are in camera space; `platelight texture-pairs` makes pairs of textures"
            )
        color = linear_to_srgb(np.clip(np.nan_to_num(image.rgb()), 0.0, 1.0))
        normals = np.nan_to_num(image.layer("N")[..., :3])
        if normals.shape[2] != 3:
            raise BadChannels("layer N has fewer than three channels")
        frame: dict[str, npt.NDArray[Any]] = {
            "color": np.round(255.0 * color).clip(0, 255).astype(np.uint8),
            "slopes": slopes_from_normals(normals).astype(np.float16),
        }
        if image.has_layer("roughness") and image.has_layer("metalness"):
            both = [image.layer(name)[..., :1] for name in ("roughness", "metalness")]
            frame["surface"] = np.round(255.0 * np.concatenate(both, -1)).clip(0, 255).astype(np.uint8)
        return frame

    def training_sample(self, frame: Frame, size: int, rng: np.random.Generator) -> dict[str, npt.NDArray[np.float32]]:
        """`color` (3, S, S) sRGB 0..1; `slopes` (2, S, S); `surface` (2, S, S) 0..1 and `known` (1, S, S) of 0 or 1."""
        height, width = frame["color"].shape[:2]
        changes = self.changes
        most = min(changes.largest_scale, max(1.0, min(height, width) / size))
        least = min(changes.smallest_scale, most)
        side = max(8, round(size * float(np.exp(rng.uniform(np.log(least), np.log(most))))))
        top, left = int(rng.integers(height)), int(rng.integers(width))
        # A square that fits is taken whole: not every texture repeats.
        top, left = (at % max(1, length - side + 1) for at, length in ((top, height), (left, width)))
        # Painted light mostly comes from above, which is worth knowing: turns are rarer than mirrors.
        mirror, turn, quarters = bool(rng.random() < 0.5), bool(rng.random() < changes.turned), int(rng.integers(4))
        quarters = quarters if turn else 0
        strength = float(np.exp(rng.normal() * changes.strength))
        parts = {
            name: crop(frame[name], top, left, side, size) for name in ("color", "slopes", "surface") if name in frame
        }
        slopes = turned(mirrored(parts["slopes"]) if mirror else parts["slopes"], quarters) * np.float32(strength)
        placed = {
            name: np.rot90(part[:, ::-1] if mirror else part, quarters)
            for name, part in parts.items()
            if name != "slopes"
        }
        plain = np.ascontiguousarray(placed["color"])
        if changes.filtered and rng.random() < changes.filtered:
            slopes = filter_relief(plain, rng)
        color = recolor(plain, slopes, rng, changes)
        return _sample(color, slopes, placed.get("surface"))

    def validation_sample(self, frame: Frame) -> dict[str, npt.NDArray[np.float32]]:
        """The same of the middle of the texture, unchanged; a smaller texture is repeated."""
        size = self.config.size
        height, width = frame["color"].shape[:2]
        at = ((height - size) // 2 % height, (width - size) // 2 % width)
        parts = {name: crop(frame[name], *at, size, size) for name in ("color", "slopes", "surface") if name in frame}
        return _sample(parts["color"], parts["slopes"], parts.get("surface"))

    def phases(self) -> Sequence[Phase]:
        """One: the network against the reference."""
        return [Phase("fit", self.model, self._losses)]

    def groups(self, module: nn.Module) -> Sequence[Group]:
        """The pretrained encoder, if there is one, learns slowly, the rest fast."""
        if isinstance(module, TextureAutoEncoder):
            return [Group("network", list(module.parameters()), 1e-3, amsgrad=True)]
        encoder = getattr(module, "encoder", None)
        slow = [] if encoder is None else list(encoder.parameters())
        known = {id(parameter) for parameter in slow}
        fast = [parameter for parameter in module.parameters() if id(parameter) not in known]
        return [Group("network", fast, 2e-3), *([Group("encoder", slow, 2e-4)] if slow else [])]

    def metrics(self, model: nn.Module, batch: Batch) -> dict[str, float]:
        """Mean angle, that with the best scale of the slopes and that of a flat map, degrees; correlation of slopes.

        Also the mean products of which `deployed` makes its factor.
        """
        normals, surface = model(batch["color"])
        wanted = _normals(batch["slopes"])
        flat = torch.zeros_like(wanted)
        flat[:, 2] = 1.0
        found = slopes_of_normals(normals)
        gain = (found * batch["slopes"]).sum((1, 2, 3)) / found.square().sum((1, 2, 3)).clamp_min(1e-9)
        scaled = _normals(found * gain.clamp_min(0.0)[:, None, None, None])
        degrees = [float(torch.rad2deg(angle(one, wanted)).mean()) for one in (normals, scaled, flat)]
        return {
            "degrees": degrees[0],
            "scaled_degrees": degrees[1],
            "flat_degrees": degrees[2],
            "correlation": float(mean_correlation(found, batch["slopes"])),
            "surface_difference": float(_surface_loss(surface, batch)),
            _PRODUCT: float((found * batch["slopes"]).mean()),
            _SQUARE: float(found.square().mean()),
        }

    def preview(self, model: nn.Module, batch: Batch) -> npt.NDArray[np.uint8]:
        """One row an image: colour, prediction, reference, (B * S, 3 * S, 3). Normals as 0.5 + 0.5 n."""
        normals, _ = model(batch["color"])
        columns = [batch["color"], 0.5 + 0.5 * normals, 0.5 + 0.5 * _normals(batch["slopes"])]
        grid = torch.cat([torch.cat(list(column.float()), dim=1) for column in columns], dim=2)
        return (grid.clamp(0, 1) * 255.0).round().byte().permute(1, 2, 0).cpu().numpy()

    def deployed(self, figures: Mapping[str, float]) -> nn.Module:
        """The network with all its slopes multiplied by what brings them nearest to held-out ones, by least squares.

        A mean angle is least for slopes nearer to the median than to the mean of what could be: weak wherever in doubt,
        weaker than artists work. One factor for all textures, 1 to 3, gives that back.
        """
        if isinstance(self.model, TextureAutoEncoder) or not figures.get(_SQUARE):
            return self.model
        return StrengthenedHeight(self.model, float(np.clip(figures[_PRODUCT] / figures[_SQUARE], 1.0, 3.0)))

    def card(self, details: Mapping[str, Any]) -> ModelCard:
        """See `Task.card`."""
        told = {"work_size": self.config.size, "default_fov_degrees": 55.0, **details}
        told["description"] = details.get("description") or "Tangent-space normals from a colour texture."
        data = {**told.get("data", {}), "margin": self.model.margin}
        encoder = getattr(self.model, "encoder", None)
        pretrained = [encoder_credit(encoder.variant)] if self.config.pretrained and encoder is not None else []
        told["credits"] = (*pretrained, *_authors(data), *details.get("credits", ()))
        return ModelCard(
            task=self.name,
            inputs=(Port("color", 3, "srgb", (0.0, 1.0)),),
            outputs=(
                Port("normals", 3, "tangent_space_normals_opengl", (-1.0, 1.0)),
                Port("surface", 2, "roughness_metalness", (0.0, 1.0)),
            ),
            multiple_of=_MULTIPLE,
            **{**told, "data": data},
        )

    def _losses(self, batch: Batch) -> Outcome:
        wanted = _normals(batch["slopes"])
        if isinstance(self.model, TextureAutoEncoder):
            drawn = self.model.picture(batch["color"]).float()
            square = (drawn - (0.5 + 0.5 * wanted)).square().mean()
            return Outcome({"square": square}, {"degrees": _degrees(2.0 * drawn.detach() - 1.0, wanted)})
        height, surface = self.model.predict(batch["color"])
        normals = normals_of_height(height)
        found = slopes_of_normals(normals)
        correlation = mean_correlation(found, batch["slopes"])
        weights = self.objective
        losses = {
            "angle": weights.angle * angle(normals, wanted).mean(),
            "shape": weights.shape * (1.0 - correlation),
            "surface": weights.surface * _surface_loss(F.interpolate(surface, scale_factor=2.0), batch),
        }
        return Outcome(losses, {"degrees": _degrees(normals.detach(), wanted), "correlation": correlation.detach()})


def _authors(data: Mapping[str, Any]) -> list[str]:
    """Who made the textures that a model has seen, one line a licence: "Textures: CC-BY-3.0 NAME (57)"."""
    counts: dict[str, int] = {}
    for one in data.get("sets") or []:
        for licence, count in one.get("assets", {}).get("texture", {}).items():
            counts[licence] = counts.get(licence, 0) + int(count)
    return [f"Textures: {licence} ({count})" for licence, count in sorted(counts.items())]


def _sample(
    color: npt.NDArray[np.float32], slopes: npt.NDArray[np.float32], surface: npt.NDArray[np.float32] | None
) -> dict[str, npt.NDArray[np.float32]]:
    size = color.shape[0]
    known = np.full((1, size, size), float(surface is not None), np.float32)
    both = np.zeros((size, size, 2), np.float32) if surface is None else surface
    layers = {"color": color, "slopes": slopes, "surface": both}
    return {**{name: np.ascontiguousarray(part.transpose(2, 0, 1)) for name, part in layers.items()}, "known": known}


def _normals(slopes: Tensor) -> Tensor:
    """(B, 2, H, W) -> (B, 3, H, W) unit."""
    return F.normalize(torch.cat([-slopes, torch.ones_like(slopes[:, :1])], 1), dim=1)


def _degrees(normals: Tensor, wanted: Tensor) -> Tensor:
    return torch.rad2deg(angle(normals, wanted)).mean()


def _surface_loss(surface: Tensor, batch: Batch) -> Tensor:
    known = batch["known"]
    return ((surface - batch["surface"]).abs() * known).sum() / (2.0 * known.sum()).clamp_min(1.0)
