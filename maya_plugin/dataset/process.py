"""The process that makes a set: `platelight generate` or `platelight farm write` in Platelight's own environment.

Nothing of it runs inside Maya, not even for Maya's renderers: those start a mayapy of their own.
"""

from __future__ import annotations

import glob
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from maya_plugin.background import Cancelled, Task
from maya_plugin.dataset.settings import DatasetSettings
from maya_plugin.errors import NotAvailable, WorkFailed
from worker_link.environment import find_python, scrubbed
from worker_link.errors import WorkerError
from worker_link.installed import installed_python
from worker_link.json_text import read_json

__all__ = ["Preview", "arguments", "finished_scenes", "preview_arguments", "python_for_sets", "read_preview", "run"]

_COMMAND = ("-m", "core.cli.main")
_LOOK_SECONDS = 0.5
_PATIENCE_SECONDS = 20.0
_LAST_WORDS = 400
_FAMILY = re.compile(r"^\d{8}(_\d{3})?$")


@dataclass(frozen=True)
class Preview:
    """What a preview told.

    Attributes:
        picture: path of the contact sheet.
        hours, gigabytes: of the whole set: (value, low, high), two standard errors to either side.
        scenes: how many the sheet shows.
        failed: a line for each scene that could not be made.
    """

    picture: str
    hours: tuple[float, float, float]
    gigabytes: tuple[float, float, float]
    scenes: int
    failed: tuple[str, ...]

    def words(self) -> str:
        """Time and disk, for people."""
        hours = self.hours
        unit, factor = ("GB", 1.0) if self.gigabytes[2] >= 1.0 else ("MB", 1e3)
        disk = [factor * value for value in self.gigabytes]
        return (
            f"about {_time(hours[0])} ({_time(hours[1])} to {_time(hours[2])}), "
            f"{disk[0]:.2g} {unit} ({disk[1]:.2g} to {disk[2]:.2g}); from {self.scenes} scenes"
        )


def python_for_sets() -> str:
    """The Python of Platelight's environment. Raises NotAvailable, with what to do."""
    try:
        return str(installed_python() or find_python())
    except WorkerError as error:
        raise NotAvailable(str(error)) from error


def arguments(settings: DatasetSettings, recipe: str) -> list[str]:
    """What follows `platelight`. `recipe` is the name, or the file of the changed one."""
    common = ["--recipe", recipe, "--count", str(settings.count), "--seed", str(settings.seed)]
    common += ["--size", str(settings.size), "--samples", str(settings.samples), "--passes", settings.passes]
    by_maya = [] if settings.rendered_by == "embedded" else ["--renderer", "maya", "--variant", settings.rendered_by]
    if settings.place == "farm":
        more = ["--generate-options", " ".join(by_maya)] if by_maya else []
        return [
            *("farm", "write", "--out", settings.job, "--data", settings.out, "--shards", str(settings.tasks)),
            *common,
            *more,
        ]
    workers = ["--workers", str(settings.workers)] if settings.workers else []
    return ["generate", "--out", settings.out, *common, *workers, *by_maya]


def preview_arguments(settings: DatasetSettings, recipe: str, folder: str) -> list[str]:
    """As `arguments`, for a look at a few scenes in a folder of its own."""
    found = arguments(_local(settings), recipe)
    found[found.index("--out") + 1] = folder
    return [*found, "--preview"]


def run(task: Task, words: Sequence[str], settings: DatasetSettings, total: int, python: str) -> str:
    """Run `platelight WORDS` to its end and return the last lines of what it said. Blocks.

    Args:
        task: is told how many of `total` scenes are done, by looking into the set's folder; its cancel ends the
            process, gently first: what was finished is kept, and the same run again goes on there.
        python: of the environment.

    Raises:
        WorkFailed: it could not be started or ended with an error; the message has its last words.
        Cancelled: the person stopped it.
    """
    place = tempfile.mkdtemp(prefix="platelight_")  # its current folder: nothing of a project's lies there
    log = os.path.join(place, "log.txt")
    environment = {**scrubbed(os.environ), "PYTHONUNBUFFERED": "1", "NO_COLOR": "1", "COLUMNS": "400"}
    if settings.rendered_by != "embedded" and os.environ.get("MAYA_LOCATION"):
        environment.setdefault("PLATELIGHT_MAYAPY", os.environ["MAYA_LOCATION"])
    try:
        with open(log, "wb") as output:
            process = _started([python, *_COMMAND, *words], place, environment, output)
        task.when_cancelled(lambda: _stop(process))
        while process.poll() is None:
            if total:
                done = finished_scenes(settings.out)
                task.show(100 * done // total, f"{done} of {total} scenes")
            time.sleep(_LOOK_SECONDS)
        said = _tail(log)
        if task.cancelled:
            raise Cancelled
        if process.returncode != 0:
            raise WorkFailed(said.splitlines()[-1] if said else f"it ended with code {process.returncode}")
        return said
    finally:
        shutil.rmtree(place, ignore_errors=True)


def finished_scenes(folder: str) -> int:
    """Scenes of a set that are done: in shards by their indices, and waiting to be packed."""
    found: set[str] = set()
    for path in glob.glob(os.path.join(glob.escape(folder), "unpacked*", "*.json")):
        found.add(os.path.basename(path).partition(".")[0].partition("_")[0])
    for path in glob.glob(os.path.join(glob.escape(folder), "shard-*.index.json")):
        try:
            found |= {key.partition("_")[0] for key in _keys(read_json(path))}
        except (OSError, ValueError):
            continue  # being written
    return len(found)


def read_preview(folder: str) -> Preview:
    """What `platelight generate --preview` left in a folder. Raises WorkFailed."""
    try:
        told = read_json(os.path.join(folder, "preview.json"))
        return Preview(
            os.path.join(folder, told["picture"]),
            _estimate(told["hours"], 1.0),
            _estimate(told["disk_bytes"], 1e-9),
            len(told["families"]),
            tuple(str(line) for line in told["failed"]),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise WorkFailed(f"{folder}: the preview cannot be read ({error})") from error


def _local(settings: DatasetSettings) -> DatasetSettings:
    """The same set, for this machine."""
    if settings.place != "farm":
        return settings
    place = "here" if settings.renderer == "embedded" else "mayapy"
    return DatasetSettings(**{**asdict(settings), "place": place})


def _started(command: list[str], place: str, environment: Mapping[str, str], output: Any) -> subprocess.Popen[bytes]:
    flags = 0
    if sys.platform == "win32":
        flags = subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP
    try:
        return subprocess.Popen(
            command,
            cwd=place,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=sys.platform != "win32",
            preexec_fn=_heed_interrupts if sys.platform != "win32" else None,
            creationflags=flags,
        )
    except OSError as error:
        raise WorkFailed(f"{command[0]}: cannot be run ({error.strerror}); run `platelight doctor` there") from error


def _heed_interrupts() -> None:
    """Runs in the new process: a Maya that was started in the background of a shell hands on that Ctrl-C is ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Ask it to end, as Ctrl-C does, and end it where it does not."""
    if process.poll() is not None:
        return
    if sys.platform == "win32":
        process.terminate()
    else:
        process.send_signal(signal.SIGINT)

    def end() -> None:
        try:
            process.wait(_PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            if sys.platform != "win32":
                os.killpg(process.pid, signal.SIGKILL)  # its workers too: it is the first of a session of its own
            else:
                process.kill()

    threading.Thread(target=end, name="platelight stop", daemon=True).start()


def _tail(log: str) -> str:
    try:
        with open(log, "rb") as file:
            text = file.read()[-8192:].decode("utf-8", "replace")
    except OSError:
        return ""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return "\n".join(line[:_LAST_WORDS] for line in lines[-6:])


def _keys(value: Any) -> set[str]:
    """Names of records anywhere in an index, whatever its form."""
    if isinstance(value, dict):
        return {key for key in value if _FAMILY.match(str(key))} | {k for v in value.values() for k in _keys(v)}
    if isinstance(value, list):
        return {key for item in value for key in _keys(item)}
    return {value} if isinstance(value, str) and _FAMILY.match(value) else set()


def _estimate(told: Mapping[str, Any], unit: float) -> tuple[float, float, float]:
    return float(told["value"]) * unit, float(told["low"]) * unit, float(told["high"]) * unit


def _time(hours: float) -> str:
    if hours < 1.0 / 60.0:
        return f"{3600 * hours:.0f} s"
    return f"{60 * hours:.0f} min" if hours < 2.0 else f"{hours:.1f} h"
