"""Worker processes: whatever becomes of one costs at most the sample it was at, and the culprit is named."""

from __future__ import annotations

import dataclasses
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.errors import BadConfig, MissingPart, RenderFailed
from scene_generator.pool import channel, workers
from scene_generator.recipe import FamilyShare, load_recipe
from scene_generator.renderers import RenderSettings
from scene_generator.sample import sample_scene
from scene_generator.sets.plan import BuildPlan
from scene_generator.sets.records import Failure, Record, RejectedDraw, Sample
from tests.scene_generator.fake_renderers import FAKE, UNBORN, script

SETTINGS = RenderSettings(16, 16, samples=1, denoise=False, passes=("beauty", "normal"))
# Families whose scenes are small: what they look like does not matter here.
RECIPE = dataclasses.replace(
    load_recipe("plate_normals"), families=(FamilyShare("organic", 1.0), FamilyShare("drapery", 1.0))
)


def _plan(variant: str, **changes: Any) -> BuildPlan:
    plan = BuildPlan(RECIPE, 3, 100, SETTINGS, variant, 2, renderer=FAKE)
    return dataclasses.replace(plan, **changes)


def _run(plan: BuildPlan, count: int) -> tuple[dict[int, Sample], dict[int, Failure]]:
    outcomes = list(workers.run(plan, list(range(count))))
    assert sorted(outcome.index for outcome in outcomes) == list(range(count)), "each sample once"
    return (
        {one.index: one for one in outcomes if isinstance(one, Sample)},
        {one.index: one for one in outcomes if isinstance(one, Failure)},
    )


def test_messages_survive_the_channel() -> None:
    picture = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
    drawn = RejectedDraw({"index": 7, "attempt": 0, "reasons": ["black (0)"]}, picture)
    records = (Record("00000007_000", b"EXR one", {"frame": 0}), Record("00000007_001", b"", {"frame": 1}))
    sample = Sample(7, records, (drawn,), {"seconds": 1.5})
    header, blobs = channel.unpack(channel.pack_sample(sample, leaving=True))
    back = channel.unpack_sample(header, blobs)
    assert header["leaving"] is True
    assert (back.index, back.records, back.timing) == (7, records, {"seconds": 1.5})
    assert back.rejected[0].facts == drawn.facts
    np.testing.assert_array_equal(back.rejected[0].thumbnail, picture)
    failure = Failure(7, 3, "recipe", "rejected", "all of them", rejected=({"attempt": 0},), spec={"a": 1})
    header, blobs = channel.unpack(channel.pack_failure(failure, [drawn]))
    assert channel.unpack_failure(header) == failure
    np.testing.assert_array_equal(channel.unpack_rejected(header, blobs)[0].thumbnail, picture)
    with pytest.raises(ValueError, match="bytes"):
        channel.unpack(channel.pack({"a": 1}, [b"12345"])[:-1])


def test_one_worker_or_three_give_the_same_samples() -> None:
    one, none = _run(_plan(script(), workers=1), 7)
    three, none_either = _run(_plan(script(), workers=3), 7)
    assert not none
    assert not none_either
    assert {i: s.records for i, s in one.items()} == {i: s.records for i, s in three.items()}


def test_a_killed_worker_costs_nothing_but_time(tmp_path: Path) -> None:
    done, failed = _run(_plan(script(tmp_path / "log", s2="die_once")), 6)
    assert (len(done), failed) == (6, {})
    assert (tmp_path / "log").read_text().split().count("2") == 2


@pytest.mark.skipif(not hasattr(os, "getpgrp"), reason="groups of processes are POSIX's")
def test_ctrl_c_of_a_terminal_does_not_reach_the_workers() -> None:
    # Mitsuba's handler would stop the picture that is being rendered, and give back what there is of it.
    _, failed = _run(_plan(script(s0="group")), 2)
    assert failed[0].reason.startswith("in group ")
    assert failed[0].reason != f"in group {os.getpgrp()}"


def test_a_sample_that_always_kills_its_worker_is_named_and_the_others_go_on(tmp_path: Path) -> None:
    done, failed = _run(_plan(script(tmp_path / "log", s1="die")), 5)
    assert sorted(done) == [0, 2, 3, 4]
    culprit = failed[1]
    assert (culprit.kind, culprit.attempts, culprit.seed) == ("died", 1, 3)
    assert "3 times" in culprit.reason
    scene = sample_scene(RECIPE, 3, 1)
    assert (culprit.family, culprit.spec_hash) == (scene.family, scene.hash())
    assert culprit.spec == json.loads(scene.to_json())
    assert "last words" in culprit.stderr
    tried = (tmp_path / "log").read_text().split()
    assert tried.count("1") == workers.STRIKES


def test_a_hanging_scene_is_timed_out_and_the_others_go_on() -> None:
    done, failed = _run(_plan(script(s0="hang"), timeout_s=2.0), 4)
    assert sorted(done) == [1, 2, 3]
    assert (failed[0].kind, failed[0].reason) == ("timeout", "timed out after 2 s")
    assert failed[0].spec_hash == sample_scene(RECIPE, 3, 0).hash()


def test_samples_that_fail_by_themselves_say_why() -> None:
    pictures: list[RejectedDraw] = []
    plan = _plan(script(s0="refuse", s1="error", s2="odd"), workers=1)
    outcomes = {one.index: one for one in workers.run(plan, [0, 1, 2, 3], pictures.extend)}
    assert isinstance(outcomes[3], Sample)
    rejected, error, odd = outcomes[0], outcomes[1], outcomes[2]
    assert isinstance(rejected, Failure)
    assert isinstance(error, Failure)
    assert isinstance(odd, Failure)
    assert (rejected.kind, rejected.attempts, len(rejected.rejected), len(pictures)) == ("rejected", 12, 12, 12)
    assert "black" in rejected.reason
    assert (error.kind, error.reason) == ("error", "scene 1 is beyond me")
    assert odd.reason == "ValueError: shapes (3,) and (4,) differ"
    assert "fake_renderers.py" in odd.traceback
    assert odd.spec is not None


@pytest.mark.parametrize(
    ("plan", "error", "said"),
    [
        (_plan(script(s1="missing")), MissingPart, "denoiser is not installed"),
        (_plan("", renderer="no.such.module:Thing"), BadConfig, r"no\.such\.module"),
        (_plan("", renderer=FAKE + "s"), BadConfig, "FakeRenderers"),
        (_plan("", renderer=UNBORN), RenderFailed, "cannot select the instruction"),
    ],
)
def test_what_would_stop_every_sample_stops_at_once(plan: BuildPlan, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        list(workers.run(plan, [0, 1, 2]))


def test_workers_are_replaced_when_they_have_grown() -> None:
    free, _ = _run(_plan(script(each="grow"), workers=1, memory_mb=0), 4)
    sizes = [sample.timing["rss_mb"] for sample in free.values()]
    assert len({sample.timing["pid"] for sample in free.values()}) == 1
    assert sizes == sorted(sizes)
    assert sizes[3] > sizes[0] + 100
    limited, failed = _run(_plan(script(each="grow"), workers=1, memory_mb=int(sizes[0]) + 60), 7)
    assert not failed
    assert len({sample.timing["pid"] for sample in limited.values()}) >= 3
    assert max(sample.timing["rss_mb"] for sample in limited.values()) < sizes[0] + 110


def test_workers_are_replaced_after_many_samples() -> None:
    done, _ = _run(_plan(script(), workers=1), 101)
    pids = [done[index].timing["pid"] for index in range(101)]
    assert len(set(pids[:100])) == 1
    assert pids[100] != pids[0]
