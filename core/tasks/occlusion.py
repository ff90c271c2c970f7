"""Ambient occlusion from normals and depth: one regression, with the radius as an input."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from core.card import ModelCard, Port
from core.errors import BadChannels, BadConfig
from core.image import Image
from core.networks.occlusion_unet import OcclusionUNet
from core.settings import from_settings
from core.training.config import TrainConfig
from core.training.task import Batch, Frame, Group, Outcome, Phase, Task

__all__ = ["Changes", "Occlusion"]

FloatArray = npt.NDArray[np.float32]

_MULTIPLE = 32
_USUAL_RADIUS = 1.0  # metres: that of `platelight generate`
_PORTS = (
    Port("normals", 3, "camera_space_normals", (-1.0, 1.0)),
    Port("slopes", 2, "ray_slopes", (-0.5, 0.5)),
    Port("depth", 1, "depth_in_radii", (0.0, 16.0)),
    Port("known", 1, "depth_is_known", (0.0, 1.0)),
)


@dataclass(frozen=True, kw_only=True)
class Changes:
    """How samples are changed in training; shares of samples, 0..1, unless told otherwise.

    Attributes:
        without_depth: the depth is replaced by a plane, as for a plate with nothing but normals.
        smooth: normals without bump, as many renderers give them, instead of those with it.
        rough_normals: normals are blurred and bent, as a network's are.
        bend: by how much at most, as a length beside that of a normal.
    """

    without_depth: float = 0.3
    smooth: float = 0.4
    rough_normals: float = 0.25
    bend: float = 0.35

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Changes:
        """The fields that `value` holds. Raises BadConfig for others, or for a value outside 0..1."""
        made = from_settings(cls, value, "augmentation")
        if not all(0.0 <= share <= 1.0 for share in vars(made).values()):
            raise BadConfig(f"augmentation {dict(value)}: values must lie in 0..1")
        return made


class Occlusion(Task):
    """Normals, rays and depth in radii in, the open share of the hemisphere out.

    Reads sets of `platelight generate --passes beauty,normal,depth,occlusion` (one radius) and of
    `benchmarks/occlusion_scenes.py` (six radii a scene).

    Settings of a recipe beyond those of every task: `model` takes the arguments of `OcclusionUNet` and `edges`, the
    weight of differences between neighbours; `augmentation` takes the fields of `Changes`; the learning rate is that
    of the group `network`.
    """

    name: ClassVar[str] = "occlusion"
    layers: ClassVar[tuple[str, ...]] = ("N", "depth", "occlusion")

    def __init__(self, config: TrainConfig) -> None:
        self.config = config
        self.changes = Changes.from_json(config.augmentation)
        settings = dict(config.model)
        self.edges = float(settings.pop("edges", 0.5))
        try:
            self.model = OcclusionUNet(**settings)
        except TypeError as error:
            raise BadConfig(f"model settings {settings}: {error}") from error

    def load_pretrained(self) -> None:
        """Nothing: it begins with random weights."""

    def pack(self, image: Image, metadata: Mapping[str, Any]) -> Frame:
        """Half-float normals, float depth, 8-bit occlusion at each radius, radii and the distance of rays.

        Raises:
            BadChannels: a layer is missing.
        """
        normals = np.nan_to_num(image.layer("N")[..., :3])
        if normals.shape[2] != 3:
            raise BadChannels("layer N has fewer than three channels")
        smooth = np.nan_to_num(image.layer("Ng")[..., :3]) if image.has_layer("Ng") else normals
        occlusion = image.layer("occlusion")
        radii = [float(r) for r in metadata.get("occlusion_radii") or [_USUAL_RADIUS]]
        if len(radii) != occlusion.shape[2]:
            raise BadChannels(f"{occlusion.shape[2]} occlusion channels for {len(radii)} radii")
        camera = metadata.get("camera") or {}
        aperture, focal = float(camera.get("horizontal_aperture_mm", 36.0)), float(camera.get("focal_length_mm", 38.6))
        return {
            "normals": normals.astype(np.float16),
            "smooth": smooth.astype(np.float16),
            "depth": np.nan_to_num(image.layer("depth")[..., :1]).astype(np.float32),
            "occlusion": np.round(255.0 * np.clip(occlusion, 0.0, 1.0)).astype(np.uint8),
            "radii": np.asarray(radii, np.float32),
            "pixel": np.asarray(aperture / (focal * image.width), np.float32),
        }

    def training_sample(self, frame: Frame, size: int, rng: np.random.Generator) -> dict[str, FloatArray]:
        """`normals` (3, S, S), `slopes` (2, S, S), `depth` (1, S, S) in radii, `known` and `occlusion` (1, S, S)."""
        height, width = frame["depth"].shape[:2]
        side = min(size, height, width)
        top, left = int(rng.integers(height - side + 1)), int(rng.integers(width - side + 1))
        which, quarters = int(rng.integers(len(frame["radii"]))), int(rng.integers(4))
        mirror = bool(rng.random() < 0.5)
        draws = rng.random(3)
        changes = self.changes
        sample = _sample(
            frame,
            which,
            (top, left, side),
            size,
            known=bool(draws[0] >= changes.without_depth),
            normals="smooth" if draws[1] < changes.smooth else "normals",
        )
        if draws[2] < changes.rough_normals:
            sample["normals"] = _roughened(sample["normals"], rng, changes.bend)
        for name in ("normals", "slopes"):
            sample[name] = _turned(sample[name], quarters, mirror)
        for name in ("depth", "known", "occlusion"):
            part = sample[name][..., ::-1] if mirror else sample[name]
            sample[name] = np.asarray(np.rot90(part, quarters, (1, 2)), np.float32)
        return {name: np.ascontiguousarray(part, np.float32) for name, part in sample.items()}

    def validation_sample(self, frame: Frame) -> dict[str, FloatArray]:
        """The same of the middle of the picture, with the true depth; each picture has a radius of its own."""
        size = self.config.size
        height, width = frame["depth"].shape[:2]
        side = min(size, height, width)
        # Scenes take turns at the radii: the digits of a radius are as good as a die.
        which = int(float(frame["radii"][0]) * 1e6) % len(frame["radii"])
        place = ((height - side) // 2, (width - side) // 2, side)
        return _sample(frame, which, place, size, known=True, normals="normals")

    def phases(self) -> Sequence[Phase]:
        """One: the network against the reference."""
        return [Phase("fit", self.model, self._losses)]

    def groups(self, module: nn.Module) -> Sequence[Group]:
        """All parameters together."""
        return [Group("network", list(module.parameters()), 3e-3)]

    def metrics(self, model: nn.Module, batch: Batch) -> dict[str, float]:
        """Mean absolute differences where a surface is: with depth, without, and that of calling everything open."""
        there = batch["depth"] > 0.0
        wanted = batch["occlusion"][there]
        plane = there.float() * _middle(batch["depth"])
        without = model(batch["normals"], batch["slopes"], plane, torch.zeros_like(plane))
        found = model(batch["normals"], batch["slopes"], batch["depth"], batch["known"])
        return {
            "mae": float((found[there] - wanted).abs().mean()),
            "mae_without_depth": float((without[there] - wanted).abs().mean()),
            "mae_of_open": float((1.0 - wanted).abs().mean()),
        }

    def preview(self, model: nn.Module, batch: Batch) -> npt.NDArray[np.uint8]:
        """One row an image: normals, prediction, reference, (B * S, 3 * S, 3)."""
        found = model(batch["normals"], batch["slopes"], batch["depth"], batch["known"])
        columns = [0.5 + 0.5 * batch["normals"], found.expand(-1, 3, -1, -1), batch["occlusion"].expand(-1, 3, -1, -1)]
        grid = torch.cat([torch.cat(list(column.float()), dim=1) for column in columns], dim=2)
        return (grid.clamp(0, 1) * 255.0).round().byte().permute(1, 2, 0).cpu().numpy()

    def card(self, details: Mapping[str, Any]) -> ModelCard:
        """See `Task.card`."""
        told = {"work_size": self.config.size, "default_fov_degrees": 55.0, **details}
        told["description"] = details.get("description") or "Ambient occlusion from normals and depth."
        told["data"] = {**told.get("data", {}), "margin": self.model.margin}
        return ModelCard(
            task=self.name,
            inputs=_PORTS,
            outputs=(Port("occlusion", 1, "open_share", (0.0, 1.0)),),
            multiple_of=_MULTIPLE,
            **told,
        )

    def _losses(self, batch: Batch) -> Outcome:
        found = self.model(batch["normals"], batch["slopes"], batch["depth"], batch["known"]).float()
        wanted, there = batch["occlusion"], (batch["depth"] > 0.0).float()
        share = there.mean().clamp_min(1e-3)
        difference = found - wanted
        mae = (difference.abs() * there).mean() / share
        across, down = difference[..., 1:] - difference[..., :-1], difference[..., 1:, :] - difference[..., :-1, :]
        edges = self.edges * 0.5 * (across.abs().mean() + down.abs().mean()) / share
        return Outcome({"mae": mae, "edges": edges}, {"difference": mae.detach()})


def _middle(depth: Tensor) -> Tensor:
    """(B, 1, H, W) -> (B, 1, 1, 1): median of the depth of each picture where there is one; 1 where there is none."""
    middles = [one[one > 0.0].median() if bool((one > 0.0).any()) else torch.ones(()) for one in depth]
    return torch.stack(middles).to(depth)[:, None, None, None]


def _sample(
    frame: Frame, which: int, place: tuple[int, int, int], size: int, *, known: bool, normals: str
) -> dict[str, FloatArray]:
    """A square of a frame, (C, S, S) each; what a small frame lacks has no surface."""
    top, left, side = place
    height, width = frame["depth"].shape[:2]
    cut = (slice(top, top + side), slice(left, left + side))
    pixel, radius = float(frame["pixel"]), float(frame["radii"][which])
    direction = np.asarray(frame[normals][cut], np.float32)
    whole = frame["depth"][..., 0]
    seen = (np.abs(direction).sum(-1) > 0.0) & (whole[cut] > 0.0)
    planar = whole[cut]
    if not known:
        there = whole[whole > 0.0]
        planar = np.full_like(planar, np.median(there) if there.size else 1.0)
    across = (np.arange(left, left + size, dtype=np.float32) + 0.5 - 0.5 * width) * pixel
    down = (0.5 * height - np.arange(top, top + size, dtype=np.float32) - 0.5) * pixel
    full: dict[str, FloatArray] = {
        "normals": np.zeros((3, size, size), np.float32),
        "slopes": np.stack(np.broadcast_arrays(across[None, :], down[:, None])).astype(np.float32),
        "depth": np.zeros((1, size, size), np.float32),
        "known": np.full((1, size, size), float(known), np.float32),
        "occlusion": np.ones((1, size, size), np.float32),
    }
    full["normals"][:, :side, :side] = (direction * seen[..., None]).transpose(2, 0, 1)
    full["depth"][0, :side, :side] = np.where(seen, planar / np.float32(radius), 0.0)
    open_share = frame["occlusion"][cut][..., which].astype(np.float32) / 255.0
    full["occlusion"][0, :side, :side] = np.where(seen, open_share, 1.0)
    return full


def _turned(vectors: FloatArray, quarters: int, mirror: bool) -> FloatArray:
    """(C, S, S) vectors, x to the right and y up first: the picture mirrored, then turned by quarters, and they too."""
    turned = vectors.copy()
    if mirror:
        turned = turned[..., ::-1].copy()
        turned[0] = -turned[0]
    turned = np.rot90(turned, quarters, (1, 2)).copy()
    for _ in range(quarters % 4):
        turned[0], turned[1] = -turned[1].copy(), turned[0].copy()
    return turned


def _roughened(normals: FloatArray, rng: np.random.Generator, bend: float) -> FloatArray:
    """Normals as a network predicts them: blurred, and bent by a smooth field. (3, S, S), unit or 0."""
    field: npt.NDArray[Any] = np.ascontiguousarray(normals.transpose(1, 2, 0))
    seen = np.abs(field).sum(-1, keepdims=True) > 0.0
    sigma = float(rng.uniform(0.5, 3.0))
    field = cv2.GaussianBlur(field, (0, 0), sigma)
    size = field.shape[0]
    coarse = rng.normal(size=(int(rng.integers(3, 17)),) * 2 + (3,)).astype(np.float32)
    field = field + float(rng.uniform(0.0, bend)) * cv2.resize(coarse, (size, size), interpolation=cv2.INTER_CUBIC)
    length = np.linalg.norm(field, axis=-1, keepdims=True)
    made: FloatArray = np.where(seen, field / np.maximum(length, 1e-3), 0.0).astype(np.float32)
    return made.transpose(2, 0, 1)
