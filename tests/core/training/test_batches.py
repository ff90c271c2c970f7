"""Batches: pure functions of seed, step and slot, whoever prepares them."""

from __future__ import annotations

import threading
from collections import Counter
from contextlib import closing

import numpy as np
import pytest
import torch

from core.training.batches import read_ahead, sample_order, training_batch
from core.training.stages import Stage, Stages
from core.training.task import Frame
from tests.core.training import tiny_tasks
from tests.core.training.tiny_tasks import Mixing, Sample


def marked(count: int) -> list[Frame]:
    """Frames that can be told apart in a batch: all pixels of frame i are 100 i."""
    return [{"plate": np.full((3, 4, 4), 100.0 * index, np.float32)} for index in range(count)]


def plan(batch: int) -> Stages:
    return Stages([Stage(0, 32, batch)])


def indices(batch: dict[str, torch.Tensor]) -> list[int]:
    return [round(float(plate.mean()) / 100.0) for plate in batch["plate"]]


def test_an_epoch_visits_every_sample_once_even_where_batches_do_not_divide_it() -> None:
    task, _ = tiny_tasks.build()
    visits = [index for step in range(21) for index in indices(training_batch(task, marked(7), step, plan(3), seed=5))]
    for epoch in range(9):
        assert sorted(visits[7 * epoch : 7 * epoch + 7]) == list(range(7))
    assert len({tuple(visits[7 * epoch : 7 * epoch + 7]) for epoch in range(9)}) > 5
    assert sample_order(7, 5, 0) != sample_order(7, 6, 0) or sample_order(7, 5, 1) != sample_order(7, 6, 1)


def test_a_batch_depends_on_seed_and_step_alone() -> None:
    task, _ = tiny_tasks.build()
    frames = marked(5)
    late = training_batch(task, frames, 9, plan(4), seed=0)
    for step in range(3):
        training_batch(task, frames, step, plan(4), seed=0)
    torch.rand(3)
    again = training_batch(task, frames, 9, plan(4), seed=0)
    assert torch.equal(late["plate"], again["plate"])
    assert late["plate"].dtype == torch.float32
    assert not torch.equal(late["plate"], training_batch(task, frames, 9, plan(4), seed=1)["plate"])


def test_slots_and_steps_are_augmented_differently() -> None:
    task, _ = tiny_tasks.build()
    one = marked(1)
    noise = [training_batch(task, one, step, plan(2), seed=0)["plate"][slot] for step in range(2) for slot in range(2)]
    assert all(not torch.equal(a, b) for i, a in enumerate(noise) for b in noise[:i])


@pytest.mark.parametrize("workers", [1, 3])
def test_reading_ahead_changes_nothing(workers: int) -> None:
    task, _ = tiny_tasks.build()
    frames = marked(5)
    ahead = list(read_ahead(task, frames, range(4, 17), plan(2), 3, workers))
    assert len(ahead) == 13
    for step, batch in zip(range(4, 17), ahead, strict=True):
        assert torch.equal(batch["plate"], training_batch(task, frames, step, plan(2), seed=3)["plate"])


class Failing(Mixing):
    def training_sample(self, frame: Frame, size: int, rng: np.random.Generator) -> Sample:
        raise RuntimeError("a broken sample")


def test_what_a_thread_raises_is_raised_where_batches_are_used() -> None:
    task, _ = tiny_tasks.build(Failing)
    with pytest.raises(RuntimeError, match="a broken sample"):
        list(read_ahead(task, marked(2), range(5), plan(2), 0, 2))
    assert threads() == Counter()


def test_closing_stops_the_threads() -> None:
    task, _ = tiny_tasks.build()
    with closing(read_ahead(task, marked(2), range(1000), plan(2), 0, 2)) as batches:  # type: ignore[type-var]
        next(batches)
        assert threads()["batches"] > 0
    assert threads() == Counter()


def threads() -> Counter[str]:
    return Counter(thread.name.split("_")[0] for thread in threading.enumerate() if thread.name.startswith("batches"))
