"""What the relighting benchmark computes: every way gives numpy's picture, ratios are what they say; no time counts."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

FOLDER = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    monkeypatch.syspath_prepend(str(FOLDER))
    yield importlib.import_module("relight")
    for name in ("relight", "relight_table"):
        sys.modules.pop(name, None)


def test_a_quick_run_measures_every_way_on_the_same_picture(
    bench: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bench.main(["--quick", "--threads", "1,2", "--json", str(tmp_path / "table.json"), "--markdown"]) == 0
    told = json.loads((tmp_path / "table.json").read_text("utf-8"))
    ways = {(row["way"], row["threads"]) for row in told["rows"]}
    assert ways == {("numpy", 1), *((way, n) for way in ("blink kernel", "torch") for n in (1, 2)), ("torch CUDA", 0)}
    for row in told["rows"]:
        if row["ms"] is None:
            assert row["note"], row
            assert row["worst"] is None
        else:
            assert row["least"] <= row["ms"] <= row["most"]
            assert row["worst"] < 1e-4
            width, height = row["size"]
            name = f"{row['threads']} thread{'s' * (row['threads'] > 1)}"
            if row["threads"]:
                wanted = 1e3 * width * height * 84 / (1e9 * told["machine"]["copy_gb_s"][name])
                assert row["floor_ms"] == pytest.approx(wanted, rel=0.2)  # the rate is rounded in the file
    assert {"1 thread", "2 threads"} <= set(told["machine"]["copy_gb_s"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].startswith("|---")
    assert {line.count("|") for line in lines[: len(ways) + 4] if line.startswith("|")} == {11}


def test_the_picture_is_lit_by_every_light(bench: ModuleType) -> None:
    from core.relight.compose import relight

    shot, on = bench.scene(60, 40), bench.eight_lights()
    assert len(on) == 8
    assert len({type(light) for light in on}) == 6
    whole = relight(shot.plate, shot.surface, on, per_light=True)
    for light in whole.lights:
        assert light.max() > 0.01
    assert np.isfinite(whole.beauty).all()
    assert shot.packed.shape == (1, 17, 40, 60)
    np.testing.assert_array_equal(shot.packed, bench.scene(60, 40).packed)


def test_the_tables_ratios(bench: ModuleType) -> None:
    size = (10, 20)
    rows = [
        bench.Row("numpy", 1, size, 600.0, 590.0, 610.0, 2.0, 0.0),
        bench.Row("blink kernel", 1, size, 30.0, 29.0, 31.0, 2.0, 3e-6, "g++"),
        bench.Row("blink kernel", 2, size, 15.0, 14.0, 16.0, 1.5, 3e-6, "g++"),
        bench.Row("torch CUDA", 0, size, note="no card here"),
    ]
    machine = {"processor": "p", "processors": 2, "copy_gb_s": {"1 thread": 5.0}}
    lines = [line.split() for line in bench.render(rows, machine, False).splitlines()]
    assert lines[1] == ["numpy", "1", "600", "300", "1", "0e+00"]
    assert lines[2] == ["blink", "kernel", "1", "30", "15", "20", "3e-06"]
    assert lines[3] == ["blink", "kernel", "2", "15", "10", "40", "3e-06"]
    assert lines[4] == ["torch", "CUDA", "-", "-", "-", "-", "-"]
    assert lines[5][:4] == ["memory", "floor", "1", "2"]
    assert lines[6][:4] == ["memory", "floor", "2", "1.5"]
    assert ["torch", "CUDA:", "no", "card", "here"] in lines
