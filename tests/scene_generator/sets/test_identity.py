"""A folder belongs to one plan once something was made in it; before that, to whoever asks last."""

from __future__ import annotations

import dataclasses
import json
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from core.errors import BadConfig
from scene_generator.recipe import FamilyShare, load_recipe
from scene_generator.renderers import RenderSettings
from scene_generator.sets import identity, lock
from scene_generator.sets.identity import agree, check, differences
from scene_generator.sets.lock import part_build
from scene_generator.sets.plan import BuildPlan

SETTINGS = RenderSettings(16, 16, samples=2, passes=("beauty", "normal"))
RECIPE = dataclasses.replace(
    load_recipe("plate_normals"), families=(FamilyShare("room", 1.0), FamilyShare("street", 1.0))
)


def _plan(**changes: Any) -> BuildPlan:
    return dataclasses.replace(BuildPlan(RECIPE, 3, 5, SETTINGS, "scalar_rgb"), **changes)


def _json(plan: BuildPlan) -> dict[str, Any]:
    return dict(json.loads(json.dumps(plan.identity())))


def test_a_folder_without_samples_may_be_taken_over(tmp_path: Path) -> None:
    agree(_plan(renderer="foo:Bar"), tmp_path)
    agree(_plan(), tmp_path)
    assert json.loads((tmp_path / "build.json").read_text()) == _json(_plan())
    (tmp_path / "build.json").write_text("{")
    agree(_plan(), tmp_path)
    assert json.loads((tmp_path / "build.json").read_text()) == _json(_plan())


@pytest.mark.parametrize(
    "work", ["shard-00000.tar", "unpacked/00000001.json", "unpacked-0-of-3/00000000.exr", "failed/00000000.json"]
)
def test_one_that_holds_work_is_refused_and_left_as_it_is(work: str, tmp_path: Path) -> None:
    agree(_plan(), tmp_path)
    (tmp_path / work).parent.mkdir(exist_ok=True)
    (tmp_path / work).write_bytes(b"")
    with pytest.raises(BadConfig, match="other options: seed 3, now 4; give the same options to go on"):
        agree(_plan(seed=4), tmp_path)
    assert json.loads((tmp_path / "build.json").read_text()) == _json(_plan())
    agree(_plan(count=9, workers=7), tmp_path)
    (tmp_path / "build.json").write_text("[]")
    with pytest.raises(BadConfig, match=r"build\.json: damaged"):
        agree(_plan(), tmp_path)


def test_passes_may_be_named_in_any_order(tmp_path: Path) -> None:
    turned = dataclasses.replace(SETTINGS, passes=("normal", "beauty", "normal"))
    assert turned.passes == ("beauty", "normal")
    agree(_plan(settings=turned), tmp_path)
    (tmp_path / "shard-00000.tar").write_bytes(b"")
    agree(_plan(), tmp_path)
    told = _json(_plan())
    told["settings"]["passes"].reverse()  # as it was once written
    (tmp_path / "build.json").write_text(json.dumps(told))
    agree(_plan(), tmp_path)
    with pytest.raises(BadConfig, match="other options: seed 3, now 4; give"):
        agree(_plan(seed=4), tmp_path)


def test_a_folder_in_which_another_part_has_just_begun_is_not_taken_over(tmp_path: Path) -> None:
    agree(_plan(part=(0, 2)), tmp_path)
    with part_build(tmp_path, (0, 2)), pytest.raises(BadConfig, match="seed 3, now 4"):
        agree(_plan(part=(1, 2), seed=4), tmp_path)
    agree(_plan(part=(1, 2), seed=4), tmp_path)


def test_packing_takes_nothing_over_and_writes_nothing(tmp_path: Path) -> None:
    check(_plan(), tmp_path)
    assert not (tmp_path / "build.json").exists()
    agree(_plan(), tmp_path)
    with pytest.raises(BadConfig, match="seed 3, now 4"):
        check(_plan(seed=4), tmp_path)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"settings": dataclasses.replace(SETTINGS, samples=4)}, ["samples 2, now 4"]),
        (
            {"settings": dataclasses.replace(SETTINGS, denoise=False, width=32)},
            ["width 16, now 32", "denoise on, now off"],
        ),
        (
            {"settings": dataclasses.replace(SETTINGS, passes=("beauty", "normal", "depth", "id"))},
            ["passes now with depth and id"],
        ),
        ({"variant": "llvm_ad_rgb", "seed": 9}, ["seed 3, now 9", "variant scalar_rgb, now llvm_ad_rgb"]),
        (
            {"recipe": dataclasses.replace(RECIPE, version=99, focal_scale=(1.0, 1.0))},
            [f"recipe version {RECIPE.version}, now 99", "recipe focal_scale 0.9..1.1, now 1.0..1.0"],
        ),
        (
            {"recipe": dataclasses.replace(RECIPE, families=(FamilyShare("room", 2.0, {"people": (0, 1)}),))},
            [
                "recipe weight of room: 1.0, now 2.0",
                "recipe ranges of room.people none, now 0..1",
                "recipe family street, now gone",
            ],
        ),
    ],
)
def test_what_differs_is_said_field_by_field(changes: dict[str, Any], said: list[str]) -> None:
    assert differences(_json(_plan()), _json(_plan(**changes))) == said
    assert differences(_json(_plan()), _json(_plan())) == []


@pytest.mark.skipif(sys.platform == "win32", reason="no flock there")
def test_of_two_parts_that_begin_at_once_with_other_options_one_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_json, flock = identity.write_json, lock.fcntl.flock
    told: list[str] = []
    waits_or_ended = threading.Event()

    def second() -> None:
        try:
            agree(_plan(variant="llvm_ad_rgb", part=(1, 2)), tmp_path)
        except BadConfig as error:
            told.append(str(error))
        waits_or_ended.set()

    other = threading.Thread(target=second)

    def says_that_it_waits(handle: int, how: Any) -> None:
        if threading.current_thread() is other and not how & lock.fcntl.LOCK_NB:
            waits_or_ended.set()
        flock(handle, how)

    def begins_the_second_first(path: Path, value: Any) -> None:
        monkeypatch.setattr(identity, "write_json", write_json)
        other.start()
        assert waits_or_ended.wait(60)
        write_json(path, value)

    monkeypatch.setattr(lock.fcntl, "flock", says_that_it_waits)
    monkeypatch.setattr(identity, "write_json", begins_the_second_first)
    with part_build(tmp_path, (0, 2)):
        agree(_plan(part=(0, 2)), tmp_path)
        other.join()
    assert len(told) == 1
    assert "variant scalar_rgb, now llvm_ad_rgb" in told[0]
    assert json.loads((tmp_path / "build.json").read_text()) == _json(_plan())


def test_another_licence_is_not_told_as_other_files_alone() -> None:
    there = _json(_plan())
    assert differences(there, {**there, "assets": "f00"}) == [
        "the files in --meshes, --textures and --hdris, their notes or --licence"
    ]
