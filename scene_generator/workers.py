"""Samples from several worker processes at once; a killed worker costs only the samples it was at."""

from __future__ import annotations

import multiprocessing
from collections import Counter
from collections.abc import Generator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from typing import TYPE_CHECKING

from core.errors import RenderFailed
from scene_generator.render_one import Sample, start_worker, work

if TYPE_CHECKING:
    from scene_generator.build import BuildPlan

RECYCLE_AFTER = 100
"""Samples that a worker makes before a fresh one takes its place: the renderer's memory grows by about 2 MB a scene."""

STRIKES = 3
"""How often a sample may be at work when a worker dies before it is called the culprit."""


def run(plan: BuildPlan, indices: list[int]) -> Generator[Sample, None, None]:
    """Yield the samples `indices` of `plan` as they are finished, in any order.

    Raises:
        RenderFailed: a sample failed by itself, or killed its worker `STRIKES` times.
    """
    todo = list(reversed(indices))
    strikes: Counter[int] = Counter()
    while todo:
        at_work: set[int] = set()
        try:
            yield from _pool(plan, todo, at_work)
        except BrokenProcessPool:
            strikes.update(at_work)
            worst, count = strikes.most_common(1)[0] if strikes else (-1, STRIKES)
            if count >= STRIKES:
                raise RenderFailed(
                    f"sample {worst} of seed {plan.seed}: its worker process died {count} times (out of memory?); "
                    "what is finished is kept"
                ) from None
            todo.extend(sorted(at_work, reverse=True))


def _pool(plan: BuildPlan, todo: list[int], at_work: set[int]) -> Generator[Sample, None, None]:
    # Spawned, not forked: the renderer's threads do not survive a fork.
    executor = ProcessPoolExecutor(
        min(plan.workers, len(todo)),
        mp_context=multiprocessing.get_context("spawn"),
        initializer=start_worker,
        initargs=(plan.variant, plan.recipe, plan.seed, plan.settings),
        max_tasks_per_child=RECYCLE_AFTER,
    )
    futures: dict[Future[Sample], int] = {}
    try:
        while todo or futures:
            while todo and len(futures) < 2 * plan.workers:
                index = todo.pop()
                at_work.add(index)
                futures[executor.submit(work, index)] = index
            for future in wait(futures, return_when=FIRST_COMPLETED).done:
                sample = future.result()
                at_work.discard(futures.pop(future))
                yield sample
    finally:
        executor.shutdown(wait=True, cancel_futures=True)
