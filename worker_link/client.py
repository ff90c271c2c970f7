"""The host's end of the connection: hand jobs in, hear how they go, and outlive the worker."""

from __future__ import annotations

import contextlib
import os
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import Any

from worker_link.errors import (
    EnvironmentBroken,
    JobRefused,
    WorkerError,
    WorkerLost,
    WorkerTimeout,
)
from worker_link.jobs import (
    AnyFrame,
    AnyOptions,
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
    WorkerRestarted,
)
from worker_link.launch import Launch, Visit, reach
from worker_link.report import Report, reported
from worker_link.wire import WireError

__all__ = ["WorkerClient"]

_AT_ONCE = 1000
_POLL_SECONDS = 0.25
_NUDGE_SECONDS = 15.0
_STRIKES = 2
_FIRST_WAIT = 0.25
_LONGEST_WAIT = 8.0


class _Lost(Exception):
    """The connection ended before the job did; `current` is the index of the frame that was at work, or None."""

    def __init__(self, message: str, current: int | None) -> None:
        super().__init__(message)
        self.current = current


class WorkerClient:
    """Talks to this user's worker, which is started when it is first needed.

    One job at a time; `cancel` may be called from any thread, everything else from one at a time. Calls block: a host's
    main thread should not make them. Frames that a worker had not finished when it died are handed to the next one. A
    frame at which two workers died is reported as failed, so that the others get done.

    Args:
        name: of the host, for the worker's status.
        launch: how to start the worker.
        restarts: how often it is started again without a single frame finished in between.
        silence_seconds: how long it may say nothing at all, not even to a ping, before it counts as hung.
    """

    def __init__(
        self, name: str, launch: Launch | None = None, *, restarts: int = 5, silence_seconds: float = 180.0
    ) -> None:
        self._name = f"{name} {os.getpid()}"
        self._launch = launch or Launch()
        self._restarts = restarts
        self._silence_seconds = silence_seconds
        self._visit: Visit | None = None
        self._wanted = threading.Event()  # set: the job that runs is to be cancelled
        self._job: str | None = None
        self._lock = threading.Lock()

    def __enter__(self) -> WorkerClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def connect(self) -> tuple[int, str]:
        """Make sure there is a connection; the worker's process number and version.

        Raises:
            EnvironmentMissing, EnvironmentBroken, WrongVersion, WorkerTimeout, WorkerError: as `launch.reach`.
        """
        visit = self._connected()
        return visit.pid, visit.version

    def close(self) -> None:
        """Let go of the connection; the worker cancels what this client has left. Another call connects again."""
        with self._lock:
            visit, self._visit = self._visit, None
        if visit is not None:
            visit.channel.close()

    def ping(self) -> float:
        """Seconds that the worker took to answer. Raises as `connect`, and WorkerTimeout."""
        began = time.monotonic()
        self._ask({"type": "ping"})
        return time.monotonic() - began

    def status(self) -> dict[str, Any]:
        """What the worker does, see `docs/worker.md`. Raises as `ping`."""
        return self._ask({"type": "status"})

    def capabilities(self) -> dict[str, str]:
        """What the worker can do: kind of job -> why not, empty where it can. A kind that is not there is not known to
        it. A worker from before this question does `normals` and `light`.

        Raises as `ping`.
        """
        try:
            jobs = self._ask({"type": "capabilities"}).get("jobs")
        except JobRefused as error:
            if error.code != "BadConfig":
                raise
            return {"normals": "", "light": ""}
        found = jobs.items() if isinstance(jobs, dict) else ()
        return {
            str(name): "" if state.get("ready") else str(state.get("reason") or "the worker does not say why")
            for name, state in found
            if isinstance(state, dict)
        }

    def shut_down(self, now: bool = False) -> None:
        """Ask the worker to end: after the jobs it has, or `now`, when other clients will start another.

        Raises as `ping`.
        """
        self._ask({"type": "shutdown", "mode": "now" if now else "finish"})
        self.close()

    def normals(
        self,
        frames: Sequence[Frame],
        options: NormalsOptions | None = None,
        callback: Callable[[Event], None] | None = None,
    ) -> Report:
        """Make the normals of plates and wait for them.

        Args:
            frames: in order of time where they are to be steadied.
            options: None: the worker's own choices.
            callback: hears every event in this thread.

        Returns:
            What became of every frame. A frame that fails raises nothing; `Report.check` does.

        Raises:
            JobRefused: an option is out of range, or a path cannot be meant.
            EnvironmentMissing, EnvironmentBroken, WrongVersion, WorkerTimeout, WorkerError: there was no worker to
                hand the job to. Once it has been handed in, losing the worker is told frame by frame.
        """
        return reported(frames, self.normals_events(frames, options), callback)

    def light(
        self,
        frames: Sequence[LightFrame],
        options: LightOptions | None = None,
        callback: Callable[[Event], None] | None = None,
    ) -> Report:
        """Estimate the light of plates that have normals; as `normals` otherwise."""
        return reported(frames, self.light_events(frames, options), callback)

    def events(self, frames: Sequence[AnyFrame], options: AnyOptions) -> Iterator[Event]:
        """As `normals`, for any kind of job, event by event; leaving the loop early cancels the job.

        Args:
            frames: of the kind of the options.
            options: they say what is to be made.

        Raises:
            JobRefused: a frame is of another kind; otherwise as `normals`.
        """
        for frame in frames:
            if frame.kind != options.kind:
                raise JobRefused(f"{frame.plate}: a frame for {frame.kind} in a job for {options.kind}", "BadRequest")
        return self._events(options.kind, frames, options.to_json())

    def normals_events(self, frames: Sequence[Frame], options: NormalsOptions | None = None) -> Iterator[Event]:
        """`events` for normals."""
        return self.events(frames, options or NormalsOptions())

    def light_events(self, frames: Sequence[LightFrame], options: LightOptions | None = None) -> Iterator[Event]:
        """`events` for light."""
        return self.events(frames, options or LightOptions())

    def normal_map_events(
        self, frames: Sequence[TextureFrame], options: NormalMapOptions | None = None
    ) -> Iterator[Event]:
        """`events` for normal maps of textures."""
        return self.events(frames, options or NormalMapOptions())

    def cancel(self) -> None:
        """Cancel the job that runs, from any thread; it ends soon, in the middle of a frame where that is possible."""
        with self._lock:
            visit, job = self._visit, self._job
            if job is None:
                return
            self._wanted.set()
        if visit is not None:
            # If it is lost just now, the thread that waits for the job notices, and does not start another worker.
            with contextlib.suppress(WireError):
                visit.channel.send({"type": "cancel", "id": uuid.uuid4().hex, "job": job})

    def _connected(self) -> Visit:
        with self._lock:
            visit = self._visit
        if visit is None:
            visit = reach(self._name, self._launch)
            with self._lock:
                self._visit = visit
        return visit

    def _ask(self, question: dict[str, Any]) -> dict[str, Any]:
        """One question, one answer; a connection that was lost meanwhile is made again once."""
        if self._job is not None:
            raise JobRefused("this client is at work on a job; use another one to ask", "busy")
        for attempt in (1, 2):
            visit = self._connected()
            name = uuid.uuid4().hex
            try:
                visit.channel.send({**question, "id": name})
                end = time.monotonic() + self._silence_seconds
                while time.monotonic() < end:
                    message = visit.channel.receive(_POLL_SECONDS)
                    if message is not None and message.get("id") == name:
                        _raise_error(message)
                        return message
            except WireError as error:
                self.close()
                if attempt == 2:
                    raise WorkerLost(f"the worker does not stay ({error}); see {_LOG_HINT}") from error
                continue
            self.close()
            raise WorkerTimeout(f"the worker (process {visit.pid}) does not answer; end that process, then try again")
        raise AssertionError("unreachable")

    def _events(self, kind: str, frames: Sequence[AnyFrame], options: dict[str, Any]) -> Iterator[Event]:
        with self._lock:
            if self._job is not None:
                raise JobRefused("this client is at work on a job; make another client for another job", "busy")
            self._job = uuid.uuid4().hex
            self._wanted.clear()
        try:
            yield from self._persist(kind, frames, options)
        except BaseException:
            self.close()  # which cancels what is left of the job
            raise
        finally:
            with self._lock:
                self._job = None

    def _persist(self, kind: str, frames: Sequence[AnyFrame], options: dict[str, Any]) -> Iterator[Event]:
        """Hand in what is not done until all is done, failed, cancelled, or hopeless."""
        pending = dict(enumerate(frames))
        strikes: dict[int, int] = {}
        fruitless = 0
        begun = False
        while pending and not self._wanted.is_set():
            left = len(pending)
            try:
                for event in self._attempt(kind, pending, options):
                    begun = True
                    yield event
                fruitless = 0
                continue
            except _Lost as lost:
                self.close()
                fruitless = 1 if len(pending) < left else fruitless + 1
                if lost.current is not None and lost.current in pending:
                    strikes[lost.current] = strikes.get(lost.current, 0) + 1
                    if strikes[lost.current] >= _STRIKES:
                        frame = pending.pop(lost.current)
                        yield FrameFailed(
                            lost.current,
                            frame,
                            "WorkerLost",
                            f"{frame.plate}: the worker died {_STRIKES} times while it worked on this frame (too large "
                            f"for the memory, perhaps: try a smaller size); see {_LOG_HINT}",
                        )
                        fruitless = 0
                error: WorkerError = WorkerLost(f"the worker was lost {fruitless} times in a row ({lost})")
            except WorkerError as broken:
                if not begun:
                    raise
                self.close()
                fruitless = self._restarts + 1  # a restart that fails for a reason fails again for it
                error = broken
            if fruitless > self._restarts:
                for index, frame in list(pending.items()):
                    del pending[index]
                    yield FrameFailed(index, frame, type(error).__name__, f"{frame.plate}: not made, since {error}")
                return
            if pending:
                yield WorkerRestarted(str(error))
                self._wanted.wait(min(_LONGEST_WAIT, _FIRST_WAIT * 2.0 ** max(0, fruitless - 1)))

    def _attempt(self, kind: str, pending: dict[int, AnyFrame], options: dict[str, Any]) -> Iterator[Event]:
        """Hand in up to `_AT_ONCE` of the pending frames to one worker; those that it finishes leave `pending`."""
        chosen = sorted(pending)[:_AT_ONCE]
        visit = self._connected()
        name = uuid.uuid4().hex
        with self._lock:
            self._job = name
        files = [pending[index].to_json() for index in chosen]
        current: int | None = None
        heard = nudged = time.monotonic()
        try:
            visit.channel.send({"type": "submit", "id": name, "job": kind, "frames": files, "options": options})
            while True:
                message = visit.channel.receive(_POLL_SECONDS)
                now = time.monotonic()
                if message is None:
                    if now - heard > self._silence_seconds:
                        raise WorkerTimeout(f"the worker (process {visit.pid}) hangs; end that process, then try again")
                    if now - max(heard, nudged) > _NUDGE_SECONDS:
                        nudged = now
                        visit.channel.send({"type": "ping", "id": "nudge"})
                    if self._wanted.is_set() and now - max(heard, nudged) > 1.0:
                        # Whoever called `cancel` may have done so before the job was handed in.
                        nudged = now
                        visit.channel.send({"type": "cancel", "id": "nudge", "job": name})
                    continue
                heard = now
                if message.get("id") != name:
                    continue
                kind_of = message["type"]
                if kind_of == "finished":
                    if message.get("state") == "done" or self._wanted.is_set():
                        return
                    raise _Lost("it was told to end", None)
                if kind_of == "error":
                    if message["error"].get("code") == "Ending":
                        raise _Lost("it was about to end", None)
                    _raise_error(message)
                if kind_of == "accepted":
                    yield Queued(int(message.get("ahead", 0)))
                    continue
                number = message["frame"]
                if type(number) is not int or number < 0:  # Python would count from the end
                    raise ValueError(f"frame {number!r:.40}")
                index = chosen[number]
                if kind_of == "started":
                    current = index
                    yield FrameStarted(index, pending[index])
                elif kind_of == "done":
                    finished = _done(index, pending[index], message)  # which may not be understood: then it is not
                    current = None
                    del pending[index]
                    yield finished
                elif kind_of == "failed":
                    error = message["error"]
                    failed = FrameFailed(index, pending[index], str(error["code"]), str(error["message"]))
                    current = None
                    del pending[index]
                    yield failed
        except WireError as error:
            raise _Lost(str(error), current) from error
        except (AttributeError, LookupError, OverflowError, TypeError, ValueError) as error:
            raise _Lost(f"it sent a message that cannot be understood ({error!r})", current) from error


_LOG_HINT = "worker.log.old in the worker's folder"


def _done(index: int, frame: AnyFrame, message: dict[str, Any]) -> FrameDone:
    notes = tuple(str(note) for note in message.get("notes", ()))
    return FrameDone(index, frame, notes, float(message.get("seconds", 0.0)), message.get("light") or {})


def _raise_error(message: dict[str, Any]) -> None:
    """Raises what a message of type `error` says; does nothing with any other."""
    if message["type"] != "error":
        return
    error = message.get("error")
    error = error if isinstance(error, dict) else {}
    text, code = str(error.get("message", "the worker refused")), str(error.get("code", ""))
    if code == "EnvironmentBroken":
        raise EnvironmentBroken(text)
    raise JobRefused(text, code)
