"""The worker, as the commands ask it: what it can do, and a job from beginning to end with progress and cancel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from maya_plugin.background import Cancelled, Task
from maya_plugin.errors import NotAvailable, WorkFailed
from worker_link.errors import WorkerError
from worker_link.jobs import AnyFrame, AnyOptions
from worker_link.running import JobRun, Worker, installed_client

__all__ = ["KNOWN", "Made", "make_client", "run_job"]

KNOWN = ("normals", "light", "normal_map", "occlusion", "material")
"""Kinds of jobs that this plug-in knows how to hand in."""


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
    return installed_client("maya")


def run_job(
    worker: Worker, task: Task, frames: Sequence[AnyFrame], options: AnyOptions, *, own_model: bool = False
) -> Made:
    """Ask whether the worker can do it, hand the frames in, and wait. Blocks: not for the main thread of a window.

    Args:
        worker: the client; it stays open.
        task: is told how far it is, and asked whether it is still wanted.
        frames: at least one, of the kind of the options.
        options: they say what is made.
        own_model: the options name a model, so that a shipped one that is missing does not matter.

    Raises:
        NotAvailable: the worker has no such job, or lacks what it needs for it.
        WorkFailed: not one frame could be made, or there is no worker to be had.
        Cancelled: the person stopped it.
    """
    job = JobRun(frames, options)
    try:
        task.show(0, "starting the worker")
        abilities = worker.capabilities()
        why_not = abilities.get(options.kind, "the worker of this Platelight has no such job; a newer version may")
        if why_not and not (own_model and options.kind in abilities):
            raise NotAvailable(f"{task.title}: {why_not}")
        task.when_cancelled(worker.cancel)
        task.check()
        job.run(worker, task.show)
    except WorkerError as error:
        raise WorkFailed(f"{task.title}: {error}") from error
    if task.cancelled:
        raise Cancelled
    if not job.done:
        first = job.failures[0] if job.failures else "the worker made nothing; see its log"
        more = f" (and {len(job.failures) - 1} more)" if len(job.failures) > 1 else ""
        raise WorkFailed(f"{task.title}: {first}{more}")
    return Made(tuple(job.done), tuple(job.notes), tuple(job.failures), tuple(job.lights), abilities)
