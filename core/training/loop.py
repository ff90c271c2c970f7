"""The training loop that every model of the suite shares.

A task says what is learnt (`core.training.task`); this module says how: device, precision, order of optimiser steps,
moving average, validation, log, previews, checkpoints. The numbers of a run depend on its configuration and data
only, never on time or on where it was stopped and taken up again. Several processes train one model as one process
would, each on its share of every batch (`core.training.ranks`); the first of them writes the run folder.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import torch
from torch import Tensor, nn

from core.errors import Interrupted, WorkFailed
from core.image import SRGB, Image, write_image
from core.training.batches import collate, read_ahead
from core.training.checkpoint import Checkpoint, read_checkpoint, write_checkpoint
from core.training.config import TrainConfig
from core.training.ema import MovingAverage
from core.training.frames import FrameSets
from core.training.optimiser import optimiser_of
from core.training.ranks import ALONE, Ranks, noise_seed
from core.training.run_folder import RunFolder
from core.training.schedule import learning_rate_share
from core.training.shared_batch_norm import share_batch_norms
from core.training.stopping import stop_on_signals
from core.training.task import Batch, Phase, Task

__all__ = ["Progress", "Result", "fit", "resolve_device"]

_LOSS = "loss"


@dataclass(frozen=True)
class Progress:
    """How a run stands after a step.

    Attributes:
        step, steps: steps done, and in all.
        figures: losses and shown figures of the last step, by name; with several ranks the mean of theirs.
        validation: figures of the last validation, by name; empty before the first.
        images_per_second: of all ranks together, over the steps since this start.
        seconds: training time, former processes included.
    """

    step: int
    steps: int
    figures: dict[str, float]
    validation: dict[str, float]
    images_per_second: float
    seconds: float


@dataclass(frozen=True)
class Result:
    """What `fit` returns: the averaged model, whether all steps are done, and the first rank's last validation."""

    model: nn.Module
    step: int
    finished: bool
    seconds: float
    validation: dict[str, float]


_FEWEST = 4
"""Held-out samples in a batch of a validation, where there are several batches."""


def resolve_device(name: str) -> str:
    """ "auto" -> "cuda" where there is a GPU, else "cpu"; "gpu" -> "cuda"; other names are tried and returned.

    Raises:
        WorkFailed: the device is not there.
    """
    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    wanted = "cuda" if name == "gpu" else name
    if wanted.startswith("cuda") and not torch.cuda.is_available():
        raise WorkFailed(f"device {name}: torch sees no GPU here; use --device cpu, or install a CUDA build of torch")
    try:
        torch.empty(1, device=wanted)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise WorkFailed(f"device {name}: torch cannot use it here; use --device cpu, gpu or cuda:1") from error
    return wanted


def fit(
    task: Task,
    frames: FrameSets,
    config: TrainConfig,
    run: RunFolder,
    *,
    resume: bool = False,
    max_seconds: float | None = None,
    stop_after: int | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    ranks: Ranks = ALONE,
) -> Result:
    """Train `task`, write the run folder as it goes, and return the averaged model.

    Args:
        task: built from `config` after `torch.manual_seed(config.seed)`. With several ranks its batch normalisations
            are made to use the samples of all (`core.training.shared_batch_norm`).
        frames: see `core.training.frames.load_frames`.
        run: a started run folder, which all ranks can read.
        resume: go on from its checkpoint.
        max_seconds: stop cleanly, with a checkpoint, after so many seconds of this process.
        stop_after: the same after that step.
        on_progress: called after every step, on the first rank.
        ranks: from `core.training.ranks.join_ranks`, within whose block this is called. A loss that divides by what
            each batch holds (such as the pixels of a mask) is divided on each rank by what its part holds, and the mean
            over the ranks is weighed by samples; what a network draws at random itself differs with their number.

    Raises:
        Interrupted: Ctrl-C or SIGTERM, of any rank; a checkpoint of the last whole step is kept.
        WorkFailed: the loss is no longer a finite number, or another rank has ended; the last good checkpoint is kept.
        DiskFull, BadInput: the run folder cannot be written, or its checkpoint not read.
        BadConfig: a batch has fewer samples than there are ranks.
    """
    return _Run(task, frames, config, run, ranks).fit(resume, max_seconds, stop_after, on_progress)


class _Run:
    def __init__(self, task: Task, frames: FrameSets, config: TrainConfig, run: RunFolder, ranks: Ranks) -> None:
        self.task, self.frames, self.config, self.run, self.ranks = task, frames, config, run, ranks
        self.stages = config.stages
        ranks.check(self.stages)
        self.device = ranks.device(resolve_device(config.device))
        self.phases = list(task.phases())
        self.modules = list(dict.fromkeys(phase.module for phase in self.phases))
        for module in self.modules:
            module.to(self.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        # A module's own frozen parameters stay frozen when phases take turns.
        self.learning = {module: [p for p in module.parameters() if p.requires_grad] for module in self.modules}
        self.optimisers = {module: optimiser_of(task, module, config) for module in self.modules}
        self.average = MovingAverage(task.model, config.ema_decay)
        if ranks.count > 1:
            for module in self.modules:
                share_batch_norms(module)
        self.step = 0
        self.seconds = 0.0
        self.validation: dict[str, float] = {}

    def fit(
        self,
        resume: bool,
        max_seconds: float | None,
        stop_after: int | None,
        on_progress: Callable[[Progress], None] | None,
    ) -> Result:
        if resume:
            self._restore()
        training = self.task.study(self.frames.training)
        if self.step == 0:
            # What the study found is no average of it and of what the networks began with.
            self.average = MovingAverage(self.task.model, self.config.ema_decay)
        config = self.config
        last = config.steps if stop_after is None else min(stop_after, config.steps)
        cv2.setNumThreads(1)  # batches are prepared by threads of our own
        begin = saved = time.monotonic()
        before, first = self.seconds, self.stages.samples_before(self.step)
        batches = read_ahead(
            self.task,
            training,
            range(self.step, last),
            self.stages,
            config.seed,
            config.workers,
            self.ranks,
        )
        with stop_on_signals() as request, closing(batches):  # type: ignore[type-var]
            for batch in batches:
                figures = self._learn(self._to_device(batch))
                self.step += 1
                now = time.monotonic()
                self.seconds = before + now - begin
                speed = (self.stages.samples_before(self.step) - first) / max(now - begin, 1e-9)
                if self.ranks.first:
                    self._write(figures, speed)
                    if on_progress is not None:
                        on_progress(Progress(self.step, config.steps, figures, self.validation, speed, self.seconds))
                    if now - saved > config.checkpoint_seconds:
                        self._save()
                        saved = now
                request.agree(self.ranks)
                (late,) = self.ranks.agree(float(max_seconds is not None and now - begin > max_seconds))
                if request.reason or late:
                    break
        if self.ranks.first:
            self._save()
        if request.reason and self.step < config.steps:
            raise Interrupted(
                f"stopped by {request.reason} at step {self.step} of {config.steps}; a checkpoint is kept: "
                f"run the same command again to go on"
            )
        return Result(self.average.model, self.step, self.step >= config.steps, self.seconds, self.validation)

    def _learn(self, batch: Batch) -> dict[str, float]:
        figures: dict[str, Tensor] = {}
        torch.manual_seed(noise_seed(self.config.seed, self.step, self.ranks.rank))
        for phase in self.phases:
            if self.step % phase.every == 0:
                figures |= self._play(phase, batch)
        self.average.update(self.task.model)
        return {name: float(value) for name, value in figures.items()}

    def _play(self, phase: Phase, batch: Batch) -> dict[str, Tensor]:
        config, optimiser = self.config, self.optimisers[phase.module]
        for module, parameters in self.learning.items():
            module.train()
            for parameter in parameters:
                parameter.requires_grad_(module is phase.module)
        with torch.autocast(self.device.split(":")[0], torch.bfloat16, enabled=config.precision == "bf16"):
            outcome = phase.losses(batch)
        loss = torch.stack([value.float() for value in outcome.losses.values()]).sum()
        share = self._share_of_samples()
        figures = self.ranks.mean({_LOSS: loss, **outcome.losses, **outcome.shown}, share)
        # The mean of all ranks is finite where the loss of each is: all of them stop, or none.
        if not torch.isfinite(figures[_LOSS]):
            raise WorkFailed(
                f"phase {phase.name}: the loss is {figures[_LOSS].item()} at step {self.step}; the last checkpoint is "
                f"kept. Lower the learning rates, or look for broken frames in the contact sheet of the data"
            )
        optimiser.zero_grad(set_to_none=True)
        (loss * share).backward()  # type: ignore[no-untyped-call]
        self.ranks.add_gradients(self.learning[phase.module])
        nn.utils.clip_grad_norm_(self.learning[phase.module], config.gradient_clip)
        pace = self._pace(self.step)
        for group in optimiser.param_groups:
            group["lr"] = group["highest"] * pace
        optimiser.step()
        prefix = f"{phase.name}/" if len(self.phases) > 1 else ""
        return {f"{prefix}{name}": value for name, value in figures.items()}

    def _share_of_samples(self) -> float:
        batch = self.stages.at(self.step).batch
        return len(self.ranks.slots(batch)) / batch

    def _pace(self, step: int) -> float:
        config = self.config
        return learning_rate_share(step, config.steps, config.warmup_steps, config.final_rate)

    def _write(self, figures: Mapping[str, float], speed: float) -> None:
        if self.step % self.config.log_every == 0 or self.step == self.config.steps:
            self._log(figures, speed)
        self._look()

    def _look(self) -> None:
        config = self.config
        at_end = self.step == config.steps
        due = [every and (at_end or self.step % every == 0) for every in (config.validate_every, config.preview_every)]
        if due[0] and self.frames.validation:
            self.validation = self._validate()
            self.run.append({"step": self.step - 1, "validation": self.validation})
        if due[1]:
            self._preview()

    @torch.no_grad()
    def _validate(self) -> dict[str, float]:
        totals: dict[str, float] = {}
        count = 0
        for batch in self._validation_batches(self.frames.validation):
            size = len(next(iter(batch.values())))
            count += size
            for name, value in self.task.metrics(self.average.model, batch).items():
                totals[name] = totals.get(name, 0.0) + value * size
        return {name: value / count for name, value in totals.items()}

    @torch.no_grad()
    def _preview(self) -> None:
        shown = (self.frames.validation or self.frames.training)[:8]
        for batch in self._validation_batches(shown, size=8):
            pixels = self.task.preview(self.average.model, batch).astype(np.float32) / np.float32(255.0)
            path = self.run.path / "previews" / f"step_{self.step:06d}.png"
            path.parent.mkdir(exist_ok=True)
            write_image(path, Image(pixels, ("R", "G", "B"), color_space=SRGB), dtype="uint8")

    def _validation_batches(self, frames: Sequence[Any], size: int | None = None) -> Iterator[dict[str, Tensor]]:
        size = size or self.config.batch
        starts = list(range(0, len(frames), size))
        if len(starts) > 1 and len(frames) - starts[-1] < _FEWEST:
            del starts[-1]  # what compares sets needs a few of them: the rest goes with the batch before it
        for start, end in zip(starts, [*starts[1:], len(frames)], strict=True):
            yield self._to_device(collate([self.task.validation_sample(frame) for frame in frames[start:end]]))

    def _to_device(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        return {
            name: value.to(self.device, memory_format=torch.channels_last) if value.ndim == 4 else value.to(self.device)
            for name, value in batch.items()
        }

    def _log(self, figures: Mapping[str, float], speed: float) -> None:
        done = self.step - 1
        row: dict[str, Any] = {"step": done} | {name: round(value, 5) for name, value in figures.items()}
        row["lr"] = round(self._pace(done), 6)
        if self.config.sizes:
            row["size"] = self.stages.at(done).size
        self.run.append(row | {"images_per_second": round(speed, 2), "seconds": round(self.seconds, 1)})

    def _save(self) -> None:
        checkpoint = Checkpoint(
            step=self.step,
            seconds=self.seconds,
            modules=[module.state_dict() for module in self.modules],
            optimisers=[self.optimisers[module].state_dict() for module in self.modules],
            average=self.average.model.state_dict(),
            average_updates=self.average.updates,
            config=self.config.to_json(),
        )
        write_checkpoint(self.run.path, checkpoint)
        self.run.write_curve()

    def _restore(self) -> None:
        checkpoint = read_checkpoint(self.run.path)
        for module, state, optimiser in zip(self.modules, checkpoint.modules, checkpoint.optimisers, strict=True):
            module.load_state_dict(state)
            self.optimisers[module].load_state_dict(optimiser)
        self.average.model.load_state_dict(checkpoint.average)
        self.average.updates = checkpoint.average_updates
        self.step, self.seconds = checkpoint.step, checkpoint.seconds
        most, least = self.ranks.agree(self.step, -self.step)
        if most != -least:
            raise WorkFailed(f"{self.run.path}: not all processes see the same checkpoint; put the run where all do")
        if self.ranks.first:
            self.run.rewind(self.step)
