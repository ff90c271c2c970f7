"""The benchmark's arithmetic on numbers with known answers, its exit code, and one small run from end to end."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture(name="generation")
def _generation(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    monkeypatch.syspath_prepend(str(FOLDER))
    names = ("generation", "generation_set", "generation_speed")
    module = importlib.import_module("generation")
    yield module
    for name in names:
        sys.modules.pop(name, None)


def _set() -> ModuleType:
    return importlib.import_module("generation_set")


def _row(family: str, seconds: float, draws: int = 1, **stages: float) -> dict[str, Any]:
    return {"family": family, "frames": 1, "seconds": seconds, "draws": draws, "stages": stages}


def test_rates_weigh_families_equally_and_include_what_workers_waited(generation: ModuleType) -> None:
    # Two workers, 10 s: 12 s of work in 20 s of workers.
    rows = [_row("room", 4.0, draws=2, beauty=3.0), _row("room", 4.0), *[_row("cliff", 1.0, beauty=1.0)] * 4]
    found = _set().summary(rows, seconds=10.0, workers=2, failed=[("room", 12), ("cloud", 12)])
    assert found["pairs_per_hour"] == pytest.approx(6 * 360)
    assert found["busy"] == pytest.approx(0.6)
    rates = {name: facts["pairs_per_hour"] for name, facts in found["families"].items()}
    assert rates == pytest.approx({"room": 3600 * 1.2 / 4, "cliff": 3600 * 1.2})
    assert found["family_mean"] == pytest.approx((1080 + 4320) / 2)
    assert found["family_harmonic"] == pytest.approx(2 / (1 / 1080 + 1 / 4320))
    assert found["families"]["room"]["rejected_share"] == pytest.approx(13 / 15)
    assert found["families"]["cliff"]["rejected_share"] == 0
    assert found["families"]["room"]["stages"] == pytest.approx({"beauty": 1.5, "other": 2.5})
    assert found["failed"] == {"room": 12, "cloud": 12}


def test_windows_cover_every_scene_once(generation: ModuleType) -> None:
    lines = _set().windows([5.0, 1.0, 3.0, 9.0, 7.0, 8.0, 2.0], 3)
    assert lines == [
        {"first": 1, "last": 3, "min": 1.0, "median": 3.0, "max": 5.0},
        {"first": 4, "last": 7, "min": 2.0, "median": 7.5, "max": 9.0},
    ]
    assert _set().windows([4.0], 3) == [{"first": 1, "last": 1, "min": 4.0, "median": 4.0, "max": 4.0}]


def test_growth_starts_after_the_first_window_and_takes_the_worst_later_one(generation: ModuleType) -> None:
    steps = [100.0] * 5 + [200.0] * 5 + [250.0] * 5 + [210.0] * 5
    assert _set().memory({1: steps}, 5)["growth"] == pytest.approx(0.25)
    leak = _set().memory({1: [100.0 + 3 * k for k in range(20)]}, 5)
    assert leak["workers"][0]["leak"] == pytest.approx(3.0)
    assert _set().memory({1: [1.0] * 14}, 5)["growth"] is None


@pytest.mark.parametrize(
    ("rate", "growth", "passed"),
    [
        (1500.0, 0.2, [True, True]),
        (1499.0, 0.0, [False, True]),
        (9000.0, 0.21, [True, False]),
        (9000.0, None, [True, False]),
    ],
)
def test_exit_code_follows_both_figures(
    generation: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    rate: float,
    growth: float | None,
    passed: list[bool],
) -> None:
    rows = [_row("room", 1.0)]
    measured = _set().summary(rows, 2.0, 1) | {"family_mean": rate, "seconds_with_report": 2.0}
    measured["memory"] = _set().memory({1: [1.0]}, 1) | {"growth": growth}
    monkeypatch.setattr(generation, "measure_set", lambda plan, folder, window: measured)
    monkeypatch.setattr(generation, "choose_variant", lambda asked: ("scalar_rgb", ""))
    code = generation.main(["--out", str(tmp_path), "--only", "set"])
    written = json.loads((tmp_path / "generation.json").read_text("utf-8"))
    assert [verdict["passed"] for verdict in written["verdicts"]] == passed
    assert code == (0 if all(passed) else 1)


def test_cost_model_finds_the_constants_it_was_made_from(generation: ModuleType) -> None:
    rows = [
        {"size": size, "samples": n, "seconds": whole, "stages": {"beauty": whole - 0.3}}
        for size in (128, 256, 512)
        for n in (4, 16, 64)
        for whole in [0.3 + 2e-6 * size**2 + 5e-7 * size**2 * n]
    ]
    model = importlib.import_module("generation_speed").cost_model
    assert model(rows) == pytest.approx({"constant_ms": 300, "pixel_ns": 2000, "path_ns": 500, "error": 0}, abs=1e-6)
    assert model(rows, "beauty") == pytest.approx(
        {"constant_ms": 0, "pixel_ns": 2000, "path_ns": 500, "error": 0}, abs=1e-6
    )


@pytest.mark.slow
def test_a_small_run_writes_every_part(generation: ModuleType, tmp_path: Path) -> None:
    pytest.importorskip("mitsuba")
    recipe = {
        "name": "two",
        "version": 1,
        "description": "Two families with small textures.",
        "families": [{"name": "cluster", "weight": 1}, {"name": "drapery", "weight": 1}],
        "texture_size": 16,
    }
    (tmp_path / "two.json").write_text(json.dumps(recipe), "utf-8")
    out = tmp_path / "out"
    arguments = ["--out", str(out), "--quick", "--no-recycle", "--workers", "1", "--recipe", str(tmp_path / "two.json")]
    assert generation.main(arguments) == 0
    found = json.loads((out / "generation.json").read_text("utf-8"))
    assert found["set"]["accepted"] == 6
    assert sum(facts["pairs"] for facts in found["set"]["families"].values()) == 6
    assert [worker["scenes"] for worker in found["set"]["memory"]["workers"]] == [6]
    assert found["no_recycle"]["windows"][-1]["last"] == 6
    assert min(line["min"] for line in found["no_recycle"]["windows"]) > 50
    speed = found["speed"]
    assert {(row["size"], row["samples"]) for row in speed["rows"]} == {(16, 1), (16, 4), (32, 1), (32, 4)}
    assert all(row["stages"]["beauty"] > 0 for row in speed["rows"])
    if found["machine"]["variant"].startswith("llvm"):
        compiled = [row["compiled"] for row in speed["fresh"]]
        assert compiled[0] > 0  # the cache was empty
        assert sum(row["from_disk"] for row in speed["fresh"]) == 0
    assert found["passed"] is None  # a small run judges nothing
    assert generation.main(arguments) == 2  # it does not mix two runs
