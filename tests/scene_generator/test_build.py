"""Building a set: the same samples however it was run, and nothing lost or half-written whatever stops it."""

from __future__ import annotations

import dataclasses
import errno
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from pathlib import Path

import numpy as np
import pytest

from core.errors import BadConfig, BrokenShard, DiskFull, RenderFailed
from core.image import Image, encode_exr, read_image
from core.shards import ShardSet
from scene_generator import build as build_module
from scene_generator import workers
from scene_generator.build import BuildPlan, build
from scene_generator.journal import Journal
from scene_generator.recipe import load_recipe
from scene_generator.render_one import Sample, key, render_one
from scene_generator.renderers import Frame, RenderSettings
from scene_generator.spec import SceneSpec

SETTINGS = RenderSettings(16, 16, samples=1, denoise=False, passes=("beauty", "normal"))
PROMISED = {
    "seed",
    "spec_hash",
    "renderer",
    "renderer_version",
    "passes",
    "color_space",
    "normal_convention",
    "checks",
}


class FakeRenderer:
    """Fills a frame from the spec's hash: different scenes differ, equal ones are equal."""

    name = "fake"
    version = "1"

    def __init__(self, spoil_attempts: int = 0) -> None:
        self.spoil_attempts = spoil_attempts

    def render(self, spec: SceneSpec, settings: RenderSettings) -> Frame:
        rng = np.random.default_rng(int(spec.hash()[:12], 16))
        beauty = rng.uniform(0.2, 1, (settings.height, settings.width, 4)).astype(np.float32)
        if spec.attempt < self.spoil_attempts:
            beauty[3, 3, 0] = np.nan
        normal = np.zeros((settings.height, settings.width, 3), np.float32)
        normal[..., 2] = 1
        return Frame({"beauty": beauty, "normal": normal}, 0.0, 0.0, 0.5, 1.0)


@pytest.fixture
def rendered(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Let `build` use the fake renderer in this process; returns the list of what it rendered."""
    done: list[int] = []

    def run(plan: BuildPlan, indices: list[int]) -> Generator[Sample, None, None]:
        for index in indices:
            done.append(index)
            yield render_one(FakeRenderer(), plan.recipe, plan.seed, index, plan.settings)

    monkeypatch.setattr(build_module, "run", run)
    return done


def _plan(count: int = 5, seed: int = 3) -> BuildPlan:
    return BuildPlan(load_recipe("plate_normals"), seed, count, SETTINGS, "fake", 1)


def _content(folder: Path) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.iterdir())
        if path.suffix in (".tar", ".jsonl", ".png") or path.name.endswith(".index.json")
    }


def test_a_build_has_shards_manifest_and_sheet(rendered: list[int], tmp_path: Path) -> None:
    result = build(_plan(), tmp_path / "set")
    assert result.count == result.rendered == 5
    lines = [json.loads(line) for line in (tmp_path / "set" / "manifest.jsonl").read_text().splitlines()]
    assert [line["index"] for line in lines] == list(range(5))
    for line in lines:
        assert set(line) >= PROMISED
    assert read_image(tmp_path / "set" / "contact_sheet.png").width == 4 * 2 * 16
    image, meta = ShardSet.open(tmp_path / "set").read(key(2))
    assert SceneSpec.from_dict(meta["spec"]).hash() == meta["spec_hash"]
    assert image.layer("N").shape == (16, 16, 3)
    assert not (tmp_path / "set" / "unpacked").exists()


def test_a_second_run_renders_nothing_and_changes_nothing(rendered: list[int], tmp_path: Path) -> None:
    build(_plan(), tmp_path)
    before = _content(tmp_path)
    rendered.clear()
    assert build(_plan(), tmp_path).rendered == 0
    assert rendered == []
    assert _content(tmp_path) == before


def test_interrupted_grown_and_shuffled_builds_end_up_identical(
    rendered: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build_module, "SHARD_SIZE", 4)
    build(_plan(10), tmp_path / "straight")

    def stop_at_three(sample: Sample) -> None:
        if sample.index == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build(_plan(10), tmp_path / "stopped", stop_at_three)
    kept = len(rendered)
    build(_plan(10), tmp_path / "stopped")
    assert len(rendered) == kept + 6, "the four finished samples were not rendered again"

    build(_plan(3), tmp_path / "grown")
    build(_plan(10), tmp_path / "grown")

    backwards = build_module.run
    monkeypatch.setattr(build_module, "run", lambda plan, indices: backwards(plan, indices[::-1]))
    build(_plan(10), tmp_path / "backwards")

    straight = _content(tmp_path / "straight")
    assert len(ShardSet.open(tmp_path / "straight")) == 10
    for name in ("stopped", "grown", "backwards"):
        assert _content(tmp_path / name) == straight, name


def test_other_seeds_and_options_do_not_mix(rendered: list[int], tmp_path: Path) -> None:
    build(_plan(seed=3), tmp_path)
    with pytest.raises(BadConfig, match="seed"):
        build(_plan(seed=4), tmp_path)
    other = dataclasses.replace(_plan(), settings=dataclasses.replace(SETTINGS, samples=2))
    with pytest.raises(BadConfig, match="settings"):
        build(other, tmp_path)


def test_a_broken_record_is_found_and_made_again(rendered: list[int], tmp_path: Path) -> None:
    build(_plan(), tmp_path)
    good = _content(tmp_path)
    tar = tmp_path / "shard-00000.tar"
    index = json.loads(tar.with_suffix(".index.json").read_text())
    data = bytearray(tar.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 64] = bytes(64)
    tar.write_bytes(data)
    broken = ShardSet.open(tmp_path).verify()
    assert broken, index
    with pytest.raises(BrokenShard, match=r"shard-00000\.tar.*platelight generate"):
        ShardSet.open(tmp_path).read(broken[0])
    rendered.clear()
    result = build(_plan(), tmp_path)
    assert result.mended == broken
    assert [key(i) for i in rendered] == broken
    assert _content(tmp_path) == good


def test_a_full_disk_keeps_what_is_finished(
    rendered: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Journal.add

    def full(self: Journal, name: str, exr: bytes, meta: dict[str, object]) -> None:
        if name == key(2):
            raise OSError(errno.ENOSPC, "No space left on device")
        real(self, name, exr, meta)

    monkeypatch.setattr(Journal, "add", full)
    with pytest.raises(DiskFull, match="no space"):
        build(_plan(), tmp_path)
    monkeypatch.setattr(Journal, "add", real)
    rendered.clear()
    assert build(_plan(), tmp_path).count == 5
    assert rendered == [2, 3, 4]


def test_a_second_build_in_the_same_folder_is_refused(rendered: list[int], tmp_path: Path) -> None:
    def start_another(sample: Sample) -> None:
        with pytest.raises(BadConfig, match="another `platelight generate`"):
            build(_plan(), tmp_path)

    assert build(_plan(), tmp_path, start_another).count == 5
    assert build(_plan(), tmp_path).rendered == 0, "the first one let go of the folder"


def test_half_written_files_are_swept_away(rendered: list[int], tmp_path: Path) -> None:
    (tmp_path / "unpacked").mkdir()
    (tmp_path / "unpacked" / "00000001.exr.partial").write_bytes(b"half")
    (tmp_path / "unpacked" / "00000001.exr").write_bytes(b"an EXR without its metadata does not count")
    assert build(_plan(), tmp_path).rendered == 5
    assert not list(tmp_path.rglob("*.partial"))


def test_rejected_draws_are_recorded_and_endless_ones_stop() -> None:
    recipe = load_recipe("plate_normals")
    sample = render_one(FakeRenderer(spoil_attempts=2), recipe, 1, 0, SETTINGS)
    assert sample.meta["attempt"] == 2
    assert [draw["attempt"] for draw in sample.meta["rejected"]] == [0, 1]
    assert sample.meta["rejected"][0]["reasons"][0].startswith("not finite")
    with pytest.raises(RenderFailed, match="not finite"):
        render_one(FakeRenderer(spoil_attempts=99), recipe, 1, 0, SETTINGS)


def _fake_worker(*_: object) -> None:
    return None


def _dies_once(index: int) -> Sample:
    marker = Path(os.environ["PLATELIGHT_TEST_MARKER"])
    if index == 2 and not marker.exists():
        marker.write_text("died")
        os.kill(os.getpid(), signal.SIGKILL)
    pixels = np.full((4, 4, 3), index, np.float32)
    return Sample(index, encode_exr(Image(pixels, ("R", "G", "B"))), {"index": index})


def _always_dies(index: int) -> Sample:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("unreachable")


def test_a_killed_worker_costs_nothing_but_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLATELIGHT_TEST_MARKER", str(tmp_path / "marker"))
    monkeypatch.setattr(workers, "start_worker", _fake_worker)
    monkeypatch.setattr(workers, "work", _dies_once)
    plan = dataclasses.replace(_plan(), workers=2)
    assert sorted(sample.index for sample in workers.run(plan, list(range(6)))) == list(range(6))
    assert (tmp_path / "marker").exists()


def test_a_sample_that_always_kills_its_worker_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "start_worker", _fake_worker)
    monkeypatch.setattr(workers, "work", _always_dies)
    plan = dataclasses.replace(_plan(), workers=1)
    with pytest.raises(RenderFailed, match="sample 7 "):
        list(workers.run(plan, [7]))


def _generate(out: Path, *extra: str) -> list[str]:
    options = [
        "--count",
        "3",
        "--seed",
        "5",
        "--size",
        "32",
        "--samples",
        "1",
        "--no-denoise",
        "--passes",
        "beauty,normal",
    ]
    return [sys.executable, "-m", "core.cli.main", "generate", "--out", str(out), *options, *extra]


def test_the_command_stopped_by_ctrl_c_goes_on_and_ends_the_same(tmp_path: Path) -> None:
    pytest.importorskip("mitsuba")
    whole = subprocess.run(_generate(tmp_path / "whole"), capture_output=True, text=True)
    assert whole.returncode == 0, whole.stderr
    stopped = subprocess.Popen(_generate(tmp_path / "stopped"), stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 120
    while not list((tmp_path / "stopped").glob("unpacked/*.json")) and time.monotonic() < deadline:
        time.sleep(0.05)
    stopped.send_signal(signal.SIGINT)
    error = stopped.communicate(timeout=120)[1]
    if stopped.returncode != 0:  # else it was faster than the signal
        assert stopped.returncode == 1, error
        assert "kept" in error
    assert not list((tmp_path / "stopped").rglob("*.partial*"))
    again = subprocess.run(_generate(tmp_path / "stopped"), capture_output=True, text=True)
    assert again.returncode == 0, again.stderr
    assert _content(tmp_path / "stopped") == _content(tmp_path / "whole")


@pytest.mark.parametrize(
    ("extra", "said"),
    [
        (("--recipe", "no_such"), "no_such"),
        (("--passes", "beauty,smell"), "smell"),
        (("--variant", "quantum"), "quantum"),
        (("--out", __file__), Path(__file__).name),
    ],
)
def test_bad_options_end_in_one_line_and_exit_code_2(extra: tuple[str, ...], said: str, tmp_path: Path) -> None:
    done = subprocess.run(_generate(tmp_path / "x", *extra), capture_output=True, text=True)
    assert done.returncode == 2, done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr
