"""One mayapy that renders jobs until it is told to stop, or dies."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from core.errors import RenderFailed
from scene_generator.maya_scene.job import Job, Result, write_whole
from scene_generator.renderers.maya.place import PrivateFolder

START_SECONDS = 280.0
"""How long Maya may take to come up: less than a worker may take to load its renderer."""

_TAIL = 2000
_PAUSE_SECONDS = 0.02
_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG, Linux: prctl(2)


class ChildDied(Exception):
    """A mayapy ended without an answer; the message says how, and its last words."""


class MayaPy:
    """A running mayapy, ready for jobs."""

    def __init__(self, mayapy: Path, place: PrivateFolder, environment: Mapping[str, str] | None = None) -> None:
        """Start it and wait until Maya is up.

        Raises:
            ChildDied: it ended, or did not come up in time.
            RenderFailed: it cannot be started.
        """
        self._log = place.folder / "mayapy.log"
        ready = place.folder / "ready.json"
        ready.unlink(missing_ok=True)
        command = [str(mayapy), "-m", "scene_generator", "serve", str(place.folder)]
        with self._log.open("wb") as log:
            try:
                self._process = subprocess.Popen(
                    command,
                    stdin=subprocess.PIPE,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    env=place.environment(os.environ if environment is None else environment),
                    cwd=place.folder,
                    preexec_fn=_die_with_the_parent if sys.platform == "linux" else None,
                )
            except OSError as error:
                raise RenderFailed(
                    f"{mayapy}: cannot be started ({error.strerror}); check PLATELIGHT_MAYAPY"
                ) from error
        self.jobs = 0
        """How many it was given."""
        try:
            self.versions = self._answer(ready, START_SECONDS).versions
        except BaseException:
            self.stop()
            raise

    def render(self, job: Job) -> Result:
        """Hand over a job and return the answer; a bad one too.

        Raises:
            ChildDied: it ended without one.
        """
        place = Path(job.result)
        place.unlink(missing_ok=True)
        written = place.with_suffix(".job")
        write_whole(written, job.to_json())
        self.jobs += 1
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):  # it is dead: there will be no answer
            self._process.stdin.write(f"{written}\n".encode())
            self._process.stdin.flush()
        return self._answer(place, None)

    def alive(self) -> bool:
        """Say whether it still runs."""
        return self._process.poll() is None

    def stop(self) -> None:
        """End it, gently for two seconds and then not."""
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        try:
            self._process.wait(2.0)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def last_words(self) -> str:
        """Return the end of what it has printed, as one line."""
        try:
            data = self._log.read_bytes()[-_TAIL:]
        except OSError:
            return ""
        return " ".join(data.decode("utf-8", "replace").split())[-400:]

    def _answer(self, path: Path, limit: float | None) -> Result:
        # A file and not a pipe: what plug-ins print, and how the process ends, say nothing about the picture.
        until = None if limit is None else time.monotonic() + limit
        while True:
            ended = self._process.poll()  # looked at before the file: an answer may be its last act
            if path.exists():
                try:
                    return Result.from_json(path.read_text("utf-8"))
                except (ValueError, json.JSONDecodeError) as error:
                    raise ChildDied(f"mayapy gave an answer that is none: {error}") from error
            if ended is not None:
                raise ChildDied(f"mayapy ended ({_how(ended)}) without an answer: {self.last_words() or 'no words'}")
            if until is not None and time.monotonic() > until:
                raise ChildDied(f"Maya was not up after {limit:g} s: {self.last_words() or 'no words'}")
            time.sleep(_PAUSE_SECONDS)


def _how(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    with contextlib.suppress(ValueError):
        return signal.Signals(-code).name
    return f"signal {-code}"


def _die_with_the_parent() -> None:
    # A killed worker cannot tell mayapy, which may sit in Arnold's code for long and hear nothing.
    with contextlib.suppress(OSError):
        ctypes.CDLL(None).prctl(_DEATH_SIGNAL, signal.SIGKILL)
