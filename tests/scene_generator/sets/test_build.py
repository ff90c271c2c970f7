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
from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.atomic import write_text
from core.errors import BadConfig, BrokenShard, DiskFull, FileMissing, RenderFailed
from core.image import read_image
from core.shards import ShardSet
from scene_generator.journal import Journal
from scene_generator.pool.render_one import EveryDrawRejected, render_one
from scene_generator.recipe import FamilyShare, load_recipe
from scene_generator.renderers import Frame, RenderSettings
from scene_generator.sample import sample_scene
from scene_generator.sets import build as build_module
from scene_generator.sets import finish as finish_module
from scene_generator.sets.build import BuildPlan, build, pack_set
from scene_generator.sets.plan import parse_part
from scene_generator.sets.records import Failure, Sample, record_keys, scene_key
from scene_generator.sets.rejected import MOST_FILES, rejected_draw, write_rejected
from scene_generator.sets.timings import read_timings
from scene_generator.spec import SceneSpec
from tests.scene_generator.fake_renderers import FAKE, FakeRenderer, script

SETTINGS = RenderSettings(16, 16, samples=1, denoise=False, passes=("beauty", "normal"))
# Families whose scenes are small: what they look like does not matter here.
RECIPE = dataclasses.replace(
    load_recipe("plate_normals"), families=(FamilyShare("organic", 1.0), FamilyShare("drapery", 1.0))
)
PROMISED = {
    "seed",
    "spec_hash",
    "scene",
    "frame",
    "frames",
    "assets",
    "renderer",
    "renderer_version",
    "passes",
    "color_space",
    "normal_convention",
    "checks",
}


@pytest.fixture
def rendered(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Let `build` use the fake renderer in this process; returns the list of what it rendered."""
    done: list[int] = []

    def run(
        plan: BuildPlan, indices: list[int], on_rejected: Callable[[Sequence[Any]], None]
    ) -> Generator[Sample | Failure, None, None]:
        for index in indices:
            done.append(index)
            try:
                yield render_one(FakeRenderer(plan.variant), plan, index)
            except RenderFailed as error:
                yield Failure(index, plan.seed, plan.recipe.name, "error", str(error))

    monkeypatch.setattr(build_module, "run", run)
    monkeypatch.setattr(finish_module, "write_report", lambda folder: write_text(folder / "report.html", "has tests"))
    return done


def _plan(count: int = 5, seed: int = 3, **changes: Any) -> BuildPlan:
    plan = BuildPlan(RECIPE, seed, count, SETTINGS, script(), 1, renderer=FAKE)
    return dataclasses.replace(plan, **changes)


def _sequence(frames: int) -> RenderSettings:
    return dataclasses.replace(SETTINGS, frames=frames)


def _content(folder: Path) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.iterdir())
        if path.suffix in (".tar", ".jsonl", ".png") or path.name.endswith(".index.json")
        if path.name != "timings.jsonl"
    }


def test_a_build_has_shards_manifest_sheet_and_report(rendered: list[int], tmp_path: Path) -> None:
    result = build(_plan(), tmp_path / "set")
    assert result.summary is not None
    assert result.summary.samples == result.rendered == 5
    lines = [json.loads(line) for line in (tmp_path / "set" / "manifest.jsonl").read_text().splitlines()]
    assert [line["index"] for line in lines] == list(range(5))
    for line in lines:
        assert set(line) >= PROMISED
        assert line["key"] == scene_key(line["index"])
        assert line["scene"] == f"plate_normals-{line['seed']}-{line['key']}"
    assert read_image(tmp_path / "set" / "contact_sheet.png").width == 4 * 2 * 16
    assert (tmp_path / "set" / "report.html").exists()
    image, meta = ShardSet.open(tmp_path / "set").read("00000002")
    assert SceneSpec.from_dict(meta["spec"]).hash() == meta["spec_hash"]
    assert image.layer("N").shape == (16, 16, 3)
    assert not list((tmp_path / "set").glob("unpacked*"))
    timings = read_timings(tmp_path / "set" / "timings.jsonl")
    assert [row["key"] for row in timings] == [line["key"] for line in lines]
    assert all(row["seconds"] > 0 and row["draws"] == 1 for row in timings)
    result.raise_failures()


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
    build(_plan(10, shard_size=4), tmp_path / "straight")

    def stop_at_three(sample: Sample) -> None:
        if sample.index == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build(_plan(10, shard_size=4), tmp_path / "stopped", stop_at_three)
    kept = len(rendered)
    build(_plan(10, shard_size=4), tmp_path / "stopped")
    assert len(rendered) == kept + 6, "the four finished samples were not rendered again"

    build(_plan(3, shard_size=4), tmp_path / "grown")
    build(_plan(10, shard_size=4), tmp_path / "grown")

    forwards = build_module.run
    monkeypatch.setattr(build_module, "run", lambda plan, indices, heard: forwards(plan, indices[::-1], heard))
    build(_plan(10, shard_size=4), tmp_path / "backwards")

    straight = _content(tmp_path / "straight")
    assert len(ShardSet.open(tmp_path / "straight")) == 10
    for name in ("stopped", "grown", "backwards"):
        assert _content(tmp_path / name) == straight, name


@pytest.mark.parametrize("parts", [2, 7])
def test_parts_make_the_same_set_as_one_build(rendered: list[int], tmp_path: Path, parts: int) -> None:
    plan = _plan(11, shard_size=2)
    build(plan, tmp_path / "whole")
    rendered.clear()
    results = [build(dataclasses.replace(plan, part=(i, parts)), tmp_path / "parts") for i in range(parts)]
    assert sorted(rendered) == list(range(11)), "each sample once"
    assert [result.summary is not None for result in results[:5]] == [False] * min(parts - 1, 5) + [True] * (parts < 6)
    assert _content(tmp_path / "parts") == _content(tmp_path / "whole")
    assert not list((tmp_path / "parts").glob("unpacked*"))


def test_packing_parts_from_other_folders_names_what_is_missing(rendered: list[int], tmp_path: Path) -> None:
    plan = _plan(8, shard_size=2)
    build(plan, tmp_path / "whole")
    for i in range(2):
        build(dataclasses.replace(plan, part=(i, 2)), tmp_path / f"machine{i}")
        assert not (tmp_path / f"machine{i}" / "manifest.jsonl").exists()
    with pytest.raises(FileMissing, match=r"shard-00001\.tar, shard-00003\.tar missing"):
        pack_set(plan, tmp_path / "machine0")
    for path in (tmp_path / "machine1").glob("shard-*"):
        path.rename(tmp_path / "machine0" / path.name)
    rendered.clear()
    assert pack_set(plan, tmp_path / "machine0").samples == 8
    assert rendered == []
    assert _content(tmp_path / "machine0") == _content(tmp_path / "whole")


def test_a_whole_build_takes_over_what_stopped_parts_left(rendered: list[int], tmp_path: Path) -> None:
    plan = _plan(8, shard_size=4)
    build(plan, tmp_path / "whole")

    def stop(sample: Sample) -> None:
        if sample.index in (2, 5):
            raise KeyboardInterrupt

    for i in range(2):
        with pytest.raises(KeyboardInterrupt):
            build(dataclasses.replace(plan, part=(i, 2)), tmp_path / "parts", stop)
    assert len(list((tmp_path / "parts").glob("unpacked-*-of-2"))) == 2
    rendered.clear()
    build(plan, tmp_path / "parts")
    assert rendered == [3, 6, 7]
    assert _content(tmp_path / "parts") == _content(tmp_path / "whole")
    assert not list((tmp_path / "parts").glob("unpacked*"))


def test_a_journal_stopped_while_it_is_taken_over_loses_nothing(tmp_path: Path) -> None:
    left = Journal(tmp_path / "unpacked-0-of-2")
    left.add("00000001", b"one", {"n": 1})
    left.add("00000002", b"two", {"n": 2})
    mine = Journal(tmp_path / "unpacked")
    (left.folder / "00000001.exr").rename(mine.folder / "00000001.exr")  # as far as a killed run came
    assert mine.names() == []
    mine.take_over(left.folder)
    assert mine.names() == ["00000001", "00000002"]
    assert mine.get("00000001") == (b"one", {"n": 1})
    assert not left.folder.exists()


def test_sequences_are_kept_or_refused_whole(rendered: list[int], tmp_path: Path) -> None:
    plan = _plan(4, settings=_sequence(3), shard_size=6, variant=script(s1="refuse_later"))
    result = build(plan, tmp_path)
    assert result.summary is not None
    assert (result.summary.samples, result.summary.records, result.records) == (4, 12, 12)
    assert result.summary.rejected_draws == 1
    shards = ShardSet.open(tmp_path)
    assert list(shards.keys) == [name for i in range(4) for name in record_keys(i, 3)]
    assert shards.shard_of("00000001_002").name == "shard-00000.tar"
    assert shards.shard_of("00000002_000").name == "shard-00001.tar"
    for frame in range(3):
        meta = shards.metadata(f"00000001_{frame:03d}")
        assert (meta["frame"], meta["frames"], meta["scene"][-8:], meta["attempt"]) == (frame, 3, "00000001", 1)
        assert meta["rejected"][0]["frame"] == 1
        assert SceneSpec.from_dict(meta["spec"]).frame == frame
        assert SceneSpec.from_dict(meta["spec"]).hash() == meta["spec_hash"]
    rendered.clear()
    before = _content(tmp_path)
    build(plan, tmp_path)
    assert (rendered, _content(tmp_path)) == ([], before)


def test_failed_samples_are_left_out_named_and_tried_again_on_demand(rendered: list[int], tmp_path: Path) -> None:
    log = tmp_path / "log"
    plan = _plan(6, shard_size=2, variant=script(log, s1="error", s4="error", s5="error"))
    result = build(plan, tmp_path / "set")
    assert result.failed == [1, 4, 5]
    with pytest.raises(RenderFailed, match=r"3 samples \(00000001, 00000004, 00000005\).*--retry-failed"):
        result.raise_failures()
    assert list(ShardSet.open(tmp_path / "set").keys) == ["00000000", "00000002", "00000003"]
    assert len((tmp_path / "set" / "manifest.jsonl").read_text().splitlines()) == 3
    record = json.loads((tmp_path / "set" / "failed" / "00000004.json").read_text())
    assert (record["index"], record["kind"]) == (4, "error")
    assert "beyond me" in record["reason"]

    rendered.clear()
    again = build(plan, tmp_path / "set")
    assert (rendered, again.failed_before) == ([], [1, 4, 5])
    with pytest.raises(RenderFailed, match="3 samples"):
        again.raise_failures()

    identity = json.loads((tmp_path / "set" / "build.json").read_text())
    mended = dataclasses.replace(plan, variant=script(), retry_failed=True)  # as if the machine had been repaired
    (tmp_path / "set" / "build.json").write_text(json.dumps({**identity, "variant": mended.variant}))
    third = build(mended, tmp_path / "set")
    assert sorted(rendered) == [1, 4, 5]
    third.raise_failures()
    assert not list((tmp_path / "set" / "failed").glob("*"))
    build(_plan(6, shard_size=2), tmp_path / "whole")
    assert _content(tmp_path / "set") == _content(tmp_path / "whole")


def test_a_build_in_which_everything_fails_stops(rendered: list[int], tmp_path: Path) -> None:
    with pytest.raises(RenderFailed, match=r"first 20 samples all failed.*beyond me"):
        build(_plan(100, variant=script(each="error")), tmp_path / "hopeless")
    assert len(rendered) == 20
    rendered.clear()
    acts = {f"s{i}": "error" for i in range(1, 30)}
    assert len(build(_plan(30, variant=script(**acts)), tmp_path / "some").failed) == 29, "one success is hope enough"


def test_other_seeds_and_options_do_not_mix(rendered: list[int], tmp_path: Path) -> None:
    build(_plan(seed=3), tmp_path)
    with pytest.raises(BadConfig, match="seed"):
        build(_plan(seed=4), tmp_path)
    with pytest.raises(BadConfig, match="samples 1, now 2; give"):
        build(_plan(settings=dataclasses.replace(SETTINGS, samples=2)), tmp_path)
    with pytest.raises(BadConfig, match="seed"):
        pack_set(_plan(seed=4), tmp_path)


def test_a_broken_record_is_found_and_made_again(rendered: list[int], tmp_path: Path) -> None:
    build(_plan(), tmp_path)
    good = _content(tmp_path)
    tar = tmp_path / "shard-00000.tar"
    data = bytearray(tar.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 64] = bytes(64)
    tar.write_bytes(data)
    shards, broken = ShardSet.open(tmp_path), []
    for key in shards.keys:
        try:
            shards.read_bytes(key)
        except BrokenShard:
            broken.append(key)
    assert broken
    with pytest.raises(BrokenShard, match=r"shard-00000\.tar.*platelight generate"):
        shards.read(broken[0])
    rendered.clear()
    result = build(_plan(), tmp_path)
    assert result.mended == broken
    assert [scene_key(i) for i in rendered] == broken
    assert _content(tmp_path) == good


def test_a_full_disk_keeps_what_is_finished(
    rendered: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Journal.add

    def full(self: Journal, name: str, exr: bytes, meta: dict[str, object]) -> None:
        if name == scene_key(2):
            raise OSError(errno.ENOSPC, "No space left on device")
        real(self, name, exr, meta)

    monkeypatch.setattr(Journal, "add", full)
    with pytest.raises(DiskFull, match="no space"):
        build(_plan(), tmp_path)
    monkeypatch.setattr(Journal, "add", real)
    rendered.clear()
    assert build(_plan(), tmp_path).rendered == 3
    assert rendered == [2, 3, 4]


@pytest.mark.parametrize("number", [errno.ESTALE, errno.EIO, errno.EACCES, errno.EROFS])
def test_a_folder_that_vanishes_or_closes_is_told_and_the_same_command_goes_on(
    rendered: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    real = Journal.add

    def gone(self: Journal, name: str, exr: bytes, meta: dict[str, object]) -> None:
        if name == scene_key(1):
            raise OSError(number, os.strerror(number))
        real(self, name, exr, meta)

    monkeypatch.setattr(Journal, "add", gone)
    with pytest.raises(BadConfig, match="cannot be written") as caught:
        build(_plan(), tmp_path)
    assert str(tmp_path) in str(caught.value)
    monkeypatch.setattr(Journal, "add", real)
    assert build(_plan(), tmp_path).rendered == 4


def test_who_may_build_in_a_folder_at_the_same_time(rendered: list[int], tmp_path: Path) -> None:
    plan = _plan(4, shard_size=2)

    def beside_a_whole_build(sample: Sample) -> None:
        for other in (plan, dataclasses.replace(plan, part=(0, 2))):
            with pytest.raises(BadConfig, match="at work there"):
                build(other, tmp_path / "whole")

    def beside_a_part(sample: Sample) -> None:
        for other in (plan, dataclasses.replace(plan, part=(0, 2))):
            with pytest.raises(BadConfig, match="at work there"):
                build(other, tmp_path / "parts")
        assert build(dataclasses.replace(plan, part=(1, 2)), tmp_path / "parts").summary is None

    assert build(plan, tmp_path / "whole", beside_a_whole_build).rendered == 4
    assert build(plan, tmp_path / "whole").rendered == 0, "the first one let go of the folder"
    assert build(dataclasses.replace(plan, part=(0, 2)), tmp_path / "parts", beside_a_part).summary is not None


def test_half_written_files_are_swept_away(rendered: list[int], tmp_path: Path) -> None:
    (tmp_path / "unpacked").mkdir()
    (tmp_path / "failed").mkdir()
    (tmp_path / "unpacked" / "00000001.exr.partial").write_bytes(b"half")
    (tmp_path / "unpacked" / "00000001.exr").write_bytes(b"an EXR without its metadata does not count")
    (tmp_path / ".shard-00000.k3x_9a.partial.tar").write_bytes(b"half a shard")
    (tmp_path / ".manifest.k3x_9a.partial.jsonl").write_bytes(b"half a manifest")
    (tmp_path / "failed" / ".00000001.k3x_9a.partial.json").write_bytes(b"{")
    assert build(_plan(), tmp_path).rendered == 5
    assert not list(tmp_path.rglob("*.partial*"))


def test_a_part_sweeps_only_its_own_half_written_files(rendered: list[int], tmp_path: Path) -> None:
    (tmp_path / ".shard-00000.k3x_9a.partial.tar").write_bytes(b"of this part")
    (tmp_path / ".shard-00001.k3x_9a.partial.tar").write_bytes(b"another part is writing it")
    build(_plan(4, shard_size=2, part=(0, 2)), tmp_path)
    assert [path.name for path in tmp_path.rglob("*.partial*")] == [".shard-00001.k3x_9a.partial.tar"]


@pytest.mark.parametrize("stage", ["old index removed", "tar there, index not"])
def test_a_shard_stopped_while_it_is_packed_is_packed_again(rendered: list[int], tmp_path: Path, stage: str) -> None:
    build(_plan(), tmp_path)
    good = _content(tmp_path)
    journal = Journal(tmp_path / "unpacked")
    shards = ShardSet.open(tmp_path)
    for name in shards.keys:
        journal.add(name, *shards.read_bytes(name))
    if stage == "old index removed":
        (tmp_path / "shard-00000.tar").write_bytes(b"the old tar")
    (tmp_path / "shard-00000.index.json").unlink()
    rendered.clear()
    result = build(_plan(), tmp_path)
    assert (rendered, result.mended) == ([], []), "everything was in the journal"
    assert _content(tmp_path) == good


def test_rejected_draws_are_recorded_and_endless_ones_fail() -> None:
    sample = render_one(FakeRenderer(script(each="refuse2")), _plan(), 0)
    meta = sample.records[0].meta
    assert meta["attempt"] == 2
    assert [draw["attempt"] for draw in meta["rejected"]] == [0, 1]
    assert meta["rejected"][0]["reasons"][0].startswith("black")
    assert [draw.facts["attempt"] for draw in sample.rejected] == [0, 1]
    assert sample.rejected[0].facts["family"] == meta["family"]
    with pytest.raises(EveryDrawRejected, match="black") as caught:
        render_one(FakeRenderer(script(each="refuse")), _plan(), 0)
    assert len(caught.value.draws) == 12


def test_pictures_of_rejected_draws(tmp_path: Path) -> None:
    spec = sample_scene(RECIPE, 3, 7, 1)
    beauty = np.full((300, 400, 4), np.nan, np.float32)
    beauty[:, :200, :3] = (4.0, 1.0, 0.25)
    draw = rejected_draw(Frame({"beauty": beauty}, 0, 0, 0, 1), spec, ["not finite (1)"], {"not_finite": 1.0})
    assert draw.thumbnail.dtype == np.uint8
    assert draw.thumbnail.shape == (75, 100, 3)
    assert (draw.thumbnail[:, 60:] == 0).all()
    r, g, b = draw.thumbnail[10, 10].astype(int)
    assert r > g > b > 0
    for start in (0, 90):
        write_rejected(tmp_path, [_at(draw, index) for index in range(start, start + 90)])
    names = sorted(path.name for path in tmp_path.iterdir())
    assert len(names) == MOST_FILES
    assert names[:2] == ["00000000-01.json", "00000000-01.png"]
    assert json.loads((tmp_path / names[0]).read_text())["reasons"] == ["not finite (1)"]


def _at(draw: Any, index: int) -> Any:
    return dataclasses.replace(draw, facts={**draw.facts, "index": index})


@pytest.mark.parametrize("text", ["3", "4/4", "-1/4", "a/b", "1/", "/2", "1/0"])
def test_parts_that_are_none(text: str) -> None:
    with pytest.raises(BadConfig, match="i/n"):
        parse_part(text)


def test_parts() -> None:
    assert parse_part("all") == (0, 1)
    assert parse_part("2/7") == (2, 7)
    with pytest.raises(BadConfig, match="part 3/3"):
        _plan(part=(3, 3))


def _generate(out: Path, *extra: str) -> list[str]:
    options = ["--count", "3", "--seed", "5", "--size", "32", "--samples", "1", "--no-denoise"]
    options += ["--passes", "beauty,normal"]
    return [sys.executable, "-m", "core.cli.main", "generate", "--out", str(out), *options, *extra]


def test_the_command_stopped_by_ctrl_c_goes_on_and_ends_the_same(tmp_path: Path) -> None:
    options = ["--renderer", FAKE, "--variant", script(pause=0.2), "--count", "8"]
    whole = subprocess.run(_generate(tmp_path / "whole", *options), capture_output=True, text=True)
    assert whole.returncode == 0, whole.stderr
    stopped = subprocess.Popen(_generate(tmp_path / "stopped", *options), stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 120
    while not list((tmp_path / "stopped").glob("unpacked/*.json")) and time.monotonic() < deadline:
        time.sleep(0.01)
    stopped.send_signal(signal.SIGINT)
    error = stopped.communicate(timeout=120)[1]
    if stopped.returncode != 0:  # else it was faster than the signal
        assert stopped.returncode == 1, error
        assert "kept" in error
    assert not list((tmp_path / "stopped").rglob("*.partial*"))
    again = subprocess.run(_generate(tmp_path / "stopped", *options), capture_output=True, text=True)
    assert again.returncode == 0, again.stderr
    assert _content(tmp_path / "stopped") == _content(tmp_path / "whole")


def test_the_command_says_what_failed_after_everything_else_is_written(tmp_path: Path) -> None:
    options = ["--renderer", FAKE, "--variant", script(s1="error"), "--workers", "1"]
    done = subprocess.run(_generate(tmp_path / "set", *options), capture_output=True, text=True)
    assert done.returncode == 1, done.stderr
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("platelight: 1 sample (00000001) could not be made")
    assert "--retry-failed" in last
    assert len((tmp_path / "set" / "manifest.jsonl").read_text().splitlines()) == 2
    packed = subprocess.run(_generate(tmp_path / "set", *options, "--pack"), capture_output=True, text=True)
    assert packed.returncode == 0, packed.stderr
    assert "<html" in (tmp_path / "set" / "report.html").read_text()


@pytest.mark.parametrize(
    ("extra", "said"),
    [
        (("--recipe", "no_such"), "no_such"),
        (("--passes", "beauty,smell"), "smell"),
        (("--variant", "quantum"), "quantum"),
        (("--shard", "4/4"), "4/4"),
        (("--renderer", "no.such:Thing"), "no.such:Thing"),
        (("--out", __file__), Path(__file__).name),
    ],
)
def test_bad_options_end_in_one_line_and_exit_code_2(extra: tuple[str, ...], said: str, tmp_path: Path) -> None:
    done = subprocess.run(_generate(tmp_path / "x", *extra), capture_output=True, text=True)
    assert done.returncode == 2, done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_all_failed_is_said_as_such_and_not_as_missing_shards(rendered: list[int], tmp_path: Path) -> None:
    for _ in range(2):  # as they fail, and when they have failed before
        with pytest.raises(RenderFailed, match=r"^all 3 samples failed; .*failed says why; --retry-failed tries them"):
            build(_plan(3, variant=script(each="error")), tmp_path)
    with pytest.raises(RenderFailed, match=r"^all 3 samples failed"):
        pack_set(_plan(3, variant=script(each="error")), tmp_path)
