"""Several processes that train one model together, each on its share of every batch.

`torchrun` starts them and tells each, by its environment, which one it is (its rank). What one of them decides by its
own clock or signals is agreed upon here, so that all end at the same step; what one of them dies of is told to the
others, so that none waits for ever.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import cast

import numpy as np
import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.distributed.distributed_c10d import Store

from core.errors import BadConfig, WorkFailed
from core.training.stages import Stages

__all__ = ["ALONE", "Ranks", "add_up", "gather", "join_ranks", "noise_seed"]

# The others wait while the first rank validates and writes; a process that has died is noticed long before this.
_PATIENCE = timedelta(hours=2)
_FAILED = "platelight_failed"
_NOISE = 2


@dataclass(frozen=True)
class Ranks:
    """Who this process is among those that train together.

    Attributes:
        rank: 0..count-1; rank 0 is the one that writes and prints.
        count: processes; 1 where a process trains alone, and then nothing here communicates.
        local: number of this process on its machine, which is that of its GPU.
    """

    rank: int = 0
    count: int = 1
    local: int = 0

    @property
    def first(self) -> bool:
        """Whether this is the process that writes the run folder and prints."""
        return self.rank == 0

    def device(self, name: str) -> str:
        """The device of this rank: "cuda" is the GPU of its own number where there are several ranks.

        Raises:
            BadConfig: one GPU is named for all.
            WorkFailed: there are fewer GPUs than ranks on this machine.
        """
        if self.count == 1 or not name.startswith("cuda"):
            return name
        if name != "cuda":
            raise BadConfig(f"device {name}: several processes train together, each on a GPU of its own; use cuda")
        there = torch.cuda.device_count()
        if self.local >= there:
            raise WorkFailed(
                f"process {self.local} of this machine has no GPU: torch sees {there}; start with "
                f"--nproc-per-node {max(there, 1)}, or use --device cpu"
            )
        torch.cuda.set_device(self.local)
        return f"cuda:{self.local}"

    def slots(self, batch: int) -> range:
        """This rank's places in a batch: ranges that follow each other from rank to rank and differ by at most one.

        Raises:
            BadConfig: there are fewer samples than ranks.
        """
        if batch < self.count:
            raise BadConfig(f"batch {batch}: at least one sample for each of {self.count} processes is needed")
        return range(batch * self.rank // self.count, batch * (self.rank + 1) // self.count)

    def check(self, stages: Stages) -> None:
        """Raises BadConfig where some stage of a run has fewer samples a step than there are ranks."""
        for stage in stages.all:
            self.slots(stage.batch)

    def agree(self, *numbers: float) -> tuple[float, ...]:
        """The largest of each number over all ranks; also a place where all ranks wait for each other."""
        if self.count == 1:
            return numbers
        found = torch.tensor(numbers, dtype=torch.float64)
        with _told_of_loss():
            dist.all_reduce(found, dist.ReduceOp.MAX)
        return tuple(found.tolist())

    def wait(self) -> None:
        """Come back when every rank is here."""
        self.agree(0.0)

    def mean(self, figures: Mapping[str, Tensor], share: float) -> dict[str, Tensor]:
        """Scalars by name -> their mean over the ranks, each weighed by its share of the samples; not differentiable.

        All ranks give the same names in the same order.
        """
        if self.count == 1:
            return {name: value.detach() for name, value in figures.items()}
        values = torch.stack([value.detach().float() for value in figures.values()]) * share
        add_up(values)
        return dict(zip(figures, values.unbind(), strict=True))

    def add_gradients(self, parameters: Sequence[nn.Parameter]) -> None:
        """Replace each gradient by its sum over the ranks; one that no rank has stays None.

        One message for all, instead of torch's DistributedDataParallel: that wraps one module and its forward pass,
        whereas a task's phases call several modules in functions of their own and take turns in who learns.
        """
        if self.count == 1 or not parameters:
            return
        blank = [parameter.grad is None for parameter in parameters]
        pieces = [torch.zeros_like(p) if p.grad is None else p.grad for p in parameters]
        had = torch.tensor([float(not missing) for missing in blank], device=pieces[0].device)
        flat = torch.cat([had, *(piece.reshape(-1).float() for piece in pieces)])
        add_up(flat)
        sums = torch.split(flat, [len(pieces), *(piece.numel() for piece in pieces)])
        # Only a rank that lacks some has to look, which would make a GPU wait, whether another one has them.
        found = sums[0].tolist() if any(blank) else [1.0] * len(pieces)
        for parameter, piece, total, there in zip(parameters, pieces, sums[1:], found, strict=True):
            if there:
                parameter.grad = piece.copy_(total.view(piece.shape))


ALONE = Ranks()
"""A process that trains by itself."""


class _Lost(WorkFailed):
    """A communication broke, which happens where another rank has ended."""


def add_up(values: Tensor) -> None:
    """Replace `values` by their sum over all ranks, in place. Raises WorkFailed where another rank has ended."""
    with _told_of_loss():
        dist.all_reduce(values)


def gather(own: Tensor) -> Tensor:
    """(K,) of each rank -> (ranks, K), in the order of the ranks. Raises WorkFailed where another rank has ended."""
    parts = [torch.empty_like(own) for _ in range(dist.get_world_size())]
    with _told_of_loss():
        dist.all_gather(parts, own.contiguous())
    return torch.stack(parts)


@contextmanager
def _told_of_loss() -> Iterator[None]:
    try:
        yield
    except RuntimeError as error:
        raise _Lost(
            "another of the processes that train together has ended without a word (killed, or out of memory?); the "
            "last checkpoint is kept: run the same command again to go on"
        ) from error


def noise_seed(seed: int, step: int, rank: int) -> int:
    """Seed of torch's generators for one step of one rank: what a network draws itself (dropout) follows from it alone.

    Args:
        seed: of the run, 0 or more.
        step, rank: from 0.

    Returns:
        0..2**63-1.
    """
    return int(np.random.SeedSequence([seed, _NOISE, step, rank]).generate_state(1, np.uint64)[0] >> np.uint64(1))


@contextmanager
def join_ranks() -> Iterator[Ranks]:
    """Join the other processes that `torchrun` started; without it, or with one process, yields `ALONE`.

    gloo carries what lies in main memory, nccl what lies on GPUs. Everything that any rank raises within the block ends
    all: the others' next communication fails, and they then raise WorkFailed with the words of the one that failed.

    Raises:
        WorkFailed: the processes cannot find each other, or another rank failed.
    """
    variables = [os.environ.get(name) for name in ("RANK", "WORLD_SIZE", "LOCAL_RANK")]
    if None in variables or variables[1] == "1":
        yield ALONE
        return
    rank, count, local = (int(cast(str, value)) for value in variables)
    # Its functions' default argument is the group of the moment at which it is loaded, which optimizers do at their
    # first step. The group's threads would then outlive the group, and one that lets go of a tensor while Python ends
    # aborts the process.
    import torch.distributed.nn.functional

    gpus = torch.cuda.is_available()
    try:
        dist.init_process_group("cpu:gloo,cuda:nccl" if gpus else "gloo", timeout=_PATIENCE)
    except (RuntimeError, ValueError) as error:
        raise WorkFailed(f"process {rank} of {count} cannot join the others: {_line(error)}") from error
    try:
        yield Ranks(rank, count, local)
    except _Lost as error:
        raise WorkFailed(_failure_of_another(rank) or str(error)) from error
    except BaseException as error:
        _tell_failure(rank, error)
        if not gpus:  # nccl would have the others take part
            dist.destroy_process_group()
        raise
    dist.destroy_process_group()


def _tell_failure(rank: int, error: BaseException) -> None:
    try:
        _store().set(_FAILED, f"{rank} {_line(error)}")
    except RuntimeError:
        return  # whoever held the messages is gone, and the others will notice that


def _failure_of_another(rank: int) -> str | None:
    """What another rank left as its last words, where a broken communication shows that one is gone."""
    try:
        if not _store().check([_FAILED]):
            return None
        who, _, words = _store().get(_FAILED).decode().partition(" ")
    except RuntimeError:
        return None
    return None if int(who) == rank else f"process {who} failed, which ends all: {words}"


def _store() -> Store:
    return dist.distributed_c10d._get_default_store()


def _line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__
