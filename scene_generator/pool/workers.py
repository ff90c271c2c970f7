"""Samples from several worker processes at once. Whatever becomes of a worker costs at most the sample it was at.

A worker is replaced when it has made many samples or has grown too large. One that dies is replaced, and its sample
tried again until it has cost `STRIKES` workers; one that takes longer than the plan allows is killed. Such samples come
out as failures, with the draw they were at, and the others go on.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import multiprocessing
import os
import signal
import time
from collections import Counter, deque
from collections.abc import Callable, Generator, Iterable, Sequence
from multiprocessing.connection import wait
from typing import Any

from core import errors
from core.errors import PlatelightError, RenderFailed
from scene_generator.pool.channel import pack, unpack, unpack_failure, unpack_rejected, unpack_sample
from scene_generator.pool.process import serve
from scene_generator.sets.plan import BuildPlan
from scene_generator.sets.records import Failure, RejectedDraw, Sample
from scene_generator.spec import SpecError

STRIKES = 3
"""How often a sample may be at work when a worker dies before it counts as failed."""

START_SECONDS = 300.0
"""How long a worker may take to load the renderer."""

_TAIL = 2000
"""Bytes kept of what a worker wrote to stderr."""

Outcome = Sample | Failure
OnRejected = Callable[[Sequence[RejectedDraw]], None]


def run(
    plan: BuildPlan, indices: Sequence[int], on_rejected: OnRejected = lambda draws: None
) -> Generator[Outcome, None, None]:
    """Yield the samples `indices` of `plan`, or what became of them, as they are finished, in any order.

    Args:
        on_rejected: called with a sequence of `RejectedDraw` for each failed sample that has some; those of a finished
            sample are in it.

    Raises:
        PlatelightError, SpecError: what would stop every sample: the renderer cannot be loaded, a part is missing.
        RenderFailed: workers die before they have loaded the renderer.
    """
    crew = _Crew(plan, indices, on_rejected)
    try:
        yield from crew.outcomes()
    finally:
        crew.dismiss()


class _Worker:
    """A process, the samples it was given, and what is known of the one it is at."""

    def __init__(self, plan: BuildPlan) -> None:
        context = multiprocessing.get_context("spawn")  # not forked: a renderer's threads do not survive a fork
        self.connection, theirs = context.Pipe()
        self.stderr, their_stderr = context.Pipe(duplex=False)
        self.process = context.Process(target=serve, args=(plan, theirs, their_stderr), daemon=True)
        self.process.start()
        theirs.close()  # the only copy left is the worker's, so that its death closes the pipe
        their_stderr.close()
        self.jobs: deque[int] = deque()
        """The first is at work, a second one waits in the pipe."""
        self.since = time.monotonic()
        self.ready = False
        self.gone = False
        self.leaving = False
        self.draw: dict[str, Any] = {}
        self.spec: bytes = b""
        self.last_words = b""

    def give(self, index: int) -> None:
        if not self.jobs:
            self._next_begins()
        self.jobs.append(index)
        with contextlib.suppress(OSError):  # it is dead: its sentinel says so in a moment
            self.connection.send_bytes(pack({"index": index}))

    def finished_one(self) -> None:
        self.jobs.popleft()
        self._next_begins()

    def _next_begins(self) -> None:
        self.since, self.draw, self.spec = time.monotonic(), {}, b""

    def deadline(self, timeout_s: float) -> float:
        """Return the moment at which the worker has hung, by the monotonic clock."""
        if not self.ready:
            return self.since + START_SECONDS
        return self.since + timeout_s if self.jobs and timeout_s else float("inf")

    def hear(self) -> bool:
        """Keep the end of what it has written to stderr; False once nothing more will come."""
        try:
            heard = os.read(self.stderr.fileno(), 65536)
        except OSError:
            return False
        self.last_words = (self.last_words + heard)[-_TAIL:]
        return bool(heard)

    def stderr_tail(self) -> str:
        return self.last_words.decode("utf-8", "replace")

    def end(self, kill: bool) -> str:
        """Wait for the process, having killed it if `kill`; return how it ended."""
        if kill:
            self.process.kill()
        self.connection.close()
        self.process.join(None if kill else 10.0)
        if self.process.exitcode is None:
            self.process.kill()
            self.process.join()
        while not self.stderr.closed and self.stderr.poll() and self.hear():
            pass
        self.stderr.close()
        code = self.process.exitcode or 0
        self.process.close()
        if code >= 0:
            return f"exit code {code}"
        with contextlib.suppress(ValueError):
            return "killed, perhaps for want of memory" if -code == 9 else signal.Signals(-code).name
        return f"signal {-code}"


class _Crew:
    def __init__(self, plan: BuildPlan, indices: Iterable[int], on_rejected: OnRejected) -> None:
        self.plan = plan
        self.todo = deque(indices)
        self.on_rejected = on_rejected
        self.workers: list[_Worker] = []
        self.strikes: Counter[int] = Counter()
        self.stillborn = 0

    def outcomes(self) -> Generator[Outcome, None, None]:
        while self.todo or any(worker.jobs for worker in self.workers):
            self._hire()
            self._deal()
            # Collected first: what else has arrived must not wait for whoever packs the first of them.
            yield from self._listen()

    def dismiss(self) -> None:
        for worker in self.workers:
            worker.connection.close()
        for worker in self.workers:
            worker.end(kill=bool(worker.jobs) or not worker.ready)
        self.workers.clear()

    def _hire(self) -> None:
        busy = sum(len(worker.jobs) for worker in self.workers)
        for _ in range(min(self.plan.workers, len(self.todo) + busy) - len(self.workers)):
            self.workers.append(_Worker(self.plan))

    def _deal(self) -> None:
        able = [worker for worker in self.workers if worker.ready and not worker.leaving]
        for worker in able:
            if self.todo and not worker.jobs:
                worker.give(self.todo.popleft())
        for worker in able:
            # A sample in reserve spares the wait for this process; near the end it would idle the other workers.
            if len(worker.jobs) == 1 and len(self.todo) >= len(self.workers):
                worker.give(self.todo.popleft())

    def _listen(self) -> list[Outcome]:
        now, first = time.monotonic(), min(worker.deadline(self.plan.timeout_s) for worker in self.workers)
        sources: list[Any] = []
        for worker in self.workers:
            sources += [worker.connection, worker.process.sentinel]
            sources += [] if worker.stderr.closed else [worker.stderr]
        ready = wait(sources, None if first == float("inf") else max(0.0, first - now))
        outcomes: list[Outcome] = []
        for worker in list(self.workers):
            if worker.stderr in ready and not worker.hear():
                worker.stderr.close()
            if worker.connection in ready:
                outcomes += self._messages(worker)
            if worker.leaving:
                outcomes += self._bury(
                    worker, kill=True
                )  # it has given its answer; how long its end takes is no matter
            elif worker.gone or worker.process.sentinel in ready:
                outcomes += self._bury(worker, kill=False)
            elif worker.deadline(self.plan.timeout_s) <= time.monotonic():
                # Looked at after its messages were read: what came in while this process was busy is not late.
                outcomes += self._messages(worker)
                if worker.deadline(self.plan.timeout_s) <= time.monotonic():
                    outcomes += self._give_up(worker)
        return outcomes

    def _messages(self, worker: _Worker) -> list[Outcome]:
        outcomes: list[Outcome] = []
        try:
            while worker.connection.poll():
                outcomes += self._take(worker, *unpack(worker.connection.recv_bytes()))
        except (EOFError, OSError):
            worker.gone = True
        return outcomes

    def _take(self, worker: _Worker, header: dict[str, Any], blobs: list[bytes]) -> list[Outcome]:
        kind = header["type"]
        if kind == "fatal":
            raise _error(header["error"], header["text"])
        if kind == "ready":
            worker.ready, self.stillborn = True, 0
            return []
        if kind == "draw":
            worker.draw, worker.spec = header, blobs[0]
            return []
        worker.finished_one()
        worker.leaving = header["leaving"]
        if kind == "sample":
            return [unpack_sample(header, blobs)]
        self.on_rejected(unpack_rejected(header, blobs))
        return [dataclasses.replace(unpack_failure(header), stderr=worker.stderr_tail())]

    def _bury(self, worker: _Worker, kill: bool) -> list[Outcome]:
        outcomes = self._messages(worker)  # answers that it sent before its end count
        self.workers.remove(worker)
        how = worker.end(kill)
        if not worker.ready:
            self._stillborn(worker, f"ended before it had loaded the renderer ({how})")
        if not worker.jobs:
            return outcomes
        if not worker.leaving:
            culprit = worker.jobs[0]
            self.strikes[culprit] += 1
            if self.strikes[culprit] >= STRIKES:
                worker.jobs.popleft()
                reason = f"its worker process died {STRIKES} times ({how})"
                outcomes.append(self._failure(worker, culprit, "died", reason))
        self.todo.extendleft(reversed(worker.jobs))
        return outcomes

    def _give_up(self, worker: _Worker) -> list[Outcome]:
        self.workers.remove(worker)
        worker.end(kill=True)
        if not worker.ready:
            self._stillborn(worker, f"had not loaded the renderer after {START_SECONDS:g} s")
            return []
        culprit = worker.jobs.popleft()
        self.todo.extendleft(reversed(worker.jobs))
        return [self._failure(worker, culprit, "timeout", f"timed out after {self.plan.timeout_s:g} s")]

    def _failure(self, worker: _Worker, index: int, kind: str, reason: str) -> Failure:
        draw = worker.draw if worker.draw.get("index") == index else {}
        return Failure(
            index,
            self.plan.seed,
            self.plan.recipe.name,
            kind,
            reason,
            family=draw.get("family", ""),
            attempts=draw.get("attempt", -1) + 1,
            spec_hash=draw.get("spec_hash", ""),
            spec=json.loads(worker.spec) if draw and worker.spec else None,
            stderr=worker.stderr_tail(),
        )

    def _stillborn(self, worker: _Worker, what: str) -> None:
        self.stillborn += 1
        if self.stillborn >= STRIKES:
            words = " ".join(worker.stderr_tail().split())[-400:]
            raise RenderFailed(
                f"{STRIKES} worker processes in a row {what}: {words or 'they said nothing'}; "
                "`platelight doctor` tries the renderer by itself"
            )


def _error(name: str, text: str) -> Exception:
    if name == SpecError.__name__:
        return SpecError(text)
    kind = getattr(errors, name, None)
    if isinstance(kind, type) and issubclass(kind, PlatelightError):
        return kind(text)
    return RenderFailed(f"no worker can start: {name}: {text}")
