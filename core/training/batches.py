"""Batches prepared ahead of the step that needs them, each a pure function of (seed, step, slot)."""

from __future__ import annotations

import functools
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
import torch
from torch import Tensor

from core.training.ranks import ALONE, Ranks
from core.training.stages import Stages
from core.training.task import Frame, Task

__all__ = ["collate", "read_ahead", "sample_order", "training_batch"]

_ORDER = 0
_AUGMENTATION = 1
_AHEAD = 3


@functools.lru_cache(maxsize=8)
def sample_order(count: int, seed: int, epoch: int) -> tuple[int, ...]:
    """The order in which one epoch visits `count` samples: a permutation that seed and epoch decide."""
    return tuple(int(index) for index in np.random.default_rng([seed, _ORDER, epoch]).permutation(count))


def training_batch(
    task: Task, frames: Sequence[Frame], step: int, stages: Stages, seed: int, ranks: Ranks = ALONE
) -> dict[str, Tensor]:
    """The batch of one step, the same whichever steps were made before and by however many threads.

    Epochs follow each other without a gap, so that every sample is seen equally often even where the batch does not
    divide their number. Several ranks have the samples of one process that makes the whole batch, each a part of them.

    Args:
        frames: the training frames, as `task.pack` made them; at least one.
        step: from 0.
        stages: size and batch of each step.
        seed: of the run.
        ranks: whose part to make.

    Returns:
        Name -> (samples of this rank, C, size, size) float32.

    Raises:
        BadConfig: the batch has fewer samples than there are ranks.
    """
    stage = stages.at(step)
    first = stages.samples_before(step)
    samples = []
    for slot in ranks.slots(stage.batch):
        epoch, place = divmod(first + slot, len(frames))
        index = sample_order(len(frames), seed, epoch)[place]
        rng = np.random.default_rng([seed, _AUGMENTATION, step, slot])
        samples.append(task.training_sample(frames[index], stage.size, rng))
    return collate(samples)


def collate(samples: Sequence[dict[str, np.ndarray]]) -> dict[str, Tensor]:
    """Stack samples of equal shapes: name -> (C, H, W) becomes name -> (B, C, H, W) float32."""
    return {
        name: torch.from_numpy(np.stack([sample[name] for sample in samples]).astype(np.float32, copy=False))
        for name in samples[0]
    }


def read_ahead(
    task: Task,
    frames: Sequence[Frame],
    steps: range,
    stages: Stages,
    seed: int,
    workers: int,
    ranks: Ranks = ALONE,
) -> Iterator[dict[str, Tensor]]:
    """The batches of `steps`, in order, prepared by threads while the caller computes.

    Closing the iterator stops the threads. What a thread raises is raised here.
    """
    waiting: deque[Future[dict[str, Tensor]]] = deque()
    pool = ThreadPoolExecutor(workers, thread_name_prefix="batches")
    try:
        upcoming = iter(steps)
        for step in upcoming:
            waiting.append(pool.submit(training_batch, task, frames, step, stages, seed, ranks))
            if len(waiting) < _AHEAD + workers:
                continue
            yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
