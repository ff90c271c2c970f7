"""The command: it prints one table, names what it leaves out and the remedy, and refuses what it cannot mean."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from core.bench import LeftOut, Row, Settings
from core.cli import bench as command
from core.cli import bench_generation, main
from core.errors import DiskFull, MissingPart, WorkFailed

Part = Callable[[Settings], Iterator[Row | LeftOut]]


def part(name: str, ratio: float) -> Part:
    def measure(settings: Settings) -> Iterator[Row | LeftOut]:
        assert settings.folder.is_dir()
        yield Row(name, f"work with {settings.threads} threads", 10.0, "runs/s", "bare", 20.0, ratio, ratio, ratio, 2)

    return measure


def failing(error: Exception) -> Part:
    def measure(_: Settings) -> Iterator[Row | LeftOut]:
        yield LeftOut("x", "something first", "for a reason")
        raise error

    return measure


@pytest.fixture
def parts(monkeypatch: pytest.MonkeyPatch) -> dict[str, Part]:
    """What each part does; none of them measures anything."""
    found = {name: part(name, 1.0 + place) for place, name in enumerate(command._ORDER)}
    monkeypatch.setattr(command, "_part", lambda name: found[name])
    return found


def test_one_table_with_all_parts_in_their_order(parts: dict[str, Part], capsys: pytest.CaptureFixture[str]) -> None:
    assert main.entry(["bench", "--threads", "3"]) == 0
    printed = capsys.readouterr()
    lines = [line.split() for line in printed.out.splitlines()]
    order = [line[0] for line in lines if "threads" in line and "runs/s" in line]
    assert order == list(command._ORDER) == list(parts)
    assert "work with 3 threads" in printed.out
    assert "bench: 7/7" in printed.err


def test_json_holds_everything(parts: dict[str, Part], capsys: pytest.CaptureFixture[str]) -> None:
    assert main.entry(["bench", "--json", "--only", "relight, exr", "--quick"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [row["part"] for row in told["rows"]] == ["relight", "exr"]
    assert told["quick"] is True
    assert told["machine"]["threads"] >= 1
    assert [row["part"] for row in told["worst"]] == ["exr", "relight"]
    assert set(told["rows"][0]) == set(Row.__dataclass_fields__)


def test_markdown(parts: dict[str, Part], capsys: pytest.CaptureFixture[str]) -> None:
    assert main.entry(["bench", "--markdown", "--only", "exr"]) == 0
    assert "| exr | work with" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ModuleNotFoundError("No module named 'torch'", name="torch"), "platelight[train]"),
        (ModuleNotFoundError("No module named 'mitsuba'", name="mitsuba.core"), "platelight[render]"),
        (MissingPart("no renderer works here; install libLLVM"), "install libLLVM"),
        (WorkFailed("the model gave values that are not numbers"), "not numbers"),
    ],
)
def test_a_part_that_cannot_run_is_named_and_the_others_go_on(
    parts: dict[str, Part], error: Exception, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    parts["training"] = failing(error)
    assert main.entry(["bench", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [row["part"] for row in told["rows"]] == [name for name in command._ORDER if name != "training"]
    first, second = told["left_out"]
    assert first["what"] == "something first"
    assert second["part"] == "training"
    assert words in second["why"]


@pytest.mark.parametrize(
    ("error", "code"),
    [(DiskFull("no space left"), 1), (ModuleNotFoundError("No module named 'nowhere'", name="nowhere"), 1)],
)
def test_what_no_extra_mends_ends_the_run(
    parts: dict[str, Part], error: Exception, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    parts["training"] = failing(error)
    assert main.entry(["bench"]) == code
    assert str(error) in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--only", "exr,speed"], "the parts are generation"),
        (["--only", ","], "the parts are generation"),
        (["--json", "--markdown"], "exclude each other"),
        (["--rounds", "1"], "--rounds"),
    ],
)
def test_bad_options_are_one_line(
    parts: dict[str, Part], arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.entry(["bench", *arguments]) == 2
    printed = capsys.readouterr().err
    assert words in printed
    assert printed.count("\n") == 1


def test_every_part_is_one_that_exists() -> None:
    from core.bench.parts import PARTS

    assert set(command._ORDER) == {*PARTS, "generation"}


def timing(pid: int, seconds: float, **stages: float) -> dict[str, Any]:
    return {"pid": pid, "frames": 1, "seconds": seconds, "stages": stages}


def test_stages_are_shares_of_a_whole_pair() -> None:
    rows = list(
        bench_generation.stage_rows(
            [timing(1, 2.0, beauty=0.5, hits=0.5), timing(2, 4.0, beauty=1.0, hits=1.0)], 2, 256, 16
        )
    )
    whole, *stages = rows
    assert whole.figure == 3600 * 2 / 3.0  # two workers, 3 s a pair
    assert whole.ratio == 4.0
    assert {row.what: row.ratio for row in stages} == {"- beauty": 0.25, "- hits": 0.25, "- other": 0.5}
    assert sum(row.figure for row in stages) == pytest.approx(3000.0)


def test_sequences_count_every_frame() -> None:
    (whole, *_) = bench_generation.stage_rows([{**timing(1, 4.0, beauty=1.0), "frames": 4}], 1, 256, 16)
    assert whole.figure == 3600.0


def test_the_first_scene_of_each_worker_does_not_count() -> None:
    rows = [timing(1, 9.0), timing(2, 9.0), timing(1, 1.0), timing(2, 2.0), timing(1, 3.0)]
    assert [row["seconds"] for row in bench_generation._settled(rows)] == [1.0, 2.0, 3.0]
    assert list(bench_generation.stage_rows([], 1, 32, 2)) == []


@pytest.mark.slow
def test_real_scenes_are_measured(tmp_path: Any) -> None:
    pytest.importorskip("mitsuba")
    found = list(bench_generation.measure_generation(Settings(tmp_path, rounds=2, seconds=0.0, quick=True)))
    rows = [one for one in found if isinstance(one, Row)]
    assert rows[0].unit == "pairs/h"
    assert rows[0].ratio > 1.0  # a pair is its beauty and more
    assert {"- beauty", "- encode", "- other"} <= {row.what for row in rows[1:]}
    assert sum(row.ratio for row in rows[1:]) == pytest.approx(1.0, abs=0.02)
