"""The renderer `maya` from outside: a child that is a mayapy in all but Maya, and whatever can become of it."""

from __future__ import annotations

import dataclasses
import json
import os
import shlex
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.errors import BadConfig, MissingPart, RenderFailed
from scene_generator.pool import workers
from scene_generator.recipe import FamilyShare, load_recipe
from scene_generator.renderers import RenderSettings
from scene_generator.renderers.maya import child, place, renderer
from scene_generator.renderers.maya.choose import choose_plan
from scene_generator.renderers.maya.find import find_mayapy
from scene_generator.renderers.maya.renderer import MAYA, MayaRenderer
from scene_generator.sets.plan import BuildPlan
from scene_generator.sets.records import Failure, Sample
from tests.hosts.maya import scenes

ROOT = Path(__file__).parents[3]
SETTINGS = RenderSettings(24, 16, samples=1, denoise=False, passes=("beauty", "normal", "depth"))

Fake = Callable[..., Path]


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fake:
    """Makes `find_mayapy` find the fake one, which behaves as asked; returns its log."""
    pytest.importorskip("numpy")
    script = tmp_path / "mayapy"
    inside = ROOT / "tests" / "hosts" / "maya" / "fake_mayapy.py"
    script.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} {shlex.quote(str(inside))} "$@"\n')
    script.chmod(0o755)
    monkeypatch.setenv("PLATELIGHT_MAYAPY", str(script))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))

    def behave(**settings: Any) -> Path:
        log = tmp_path / "log"
        monkeypatch.setenv("PLATELIGHT_FAKE_MAYA", json.dumps({"log": str(log), **settings}))
        return log

    behave()
    return behave


@pytest.fixture
def made(fake: Fake) -> Iterator[Callable[..., MayaRenderer]]:
    """Makes renderers, and ends them after the test."""
    kept: list[MayaRenderer] = []

    def make(variant: str = "arnold") -> MayaRenderer:
        kept.append(MayaRenderer(variant, scenes.TEXTURE_SIZE))
        return kept[-1]

    yield make
    for one in kept:
        one.close()


def numbered(index: int) -> Any:
    return dataclasses.replace(scenes.small(), index=index)


def lines(log: Path) -> list[str]:
    return log.read_text().splitlines()


def test_many_scenes_with_one_maya_and_a_fresh_one_after_so_many(
    fake: Fake, made: Callable[..., MayaRenderer], monkeypatch: pytest.MonkeyPatch
) -> None:
    log = fake()
    monkeypatch.setattr(renderer, "RECYCLE_AFTER", 2)
    maya = made()
    assert (maya.name, maya.version) == ("maya", "2026 arnold 5.5.1")
    frames = [maya.render(numbered(index), SETTINGS) for index in range(3)]
    assert lines(log) == ["start", "0", "1", "start", "2"]
    for frame in frames:
        np.testing.assert_allclose(frame.passes["normal"], np.broadcast_to([0, 0, 1], (16, 24, 3)), atol=1e-6)
        np.testing.assert_allclose(frame.passes["depth"], 3.0, rtol=1e-5)
        assert frame.nearest == pytest.approx(3.0)
        assert frame.largest_share == 0.5
        assert "maya merged" in frame.seconds
    folder = maya._place.folder
    assert not list((folder / "jobs").glob("*.exr")), "pictures are not kept"
    maya.close()
    assert not folder.exists()


def test_a_maya_that_dies_once_is_replaced_and_the_scene_tried_again(
    fake: Fake, made: Callable[..., MayaRenderer]
) -> None:
    log = fake(acts={"1": "crash_once"})
    made().render(numbered(1), SETTINGS)
    assert lines(log) == ["start", "1", "start", "1"]


def test_a_scene_that_always_kills_maya_fails_with_its_last_words(
    fake: Fake, made: Callable[..., MayaRenderer]
) -> None:
    fake(acts={"1": "crash"})
    maya = made()
    with pytest.raises(RenderFailed, match=r"3 times mayapy ended .SIGKILL.*Arnold met its maker"):
        maya.render(numbered(1), SETTINGS)
    maya.render(numbered(2), SETTINGS)


def test_an_end_without_an_answer_is_a_failure_whatever_the_exit_code(
    fake: Fake, made: Callable[..., MayaRenderer]
) -> None:
    fake(acts={"1": "leave"})
    with pytest.raises(RenderFailed, match=r"exit code 0. without an answer"):
        made().render(numbered(1), SETTINGS)


def test_a_good_answer_counts_although_maya_crashes_on_its_way_out(
    fake: Fake, made: Callable[..., MayaRenderer]
) -> None:
    log = fake(acts={"1": "leave_after"})
    maya = made()
    assert maya.render(numbered(1), SETTINGS).nearest == pytest.approx(3.0)
    while maya._child is not None and maya._child.alive():
        time.sleep(0.01)
    maya.render(numbered(2), SETTINGS)
    assert lines(log) == ["start", "1", "start", "2"]


@pytest.mark.parametrize(("act", "said"), [("licence", "license not found"), ("nothing", "wrote no picture")])
def test_what_arnold_refuses_is_said_and_maya_goes_on(
    fake: Fake, made: Callable[..., MayaRenderer], act: str, said: str
) -> None:
    log = fake(acts={"1": act})
    maya = made()
    with pytest.raises(RenderFailed, match=said):
        maya.render(numbered(1), SETTINGS)
    maya.render(numbered(2), SETTINGS)
    assert lines(log) == ["start", "1", "2"]


def test_maya_software_gives_what_it_can(fake: Fake, made: Callable[..., MayaRenderer]) -> None:
    fake(arnold="")
    maya = made("software")
    assert maya.version == "2026 maya software"
    frame = maya.render(scenes.small(), SETTINGS)
    np.testing.assert_allclose(frame.passes["normal"], np.broadcast_to([0, 0, 1], (16, 24, 3)), atol=1e-4)
    np.testing.assert_allclose(frame.passes["depth"], 3.0, atol=0.01)
    with pytest.raises(BadConfig, match="gives no albedo, roughness"):
        maya.render(scenes.small(), dataclasses.replace(SETTINGS, passes=("beauty", "normal", "albedo", "roughness")))


def test_no_denoising_is_said_and_not_pretended(made: Callable[..., MayaRenderer]) -> None:
    with pytest.raises(BadConfig, match="--no-denoise"):
        made().render(scenes.small(), dataclasses.replace(SETTINGS, denoise=True))


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"numpy": False}, "this Python has no numpy; install it with: .* -m pip install numpy"),
        ({"starts": False}, "Maya does not start: .*license"),
        ({"arnold": ""}, "Arnold .mtoa. does not load there"),
    ],
)
def test_why_maya_cannot_be_used_is_said(
    fake: Fake, made: Callable[..., MayaRenderer], settings: dict[str, Any], said: str
) -> None:
    fake(**settings)
    with pytest.raises(RenderFailed, match=said):
        made()


def test_the_plan_follows_what_is_there(fake: Fake) -> None:
    assert choose_plan("software") == ("software", "")
    assert choose_plan() == ("arnold", "")
    fake(arnold="")
    name, note = choose_plan()
    assert name == "software"
    assert "no Arnold here" in note
    with pytest.raises(BadConfig, match="llvm"):
        choose_plan("llvm_ad_rgb")


def test_a_killed_worker_leaves_no_maya_behind(fake: Fake, made: Callable[..., MayaRenderer]) -> None:
    maya = made()
    assert maya._child is not None
    process = maya._child._process
    assert process.stdin is not None
    process.stdin.close()  # what the system does when this process is killed
    assert process.wait(60) == 0


# What fills a set: the pool's own workers, several scenes, and what becomes of those that fail.

RECIPE = dataclasses.replace(load_recipe("plate_normals"), families=(FamilyShare("drapery", 1.0),), texture_size=16)


def plan(**changes: Any) -> BuildPlan:
    settings = RenderSettings(16, 16, samples=1, denoise=False, passes=("beauty", "normal"))
    return dataclasses.replace(BuildPlan(RECIPE, 3, 100, settings, "arnold", 1, renderer=MAYA), **changes)


@pytest.mark.slow
def test_a_set_goes_on_past_scenes_that_hang_crash_and_fail(fake: Fake) -> None:
    log = fake(acts={"1": "hang", "2": "crash_once", "3": "licence"})
    outcomes = list(workers.run(plan(timeout_s=20.0), range(5)))
    samples = {one.index: one for one in outcomes if isinstance(one, Sample)}
    failed = {one.index: one for one in outcomes if isinstance(one, Failure)}
    assert sorted(samples) == [0, 2, 4]
    assert (failed[1].kind, failed[3].kind) == ("timeout", "error")
    assert "license not found" in failed[3].reason
    meta = samples[0].records[0].meta
    assert (meta["renderer"], meta["renderer_version"]) == ("maya", "2026 arnold 5.5.1")
    assert lines(log).count("2") == 2
    fake()
    again = {one.index: one for one in workers.run(plan(), [0]) if isinstance(one, Sample)}
    assert again[0].records == samples[0].records, "the same scene, the same record"
    for folder in log.parent.glob(f"{place._PREFIX}*"):
        assert not place._alive(int(folder.name.split("-")[2])), "of workers that were killed"
    place.sweep(log.parent)
    assert not list(log.parent.glob(f"{place._PREFIX}*"))


@pytest.mark.slow
def test_frames_by_way_of_mayapy_are_those_of_the_embedded_renderer(
    fake: Fake, made: Callable[..., MayaRenderer]
) -> None:
    pytest.importorskip("mitsuba")
    from scene_generator.renderers import PASSES
    from scene_generator.renderers.mitsuba import MitsubaRenderer

    fake(mitsuba="scalar_rgb")
    settings = RenderSettings(24, 16, samples=4, bounces=3, denoise=False, passes=tuple(PASSES), occlusion_samples=4)
    frame = made().render(scenes.small(lamps=2), settings)
    wanted = MitsubaRenderer("scalar_rgb", scenes.TEXTURE_SIZE).render(scenes.small(lamps=2), settings)
    # Textures travel as half floats.
    for name, tolerance in (("normal", 3e-3), ("albedo", 1e-3), ("depth", 1e-4), ("id", 0), ("occlusion", 1e-6)):
        np.testing.assert_allclose(frame.passes[name], wanted.passes[name], atol=tolerance, err_msg=name)
    assert np.isclose(frame.passes["beauty"], wanted.passes["beauty"], rtol=1e-2, atol=2e-3).mean() > 0.99


@pytest.mark.slow
def test_the_command_line_fills_a_set_goes_on_and_packs(
    fake: Fake, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from core.cli import main
    from core.shards import ShardSet

    log = fake()
    recipe = tmp_path / "mine.json"
    recipe.write_text(json.dumps(RECIPE.to_dict()))
    out = tmp_path / "set"
    command = ["generate", "--renderer", "maya", "--recipe", str(recipe), "--size", "16", "--samples", "1"]
    command += ["--passes", "beauty,normal", "--seed", "3", "--out", str(out)]
    assert main.entry([*command, "--count", "2"]) == 0
    assert main.entry([*command, "--count", "3"]) == 0
    assert [line for line in lines(log) if line != "start"] == ["0", "1", "2"], "what is there is not made again"
    assert (out / "report.html").is_file()
    shards = ShardSet.open(out)
    assert list(shards.keys) == ["00000000", "00000001", "00000002"]
    meta = shards.metadata("00000002")
    assert (meta["renderer"], meta["renderer_version"], meta["denoised"]) == ("maya", "2026 arnold 5.5.1", False)
    starts = lines(log).count("start")
    assert main.entry([*command, "--count", "3", "--pack"]) == 0
    assert lines(log).count("start") == starts, "packing needs no Maya"
    assert main.entry([*command, "--count", "3", "--variant", "software"]) == 2
    assert "variant" in capsys.readouterr().err


def test_a_farm_job_names_the_renderer() -> None:
    from scene_generator.farm.scene_job import Needs, SceneSet, scene_job

    job = scene_job("x", SceneSet("/data", renderer="maya", needs=Needs(cores=8)), 4)
    generate = next(step for step in job.steps if step.name == "generate")
    text = " ".join(generate.command)
    assert "--renderer maya" in text
    assert "--workers 1 " in text, "one Maya takes every core of its machine"
    pack = next(step for step in job.steps if step.name == "pack")
    assert "--renderer maya" in " ".join(pack.command), "packing refuses a folder that was made with other options"
    usual = scene_job("x", SceneSet("/data", needs=Needs(cores=8)), 4).steps[0]
    assert "--renderer" not in usual.command
    assert "--workers 8 " in " ".join(usual.command)


# Where mayapy is, and what it is let see.


def installed(root: Path, *years: int) -> None:
    for year in years:
        name = "mayapy.exe" if sys.platform == "win32" else "mayapy"
        path = root / f"maya{year}" / "bin" / name
        path.parent.mkdir(parents=True)
        path.write_text("")


def test_the_newest_maya_is_taken_unless_another_is_named(tmp_path: Path) -> None:
    installed(tmp_path, 2024, 2026, 2025)
    (tmp_path / "maya2027").mkdir()  # removed, but for a folder
    roots = (tmp_path,)
    assert find_mayapy({}, roots).parts[-3] == "maya2026"
    assert find_mayapy({"PLATELIGHT_MAYA_VERSION": "2024"}, roots).parts[-3] == "maya2024"
    assert find_mayapy({"PLATELIGHT_MAYAPY": str(tmp_path / "maya2025")}, roots).parts[-3] == "maya2025"
    with pytest.raises(MissingPart, match="install Maya 2023"):
        find_mayapy({"PLATELIGHT_MAYA_VERSION": "2023"}, roots)
    with pytest.raises(MissingPart, match="PLATELIGHT_MAYAPY is /nowhere"):
        find_mayapy({"PLATELIGHT_MAYAPY": "/nowhere"}, roots)
    with pytest.raises(MissingPart, match="no mayapy was found"):
        find_mayapy({"PATH": ""}, ())


def test_mayapy_sees_its_own_folder_and_not_the_studios_settings(tmp_path: Path) -> None:
    private = place.PrivateFolder(tmp_path)
    studio = {
        "PYTHONPATH": "/studio/python",
        "LD_LIBRARY_PATH": "/studio/lib",
        "OCIO": "/studio/aces.ocio",
        "MAYA_SCRIPT_PATH": "/studio/mel",
        "MAYA_APP_DIR": "/home/artist/maya",
        "MAYA_MODULE_PATH": "/studio/modules",
        "ARNOLD_FORCE_ABORT_ON_LICENSE_FAIL": "0",
        "ADSKFLEX_LICENSE_FILE": "2080@licences",
    }
    seen = private.environment(studio)
    assert seen["PYTHONPATH"] == str(private.code)
    assert seen["MAYA_APP_DIR"] == str(private.app)
    assert seen["ARNOLD_FORCE_ABORT_ON_LICENSE_FAIL"] == "1"
    assert seen["MAYA_MODULE_PATH"] == "/studio/modules"
    assert seen["ADSKFLEX_LICENSE_FILE"] == "2080@licences"
    assert all(seen[name] == "1" for name in ("MAYA_DISABLE_CIP", "MAYA_DISABLE_CER", "MAYA_DISABLE_ADP"))
    assert not {"OCIO", "MAYA_SCRIPT_PATH", "LD_LIBRARY_PATH"} & set(seen)
    assert private.environment({**studio, "PLATELIGHT_KEEP_ENV": "OCIO"})["OCIO"] == "/studio/aces.ocio"
    private.remove()


def test_only_the_projects_own_code_travels(tmp_path: Path) -> None:
    private = place.PrivateFolder(tmp_path)
    assert {path.name for path in private.code.iterdir()} == set(place.CODE)
    assert (private.code / "scene_generator" / "recipes" / "plate_normals.json").is_file()
    private.remove()


def test_folders_of_dead_processes_are_swept(tmp_path: Path) -> None:
    dead = tmp_path / f"{place._PREFIX}999999999-x"
    mine = tmp_path / f"{place._PREFIX}{os.getpid()}-x"
    for folder in (dead, mine):
        (folder / "files").mkdir(parents=True)
    place.sweep(tmp_path)
    assert (dead.exists(), mine.exists()) == (False, True)


def test_a_mayapy_that_cannot_run_is_named(tmp_path: Path) -> None:
    broken = tmp_path / "mayapy"
    broken.write_text("no program")
    private = place.PrivateFolder(tmp_path)
    with pytest.raises(RenderFailed, match="cannot be started"):
        child.MayaPy(broken, private)
    private.remove()
