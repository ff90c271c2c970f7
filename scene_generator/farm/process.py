"""One attempt at one task: a program in a process group of its own, with a log and a time limit."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, Dict, Iterator, List, Mapping, Optional, Sequence, Tuple  # noqa: UP035 - Python 3.9

from scene_generator.signals import signal_name

TAIL_LINES = 12
_TAIL_BYTES = 20_000


@contextlib.contextmanager
def unbroken() -> Iterator[None]:
    """Put off Ctrl-C and signals that end a process until the block is done.

    A program that has been started must be written down before anything else happens, or nobody stops it. Handlers are
    swapped rather than signals blocked, because programs inherit what is blocked.
    """
    arrived: List[Tuple[int, Any]] = []  # noqa: UP006
    former: Dict[int, Any] = {}  # noqa: UP006
    try:
        if threading.current_thread() is threading.main_thread():
            for name in ("SIGINT", "SIGTERM", "SIGHUP"):
                number = getattr(signal, name, None)
                if number is not None and callable(signal.getsignal(number)):
                    former[number] = signal.signal(number, lambda *both: arrived.append(both))
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
        for number, frame in arrived:
            former[number](number, frame)


class Attempt:
    """A running program. Whatever it starts belongs to its group and is stopped with it (on Windows it alone is)."""

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        log: Path,
        timeout_s: float,
        keep_open: Sequence[int] = (),
    ) -> None:
        """Start `command`.

        Args:
            environment: set on top of this process's own.
            log: takes standard output and standard error; made anew.
            timeout_s: seconds after which it is stopped; 0 is never.
            keep_open: file descriptors that the program inherits, and holds until it ends.

        Raises:
            OSError: the program cannot be started or the log not be written.
        """
        self.log = log
        self.started = time.monotonic()
        self.timeout_s = timeout_s
        self._timed_out = False
        self._kill_at: Optional[float] = None  # noqa: UP045
        windows = sys.platform == "win32"
        log.parent.mkdir(parents=True, exist_ok=True)
        with open(log, "wb") as output:
            self._process = subprocess.Popen(
                list(command),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **environment},
                start_new_session=not windows,
                pass_fds=() if windows else tuple(keep_open),
            )

    @property
    def seconds(self) -> float:
        """Seconds since it was started."""
        return time.monotonic() - self.started

    def poll(self, grace_s: float) -> Optional[str]:  # noqa: UP045
        """Return None while it runs, "" if it ended well, else why it did not; call this often.

        Args:
            grace_s: seconds between asking it to stop and killing it.
        """
        code = self._process.poll()
        now = time.monotonic()
        if code is None:
            if self.timeout_s and not self._timed_out and self.seconds >= self.timeout_s:
                self._timed_out = True
                self.stop(grace_s)
            if self._kill_at is not None and now >= self._kill_at:
                self.kill()
            return None
        if code != 0 or self._kill_at is not None:
            self.kill()  # what it started may have outlived it, and would be in the way of the next attempt
        if self._timed_out:
            return f"took longer than {self.timeout_s:g} s"
        if code < 0:
            return f"killed by {signal_name(-code)}"
        return f"exit code {code}" if code else ""

    def stop(self, grace_s: float) -> None:
        """Ask the whole group to stop; `poll` kills it `grace_s` seconds later."""
        self._kill_at = time.monotonic() + grace_s
        self._send(signal.SIGTERM)

    def kill(self) -> None:
        """End the whole group at once."""
        self._send(signal.SIGTERM if sys.platform == "win32" else signal.SIGKILL)

    def _send(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if sys.platform == "win32":
                self._process.terminate()
            else:
                os.killpg(self._process.pid, number)


def tail(log: Path, lines: int = TAIL_LINES) -> str:
    """Return the last lines of a log; "" if there is none. Bytes that are no UTF-8 are shown as question marks."""
    try:
        with open(log, "rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - _TAIL_BYTES))
            return "\n".join(file.read().decode("utf-8", "replace").rstrip().splitlines()[-lines:])
    except OSError:
        return ""
