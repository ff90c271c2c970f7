"""Work on many frames beside Nuke: the worker does it, a thread listens, a bar shows, Nuke stays free.

main thread            listener thread                     watcher thread
start_batch  ------->  reads the worker's events           looks at the cancel button
(returns)              moves the bar                       tells the worker to stop
`finished` <---------  asks the main thread to run it      ends with the listener

Without a window (`nuke -t`) nobody would wait for that: there the calling thread listens, and returns at the end.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Callable

from nuke_plugin.errors import WorkerUnavailable
from nuke_plugin.host import Host, Progress
from worker_link.errors import WorkerError
from worker_link.jobs import AnyFrame, AnyOptions
from worker_link.running import JobRun, Worker, installed_client

__all__ = ["Batch", "Outcome", "start_batch"]

_LOOK_SECONDS = 0.2
_TOLD_FAILURES = 5


@dataclass(frozen=True)
class Outcome:
    """What became of a batch.

    Attributes:
        frames: as handed in.
        done: those whose files are there.
        failures: a line for each that failed.
        problem: why nothing could be done at all, or empty.
        cancelled: the person stopped it.
        lights: for frames of light: the estimate of each that is done, as the worker told it.
        notes: lines about what the worker noticed.
    """

    frames: tuple[AnyFrame, ...]
    done: tuple[AnyFrame, ...]
    failures: tuple[str, ...]
    problem: str
    cancelled: bool
    lights: tuple[Mapping[str, Any], ...] = ()
    notes: tuple[str, ...] = ()

    def words(self) -> str:
        """A message for the person."""
        lines = [f"{len(self.done)} of {len(self.frames)} frames are done."]
        if self.problem:
            lines.append(self.problem)
        elif self.cancelled:
            lines.append("It was cancelled; what is done is kept.")
        lines += self.failures[:_TOLD_FAILURES]
        if len(self.failures) > _TOLD_FAILURES:
            lines.append(f"... and {len(self.failures) - _TOLD_FAILURES} more frames that failed.")
        if self.notes:
            more = f" (and {len(self.notes) - 1} more such lines)" if len(self.notes) > 1 else ""
            lines.append(f"Noticed: {self.notes[0]}{more}")
        return "\n".join(lines)


class Batch:
    """A batch that runs, or that is over where there is no window; from `start_batch`."""

    def __init__(self, listener: threading.Thread | None = None) -> None:
        self._listener = listener

    def wait(self, seconds: float | None = None) -> bool:
        """Wait for the listener to end; whether it did."""
        if self._listener is None:
            return True
        self._listener.join(seconds)
        return not self._listener.is_alive()


def start_batch(
    host: Host,
    title: str,
    frames: Sequence[AnyFrame],
    options: AnyOptions,
    finished: Callable[[Outcome], object],
    make_worker: Callable[[], Worker] | None = None,
) -> Batch:
    """Hand frames to the worker and return at once; without a window, once it is done.

    Args:
        host: Nuke.
        title: of the progress bar.
        frames: of the kind that the options are for, in order of time.
        options: for all of them; they say what is to be made.
        finished: runs in the main thread at the end, however it ends; without a window in the calling one, to which
            what it raises goes.
        make_worker: makes the client; None makes the plug-in's own.

    Raises:
        WorkerUnavailable: the list of frames is empty.
    """
    if not frames:
        raise WorkerUnavailable("there are no frames to work on")
    progress = host.progress(title)
    worker = (make_worker or _client)()
    given = (progress, worker, tuple(frames), options)
    if not host.gui():
        finished(_work(*given))
        return Batch()

    def listen() -> None:
        outcome = _work(*given)
        host.in_main_thread(lambda: finished(outcome))

    listener = threading.Thread(target=listen, name="platelight batch")
    listener.daemon = True  # a batch must not keep Nuke from closing; the worker drops the jobs of a client that goes
    listener.start()
    return Batch(listener)


def _client() -> Worker:
    return installed_client("nuke")


def _work(progress: Progress, worker: Worker, frames: tuple[AnyFrame, ...], options: AnyOptions) -> Outcome:
    over = threading.Event()
    pressed = threading.Event()
    watcher = threading.Thread(target=_watch, args=(progress, worker, over, pressed), name="platelight cancel")
    watcher.daemon = True
    watcher.start()
    job = JobRun(frames, options)
    problem = ""
    try:
        progress.show(0, "starting the worker")
        job.run(worker, progress.show)
    except WorkerError as error:
        problem = str(error)
    except Exception as error:  # the thread's end is nobody's to see: it has to be told
        problem = f"the batch stopped by a fault of the plug-in: {type(error).__name__}: {error}"
    finally:
        over.set()
        watcher.join()
        worker.close()
        progress.close()
    return Outcome(
        frames=frames,
        done=tuple(job.done),
        failures=tuple(job.failures),
        problem=problem,
        cancelled=pressed.is_set(),
        lights=tuple(job.lights),
        notes=tuple(job.notes),
    )


def _watch(progress: Progress, worker: Worker, over: threading.Event, pressed: threading.Event) -> None:
    while not over.wait(_LOOK_SECONDS):
        if progress.cancelled() and not pressed.is_set():
            pressed.set()
            worker.cancel()
