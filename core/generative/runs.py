"""A trained run as something that draws: its averaged generator, and what its pictures consist of."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from core.errors import BadConfig, ModelMismatch
from core.networks.dcgan import DcganGenerator
from core.networks.projected_discriminator import ProjectedDiscriminator
from core.networks.style_generator import StyleGenerator
from core.tasks import build_task
from core.tasks.images import CHANNELS, Images
from core.training.checkpoint import read_checkpoint
from core.training.config import TrainConfig
from core.training.run_folder import RunFolder
from worker_link.json_text import read_json

__all__ = ["ImageRun", "latents_of_seeds", "open_run"]

_AT_ONCE = 32
_LEAST_SHARE = 1e-6


@dataclass(frozen=True)
class ImageRun:
    """What `platelight images train` left.

    Attributes:
        path: the folder.
        config: its settings.
        generator: averaged, in evaluation mode, on `device`.
        task: what it was trained by.
        step: how far the training came.
        channels: what a picture consists of, see `core.tasks.images.CHANNELS`.
        environment: what `environment.json` says of data and start; empty where it is damaged.
        device: where pictures are drawn.
    """

    path: Path
    config: TrainConfig
    generator: StyleGenerator | DcganGenerator
    task: Images
    step: int
    channels: tuple[str, ...]
    environment: dict[str, Any]
    device: str

    @property
    def kinds(self) -> int:
        """How many kinds the generator is told of; 0: none."""
        return self.generator.kinds if isinstance(self.generator, StyleGenerator) else 0

    def shares(self) -> dict[int, float]:
        """Numbers of the kinds that are drawn, and how often. Raises BadConfig where the run knows none."""
        if not self.kinds:
            raise BadConfig(f"{self.path}: the run knows no kinds; train with a recipe whose model has 'kinds'")
        shares = self.style_generator().mapping.shares.tolist()
        return {kind: share for kind, share in enumerate(shares) if share > _LEAST_SHARE}

    def kinds_of(self, pictures: Tensor) -> Tensor:
        """(N, C, S, S), -1..1 -> (N,) int64: which kind each is. Raises BadConfig where the run knows none."""
        self.shares()
        assert isinstance(self.task.discriminator, ProjectedDiscriminator)
        return self.task.discriminator.eval().kinds_of(pictures)

    def of_kind(self, latents: Tensor, kind: int) -> Tensor:
        """The same latents, all of one kind. Raises BadConfig where there is no such kind."""
        known = self.shares()
        if kind not in known:
            raise BadConfig(f"{self.path}: there is no kind {kind}; it knows {', '.join(map(str, known))}")
        latents = latents.clone()
        latents[:, -1] = self.style_generator().mapping.deciding(torch.tensor([kind], device=self.device)).cpu()
        return latents

    @torch.no_grad()
    def styles(self, latents: Tensor, truncation: float = 1.0) -> Tensor:
        """(N, latent) -> (N, depth, style), see `StyleGenerator.styles`. Raises BadConfig for DCGAN."""
        return self.style_generator().styles(latents.to(self.device), truncation)

    def style_generator(self) -> StyleGenerator:
        """The generator. Raises BadConfig where it has no styles to work with."""
        if not isinstance(self.generator, StyleGenerator):
            raise BadConfig(f"{self.path}: a DCGAN has no styles; train with a recipe whose network is 'style'")
        return self.generator

    @torch.no_grad()
    def draw(self, latents: Tensor, truncation: float = 1.0) -> Tensor:
        """(N, latent), standard normal -> (N, C, S, S), -1..1, clipped, on the CPU, a few at a time.

        Raises:
            BadConfig: a truncation other than 1 for DCGAN, which has no mean picture to draw towards.
        """
        if truncation != 1.0:
            return self.draw_styles(self.styles(latents, truncation))
        parts = latents.to(self.device).split(_AT_ONCE)  # type: ignore[no-untyped-call]
        return torch.cat([self.generator(part).clamp(-1.0, 1.0).cpu() for part in parts])

    @torch.no_grad()
    def draw_styles(self, styles: Tensor) -> Tensor:
        """(N, depth, style) -> (N, C, S, S), -1..1, clipped, on the CPU. Raises BadConfig for DCGAN."""
        network = self.style_generator()
        parts = styles.to(self.device).split(_AT_ONCE)  # type: ignore[no-untyped-call]
        return torch.cat([network.draw(part).clamp(-1.0, 1.0).cpu() for part in parts])


def open_run(path: str | Path, device: str = "auto") -> ImageRun:
    """Read a run of the task `images`, finished or not.

    Raises:
        FileMissing, BadInput: there is no checkpoint, or a damaged one.
        ModelMismatch: it is a run of another task.
        BadConfig: its configuration is damaged.
        WorkFailed: the device is not there.
    """
    from core.training.loop import resolve_device

    folder = RunFolder(path)
    checkpoint = read_checkpoint(folder.path)
    config = folder.config()
    if config.task != Images.name:
        raise ModelMismatch(f"{path}: is a run of the task {config.task}, not images; name one that draws pictures")
    task = build_task(config)
    assert isinstance(task, Images)
    task.model.load_state_dict(checkpoint.average)
    if task.objective.kinds:
        # The kinds are told by the discriminator's encoder.
        task.discriminator.load_state_dict(checkpoint.modules[1])
    place = resolve_device(device)
    task.model.eval().requires_grad_(False).to(place)
    try:
        environment = read_json(folder.path / "environment.json")
    except (OSError, ValueError):
        environment = {}
    channels = CHANNELS[task.objective.channels]
    return ImageRun(folder.path, config, task.model, task, checkpoint.step, channels, environment, place)


def latents_of_seeds(seeds: list[int], latent: int) -> Tensor:
    """(N, latent): picture N of a seed is the same in any company.

    Raises:
        BadConfig: a seed below 0.
    """
    if min(seeds, default=0) < 0:
        raise BadConfig(f"seed {min(seeds)}: 0 or more is needed")
    rows = [torch.randn(latent, generator=torch.Generator().manual_seed(seed)) for seed in seeds]
    return torch.stack(rows) if rows else torch.zeros(0, latent)
