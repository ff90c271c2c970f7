"""Finds the running worker, or starts one: never two, whoever else is looking for it at the same time."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from worker_link.environment import find_python, scrubbed
from worker_link.errors import EnvironmentBroken, JobRefused, WorkerError, WorkerTimeout, WrongVersion
from worker_link.place import Place, PlaceError, find_place
from worker_link.wire import Channel, Refused, WireError, greet_worker

__all__ = ["Launch", "Visit", "reach"]

_WITHOUT_THE_FOLDER = (
    "import sys; sys.path[:] = [place for place in sys.path if place]; "
    "import runpy; runpy.run_module('core.cli.main', run_name='__main__', alter_sys=True)"
)
"""`-m core.cli.main` that imports nothing from the folder it starts in: Python 3.10 does not know PYTHONSAFEPATH."""
_COMMAND = ("-X", "faulthandler", "-c", _WITHOUT_THE_FOLDER, "worker")
_GREETING_SECONDS = 20.0
_POLL_SECONDS = 0.1
_LOG_LINES = 15


@dataclass(frozen=True)
class Launch:
    """How a worker is started where none runs.

    Attributes:
        python: the Python to use; None: `environment.find_python` looks for one.
        seconds: how long a start may take. Environments on a network disk are slow the first time.
        arguments: put behind `platelight worker`, as `--idle-minutes 60`.
    """

    python: Path | None = None
    seconds: float = 120.0
    arguments: Sequence[str] = field(default=())


@dataclass(frozen=True)
class Visit:
    """An open connection to a worker that has proved to be ours.

    Attributes:
        channel: the connection.
        pid: the worker's process number.
        version: its version of Platelight.
    """

    channel: Channel
    pid: int
    version: str


def reach(name: str, launch: Launch) -> Visit:
    """Connect to this user's worker, which is started if there is none.

    Args:
        name: what to be called in the worker's status.
        launch: how to start it.

    Raises:
        EnvironmentMissing, EnvironmentBroken: it could not be started.
        WrongVersion: one of another version runs.
        WorkerTimeout: one runs, or is being started, and is not to be talked to in time.
        WorkerError: the worker's folder cannot be used.
    """
    try:
        place = find_place()
        visit = _connect(place, name)
        return visit or _start(place, name, launch)
    except PlaceError as error:
        raise WorkerError(str(error)) from error
    except OSError as error:
        raise WorkerError(f"the worker's folder cannot be used ({error}); mend its rights or free space") from error


def _connect(place: Place, name: str) -> Visit | None:
    """A connection to the worker whose address is there; None where it is dead or on its way out."""
    address = place.read()
    if address is None:
        return None
    try:
        connection = socket.create_connection(("127.0.0.1", address.port), timeout=_GREETING_SECONDS)
    except OSError:
        return None
    channel = Channel(connection)
    try:
        welcome = greet_worker(channel, address.token, name, _GREETING_SECONDS)
    except Refused as error:
        if error.code == "wrong_protocol":
            raise WrongVersion(str(error)) from error
        if error.code == "full":
            raise JobRefused(str(error), error.code) from error
        return None  # the file is older than the worker, or another program has the port of a dead one
    except WireError:
        return None
    pid = welcome.get("pid")
    return Visit(channel, pid if type(pid) is int else address.pid, str(welcome.get("version", address.version)))


def _start(place: Place, name: str, launch: Launch) -> Visit:
    deadline = time.monotonic() + launch.seconds
    with place.starting as turn:
        if not turn.take(launch.seconds):
            raise WorkerTimeout("another program has been starting the worker for too long; see whether it hangs")
        visit = _wait_for_other(place, name, deadline)
        if visit is not None:
            return visit
        python = launch.python or find_python()
        process = _spawn(place, python, launch.arguments)
        while time.monotonic() < deadline:
            visit = _connect(place, name)
            if visit is not None:
                return visit
            if process.poll() is not None:
                # It may have lost a race against a worker that somebody started by hand.
                visit = _wait_for_other(place, name, deadline)
                if visit is not None:
                    return visit
                raise _broken(place, python, f"ended at once (exit code {process.returncode})")
            time.sleep(_POLL_SECONDS)
        process.kill()
        raise _broken(place, python, f"was not ready after {launch.seconds:g} seconds")


def _wait_for_other(place: Place, name: str, deadline: float) -> Visit | None:
    """A connection to a worker that lives, which may take it a while; None as soon as none lives."""
    while True:
        visit = _connect(place, name)
        if visit is not None:
            return visit
        with place.running as running:
            if running.take():
                return None
        if time.monotonic() > deadline:
            address = place.read()
            which = f" (process {address.pid})" if address else ""
            raise WorkerTimeout(f"a worker{which} is there and does not answer; end that process, then try again")
        time.sleep(_POLL_SECONDS)


def _spawn(place: Place, python: Path, arguments: Sequence[str]) -> subprocess.Popen[bytes]:
    """Start a worker that outlives this host, since other programs will use it too."""
    if place.log.exists():
        os.replace(str(place.log), str(place.log.with_suffix(".log.old")))
    flags = 0
    if sys.platform == "win32":
        flags = subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP
    with open(str(place.log), "ab", opener=_own) as log:
        try:
            process = subprocess.Popen(
                [str(python), *_COMMAND, *arguments],
                cwd=str(place.folder),
                # Python would look for modules in that folder first, which may have been open to others once.
                env={**scrubbed(os.environ), "PYTHONSAFEPATH": "1"},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
                start_new_session=sys.platform != "win32",
                creationflags=flags,
            )
        except OSError as error:
            raise EnvironmentBroken(
                f"{python}: cannot be run ({error.strerror}); name another Python with `platelight worker --register`"
            ) from error
    # Without someone who waits for it, a worker that ended would stay in the process table until the host ends.
    threading.Thread(target=process.wait, name="platelight worker", daemon=True).start()
    return process


def _own(path: str, flags: int) -> int:
    """Opens a file that only its user may read, and no link in its place, which would have something else written."""
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0), 0o600)


def _broken(place: Place, python: Path, what: str) -> EnvironmentBroken:
    log = last_lines(place.log)
    said = f": {log.splitlines()[-1].strip()}" if log else ", and printed nothing"
    return EnvironmentBroken(
        f"{python}: the worker {what}{said}; run `{python} -m core.cli.main doctor`, or name another Python with "
        "`platelight worker --register`",
        log,
    )


def last_lines(file: Path) -> str:
    """The end of a log, without empty lines; nothing where there is none."""
    try:
        with open(str(file), "rb") as log:
            log.seek(max(0, os.fstat(log.fileno()).st_size - 8192))
            text = log.read().decode("utf-8", "replace")
    except OSError:
        return ""
    return "\n".join([line for line in text.splitlines() if line.strip()][-_LOG_LINES:])
