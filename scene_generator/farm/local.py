"""Runs a job on this machine: several tasks at once, failed ones again, and after a stop only what is missing.

FOLDER/state.json                   what has become of each task
FOLDER/logs/STEP-TASK-ATTEMPT.log   what each attempt printed
FOLDER/.lock                        held while a run, or a program that it started, is alive
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable, Dict, Iterator, List, Tuple  # noqa: UP035 - Python 3.9

from scene_generator.farm.job import Job, Step
from scene_generator.farm.process import Attempt, tail, unbroken
from scene_generator.farm.state import DONE, FAILED, RUNNING, WAITING, JobState, TaskState, fresh_state, read_state
from scene_generator.spec import SpecError

if sys.platform != "win32":
    import fcntl

POLL_S = 0.05


@dataclass(frozen=True)
class Pace:
    """How a run waits.

    `pause_s`: seconds between a failed attempt and the next of the same task. `grace_s`: seconds that a program has to
    end by itself when it is stopped.
    """

    pause_s: float = 2.0
    grace_s: float = 20.0


@dataclass(frozen=True)
class Event:
    """Something that happened to a task."""

    step: str
    task: int
    what: str
    """`skipped` (an earlier run did it), `started`, `retried`, `done` or `failed`."""
    reason: str = ""


@dataclass(frozen=True)
class FailedTask:
    """A task that failed in its last attempt."""

    step: str
    task: int
    reason: str
    log: Path
    tail: str
    """Last lines of the log."""


@dataclass(frozen=True)
class JobResult:
    """What a run has come to."""

    failed: Tuple[FailedTask, ...]  # noqa: UP006
    blocked: Tuple[str, ...]  # noqa: UP006
    """Steps that could not begin because of them."""
    skipped: int
    """Tasks that an earlier run had finished."""


def run_job(
    job: Job,
    folder: Path,
    workers: int,
    fresh: bool = False,
    on_event: Callable[[Event], None] = lambda event: None,
    pace: Pace = Pace(),
) -> JobResult:
    """Run every task of `job` that is not done.

    A task that fails is tried again until it has failed `attempts` times in this run; the others go on, and steps that
    depend on it do not begin. Tasks of an earlier run that failed or were cut off are run again.

    Args:
        folder: of state and logs.
        workers: tasks at once, 1 or more; of what cores they need, the caller knows more.
        fresh: forget what earlier runs have done.

    Raises:
        SpecError: `folder` holds the state of another job, cannot be written, or another run is at work in it.
        KeyboardInterrupt: passed on after every program has been stopped; what was finished is kept.
    """
    if workers < 1:
        raise SpecError(f"workers is {workers}, expected 1 or more")
    with _sole_run(folder) as lock:
        state = fresh_state(job) if fresh else read_state(job, folder)
        return _Run(job, folder, workers, state, on_event, pace, lock).run()


@dataclass
class _Run:
    job: Job
    folder: Path
    workers: int
    state: JobState
    tell: Callable[[Event], None]
    pace: Pace
    lock: Tuple[int, ...]  # noqa: UP006
    running: Dict[Tuple[str, int], Attempt] = field(default_factory=dict)  # noqa: UP006
    tries: Dict[Tuple[str, int], int] = field(default_factory=dict)  # noqa: UP006
    """Attempts begun in this run; `TaskState.attempts` counts those of earlier ones too, which names the logs."""
    not_before: Dict[Tuple[str, int], float] = field(default_factory=dict)  # noqa: UP006
    """When a task that has failed may be tried again, seconds of the monotonic clock."""
    skipped: int = 0

    def run(self) -> JobResult:
        for step in self.job.steps:
            for number, task in enumerate(self.state.tasks[step.name]):
                if task.state == DONE:
                    self.skipped += 1
                    self.tell(Event(step.name, number, "skipped"))
                else:
                    self.state.set(step, number, dataclasses.replace(task, state=WAITING))
        self.state.write(self.folder)
        try:
            while self._start() or self.running:
                time.sleep(POLL_S)
                self._collect()
        finally:
            self._stop_all()
        failed = [
            FailedTask(step, number, task.reason, self.folder / task.log, tail(self.folder / task.log))
            for step, number, task in self.state.failed()
        ]
        blocked = [step.name for step in self.job.steps if not self._may_begin(step)]
        return JobResult(tuple(failed), tuple(blocked), self.skipped)

    def _may_begin(self, step: Step) -> bool:
        before = [other for other in self.job.steps if other.name in step.after]
        return all(self.state.count(other, DONE) == other.tasks for other in before)

    def _start(self) -> bool:
        """Start what there is room for; say whether anything is still to be started, now or later."""
        left = False
        for step in self.job.steps:
            if not self._may_begin(step):
                continue
            for number, task in enumerate(self.state.tasks[step.name]):
                if task.state != WAITING:
                    continue
                left = True
                if len(self.running) >= self.workers:
                    return True
                if time.monotonic() >= self.not_before.get((step.name, number), 0.0):
                    self._begin(step, number, task)
        return left

    def _begin(self, step: Step, number: int, task: TaskState) -> None:
        key = (step.name, number)
        self.tries[key] = self.tries.get(key, 0) + 1
        log = f"logs/{step.name}-{number}-{task.attempts + 1}.log"
        begun = TaskState(RUNNING, task.attempts + 1, log=log)
        # Noted before it starts: after a kill no attempt writes over the log of another.
        self._note(step, number, begun)
        try:
            with unbroken():
                self.running[key] = Attempt(
                    self.job.argv(step, number), step.environment, self.folder / log, step.timeout_s, self.lock
                )
        except OSError as error:
            self._failed(step, number, f"cannot be started: {error.strerror}: {self.job.argv(step, number)[0]}", 0.0)
            return
        self.tell(Event(step.name, number, "started"))

    def _collect(self) -> None:
        steps = {step.name: step for step in self.job.steps}
        for key, attempt in list(self.running.items()):
            reason = attempt.poll(self.pace.grace_s)
            if reason is None:
                continue
            del self.running[key]
            step, number = steps[key[0]], key[1]
            if reason:
                self._failed(step, number, reason, attempt.seconds)
            else:
                task = self.state.tasks[step.name][number]
                self._note(step, number, dataclasses.replace(task, state=DONE, seconds=round(attempt.seconds, 2)))
                self.tell(Event(step.name, number, "done"))

    def _failed(self, step: Step, number: int, reason: str, seconds: float) -> None:
        again = self.tries[(step.name, number)] < step.attempts
        self.not_before[(step.name, number)] = time.monotonic() + self.pace.pause_s
        task = self.state.tasks[step.name][number]
        state = WAITING if again else FAILED
        self._note(step, number, dataclasses.replace(task, state=state, reason=reason, seconds=round(seconds, 2)))
        self.tell(Event(step.name, number, "retried" if again else "failed", reason))

    def _note(self, step: Step, number: int, task: TaskState) -> None:
        self.state.set(step, number, task)
        self.state.write(self.folder)

    def _stop_all(self) -> None:
        """Stop what still runs; a second interruption while it waits kills at once."""
        attempts = list(self.running.values())
        try:
            for attempt in attempts:
                attempt.stop(self.pace.grace_s)
            while any(attempt.poll(self.pace.grace_s) is None for attempt in attempts):
                time.sleep(POLL_S)
        finally:
            for attempt in attempts:
                attempt.kill()
        for name, number in self.running:
            step = next(step for step in self.job.steps if step.name == name)
            self._note(step, number, dataclasses.replace(self.state.tasks[name][number], state=WAITING))


@contextlib.contextmanager
def _sole_run(folder: Path) -> Iterator[Tuple[int, ...]]:  # noqa: UP006
    """Hold `folder`; yield what programs must inherit.

    They hold it too, as long as they live: a runner that was killed leaves them at work, and a second one must not
    start the same tasks beside them.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        raise SpecError(f"{folder}: cannot be written ({error.strerror}); choose another folder") from error
    try:
        if sys.platform == "win32":  # no flock: two runs in one folder are not noticed there
            yield ()
            return
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise SpecError(
                f"{folder}: another run, or a program that a killed one left, is at work there; wait for it or end it"
            ) from error
        except OSError:
            pass  # a file system without locks: as on Windows
        yield (handle,)
    finally:
        os.close(handle)


def last_words(failed: FailedTask) -> List[str]:  # noqa: UP006
    """Return lines for people: which task failed, why, where its log is, and the log's end."""
    lines = [f"{failed.step} {failed.task}: {failed.reason}; {failed.log} ends with:"]
    return lines + [f"    {line}" for line in (failed.tail.splitlines() or ["(nothing)"])]
