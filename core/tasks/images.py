"""New pictures from a set of pictures: a generator against a discriminator, two phases, and one for the penalties."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from core.card import ModelCard
from core.color import linear_to_srgb
from core.errors import BadChannels, BadConfig
from core.generative.differentiable import CHANGES, change
from core.generative.distances import kernel_distance, nearest_other, spread, standardised
from core.generative.features import PictureFeatures, features_of
from core.generative.variation import Variation, vary
from core.image import Image
from core.losses.adversarial import adversarial_loss
from core.losses.hinge import hinge_loss, hinge_score
from core.losses.relativistic import gradient_penalty, relativistic_loss
from core.networks.dcgan import DcganDiscriminator, DcganGenerator
from core.networks.projected_discriminator import ProjectedDiscriminator
from core.networks.style_discriminator import StyleDiscriminator
from core.networks.style_generator import StyleGenerator
from core.settings import from_settings
from core.training.config import TrainConfig
from core.training.task import Batch, Frame, Group, Outcome, Phase, Task

__all__ = ["ALARM_NEAREST", "ALARM_SPREAD", "CHANNELS", "Images", "Objective"]

CHANNELS: Mapping[str, tuple[str, ...]] = {
    "color": ("red", "green", "blue"),
    "material": ("red", "green", "blue", "metalness", "glossiness"),
}
"""What a picture may consist of: sRGB colour, 0..1, and maps of a material, 0..1."""

ALARM_SPREAD = 70.0
"""Per cent of the true pictures' spread below which the alarm is given."""

ALARM_NEAREST = 50.0
"""Per cent of the true pictures' distance to the nearest other one below which the alarm is given."""

_NETWORKS = ("style", "projected", "dcgan")
_LOSSES = ("relativistic", "hinge", "bce")
_PREVIEW = 64
_DRAWN_A_TRUE = 4
_FEWEST_HELD_OUT = 4
_SHADED_BY = 32


@dataclass(frozen=True, kw_only=True)
class Objective:
    """What is trained, and how it is judged; fields of a recipe's `model`, beside those of the networks.

    Attributes:
        network: "style" (`StyleGenerator`, `StyleDiscriminator`), "projected" (`StyleGenerator`,
            `ProjectedDiscriminator`) or "dcgan" (as published).
        channels: a key of `CHANNELS`.
        loss: "relativistic", "hinge" (for "projected") or "bce" (non-saturating, as DCGAN has it).
        penalty: gamma, the weight of R1 and R2, halved as in their papers; 0 leaves them out.
        penalty_every: steps between penalties, which then weigh so much more (Karras et al., 2020, section 3.1).
        kinds: in so many kinds the pictures are divided (`core.networks.kinds`), which both networks are told; for
            "projected"; 0: none.
        changes: names of `core.generative.differentiable.CHANGES`.
        generator, discriminator: arguments of the networks.
    """

    network: str = "style"
    channels: str = "color"
    loss: str = "relativistic"
    penalty: float = 1.0
    penalty_every: int = 4
    kinds: int = 0
    changes: Sequence[str] = ()
    generator: Mapping[str, Any]
    discriminator: Mapping[str, Any]

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Objective:
        """The fields that `value` holds. Raises BadConfig for others, or for values that fit nothing."""
        made = from_settings(cls, {"generator": {}, "discriminator": {}, **value}, "model")
        for name, choices in (("network", _NETWORKS), ("channels", tuple(CHANNELS)), ("loss", _LOSSES)):
            if getattr(made, name) not in choices:
                raise BadConfig(f"{name} {getattr(made, name)!r}: choose one of {', '.join(choices)}")
        if made.penalty < 0.0 or made.penalty_every < 1:
            raise BadConfig(f"penalty {made.penalty} every {made.penalty_every} steps: 0 or more, and 1 or more")
        wrong = sorted(set(made.changes) - set(CHANGES))
        if wrong:
            raise BadConfig(f"changes {wrong[0]!r}: choose from {', '.join(CHANGES)}")
        if made.penalty and made.network == "dcgan":
            raise BadConfig("penalty with dcgan: batch norm ties the scores of a batch together; set penalty to 0")
        if made.network == "projected" and (made.penalty or made.loss != "hinge"):
            raise BadConfig(f"projected with loss {made.loss}, penalty {made.penalty}: it takes 'hinge' and penalty 0")
        if made.kinds < 0 or (made.kinds and made.network != "projected"):
            raise BadConfig(f"kinds {made.kinds} with network {made.network}: 0, or with 'projected' 1 or more")
        if made.network != "projected" and made.loss == "hinge":
            raise BadConfig(
                f"loss hinge with network {made.network}: that is for 'projected'; take relativistic or bce"
            )
        return made


class Images(Task):
    """Random latents in, pictures out.

    Settings of a recipe beyond those of every task: `model` takes the fields of `Objective`; `augmentation` those of
    `core.generative.variation.Variation`; the learning rates are those of the groups `generator` and `discriminator`.
    With `sizes` the run begins with small pictures, for which the same networks have ways in and out.
    """

    name: ClassVar[str] = "images"
    layers: ClassVar[tuple[str, ...]] = ("",)

    def __init__(self, config: TrainConfig) -> None:
        self.config = config
        self.variation = Variation.from_json(config.augmentation)
        self.objective = Objective.from_json(config.model)
        self.channels = CHANNELS[self.objective.channels]
        asked = self.objective
        self.model: StyleGenerator | DcganGenerator
        self.discriminator: StyleDiscriminator | ProjectedDiscriminator | DcganDiscriminator
        try:
            draws = DcganGenerator if asked.network == "dcgan" else StyleGenerator
            judges = {"style": StyleDiscriminator, "projected": ProjectedDiscriminator, "dcgan": DcganDiscriminator}
            kinds: dict[str, Any] = {"kinds": asked.kinds} if asked.kinds else {}
            self.model = draws(len(self.channels), config.size, **asked.generator, **kinds)
            self.discriminator = judges[asked.network](len(self.channels), config.size, **asked.discriminator, **kinds)
        except TypeError as error:
            raise BadConfig(f"model settings {dict(config.model)}: {error}") from error
        if asked.network == "dcgan" and config.sizes:
            raise BadConfig(f"sizes {config.sizes}: DCGAN is made for one size; leave them out")
        self._drawn: tuple[Tensor, Tensor] | None = None
        self._features: PictureFeatures | None = None

    def load_pretrained(self) -> None:
        """Nothing: it starts from random weights, or from another run (`--start-from`)."""

    def pack(self, image: Image, metadata: Mapping[str, Any]) -> Frame:
        """8-bit sRGB colour, maps as they are, and whether the picture tiles.

        Raises:
            BadChannels: the picture, or a map that the recipe asks for, is missing.
        """
        parts = [linear_to_srgb(np.clip(np.nan_to_num(image.rgb()), 0.0, 1.0))]
        if self.objective.channels == "material":
            for name in ("metalness", "roughness"):
                if not image.has_layer(name):
                    raise BadChannels(
                        f"there is no {name}, which channels 'material' needs; prepare the set from texture sets, or "
                        f"choose channels 'color'"
                    )
            parts += [image.layer("metalness")[..., :1], 1.0 - image.layer("roughness")[..., :1]]
        picture = np.concatenate(parts, -1)
        family = str(metadata.get("family", ""))
        tiles = bool(metadata.get("tiles", family.startswith("procedural")))
        return {"picture": np.round(255.0 * picture).clip(0, 255).astype(np.uint8), "tiles": np.array(tiles)}

    def study(self, frames: Sequence[Frame]) -> Sequence[Frame]:
        """With kinds: `kind` for each frame, how often the generator draws each, and about which mean it begins."""
        if not self.objective.kinds:
            return frames
        assert isinstance(self.discriminator, ProjectedDiscriminator)
        assert isinstance(self.model, StyleGenerator)
        pictures = torch.stack([torch.from_numpy(self.validation_sample(frame)["picture"]) for frame in frames])
        kinds = self.discriminator.kinds_of(pictures, self.config.seed)
        shares = torch.bincount(kinds, minlength=self.objective.kinds) / len(kinds)
        self.model.mapping.shares.copy_(shares)
        if not bool(self.model.shades.any()):
            self._shade(pictures, kinds)
        return [{**frame, "kind": np.array(kind)} for frame, kind in zip(frames, kinds.tolist(), strict=True)]

    @torch.no_grad()
    def _shade(self, pictures: Tensor, kinds: Tensor) -> None:
        """Let the pictures of each kind begin about the mean of the true ones, channel by channel."""
        assert isinstance(self.model, StyleGenerator)
        self.model.eval()
        for kind in sorted(set(kinds.tolist())):
            latents = fixed_latents(_SHADED_BY, self.model.latent, self.config.seed).to(self.model.shades.device)
            latents[:, -1] = self.model.mapping.deciding(torch.tensor([kind], device=latents.device))
            drawn = self.model(latents).mean((0, 2, 3))
            self.model.shades[kind] = pictures[kinds == kind].mean((0, 2, 3)).to(drawn.device) - drawn

    def training_sample(self, frame: Frame, size: int, rng: np.random.Generator) -> dict[str, npt.NDArray[np.float32]]:
        """`picture` (C, S, S), -1..1, varied as the recipe says; with kinds `kind` (1, 1, 1), its number."""
        values = vary(frame["picture"], size, bool(frame["tiles"]), self.variation, rng)
        kind = {"kind": np.full((1, 1, 1), frame["kind"], np.float32)} if "kind" in frame else {}
        return {"picture": 2.0 * values - 1.0, **kind}

    def validation_sample(self, frame: Frame) -> dict[str, npt.NDArray[np.float32]]:
        """The same unchanged."""
        plain = Variation(mirror=0.0, roll=False)
        values = vary(frame["picture"], self.config.size, bool(frame["tiles"]), plain, np.random.default_rng(0))
        return {"picture": 2.0 * values - 1.0}

    def phases(self) -> Sequence[Phase]:
        """Generator, discriminator, and the penalties every few steps; all see the same drawn pictures."""
        phases = [
            Phase("generator", self.model, self._generator_losses),
            Phase("discriminator", self.discriminator, self._discriminator_losses),
        ]
        if self.objective.penalty:
            phases.append(
                Phase("penalty", self.discriminator, self._penalties, every=self.objective.penalty_every),
            )
        return phases

    def groups(self, module: nn.Module) -> Sequence[Group]:
        """One pace for each network: 2e-4 with a first momentum of 0.5 for DCGAN, as published; else 2e-3 and 0."""
        name = "generator" if module is self.model else "discriminator"
        if self.objective.network == "dcgan":
            return [Group(name, list(module.parameters()), 2e-4, (0.5, 0.999))]
        if module is self.discriminator and self.objective.network == "projected":
            # Without equalised rates, and without what is random and stays so.
            return [Group(name, [p for p in module.parameters() if p.requires_grad], 2e-4, (0.0, 0.99))]
        return [Group(name, list(module.parameters()), 2e-3, (0.0, 0.99))]

    def metrics(self, model: nn.Module, batch: Batch) -> dict[str, float]:
        """Variety and distance of drawn pictures against a batch of held-out ones; latents are the same each time.

        `spread_percent` and `nearest_percent`: see `core.generative.distances`, of the true pictures' own;
        `kernel_distance`: without bias, so that means over batches are those of larger sets.
        """
        network = self._feature_network(batch["picture"].device)
        count = len(batch["picture"])
        if count < _FEWEST_HELD_OUT:
            return {}  # nothing can be said of so few
        latents = fixed_latents(_DRAWN_A_TRUE * count, self.model.latent, self.config.seed).to(batch["picture"].device)
        drawn = torch.cat([model(part) for part in latents.split(count)])  # type: ignore[no-untyped-call]
        sets = standardised(features_of(network, batch["picture"]), features_of(network, drawn))
        few = sets[1][:count]
        return {
            "spread_percent": 100.0 * spread(sets[1]) / max(spread(sets[0]), 1e-9),
            "nearest_percent": 100.0 * nearest_other(few) / max(nearest_other(sets[0]), 1e-9),
            "kernel_distance": kernel_distance(*sets, unbiased=True),
        }

    def alarm(self, figures: Mapping[str, float]) -> str | None:
        """See `Task.alarm`: what is drawn varies too little."""
        if figures.get("spread_percent", 100.0) < ALARM_SPREAD:
            return f"mode collapse: samples spread {figures['spread_percent']:.0f} % as far as true pictures"
        if figures.get("nearest_percent", 100.0) < ALARM_NEAREST:
            return f"mode collapse: samples lie {figures['nearest_percent']:.0f} % as far apart as true pictures"
        return None

    def preview(self, model: nn.Module, batch: Batch) -> npt.NDArray[np.uint8]:
        """Sixty-four pictures of the same latents each time, 8 x 8; colour only."""
        latents = fixed_latents(_PREVIEW, self.model.latent, self.config.seed).to(batch["picture"].device)
        colors = (0.5 + 0.5 * model(latents)[:, :3]).clamp(0.0, 1.0)
        rows = [torch.cat(list(row), 2) for row in colors.split(8)]
        return (torch.cat(rows, 1) * 255.0).round().byte().permute(1, 2, 0).cpu().numpy()

    def card(self, details: Mapping[str, Any]) -> ModelCard:
        """Raises BadConfig: a generator has no plate to answer for. `platelight images sample RUN` uses the run."""
        raise BadConfig("task images: nothing to export; `platelight images sample RUN` draws from the run itself")

    def _generator_losses(self, batch: Batch) -> Outcome:
        true = batch["picture"]
        size = true.shape[-1]
        latents, kinds = self._latents(batch)
        drawn = self.model(latents, size)
        scores = self._scores(self._changed(drawn), kinds)
        if self.objective.loss == "relativistic":
            with torch.no_grad():
                against = self.discriminator(self._changed(true))
            loss, score = relativistic_loss(scores, against), scores.float().mean()
        elif self.objective.loss == "hinge":
            score = hinge_score(scores)
            loss = -score
        else:
            loss, score = adversarial_loss(scores, True, "bce"), scores.float().mean()
        self._drawn = (true, drawn.detach())
        return Outcome({"adversarial": loss}, {"score": score.detach()})

    def _discriminator_losses(self, batch: Batch) -> Outcome:
        true, drawn = self._pictures(batch)
        if self.objective.loss == "hinge":
            return self._hinge_losses(true, drawn, _kinds_in(batch))
        for_true = self.discriminator(self._changed(true))
        for_drawn = self.discriminator(self._changed(drawn))
        shown = {"true_score": for_true.detach().float().mean(), "drawn_score": for_drawn.detach().float().mean()}
        if self.objective.loss == "relativistic":
            right = (for_true > for_drawn).float().mean()
            losses = {"adversarial": relativistic_loss(for_true, for_drawn)}
        else:
            right = 0.5 * ((for_true > 0).float().mean() + (for_drawn <= 0).float().mean())
            losses = {
                "true": adversarial_loss(for_true, True, "bce"),
                "drawn": adversarial_loss(for_drawn, False, "bce"),
            }
        return Outcome(losses, {**shown, "right_percent": 100.0 * right})

    def _hinge_losses(self, true: Tensor, drawn: Tensor, kinds: Tensor | None) -> Outcome:
        # One pass for both: no score depends on another picture.
        told = None if kinds is None else torch.cat([kinds, kinds])
        both = self._scores(torch.cat([self._changed(true), self._changed(drawn)]), told)
        count = len(true)
        losses = {
            "true": hinge_loss([part[:count] for part in both], True),
            "drawn": hinge_loss([part[count:] for part in both], False),
        }
        with torch.no_grad():
            scores = torch.stack([part.float().mean(1) for part in both]).mean(0)
        of_true, of_drawn = scores[:count], scores[count:]
        right = 0.5 * ((of_true > 0).float().mean() + (of_drawn <= 0).float().mean())
        shown = {"true_score": of_true.mean(), "drawn_score": of_drawn.mean(), "right_percent": 100.0 * right}
        return Outcome(losses, shown)

    def _penalties(self, batch: Batch) -> Outcome:
        true, drawn = self._pictures(batch)
        both = torch.cat([self._changed(true), self._changed(drawn)])
        # One pass for both: no score depends on another picture.
        penalty, _ = gradient_penalty(self.discriminator, both)
        weight = 0.5 * self.objective.penalty * self.objective.penalty_every
        return Outcome({"r1_r2": 2.0 * weight * penalty}, {"slope": penalty.detach().sqrt()})

    def _changed(self, pictures: Tensor) -> Tensor:
        return change(pictures, self.objective.changes, self.model.torus)

    def _pictures(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """True pictures, and those that the generator drew for this batch."""
        true, drawn = self._drawn or (None, None)
        if true is not batch["picture"] or drawn is None:
            with torch.no_grad():
                drawn = self.model(self._latents(batch)[0], batch["picture"].shape[-1])
        return batch["picture"], drawn

    def _latents(self, batch: Batch) -> tuple[Tensor, Tensor | None]:
        """Latents for as many pictures as the batch has, of the same kinds, and those kinds."""
        true, kinds = batch["picture"], _kinds_in(batch)
        latents = torch.randn(len(true), self.model.latent, device=true.device)
        if kinds is not None:
            assert isinstance(self.model, StyleGenerator)
            latents[:, -1] = self.model.mapping.deciding(kinds)
        return latents, kinds

    def _scores(self, pictures: Tensor, kinds: Tensor | None) -> Any:
        return self.discriminator(pictures) if kinds is None else self.discriminator(pictures, kinds)

    def _feature_network(self, device: torch.device) -> PictureFeatures:
        if self._features is None:
            self._features = PictureFeatures().to(device)
        return self._features


def _kinds_in(batch: Batch) -> Tensor | None:
    """(B,) int64, where the batch tells kinds."""
    return batch["kind"].flatten().long() if "kind" in batch else None


def fixed_latents(count: int, latent: int, seed: int) -> Tensor:
    """(count, latent), standard normal, the same for the same arguments; the first ones whatever the count."""
    return torch.randn(count, latent, generator=torch.Generator().manual_seed(seed))
