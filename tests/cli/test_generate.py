"""`platelight generate` from the command line: what it refuses, and what it says."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any

import pytest

from core.atomic import write_text
from core.cli import main
from core.errors import BadConfig, RenderFailed
from scene_generator.pool.render_one import render_one
from scene_generator.sets import build as build_module
from scene_generator.sets import finish as finish_module
from scene_generator.sets.plan import BuildPlan
from scene_generator.sets.records import Failure, Sample
from tests.scene_generator.fake_renderers import FAKE, FakeRenderer, script

SMALL = ["--size", "16", "--samples", "1", "--no-denoise", "--passes", "beauty,normal", "--workers", "1"]


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Options of a set that the fake renderer makes in this process, without a report."""

    def run(plan: BuildPlan, indices: Sequence[int], _: Any) -> Generator[Sample | Failure, None, None]:
        if plan.renderer != FAKE:
            raise BadConfig(f"renderer {plan.renderer!r} cannot be loaded")
        for index in indices:
            try:
                yield render_one(FakeRenderer(plan.variant), plan, index)
            except RenderFailed as error:
                yield Failure(index, plan.seed, plan.recipe.name, "error", str(error))

    monkeypatch.setattr(build_module, "run", run)
    monkeypatch.setattr(finish_module, "write_report", lambda folder: write_text(folder / "report.html", "has tests"))
    recipe = tmp_path / "mine.json"
    families = [{"name": "organic", "weight": 1, "ranges": {}}]
    recipe.write_text(json.dumps({"name": "mine", "version": 1, "description": "", "families": families}))
    return ["generate", *SMALL, "--recipe", str(recipe), "--out", str(tmp_path / "set")]


def _last(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().err.splitlines()[-1]


def test_a_mistyped_renderer_does_not_spoil_the_folder(small: list[str]) -> None:
    assert main.entry([*small, "--count", "1", "--renderer", "foo:Bar"]) == 2
    assert main.entry([*small, "--count", "1", "--renderer", FAKE]) == 0


def test_another_plan_is_told_what_differs(small: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main.entry([*small, "--count", "1", "--renderer", FAKE]) == 0
    assert main.entry([*small, "--count", "1", "--renderer", FAKE, "--samples", "4"]) == 2
    assert "was made with other options: samples 1, now 4; give the same options" in _last(capsys)


def test_a_set_of_failures_ends_with_the_remedy(small: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    command = [*small, "--count", "2", "--renderer", FAKE, "--variant", script(each="error")]
    for _ in range(2):
        assert main.entry(command) == 1
        told = capsys.readouterr().err
        assert told.splitlines()[-1].startswith("platelight: all 2 samples failed; ")
        assert told.splitlines()[-1].endswith("failed says why; --retry-failed tries them again")
        assert "nothing was missing" not in told


def test_fewer_samples_than_are_there_is_said(small: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main.entry([*small, "--count", "4", "--renderer", FAKE]) == 0
    assert "there already" not in " ".join(capsys.readouterr().err.split())
    assert main.entry([*small, "--count", "2", "--renderer", FAKE]) == 0
    told = " ".join(capsys.readouterr().err.split())
    assert "4 samples are there already, more than the 2 asked for" in told
    assert "nothing was missing" not in told


def test_one_of_a_thing_is_said_in_the_singular(small: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main.entry([*small, "--count", "1", "--renderer", FAKE]) == 0
    told = " ".join(capsys.readouterr().err.split())
    assert "1 scene of recipe mine" in told
    assert "1 worker " in f"{told} "
    assert not [word for word in ("1 scenes", "1 workers", "1 samples") if word in told.replace("11", "")]


def test_a_part_cannot_be_packed(small: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.entry([*small, "--shard", "0/3", "--pack"]) == 2
    assert "--shard 0/3 with --pack: packing is of the whole set" in _last(capsys)
    assert main.entry([*small, "--pack"]) == 2  # a folder that is spelled wrongly
    assert "no such folder" in _last(capsys)
    assert not (tmp_path / "set").exists()


@pytest.mark.parametrize("words", [["--pack"], ["--shard", "0/3"]])
def test_a_preview_is_of_the_whole_set(
    words: list[str], small: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # It rendered as if nothing else had been asked for, and nothing was packed.
    assert main.entry([*small, "--renderer", FAKE, "--preview", *words]) == 2
    assert f"--preview with {' '.join(words)}: a preview is of the whole set" in _last(capsys)
    assert not (tmp_path / "set").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_preview_that_hangs_ends_at_a_signal(tmp_path: Path) -> None:
    log = tmp_path / "log"
    command = [sys.executable, "-m", "core.cli.main", "generate", *SMALL, "--preview", "--renderer", FAKE]
    command += ["--variant", script(log, each="hang"), "--out", str(tmp_path / "set")]
    with subprocess.Popen(command, cwd=Path(__file__).parents[2], stderr=subprocess.PIPE, text=True) as process:
        while not log.exists() and process.poll() is None:
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        told = process.communicate(timeout=60)[1]
    assert process.returncode == 1, told
    assert "stopped by SIGTERM" in told
