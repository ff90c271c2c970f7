"""The worker process: it listens on this machine, lets its user's clients in, and works for them in turn."""

from __future__ import annotations

import contextlib
import logging
import os
import socket
import sys
import threading
import time
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from core.errors import BadConfig, BadInput, WorkFailed
from core.worker.capabilities import capabilities
from core.worker.clients import Client
from core.worker.failures import failure
from core.worker.jobs import Job
from core.worker.models import ModelShelf
from core.worker.requests import parse_submit, request_id
from core.worker.turns import Turns
from worker_link.place import Address, Lock, Place
from worker_link.wire import BadMessage, Channel, WireError, greet_client, new_token

__all__ = ["DEFAULT_IDLE_MINUTES", "MAX_CLIENTS", "Worker", "WorkerRunning"]

_log = logging.getLogger(__name__)

DEFAULT_IDLE_MINUTES = 15.0
MAX_CLIENTS = 64
_MAX_GREETINGS = 16
_GREETING_SECONDS = 10.0
_LOOK_SECONDS = 0.25
_ENDING_SECONDS = 30.0


class WorkerRunning(WorkFailed):
    """A worker of this user is running already."""


class Worker:
    """One worker; `serve` runs it.

    Args:
        place: where clients look for it.
        idle_seconds: it ends after so long without a job. Clients that are only connected do not keep it alive.
        models: how many stay loaded.
    """

    def __init__(self, place: Place, idle_seconds: float = DEFAULT_IDLE_MINUTES * 60.0, models: int = 2) -> None:
        if not idle_seconds > 0:
            raise BadConfig(f"{idle_seconds} seconds until the worker ends; it must be more than 0")
        self._place = place
        self._idle_seconds = idle_seconds
        self._shelf = ModelShelf(models)
        self._turns: Turns[Job] = Turns()
        self._lock = threading.RLock()
        self._clients: dict[Client, dict[str, Job]] = {}
        self._greetings = 0
        self._running: tuple[Client, Job] | None = None
        self._worked = time.monotonic()
        self._started = time.monotonic()
        self._ending: str | None = None
        self._finishing = False
        self._frames = [0, 0]
        self._token = new_token()
        self._version = _own_version()

    def serve(self) -> None:
        """Work until idle for long enough, told to end, or interrupted (then `KeyboardInterrupt` goes on).

        Raises:
            WorkerRunning: there is one already.
            BadInput: the worker's folder cannot be written.
        """
        held = self._place.running
        with held:
            self._take(held)
            with contextlib.closing(_listen()) as listener:
                address = Address(listener.getsockname()[1], self._token, os.getpid(), self._version)
                try:
                    self._place.write(address)
                except OSError as error:
                    raise BadInput(
                        f"{self._place.folder}: cannot be written ({error.strerror}); mend its rights or free space"
                    ) from error
                compute = threading.Thread(target=self._compute, name="compute", daemon=True)
                compute.start()
                _log.info("listening on port %d, process %d, version %s", address.port, address.pid, self._version)
                try:
                    self._accept(listener, address)
                finally:
                    self._place.forget(address)
                    self._end(compute)

    def _take(self, held: Lock) -> None:
        try:
            free = held.take(1.0)
        except OSError as error:
            raise BadInput(f"{self._place.folder}: cannot be written ({error.strerror}); mend its rights") from error
        if not free:
            other = self._place.read()
            number = f" (process {other.pid})" if other else ""
            raise WorkerRunning(f"a worker of this user is running already{number}; `platelight worker --stop` ends it")

    def _accept(self, listener: socket.socket, address: Address) -> None:
        listener.settimeout(_LOOK_SECONDS)
        looked = time.monotonic()
        while self._ending is None:
            try:
                connection, _ = listener.accept()
            except TimeoutError:
                pass
            except OSError as error:  # out of descriptors, or the client was gone before it was accepted
                _log.warning("a connection could not be accepted: %s", error)
                time.sleep(_LOOK_SECONDS)
            else:
                self._let_in(connection)
            if time.monotonic() - looked > 5.0:
                looked = time.monotonic()
                if self._place.read() != address:
                    self._ending = "its address was taken away, so no client can find it"
            self._end_if_idle()
        _log.info("ending: %s", self._ending)

    def _end_if_idle(self) -> None:
        with self._lock:
            if self._running is not None or any(self._clients.values()):
                return
            if self._finishing:
                self._ending = "told to"
            elif time.monotonic() - self._worked > self._idle_seconds:
                self._ending = f"no job for {self._idle_seconds:g} seconds"

    def _let_in(self, connection: socket.socket) -> None:
        with self._lock:
            if self._greetings >= _MAX_GREETINGS or len(self._clients) >= MAX_CLIENTS:
                full = True
            else:
                full = False
                self._greetings += 1
        if full:
            with contextlib.suppress(OSError, WireError), contextlib.closing(Channel(connection)) as channel:
                channel.send({"type": "refused", "code": "full", "message": "the worker has too many clients"})
            return
        threading.Thread(target=self._greet, args=(connection,), name="client", daemon=True).start()

    def _greet(self, connection: socket.socket) -> None:
        try:
            channel = Channel(connection)
            welcome = {"version": self._version, "pid": os.getpid()}
            name, _ = greet_client(channel, self._token, welcome, _GREETING_SECONDS)
        except WireError as error:
            _log.warning("a connection was turned away: %s", error)
            return
        finally:
            with self._lock:
                self._greetings -= 1
        client = Client(channel, name)
        with self._lock:
            self._clients[client] = {}
        try:
            self._listen_to(client)
        finally:
            with self._lock:
                for job in self._clients.pop(client, {}).values():
                    job.sign.set()
                self._turns.drop(client)
            client.close()

    def _listen_to(self, client: Client) -> None:
        while True:
            try:
                message = client.receive()
            except BadMessage as error:
                client.send({"type": "error", "id": None, "error": {"code": "BadMessage", "message": str(error)}})
                client.close(1.0)
                return
            except WireError:
                return
            name = None
            try:
                name = request_id(message)
                self._answer(client, name, message)
            except Exception as error:  # one request that cannot be followed does not end the others
                client.send({"type": "error", "id": name, "error": failure(error, f"request {message['type'][:40]}")})

    def _answer(self, client: Client, name: str, message: dict[str, Any]) -> None:
        kind = message["type"]
        if kind == "ping":
            client.send({"type": "pong", "id": name})
        elif kind == "status":
            client.send({"type": "status", "id": name, **self.status()})
        elif kind == "capabilities":
            client.send({"type": "capabilities", "id": name, "jobs": capabilities()})
        elif kind == "submit":
            self._submit(client, name, message)
        elif kind == "cancel":
            self._cancel(client, name, message)
        elif kind == "shutdown":
            self._shut_down(client, name, message)
        else:
            raise BadConfig(
                f"message type {kind[:40]!r} is not known; use ping, status, capabilities, submit, cancel or shutdown"
            )

    def _submit(self, client: Client, name: str, message: dict[str, Any]) -> None:
        request = parse_submit(message)
        job = Job(name, request, client.send)
        with self._lock:
            if self._ending is not None or self._finishing:
                error = {"code": "Ending", "message": "the worker is ending; start another and hand the job in again"}
                client.send({"type": "error", "id": name, "error": error})
                return
            jobs = self._clients.get(client)
            if jobs is None:
                return
            if name in jobs:
                raise BadConfig(f"job {name!r} is at work already; give each its own id")
            jobs[name] = job
            ahead = sum(other.left for line in self._clients.values() for other in line.values()) - job.left
            client.send({"type": "accepted", "id": name, "frames": len(request.frames), "ahead": ahead})
            self._turns.add(client, job)

    def _cancel(self, client: Client, name: str, message: dict[str, Any]) -> None:
        with self._lock:
            job = self._clients.get(client, {}).get(str(message.get("job")))
            waits = job is not None and self._turns.remove(client, job)
            if job is not None:
                job.sign.set()
            if job is not None and waits:  # else it says so itself, as soon as it notices
                del self._clients[client][job.name]
                job.finish()
        # A job that is finished already is no error: its last message and this request passed each other.
        client.send({"type": "cancelling", "id": name, "known": job is not None})

    def _shut_down(self, client: Client, name: str, message: dict[str, Any]) -> None:
        mode = message.get("mode", "finish")
        if mode not in ("finish", "now"):
            raise BadConfig(f"shutdown mode {mode!r} is not known; use finish or now")
        client.send({"type": "ending", "id": name, "mode": mode})
        with self._lock:
            if mode == "now":
                self._ending = f"told to by {client.name}"
            else:
                self._finishing = True

    def status(self) -> dict[str, Any]:
        """What the worker is doing, as plain values."""
        with self._lock:
            running = self._running
            return {
                "version": self._version,
                "pid": os.getpid(),
                "python": sys.executable,
                "uptime_seconds": round(time.monotonic() - self._started, 3),
                "idle_seconds": self._idle_seconds,
                "frames_done": self._frames[0],
                "frames_failed": self._frames[1],
                "models": self._shelf.names(),
                "running": None if running is None else {"client": running[0].name, **running[1].describe()},
                "clients": [
                    {"name": client.name, "jobs": len(jobs), "frames_left": sum(job.left for job in jobs.values())}
                    for client, jobs in self._clients.items()
                ],
            }

    def _compute(self) -> None:
        _import_early()
        while True:
            taken = self._turns.take()
            if taken is None:
                return
            client, job = taken
            assert isinstance(client, Client)
            with self._lock:
                self._running = (client, job)
            before = (job.done, job.failed)
            try:
                more = job.step(self._shelf)
            except Exception as error:  # without this thread nothing would ever be done: clients start another worker
                _log.error("a job could not be worked on", exc_info=error)
                self._ending = "an unexpected error, see above"
                return
            with self._lock:
                self._frames[0] += job.done - before[0]
                self._frames[1] += job.failed - before[1]
                self._running = None
                self._worked = time.monotonic()
                if more and client in self._clients:
                    self._turns.resume(client, job)
                else:
                    self._clients.get(client, {}).pop(job.name, None)

    def _end(self, compute: threading.Thread) -> None:
        """Stop what is going on, so that no half-written file stays behind, and say goodbye to everyone."""
        with self._lock:
            if self._ending is None:
                self._ending = "interrupted"
            clients = list(self._clients.items())
        for _, jobs in clients:
            for job in list(jobs.values()):
                job.sign.set()
        self._turns.close()
        compute.join(_ENDING_SECONDS)
        for client, _ in clients:
            client.close(1.0)


def _listen() -> socket.socket:
    """A socket on a free port of this machine's loopback interface; nobody outside the machine can reach it."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    if sys.platform == "win32":  # there another program could otherwise take the same port over
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
    listener.bind(("127.0.0.1", 0))
    listener.listen(64)
    return listener


def _import_early() -> None:
    """Load the large libraries while the first client is still on its way; what is wrong with them is told per job."""
    try:
        import core.inference.frame
        import core.inference.session
        import core.inference.shot  # noqa: F401

        with contextlib.suppress(ImportError):
            import onnxruntime  # noqa: F401
    except Exception as error:
        _log.error("the libraries could not be loaded", exc_info=error)


def _own_version() -> str:
    try:
        return version("platelight")
    except PackageNotFoundError:
        return "unknown"
