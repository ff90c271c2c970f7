"""Where the worker of this user on this machine is found, and the locks that keep it the only one.

It runs from Python 3.9 on and needs the standard library only.

    FOLDER/worker.json   port, token and process number of the worker that runs: readable by its user only
    FOLDER/worker.lock   held by the worker for as long as it lives; the system lets go of it however it dies
    FOLDER/start.lock    held by a client while it starts a worker, so that two at once start one
    FOLDER/worker.log    what the worker printed, for error messages
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import re
import stat
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from worker_link.json_text import parse_json, read_json

__all__ = [
    "FOLDER_VARIABLE",
    "Address",
    "Lock",
    "Place",
    "PlaceError",
    "find_place",
    "read_setting",
    "setting_file",
    "write_setting",
]

FOLDER_VARIABLE = "PLATELIGHT_WORKER_FOLDER"
"""Names another folder, for a second worker of the same user, and for tests."""

_MOST_BYTES = 4096
_NO_WAIT = getattr(os, "O_NONBLOCK", 0)  # a pipe that somebody laid there is not waited for


class PlaceError(Exception):
    """The worker's folder cannot be used; the message is one line that names it and says what to do."""


@dataclass(frozen=True)
class Address:
    """What a client needs to know of a running worker.

    Attributes:
        port: TCP port on 127.0.0.1.
        token: its secret, see `wire`. Never printed.
        pid: its process number.
        version: its version of Platelight.
    """

    port: int
    token: str
    pid: int
    version: str

    def __repr__(self) -> str:
        return f"Address(port={self.port}, pid={self.pid}, version={self.version!r})"


@dataclass(frozen=True)
class Place:
    """The worker's folder, which exists and belongs to this user alone; from `find_place`."""

    folder: Path

    @property
    def log(self) -> Path:
        """Standard error of the worker."""
        return self.folder / "worker.log"

    @property
    def running(self) -> Lock:
        """Held by the worker while it lives."""
        return Lock(self.folder / "worker.lock")

    @property
    def starting(self) -> Lock:
        """Held by whoever starts a worker."""
        return Lock(self.folder / "start.lock")

    def read(self) -> Address | None:
        """The worker that wrote its address last, which may be dead; None where there is none that can be read."""
        try:
            value = self._told()
            address = Address(int(value["port"]), str(value["token"]), int(value["pid"]), str(value["version"]))
        except (OSError, ValueError, KeyError, TypeError, OverflowError):
            return None
        return address if 0 < address.port < 65536 and address.token else None

    def _told(self) -> Any:
        """What `worker.json` holds, if it is a file that nobody but this user can have written.

        The folder may have been open to others before `find_place` closed it, so that what lies in it may be theirs.
        """
        handle = os.open(str(self.folder / "worker.json"), os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | _NO_WAIT)
        with os.fdopen(handle, "rb") as file:
            found = os.fstat(file.fileno())
            if not stat.S_ISREG(found.st_mode):
                raise OSError("worker.json is no regular file")
            if sys.platform != "win32" and (found.st_uid != os.getuid() or found.st_mode & 0o077):
                raise OSError("worker.json can be read or written by others")
            return parse_json(file.read(_MOST_BYTES))

    def write(self, address: Address) -> None:
        """Tell clients where this worker listens. Raises OSError."""
        value = {"port": address.port, "token": address.token, "pid": address.pid, "version": address.version}
        handle, name = tempfile.mkstemp(prefix=".worker.", suffix=".json", dir=self.folder)  # made with mode 0600
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(json.dumps(value) + "\n")
            os.replace(name, self.folder / "worker.json")
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(name)
            raise

    def forget(self, address: Address) -> None:
        """Take an address away, unless another worker has put its own there."""
        if self.read() == address:
            with contextlib.suppress(OSError):
                (self.folder / "worker.json").unlink()


class Lock:
    """A lock between processes on a file; the system lets go of it when the holder ends, however that happens."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._handle: int | None = None

    def take(self, seconds: float = 0.0) -> bool:
        """Whether the lock could be had within `seconds`. Raises OSError where the file cannot be made."""
        end = time.monotonic() + seconds
        while not self._try():
            if time.monotonic() >= end:
                return False
            time.sleep(0.05)
        return True

    def release(self) -> None:
        """Let another process have it; does nothing where it is not held."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    def __enter__(self) -> Lock:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def _try(self) -> bool:
        if self._handle is not None:
            return True
        handle = os.open(
            str(self._path), os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600
        )  # closed in child processes (PEP 446)
        try:
            if sys.platform == "win32":
                import msvcrt

                msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
            else:
                import fcntl

                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(handle)
            return False
        self._handle = handle
        return True


def find_place() -> Place:
    """The worker's folder of this user on this machine, made if it is not there, and readable by nobody else.

    It is what `PLATELIGHT_WORKER_FOLDER` names; else on Linux `/run/user/UID/platelight` where the system made such a
    folder, on Windows `%LOCALAPPDATA%\\Platelight\\worker`, and elsewhere `~/.cache/platelight/worker-MACHINE` (homes
    are shared between machines, workers are not). Other variables are not asked: a host and a shell of the same user
    must find the same worker.

    Raises:
        PlaceError: it cannot be made, or belongs to somebody else.
    """
    named = os.environ.get(FOLDER_VARIABLE)
    folder = Path(named) if named else _default_folder()
    if not folder.is_absolute():
        raise PlaceError(f"{folder}: {FOLDER_VARIABLE} has to name an absolute path")
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode):
            raise PlaceError(f"{folder}: is no folder of its own; remove it, or name another with {FOLDER_VARIABLE}")
        if sys.platform != "win32":
            if found.st_uid != os.getuid():
                raise PlaceError(
                    f"{folder}: belongs to another user, who could read the worker's token; name another folder with "
                    f"{FOLDER_VARIABLE}"
                )
            if found.st_mode & 0o077:
                folder.chmod(0o700)
    except OSError as error:
        raise PlaceError(
            f"{folder}: cannot be used for the worker ({error.strerror}); name another folder with {FOLDER_VARIABLE}"
        ) from error
    return Place(folder)


def _default_folder() -> Path:
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "Platelight" / "worker"
    session = Path("/run/user") / str(os.getuid())
    if session.is_dir() and os.access(str(session), os.W_OK):
        return session / "platelight"
    machine = re.sub(r"[^A-Za-z0-9.-]", "_", platform.node()) or "machine"
    return Path.home() / ".cache" / "platelight" / f"worker-{machine}"


def setting_file() -> Path:
    """The file that says which Python the hosts are to start: `{"python": "/path/to/python"}`.

    `~/.config/platelight/settings.json`, on macOS below `~/Library/Application Support`, on Windows below `%APPDATA%`.
    """
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA") or Path.home() / "AppData" / "Roaming") / "Platelight" / "settings.json"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "Platelight" / "settings.json"
    return Path.home() / ".config" / "platelight" / "settings.json"


def read_setting(file: Path) -> str | None:
    """The Python that a setting file names, or None where there is no such file.

    Raises:
        PlaceError: the file is there and cannot be understood.
    """
    try:
        value = read_json(file)
        python = value["python"]
        if not isinstance(python, str) or not python:
            raise TypeError
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise PlaceError(
            f'{file}: should hold {{"python": "/path/to/python"}}; `platelight worker --register` writes it anew'
        ) from error
    return python


def write_setting(file: Path, python: str) -> None:
    """Name the Python that hosts are to start, keeping what else the file says. Raises OSError."""
    try:
        value = read_json(file)
    except (OSError, ValueError):
        value = {}
    value = {**(value if isinstance(value, dict) else {}), "python": python}
    file.parent.mkdir(parents=True, exist_ok=True)
    with _replaced(file) as temporary:
        temporary.write_text(json.dumps(value, indent=2) + "\n", "utf-8")


@contextlib.contextmanager
def _replaced(file: Path) -> Iterator[Path]:
    handle, name = tempfile.mkstemp(prefix=f".{file.stem}.", suffix=file.suffix, dir=file.parent)
    os.close(handle)
    try:
        yield Path(name)
        os.replace(name, file)
    finally:
        with contextlib.suppress(OSError):
            os.unlink(name)
