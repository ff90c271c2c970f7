"""A build that is killed: at every step it takes on the disk, and by SIGKILL to all its processes."""

from __future__ import annotations

import dataclasses
import itertools
import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from core.atomic import write_text
from scene_generator.pool.render_one import render_one
from scene_generator.recipe import FamilyShare, load_recipe
from scene_generator.renderers import RenderSettings
from scene_generator.sets import build as build_module
from scene_generator.sets import finish as finish_module
from scene_generator.sets.build import build
from scene_generator.sets.plan import BuildPlan
from scene_generator.sets.records import Sample
from scene_generator.sets.timings import read_timings
from tests.scene_generator.fake_renderers import FAKE, FakeRenderer, script

SETTINGS = RenderSettings(16, 16, samples=1, denoise=False, passes=("beauty", "normal"))
# A family whose scenes are small: what they look like does not matter here.
RECIPE = dataclasses.replace(load_recipe("plate_normals"), families=(FamilyShare("organic", 1.0),))


class Killed(BaseException):
    """Stands for SIGKILL in this process: nothing catches it on purpose."""


class Death:
    """Stops every change of the disk from the `at`-th on: what a killed process did not do any more."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.at = sys.maxsize
        self.steps = 0
        monkeypatch.setattr(os, "fsync", lambda handle: None)  # slow, and of no use where no power is cut
        for owner, name in ((os, "replace"), (os, "fsync"), (Path, "unlink"), (Path, "rmdir"), (Path, "mkdir")):
            monkeypatch.setattr(owner, name, self._deadly(getattr(owner, name)))

    def _deadly(self, real: Any) -> Any:
        def step(*arguments: Any, **options: Any) -> Any:
            self.steps += 1
            if self.steps >= self.at:
                raise Killed
            return real(*arguments, **options)

        return step

    def after(self, steps: int) -> None:
        self.at, self.steps = steps, 0


@pytest.fixture
def samples(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Let `build` render in this process, each scene once; returns the list of what it asked for."""
    asked: list[int] = []
    made: dict[int, Sample] = {}

    def run(plan: BuildPlan, indices: list[int], on_rejected: object) -> Generator[Sample, None, None]:
        for index in indices:
            asked.append(index)
            if index not in made:
                made[index] = render_one(FakeRenderer(plan.variant), plan, index)
            yield made[index]

    monkeypatch.setattr(build_module, "run", run)
    monkeypatch.setattr(finish_module, "write_report", lambda folder: write_text(folder / "report.html", "has tests"))
    monkeypatch.setattr(finish_module, "contact_sheet", lambda images, path: write_text(path, str(len(images))))
    return asked


def _content(folder: Path) -> dict[str, bytes]:
    files = [path for path in folder.iterdir() if path.is_file() and not path.name.startswith(".lock")]
    return {path.name: path.read_bytes() for path in files if path.name != "timings.jsonl"}


def test_killed_at_any_step_it_goes_on_and_ends_the_same(
    samples: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = BuildPlan(RECIPE, 3, 5, SETTINGS, script(), 1, renderer=FAKE, shard_size=2)
    death = Death(monkeypatch)
    build(plan, tmp_path / "whole")
    whole = _content(tmp_path / "whole")
    for step in itertools.count(1):
        folder = tmp_path / f"killed{step}"
        samples.clear()
        death.after(step)
        try:
            build(plan, folder)
            break
        except Killed:
            pass
        death.after(sys.maxsize)
        before = list(samples)
        result = build(plan, folder)
        assert _content(folder) == whole, f"step {step}"
        again = [index for index in samples[len(before) :] if index in before]
        assert again == before[-1:] or not again, f"step {step}: only what was not kept yet is rendered again"
        assert not result.mended, f"step {step}: nothing was damaged"
        assert not list(folder.rglob("*.partial*"))
        assert not list(folder.glob("unpacked*"))
    assert step > 40, "the steps were those of a whole build"


@pytest.mark.skipif(sys.platform == "win32", reason="process groups")
def test_killed_with_all_its_workers_it_goes_on_and_ends_the_same(tmp_path: Path) -> None:
    def start(folder: Path) -> subprocess.Popen[bytes]:
        # Sequences of 32 frames: two samples fill a shard.
        options = [
            "--recipe",
            str(tmp_path / "recipe.json"),
            "--count",
            "8",
            "--frames",
            "32",
            "--seed",
            "3",
            "--size",
            "16",
            "--workers",
            "2",
            "--no-denoise",
        ]
        options += ["--passes", "beauty,normal", "--renderer", FAKE, "--variant", script(pause=0.005)]
        command = [sys.executable, "-m", "core.cli.main", "generate", "--out", str(folder), *options]
        return subprocess.Popen(command, stderr=subprocess.DEVNULL, start_new_session=True)

    (tmp_path / "recipe.json").write_text(json.dumps(RECIPE.to_dict()))
    assert start(tmp_path / "whole").wait() == 0
    rng = random.Random(5)
    for _ in range(4):
        process = start(tmp_path / "killed")
        try:
            process.wait(rng.uniform(0.8, 3.0))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    assert start(tmp_path / "killed").wait() == 0
    whole, killed = _content(tmp_path / "whole"), _content(tmp_path / "killed")
    for content in (whole, killed):
        del content["report.html"]  # it tells how long things took
    assert len(whole) == 4 * 2 + 3
    assert killed == whole
    assert not list((tmp_path / "killed").rglob("*.partial*"))
    keys = [row["key"] for row in read_timings(tmp_path / "killed" / "timings.jsonl")]
    assert len(keys) == len(set(keys)), "no sample was rendered again once it was kept"
