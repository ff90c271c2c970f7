"""What a mayapy is asked for and answers: two JSON files, each written whole or not at all.

A mayapy that crashes on its way out after a good picture, or ends with code 0 without one, is told apart by the answer:
only a result file that says so is a success.
"""

from __future__ import annotations

import dataclasses
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scene_generator.maya_scene.facts import PLANS, Picture
from scene_generator.maya_scene.files import SceneFiles
from scene_generator.spec import SceneSpec, SpecError
from worker_link.json_text import parse_json

JOB_VERSION = 1


@dataclass(frozen=True)
class Job:
    """One scene to be rendered."""

    spec: SceneSpec
    files: SceneFiles
    picture: Picture
    plan: str
    """One of `facts.PLANS`."""
    prefix: str
    """Absolute path of the pictures, without their endings."""
    result: str
    """Absolute path of the answer."""

    def to_json(self) -> str:
        """Return the job as JSON text."""
        data = {
            "version": JOB_VERSION,
            "spec": self.spec.to_dict(),
            "files": self.files.to_dict(),
            "picture": dataclasses.asdict(self.picture),
            "plan": self.plan,
            "prefix": self.prefix,
            "result": self.result,
        }
        return json.dumps(data)

    @staticmethod
    def from_json(text: str) -> Job:
        """Read what `to_json` wrote.

        Raises:
            SpecError: it is no job, or one of another version.
        """
        try:
            data = parse_json(text)
            if data["version"] != JOB_VERSION or data["plan"] not in PLANS:
                raise SpecError(f"job of version {data['version']}, plan {data['plan']!r}; install one Platelight here")
            picture = Picture(**{**data["picture"], "passes": tuple(data["picture"]["passes"])})
            files = SceneFiles.from_dict(data["files"])
            spec = SceneSpec.from_dict(data["spec"])
            return Job(spec, files, picture, data["plan"], data["prefix"], data["result"])
        except (KeyError, TypeError, ValueError) as error:
            if isinstance(error, SpecError):
                raise
            raise SpecError(f"not a job for Maya: {error!r}") from error


@dataclass(frozen=True)
class Result:
    """What became of a job."""

    ok: bool
    pictures: dict[str, str] = field(default_factory=dict)
    """Name to path: `merged` of Arnold; `beauty`, `normals` and `data` of Maya Software."""
    error: str = ""
    """One line, where it is not `ok`."""
    traceback: str = ""
    versions: dict[str, str] = field(default_factory=dict)
    """Of `maya`, `arnold` (empty where it is not there), `python` and `numpy`."""
    seconds: dict[str, float] = field(default_factory=dict)

    def to_json(self) -> str:
        """Return the result as JSON text."""
        return json.dumps(dataclasses.asdict(self))

    @staticmethod
    def from_json(text: str) -> Result:
        """Read what `to_json` wrote. Raises ValueError if it is something else."""
        try:
            data: dict[str, Any] = parse_json(text)
            return Result(**data)
        except TypeError as error:
            raise ValueError(f"not a result: {error}") from error


def write_whole(path: Path, text: str) -> None:
    """Write a file so that nobody ever sees half of it. Raises OSError."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with partial.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)
