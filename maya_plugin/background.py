"""Work beside Maya: in a thread where there is a window, at once where there is none.

main thread                 worker's thread
start  -------------------> runs `work`, which moves the bar and asks whether it is still wanted
(returns)
`told`, `finished` <------- asks the main thread to run them

Maya's commands are for the main thread only: `work` makes none, `finished` may.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Callable

from maya_plugin.errors import PluginError

if TYPE_CHECKING:
    from maya_plugin.host import Host

__all__ = ["Cancelled", "Task", "start"]


class Cancelled(Exception):
    """The work was cancelled by the person."""


class Task:
    """A piece of work. Every method may be called from any thread.

    Attributes:
        title: for people.
        percent: 0 to 100, as far as is known.
        words: what is being done.
        over: whether it ended, however.
        error: one line about why it failed, or empty.
    """

    def __init__(self, title: str, tell: Callable[[Task], None]) -> None:
        self.title = title
        self.percent, self.words, self.error = 0, "", ""
        self.over = False
        self._tell = tell
        self._lock = threading.Lock()
        self._cancelled = False
        self._stoppers: list[Callable[[], Any]] = []
        self._ended = threading.Event()

    def show(self, percent: int, words: str) -> None:
        """Say how far the work is."""
        with self._lock:
            self.percent, self.words = max(0, min(100, percent)), words
        self._tell(self)

    def cancel(self) -> None:
        """End the work soon. May be called again, and after the end."""
        with self._lock:
            if self._cancelled or self.over:
                return
            self._cancelled = True
            stoppers = list(self._stoppers)
        for stop in stoppers:
            stop()

    @property
    def cancelled(self) -> bool:
        """Whether somebody wants it to end."""
        return self._cancelled

    def when_cancelled(self, stop: Callable[[], Any]) -> None:
        """Name what ends the step that is at work; it is called at once where that is wanted already."""
        with self._lock:
            self._stoppers.append(stop)
            now = self._cancelled
        if now:
            stop()

    def check(self) -> None:
        """Raises Cancelled if it is not wanted any more."""
        if self._cancelled:
            raise Cancelled

    def wait(self, seconds: float | None = None) -> bool:
        """Wait for the work itself to end, not for `finished`; whether it did. Not for Maya's main thread."""
        return self._ended.wait(seconds)

    def _end(self, error: str) -> None:
        with self._lock:
            self.over, self.error = True, error
            self._stoppers = []
        self._ended.set()


def start(
    host: Host,
    title: str,
    work: Callable[[Task], Any],
    finished: Callable[[Any], Any],
    *,
    now: bool = False,
    told: Callable[[Task], Any] = lambda task: None,
    failed: Callable[[str], Any] = lambda words: None,
) -> Task:
    """Run `work`, then `finished` with what it returned.

    Args:
        host: Maya.
        title: of the work.
        work: makes no call of Maya's; raises `PluginError` with a line for the person, or `Cancelled`.
        finished: in the main thread, only where the work succeeded.
        now: in this thread, and back when all is done: where there is no window, or somebody wants to wait.
        told: in the main thread, whenever the task changed, and at its end.
        failed: in the main thread, with one line, where it did not succeed.

    Raises:
        PluginError: only with `now`: the work failed, or was cancelled.
    """
    if now or host.batch():
        task = Task(title, told)
        try:
            answer = work(task)
        except Cancelled:
            task._end("cancelled")
            raise PluginError(f"{title}: cancelled") from None
        except BaseException as error:
            task._end(str(error))
            raise
        task._end("")
        finished(answer)
        return task
    later = host.module("utils").executeDeferred
    waiting = threading.Event()

    def tell(task: Task) -> None:
        # A bar that moves a thousand times a second would keep Maya busy: one call waits in Maya's queue at a time.
        if not waiting.is_set():
            waiting.set()
            later(deliver, task)

    def deliver(task: Task) -> None:
        waiting.clear()
        told(task)

    task = Task(title, tell)

    def run() -> None:
        error, answer = "", None
        try:
            answer = work(task)
        except Cancelled:
            error = "cancelled"
        except PluginError as problem:
            error = str(problem)
        except Exception as problem:  # the thread's end is nobody's to see: it has to be told
            error = f"stopped by a fault of the plug-in: {type(problem).__name__}: {problem}"
        task._end(error)
        later(end, answer)

    def end(answer: Any) -> None:
        problem = task.error
        if not problem:
            try:
                finished(answer)
            except RuntimeError as error:  # the plug-in's own errors, and Maya's
                problem = task.error = str(error)
        told(task)
        if problem:
            failed(f"{title}: {problem}")

    # A daemon: what runs must not keep Maya from closing; the worker drops the jobs of a client that goes.
    threading.Thread(target=run, name=f"platelight {title}", daemon=True).start()
    return task
