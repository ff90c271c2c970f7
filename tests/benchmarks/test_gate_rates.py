"""The gate's benchmark: which faults it puts in, how it counts, its ranges, and one run over a small set of shards."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from core.image import Image, encode_exr
from core.shards import write_shard
from scene_generator.recipe import load_recipe
from scene_generator.sample import sample_scene

FOLDER = Path(__file__).resolve().parents[2] / "benchmarks"
SIDE = 48


@pytest.fixture(name="gate_rates")
def _gate_rates(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    monkeypatch.syspath_prepend(str(FOLDER))
    yield importlib.import_module("gate_rates")
    sys.modules.pop("gate_rates", None)


def image() -> Image:
    """Balls before a wall, lit from above, as a set stores them."""
    normal = np.zeros((SIDE, SIDE, 3), np.float32)
    normal[..., 2] = 1
    y, x = np.mgrid[0:SIDE, 0:SIDE]
    for cx, cy, r in ((12, 14, 9), (35, 11, 8), (16, 36, 10), (37, 33, 9)):
        u, v = (x + 0.5 - cx) / r, -(y + 0.5 - cy) / r
        ball = u * u + v * v < 0.6
        normal[ball] = np.stack([u, v, np.sqrt(np.maximum(1 - u * u - v * v, 0))], -1)[ball]
    light = np.clip(normal @ np.array([0.3, 0.6, 0.74], np.float32), 0, 1) * 0.8 + 0.05
    plate = np.repeat(light[..., None], 3, -1).astype(np.float32)
    return Image.from_layers({"": plate, "A": np.ones((SIDE, SIDE), np.float32), "N": normal})


def metadata(key: str, **changes: Any) -> dict[str, Any]:
    spec = sample_scene(load_recipe("plate_normals"), 3, 1).to_dict()
    values = {"bent": 0.001, "light": 0.0, "one_object": 0.4, "nearest": 1.0, "backs": 0.0}
    return {"key": key, "frame": 0, "checks": values, "spec": spec, "rejected": [], **changes}


@pytest.fixture(name="shards")
def _shards(tmp_path: Path) -> Path:
    refused = [
        {"reasons": ["bump too steep (0.14)", "beauty and normals misaligned (2)"]},
        {"reasons": ["bump too steep (0.1)"]},
    ]
    data = encode_exr(image(), dtype="half")
    metas = [metadata("a", rejected=refused), metadata("b"), metadata("b_1", frame=1, rejected=refused), metadata("c")]
    write_shard(tmp_path / "set" / "shard-0.tar", [(meta["key"], data, meta) for meta in metas])
    return tmp_path / "set"


def test_every_fault_changes_what_its_name_says_and_leaves_the_sample_alone(gate_rates: ModuleType) -> None:
    sample = gate_rates.stored_sample(image(), metadata("a"))
    kept = {name: values.copy() for name, values in sample.frame.passes.items()}
    found = dict(gate_rates.faults(sample, 0, sample))
    for name, passes in found.items():
        changed = [k for k in kept if not np.array_equal(passes[k], kept[k], equal_nan=True)]
        pass_ = "normal" if "normals" in name else "beauty"
        assert changed == ([] if name == "beauty of another scene" else [pass_]), name
    for name, values in sample.frame.passes.items():
        np.testing.assert_array_equal(values, kept[name])
    turned = found["normals, y turned round"]["normal"]
    np.testing.assert_array_equal(turned, kept["normal"] * np.float32([1, -1, 1]))
    world = found["normals in world space"]["normal"]
    matrix = np.array(sample.spec.camera.to_world).reshape(4, 4)[:3, :3]
    np.testing.assert_allclose(world[20, 20], matrix @ kept["normal"][20, 20], atol=1e-6)
    assert np.isnan(found["one NaN in the beauty"]["beauty"]).sum() == 1


def test_rolls_take_all_directions_by_turns(gate_rates: ModuleType) -> None:
    beauty = np.zeros((9, 9, 4), np.float32)
    beauty[4, 4] = 1
    places = [np.argwhere(gate_rates.rolled({"beauty": beauty}, k, 3)["beauty"][..., 0])[0] - 4 for k in range(5)]
    assert [tuple(map(int, place)) for place in places] == [(0, 3), (3, 0), (0, -3), (-3, 0), (0, 3)]


def test_counts_of_faults_that_the_gate_sees_and_of_those_it_cannot(gate_rates: ModuleType) -> None:
    good = gate_rates.stored_sample(image(), metadata("a"))
    dark = gate_rates.stored_sample(image().with_pixels(image().pixels * np.float32(1e-5)), metadata("b"))
    rates = gate_rates.measure([good, good, dark])
    assert rates.frames == {"table_top": 3}
    assert rates.rejected == {"table_top": 1}
    assert rates.passed == 2
    assert rates.alarms["black"] == 1
    assert rates.false_alarms == 1  # the normals were scaled too, and are told to be not unit
    assert rates.caught["beauty rolled by 3 px along an axis"] == 2
    assert rates.by["beauty rolled by 3 px along an axis"]["beauty and normals misaligned"] == 2
    assert rates.caught["beauty rolled by 1 px along an axis"] == 0
    assert rates.caught["normals 1 % too long"] == rates.caught["no normals"] == rates.caught["beauty black"] == 2
    assert rates.caught["fireflies in one pixel of 1,000"] == 2
    table = gate_rates.faults_table(rates)
    assert "| beauty black | 2 of 2 (100.0%) |" in table
    assert "| beauty of another scene | 0 of 1 (0.0%) |" in table
    assert "False alarms: 1 of 3" in gate_rates.frames_table(rates)


def test_draws_are_counted_with_all_their_reasons_and_apart_where_one_stood_alone(gate_rates: ModuleType) -> None:
    histories = [[], [{"reasons": ["flat (0.05)", "black (0.0001)"]}, {"reasons": ["flat (0.01)"]}], []]
    found = gate_rates.draws_of(histories)
    expected = {"draws": 5, "rejected": 2, "reasons": {"flat": 2, "black": 1}, "alone": {"flat": 1}}
    assert found == expected
    assert "flat 2 (1 alone), black 1 (0 alone)" in gate_rates.draws_text(found)


def test_wilson_range_has_its_published_values(gate_rates: ModuleType) -> None:
    # Newcombe, "Two-sided confidence intervals for the single proportion", 1998, table I.
    assert gate_rates.wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)
    assert gate_rates.wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=1e-4)
    assert gate_rates.wilson(0, 0) == (0.0, 1.0)


def test_chosen_frames_are_spread_over_everything(gate_rates: ModuleType) -> None:
    assert gate_rates.spread(10, 4) == [0, 2, 5, 7]
    assert gate_rates.spread(3, 8) == gate_rates.spread(3, 0) == [0, 1, 2]


def test_a_small_set_from_end_to_end(gate_rates: ModuleType, shards: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = shards / "rates.json"
    assert gate_rates.main(["--data", str(shards / "shard-0.tar"), "--limit", "2", "--out", str(out)]) == 0
    told = capsys.readouterr().out
    written = json.loads(out.read_text("utf-8"))
    # Later frames of a scene repeat the history of its first.
    assert written["draws"]["draws"] == 5
    assert written["draws"]["reasons"] == {"bump too steep": 2, "beauty and normals misaligned": 1}
    assert "misaligned: 1 of 5" in told or "1 of 5 (20.00%" in told
    assert written["rates"]["passed"] == 2
    assert written["rates"]["caught"]["one NaN in the normals"] == 2
    assert "| one NaN in the normals | 2 of 2 (100.0%) |" in told


def test_a_missing_set_is_named(gate_rates: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert gate_rates.main(["--data", str(tmp_path / "none")]) == 2
    assert "none" in capsys.readouterr().err
