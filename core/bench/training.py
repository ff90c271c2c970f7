"""Steps of the training loop, beside forward, backward and optimiser with nothing around them."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import torch

from core.bench.clock import in_turn
from core.bench.loading import make_shard
from core.bench.row import Row, Settings, compared
from core.shards import ShardSet
from core.tasks import build_task
from core.training.batches import training_batch
from core.training.config import TrainConfig, read_recipe
from core.training.frames import FrameSets, load_frames
from core.training.loop import Progress, fit
from core.training.run_folder import RunFolder
from core.training.task import Task

__all__ = ["measure_training"]

RECIPE = "plate_normals_second"
"""Training recipe of the shipped plate-normals model."""


def measure_training(settings: Settings) -> Iterator[Row]:
    """Yield rows for the shipped model's recipe on made frames, on the CPU, in fp32, without pretrained weights.

    - `load_frames`: shard to frames in memory, four threads, beside reading the records one by one.
    - the loop's step, batches prepared beside it, against the bare step on one batch that is there already. The two
      take turns in blocks of steps, since a loop cannot be stopped within.
    - preparing a batch in one thread, against the bare step: below 1 the loop need not wait for it.
    """
    count, size, batch, steps = (4, 32, 2, 2) if settings.quick else (24, 256, 8, 4)
    config = replace(
        read_recipe(RECIPE),
        steps=1 + steps,
        size=32 if settings.quick else 192,
        sizes=(),
        batch=batch,
        precision="fp32",
        device="cpu",
        warmup_steps=0,
        pretrained=False,
        validation_share=0.0,
        validate_every=0,
        preview_every=0,
        log_every=1,
        checkpoint_seconds=1e9,
    )
    torch.set_num_threads(settings.threads)
    folder = settings.folder / "training"
    make_shard(folder, count, size)
    task = build_task(config)
    shards = ShardSet.open(folder)

    def load() -> FrameSets:
        return load_frames(task, [folder], validation_share=0.0, validation_limit=0, seed=0)

    times = in_turn(
        {"ours": load, "bare": lambda: [shards.read(key) for key in shards.keys]}, settings.rounds, settings.seconds
    )
    what = f"load_frames, {size}x{size}, 4 threads"
    yield compared("training", what, times["ours"], "ShardSet.read, 1 thread", times["bare"], float(count), "samples/s")
    frames = load()
    made = training_batch(task, frames.training, 0, config.stages, config.seed)
    bare = _bare_step(task, made)
    loop_times: list[float] = []
    bare_times: list[float] = []
    bare()
    started = time.perf_counter()
    while not loop_times or (
        len(loop_times) < settings.rounds * steps and time.perf_counter() - started < settings.seconds
    ):
        bare_times += [_seconds(bare) for _ in range(steps)]
        loop_times += _loop_steps(frames, config, settings)
    what = f"loop's step, batch {batch} at {config.size}x{config.size}"
    beside = "bare forward, backward, AdamW"
    yield compared("training", what, loop_times, beside, bare_times, float(batch), "samples/s")
    times = in_turn(
        {"ours": lambda: training_batch(task, frames.training, 1, config.stages, config.seed), "bare": bare},
        settings.rounds,
        settings.seconds,
    )
    yield compared(
        "training", f"preparing that batch, {config.workers} thread", times["ours"], beside, times["bare"],
        float(batch), "samples/s",
    )  # fmt: skip


def _bare_step(task: Task, batch: dict[str, torch.Tensor]) -> Callable[[], None]:
    """What anyone's training step does at least, with the same network, loss and memory layout as the loop's."""
    (phase,) = task.phases()
    module = phase.module.train().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimiser = torch.optim.AdamW(module.parameters(), lr=1e-4)
    fed = {name: value.to(memory_format=torch.channels_last) for name, value in batch.items()}

    def step() -> None:
        loss = torch.stack(list(phase.losses(fed).losses.values())).sum()
        optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()

    return step


def _loop_steps(frames: FrameSets, config: TrainConfig, settings: Settings) -> list[float]:
    """Seconds of each step of a new run but the first."""
    ends: list[float] = []

    def note(_: Progress) -> None:
        ends.append(time.perf_counter())

    run = RunFolder(settings.folder / "run")
    run.start(config, {})
    fit(build_task(config), frames, config, run, on_progress=note)
    return [later - earlier for earlier, later in itertools.pairwise(ends)]


def _seconds(call: Callable[[], None]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began
