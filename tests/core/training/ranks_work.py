"""What each process of the tests in `test_ranks.py` does: `python -m torch.distributed.run ... -m THIS FOLDER WORK`.

Tasks are those of `tiny_tasks`, without the noise that differs with the number of processes.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from core.errors import Interrupted, PlatelightError, WorkFailed
from core.networks.projected_discriminator import ProjectedDiscriminator
from core.training.loop import Progress, Result, fit
from core.training.ranks import Ranks, join_ranks
from core.training.run_folder import RunFolder
from core.training.task import Batch, Outcome
from tests.core.training import tiny_tasks
from tests.core.training.tiny_tasks import Duel, Mixing

KINDS: dict[str, type[Mixing]] = {"mixing": Mixing, "duel": Duel}
SETTINGS: dict[str, Any] = {"sizes": [[0, 32, 3], [7, 32, 5]], "batch": 5}
"""Odd batches, of which two processes have unequal parts, and another one from step 7 on."""


def learn(path: Path, kind: type[Mixing], ranks: Ranks, **options: Any) -> Result:
    """A run, or one part of it; the same in one process as in several."""
    kind.noise = 0.0
    task, config = tiny_tasks.build(kind, **SETTINGS)
    run = RunFolder(path)
    if ranks.first and not options.get("resume"):
        run.start(config, {})
    ranks.wait()
    return fit(task, tiny_tasks.frames(), config, run, ranks=ranks, **options)


def runs_that_end_well(folder: Path, ranks: Ranks) -> None:
    """Every kind of task, in one go and in two parts; and what stops rank 1 alone: its clock, a signal, and a
    loss that is no number; all ranks end each of them together, so that the next run can begin."""
    for name, kind in KINDS.items():
        learn(folder / name, kind, ranks)
        part = learn(folder / f"{name}_parts", kind, ranks, stop_after=5)
        assert (part.finished, part.step) == (False, 5)
        learn(folder / f"{name}_parts", kind, ranks, resume=True)
        learn(folder / f"{name}_begun", kind, ranks, stop_after=5)
    late = learn(folder / "late", Mixing, ranks, max_seconds=0.0 if ranks.rank == 1 else None)
    (folder / f"late_{ranks.rank}").write_text(str(late.step))

    class Signalled(Mixing):
        def _losses(self, batch: Batch) -> Outcome:
            if ranks.rank == 1 and self.seen == 2:
                os.kill(os.getpid(), signal.SIGTERM)
            return super()._losses(batch)

    try:
        learn(folder / "signalled", Signalled, ranks)
    except Interrupted as stop:
        (folder / f"signalled_{ranks.rank}").write_text(str(stop))

    class Poisoned(Mixing):
        def _losses(self, batch: Batch) -> Outcome:
            self.poison_from = 3 if ranks.rank == 1 else None
            return super()._losses(batch)

    try:
        learn(folder / "poisoned", Poisoned, ranks)
    except WorkFailed as failure:
        (folder / f"poisoned_{ranks.rank}").write_text(str(failure))


def killed(folder: Path, ranks: Ranks) -> None:
    """Rank 1 is gone without a word, in the middle of a step."""

    class Killed(Mixing):
        def _losses(self, batch: Batch) -> Outcome:
            if ranks.rank == 1 and self.seen == 3:
                os.kill(os.getpid(), signal.SIGKILL)
            return super()._losses(batch)

    learn(folder, Killed, ranks)


def writing_fails(folder: Path, ranks: Ranks) -> None:
    """Rank 0 fails while the other one waits for it."""

    def stumble(state: Progress) -> None:
        if state.step == 4:
            raise OSError("the run folder is gone")

    learn(folder, Mixing, ranks, on_progress=stumble)


def judge(pictures: torch.Tensor) -> torch.Tensor:
    """The levels that a projected discriminator sets by its first pictures."""
    torch.manual_seed(0)
    made = ProjectedDiscriminator(3, 32, "lite0", mixed=(8, 8, 8, 8, 8), width=8, pixels=8)
    made(pictures)
    return made.level


def pictures(count: int) -> torch.Tensor:
    """(count, 3, 32, 32), each with more contrast than the one before."""
    noise = torch.rand(count, 3, 32, 32, generator=torch.Generator().manual_seed(2)) - 0.5
    return noise * torch.linspace(0.2, 2.0, count)[:, None, None, None]


def first_pictures(folder: Path, ranks: Ranks) -> None:
    """Each rank shows a projected discriminator pictures of its own."""
    torch.save(judge(pictures(4).chunk(2)[ranks.rank]), folder / f"level_{ranks.rank}.pt")


WORK: dict[str, Callable[[Path, Ranks], None]] = {
    work.__name__: work for work in (runs_that_end_well, killed, writing_fails, first_pictures)
}


def main(folder: Path, work: str) -> int:
    torch.set_num_threads(1)
    try:
        with join_ranks() as ranks:
            WORK[work](folder, ranks)
    except (PlatelightError, RuntimeError, OSError) as error:
        (folder / f"words_{os.environ['RANK']}").write_text(f"{type(error).__name__}: {error}")
        (folder / f"threads_{os.environ['RANK']}").write_text("\n".join(_threads()))
        return 1
    (folder / f"threads_{ranks.rank}").write_text("\n".join(_threads()))
    return 0


def _threads() -> list[str]:
    """Names of the threads of this process, of which Python knows its own only; none where the system tells none."""
    return [path.read_text().strip() for path in Path("/proc/self/task").glob("*/comm")]


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2]))
