"""A job as a plug-in runs it: handed to the worker, its events gathered, how far it is told in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from worker_link.client import WorkerClient
from worker_link.installed import installed_python
from worker_link.jobs import AnyFrame, AnyOptions, Event, FrameDone, FrameFailed, FrameStarted, Queued
from worker_link.launch import Launch

__all__ = ["JobRun", "Worker", "event_words", "installed_client"]


class Worker(Protocol):
    """What a plug-in asks of `WorkerClient`."""

    def capabilities(self) -> dict[str, str]: ...
    def events(self, frames: Sequence[AnyFrame], options: AnyOptions) -> Iterator[Event]: ...
    def cancel(self) -> None: ...
    def close(self) -> None: ...


def installed_client(host: str) -> Worker:
    """A client of this user's worker, which is started, when it is first asked something, with the Python that
    installed the plug-in.

    Args:
        host: its name, for the worker's status.
    """
    return WorkerClient(host, Launch(python=installed_python()))


class JobRun:
    """A job and what has become of its frames so far. What is there stays there if the job breaks off.

    Args:
        frames: what is handed in, at least one, all of the kind of `options`.
        options: they say what is made.

    Attributes:
        frames: as handed in.
        done: those whose files are there, in the order in which they were finished.
        notes: lines about what the worker noticed.
        failures: a line for each frame that failed.
        lights: for frames of light: the estimates, as the worker told them.
    """

    def __init__(self, frames: Sequence[AnyFrame], options: AnyOptions) -> None:
        self.frames = tuple(frames)
        self.done: list[AnyFrame] = []
        self.notes: list[str] = []
        self.failures: list[str] = []
        self.lights: list[Mapping[str, Any]] = []
        self._options = options

    def run(self, worker: Worker, show: Callable[[int, str], object]) -> None:
        """Hand the frames in and wait for all of them. Blocks: not for a host's main thread.

        Args:
            worker: the client; it stays open.
            show: hears how far it is, percent and words, in this thread.

        Raises:
            WorkerError: as `WorkerClient.events`.
        """
        for event in worker.events(self.frames, self._options):
            if isinstance(event, FrameDone):
                self.done.append(event.frame)
                self.notes += event.notes
                if event.light:
                    self.lights.append(event.light)
            elif isinstance(event, FrameFailed):
                self.failures.append(event.message)
            over = len(self.done) + len(self.failures)
            show(100 * over // len(self.frames), event_words(event, len(self.frames)))


def event_words(event: Event, total: int) -> str:
    """One event as a progress bar tells it.

    Args:
        event: of a job.
        total: frames of the job.
    """
    if isinstance(event, Queued):
        return f"waiting for {event.ahead} frames of others" if event.ahead else "handed in"
    if isinstance(event, FrameStarted):
        return f"{event.index + 1} of {total}"
    if isinstance(event, FrameDone):
        return f"{event.index + 1} of {total} done, {event.seconds:.1f} s"
    if isinstance(event, FrameFailed):
        return f"{event.index + 1} of {total} failed"
    return f"starting the worker again: {event.message}"
