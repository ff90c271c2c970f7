"""A program that stands in for `platelight`, under a path that asks for quoting."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from scene_generator.farm.folder import write_folder
from scene_generator.farm.job import Job
from scene_generator.farm.scene_job import Needs, SceneSet, Training, scene_job

_PROGRAM = """#!{python}
import json, os, pathlib, sys
words = sys.argv[1:]
with open({calls!r}, "a") as log:
    log.write(json.dumps([words, os.environ.get("OMP_NUM_THREADS")]) + "\\n")
folder = pathlib.Path(words[words.index("--out") + 1])
if words[0] == "train":
    sys.exit(0 if (pathlib.Path(words[words.index("--data") + 1]) / "packed").exists() else 9)
folder.mkdir(parents=True, exist_ok=True)
if "--pack" in words:
    if len(list(folder.glob("part-*"))) != {parts}:
        sys.exit(8)
    (folder / "packed").touch()
else:
    i, n = words[words.index("--shard") + 1].split("/")
    (folder / ("part-" + i)).touch()
"""

AWKWARD = """it's "so" $HOME `x` \\ {a}  b & #IFRAM"""
"""A folder's name with what shells, YAML, Python and placeholders each have a meaning for."""


@dataclass(frozen=True)
class FakeFarm:
    """A job of three generating tasks, pack and train, written to `folder`, whose program records how it is called.

    The program refuses to pack before every part is there, and to train before the set is packed.
    """

    job: Job
    folder: Path
    data: Path
    calls_file: Path

    def calls(self) -> list[list[str]]:
        """The words of each call, in order."""
        return [line[0] for line in self._lines()]

    def threads(self) -> set[str]:
        """What OMP_NUM_THREADS has been."""
        return {line[1] for line in self._lines()}

    def expected(self) -> list[list[str]]:
        """The words that each task must be called with, in order."""
        return [self.job.argv(step, task)[1:] for step in self.job.steps for task in range(step.tasks)]

    def _lines(self) -> list[list[str]]:
        return [json.loads(line) for line in self.calls_file.read_text().splitlines()]


@pytest.fixture
def make_farm(tmp_path: Path) -> Callable[..., FakeFarm]:
    """Returns `make(name_of_the_data_folder) -> FakeFarm`."""

    def make(name: str = AWKWARD) -> FakeFarm:
        program = tmp_path / "bin of it's own" / "platelight"
        program.parent.mkdir()
        calls = tmp_path / "calls.jsonl"
        calls.touch()
        program.write_text(_PROGRAM.format(python=sys.executable, calls=str(calls), parts=3))
        program.chmod(0o755)
        data = tmp_path / name
        scenes = SceneSet(str(data), count=7, seed=5, options=("--licence", "a {b} 'c'"), needs=Needs(3, attempts=2))
        job = scene_job("plates", scenes, 3, [Training(str(tmp_path / "my run"))], [str(program)])
        folder = tmp_path / "farm folder"
        write_folder(job, folder)
        return FakeFarm(job, folder, data, calls)

    return make


@pytest.fixture
def fake_farm(make_farm: Callable[..., FakeFarm]) -> FakeFarm:
    """The fake farm with the awkward folder."""
    return make_farm()
