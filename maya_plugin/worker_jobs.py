"""The worker, as the commands ask it: what it can do, and a job from beginning to end with progress and cancel."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from maya_plugin.background import Cancelled, Task
from maya_plugin.errors import NotAvailable, WorkFailed
from worker_link.client import WorkerClient
from worker_link.errors import WorkerError
from worker_link.installed import installed_python
from worker_link.jobs import (
    AnyFrame,
    Event,
    Frame,
    FrameDone,
    FrameFailed,
    FrameStarted,
    LightFrame,
    LightOptions,
    NormalMapOptions,
    NormalsOptions,
    Queued,
    TextureFrame,
)
from worker_link.launch import Launch

__all__ = ["KNOWN", "Made", "Options", "Worker", "make_client", "run_job"]

KNOWN = ("normals", "light", "normal_map")
"""Kinds of jobs that this plug-in knows how to hand in."""


class Worker(Protocol):
    """What is asked of `WorkerClient`."""

    def capabilities(self) -> dict[str, str]: ...
    def normals_events(self, frames: Sequence[Frame], options: NormalsOptions | None = None) -> Iterator[Event]: ...
    def light_events(self, frames: Sequence[LightFrame], options: LightOptions | None = None) -> Iterator[Event]: ...
    def normal_map_events(
        self, frames: Sequence[TextureFrame], options: NormalMapOptions | None = None
    ) -> Iterator[Event]: ...
    def cancel(self) -> None: ...
    def close(self) -> None: ...


class Options(Protocol):
    """Options of a job: `NormalsOptions`, `LightOptions` or `NormalMapOptions`."""

    def to_json(self) -> dict[str, Any]: ...


@dataclass(frozen=True)
class Made:
    """What became of a job's frames.

    Attributes:
        done: those whose files are there, in order.
        notes: what the worker noticed.
        failures: a line for each frame that failed.
        lights: for frames of light: the estimates, as the worker told them.
        abilities: what the worker said that it can do.
    """

    done: tuple[AnyFrame, ...]
    notes: tuple[str, ...] = ()
    failures: tuple[str, ...] = ()
    lights: tuple[Mapping[str, Any], ...] = ()
    abilities: Mapping[str, str] = field(default_factory=dict)


def make_client() -> Worker:
    """A client of this user's worker, which is started when it is first asked something."""
    return WorkerClient("maya", Launch(python=installed_python()))


def run_job(
    worker: Worker, task: Task, kind: str, frames: Sequence[AnyFrame], options: Any, *, own_model: bool = False
) -> Made:
    """Ask whether the worker can do it, hand the frames in, and wait. Blocks: not for the main thread of a window.

    Args:
        worker: the client; it stays open.
        task: is told how far it is, and asked whether it is still wanted.
        kind: of job.
        frames: at least one.
        options: of that kind.
        own_model: the options name a model, so that a shipped one that is missing does not matter.

    Raises:
        NotAvailable: the worker has no such job, or lacks what it needs for it.
        WorkFailed: not one frame could be made, or there is no worker to be had.
        Cancelled: the person stopped it.
    """
    done: list[AnyFrame] = []
    notes: list[str] = []
    failures: list[str] = []
    lights: list[Mapping[str, Any]] = []
    try:
        task.show(0, "starting the worker")
        abilities = worker.capabilities()
        why_not = abilities.get(kind, "the worker of this Platelight has no such job; a newer version may")
        if why_not and not (own_model and kind in abilities):
            raise NotAvailable(f"{task.title}: {why_not}")
        task.when_cancelled(worker.cancel)
        task.check()
        for event in _events(worker, kind, frames, options):
            if isinstance(event, FrameDone):
                done.append(event.frame)
                notes += event.notes
                if event.light:
                    lights.append(event.light)
            elif isinstance(event, FrameFailed):
                failures.append(event.message)
            task.show(100 * (len(done) + len(failures)) // len(frames), _words(event, len(frames)))
    except WorkerError as error:
        raise WorkFailed(f"{task.title}: {error}") from error
    if task.cancelled:
        raise Cancelled
    if not done:
        first = failures[0] if failures else "the worker made nothing; see its log"
        more = f" (and {len(failures) - 1} more)" if len(failures) > 1 else ""
        raise WorkFailed(f"{task.title}: {first}{more}")
    return Made(tuple(done), tuple(notes), tuple(failures), tuple(lights), abilities)


def _events(worker: Worker, kind: str, frames: Sequence[AnyFrame], options: Any) -> Iterator[Event]:
    if kind == "normals":
        return worker.normals_events([frame for frame in frames if isinstance(frame, Frame)], options)
    if kind == "light":
        return worker.light_events([frame for frame in frames if isinstance(frame, LightFrame)], options)
    return worker.normal_map_events([frame for frame in frames if isinstance(frame, TextureFrame)], options)


def _words(event: Event, total: int) -> str:
    if isinstance(event, Queued):
        return f"waiting for {event.ahead} frames of others" if event.ahead else "handed in"
    if isinstance(event, FrameStarted):
        return f"{event.index + 1} of {total}"
    if isinstance(event, FrameDone):
        return f"{event.index + 1} of {total} done, {event.seconds:.1f} s"
    if isinstance(event, FrameFailed):
        return f"{event.index + 1} of {total} failed"
    return f"starting the worker again: {event.message}"
