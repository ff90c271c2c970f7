"""Tasks that learn in a handful of steps, for tests of the loop: one with a single phase, one with two in turn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from core.card import ModelCard
from core.image import Image
from core.training.config import TrainConfig
from core.training.frames import FrameSets
from core.training.task import Batch, Frame, Group, Outcome, Phase, Task

Sample = dict[str, npt.NDArray[np.float32]]


class Mixing(Task):
    """Learns the 3x3 matrix that turned `plate` into `target`; the loss holds noise of torch's generator."""

    name: ClassVar[str] = "mixing"
    layers: ClassVar[tuple[str, ...]] = ("",)
    noise = 0.01

    def __init__(self, config: TrainConfig) -> None:
        self.config = config
        self.model: nn.Module = nn.Sequential(nn.BatchNorm2d(3), nn.Conv2d(3, 3, 1))
        self.poison_from: int | None = None
        self.seen = 0

    def load_pretrained(self) -> None:
        """Nothing is."""

    def pack(self, image: Image, metadata: Mapping[str, Any]) -> Frame:
        return {"plate": image.rgb()}

    def training_sample(self, frame: Frame, size: int, rng: np.random.Generator) -> Sample:
        plate = frame["plate"] + rng.normal(0.0, 0.01, frame["plate"].shape).astype(np.float32)
        return {"plate": plate, "target": plate[::-1].copy() * np.float32(2.0)}

    def validation_sample(self, frame: Frame) -> Sample:
        return {"plate": frame["plate"], "target": frame["plate"][::-1].copy() * np.float32(2.0)}

    def phases(self) -> Sequence[Phase]:
        return [Phase("fit", self.model, self._losses)]

    def groups(self, module: nn.Module) -> Sequence[Group]:
        return [Group("all", list(module.parameters()), 0.05)]

    def metrics(self, model: nn.Module, batch: Batch) -> dict[str, float]:
        return {"error": float((model(batch["plate"]) - batch["target"]).abs().mean())}

    def preview(self, model: nn.Module, batch: Batch) -> npt.NDArray[np.uint8]:
        return np.full((8, 8, 3), 99, np.uint8)

    def card(self, details: Mapping[str, Any]) -> ModelCard:
        raise NotImplementedError

    def _losses(self, batch: Batch) -> Outcome:
        wanted = batch["target"] + self.noise * torch.randn_like(batch["target"])
        loss = (self.model(batch["plate"]) - wanted).square().mean()
        if self.poison_from is not None and self.seen >= self.poison_from:
            loss = loss * float("nan")
        self.seen += 1
        return Outcome({"square": loss}, {"worst": wanted.abs().max()})


class Duel(Mixing):
    """Two modules in turn: `model` every step, a critic of it every second step, which sees the model's answer."""

    def __init__(self, config: TrainConfig) -> None:
        super().__init__(config)
        self.critic = nn.Conv2d(3, 1, 1)
        self.rounds: list[tuple[str, bool, bool]] = []

    def phases(self) -> Sequence[Phase]:
        return [
            Phase("maker", self.model, self._make),
            Phase("critic", self.critic, self._judge, every=2),
        ]

    def _make(self, batch: Batch) -> Outcome:
        self._note("maker")
        made = self.model(batch["plate"])
        return Outcome({"fool": -self.critic(made).mean(), "square": (made - batch["target"]).square().mean()})

    def _judge(self, batch: Batch) -> Outcome:
        self._note("critic")
        verdict = self.critic(self.model(batch["plate"])) - self.critic(batch["target"])
        return Outcome({"judge": verdict.mean() + 0.1 * verdict.square().mean()})

    def _note(self, phase: str) -> None:
        learning = [any(p.requires_grad for p in module.parameters()) for module in (self.model, self.critic)]
        self.rounds.append((phase, learning[0], learning[1]))


def config(**changes: Any) -> TrainConfig:
    """Twelve steps of four samples, without waiting for anything."""
    settings: dict[str, Any] = {
        "task": "mixing",
        "steps": 12,
        "batch": 4,
        "size": 32,
        "device": "cpu",
        "warmup_steps": 1,
        "ema_decay": 0.5,
        "validate_every": 5,
        "preview_every": 0,
        "log_every": 1,
        "checkpoint_seconds": 1e9,
        "pretrained": False,
    }
    return TrainConfig(**{**settings, **changes})


def build(kind: type[Mixing] = Mixing, **changes: Any) -> tuple[Mixing, TrainConfig]:
    """A task with the weights of its seed."""
    chosen = config(**changes)
    torch.manual_seed(chosen.seed)
    return kind(chosen), chosen


def frames(count: int = 10) -> FrameSets:
    """Random plates, (3, 8, 8); two of them held out."""
    rng = np.random.default_rng(1)
    made = [{"plate": rng.normal(0.0, 1.0, (3, 8, 8)).astype(np.float32)} for _ in range(count)]
    keys = [f"set/{number}" for number in range(count)]
    return FrameSets(made[:-2], made[-2:], keys[:-2], keys[-2:])
