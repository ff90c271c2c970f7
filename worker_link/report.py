"""What became of a job that somebody waited for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from worker_link.errors import Cancelled, WorkerError
from worker_link.jobs import AnyFrame, Event, FrameDone, FrameFailed, WorkerRestarted

__all__ = ["Report", "reported"]


@dataclass(frozen=True)
class Report:
    """What became of a job: every frame is in exactly one of the three.

    Attributes:
        done, failed: in the order of the list that was handed in.
        cancelled: frames that were not made because the job was cancelled.
        restarts: how often the worker had to be started again.
    """

    done: tuple[FrameDone, ...]
    failed: tuple[FrameFailed, ...]
    cancelled: tuple[AnyFrame, ...] = ()
    restarts: int = 0

    def check(self) -> None:
        """Raises Cancelled or WorkerError, with one line for the user, unless every frame is done."""
        total = len(self.done) + len(self.failed) + len(self.cancelled)
        if self.failed:
            raise WorkerError(f"{len(self.failed)} of {total} frames failed, first: {self.failed[0].message}")
        if self.cancelled:
            raise Cancelled(f"cancelled; {len(self.done)} of {total} frames are done")


def reported(frames: Sequence[AnyFrame], events: Iterator[Event], callback: Callable[[Event], None] | None) -> Report:
    """Hear a job to its end.

    Args:
        frames: as they were handed in.
        events: of the job.
        callback: hears every event too, in this thread; None: nobody does.
    """
    done: dict[int, FrameDone] = {}
    failed: dict[int, FrameFailed] = {}
    restarts = 0
    for event in events:
        if isinstance(event, FrameDone):
            done[event.index] = event
        elif isinstance(event, FrameFailed):
            failed[event.index] = event
        elif isinstance(event, WorkerRestarted):
            restarts += 1
        if callback is not None:
            callback(event)
    rest = tuple(frame for index, frame in enumerate(frames) if index not in done and index not in failed)
    return Report(
        tuple(done[index] for index in sorted(done)), tuple(failed[index] for index in sorted(failed)), rest, restarts
    )
