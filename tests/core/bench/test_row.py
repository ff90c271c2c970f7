"""Ratios are of times taken side by side, and the table says them so that nobody reads them the wrong way round."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from core.bench.clock import in_turn
from core.bench.machine import busy, machine
from core.bench.row import LeftOut, Row, Settings, compared
from core.bench.table import render, worst

FACTS: dict[str, Any] = {
    "processor": "Some CPU",
    "cores": 2,
    "threads": 2,
    "system": "Linux",
    "date": "2030-01-01T00:00+00:00",
    "load": 0.1,
    "versions": {"numpy": "2.0"},
}


def row(what: str, ratio: float, **changes: Any) -> Row:
    fields: dict[str, Any] = {"part": "exr", "unit": "files/s", "beside": "bare", "beside_figure": 20.0, "rounds": 3}
    fields |= {"figure": 10.0, "low": ratio, "high": ratio}
    return Row(what=what, ratio=ratio, **(fields | changes))


def test_a_slower_thing_has_a_ratio_above_one_and_a_smaller_rate() -> None:
    made = compared("exr", "read", [2.0, 4.0, 6.0], "bare", [1.0, 1.0, 2.0], 8.0, "files/s")
    assert made.figure == 8.0 / 4.0
    assert made.beside_figure == 8.0 / 1.0
    assert made.ratio == 3.0  # of 2, 4 and 3: round by round, not median over median, which would be 4
    assert (made.low, made.high, made.rounds) == (2.5, 3.5, 3)


def test_a_single_round_has_no_spread() -> None:
    made = compared("exr", "read", [2.0], "bare", [1.0], 1.0, "files/s")
    assert (made.low, made.ratio, made.high, made.rounds) == (2.0, 2.0, 2.0, 1)


@pytest.mark.parametrize(("ours", "theirs"), [([], []), ([1.0], [1.0, 2.0])])
def test_lists_that_do_not_belong_together_are_refused(ours: list[float], theirs: list[float]) -> None:
    with pytest.raises(ValueError, match=r"."):
        compared("exr", "read", ours, "bare", theirs, 1.0, "files/s")


def test_calls_take_turns_after_one_round_that_does_not_count() -> None:
    now = [0.0]
    played: list[str] = []

    def call(name: str, lasting: float) -> None:
        played.append(name)
        now[0] += lasting if played.count(name) > 1 else 50.0  # the first is slow, as first calls are

    times = in_turn(
        {"a": lambda: call("a", 1.0), "b": lambda: call("b", 2.0)}, rounds=3, seconds=100.0, clock=lambda: now[0]
    )
    assert times == {"a": [1.0] * 3, "b": [2.0] * 3}
    assert "".join(played) == "ab" + "ab" + "ba" + "ab"


def test_no_further_round_once_the_time_is_over_but_always_two() -> None:
    now = [0.0]

    def call() -> None:
        now[0] += 30.0

    assert len(in_turn({"a": call}, rounds=9, seconds=0.0, clock=lambda: now[0])["a"]) == 2
    assert len(in_turn({"a": call}, rounds=9, seconds=100.0, clock=lambda: now[0])["a"]) == 4


def test_the_worst_are_those_furthest_above_one() -> None:
    rows = [row("a", 0.2), row("b", 3.0), row("c", 1.0), row("d", 7.0), row("e", 5.0)]
    assert [one.what for one in worst(rows)] == ["d", "e"]
    assert worst([row("a", 0.2), row("c", 1.0)]) == []


def test_the_table_has_every_row_and_says_what_is_missing() -> None:
    rows = [row("read", 1.5), row("write", 120.0, figure=1234.5), row("once", 0.5, rounds=1)]
    left_out = [LeftOut("torch", "torch compiled", "needs a C++ compiler; install g++")]
    text = render(rows, left_out, FACTS)
    lines = text.splitlines()
    assert lines[0].startswith("Some CPU, 2 cores, 2 threads, load 0.1")
    assert [line.split()[1] for line in lines if line.startswith("exr")] == ["read", "write", "once"]
    assert "1,234" in text
    assert "1 round" in text
    assert "furthest above 1: exr, write: 120 times bare; exr, read: 1.50 times bare" in text
    assert lines[-1] == "left out: torch, torch compiled: needs a C++ compiler; install g++"


def test_markdown_is_a_table_with_equal_columns() -> None:
    lines = render([row("read", 1.5), row("write", 2.0)], [], FACTS, markdown=True).splitlines()
    table = [line for line in lines if line.startswith("|")]
    assert len(table) == 4
    assert {line.count("|") for line in table} == {9}
    assert table[1].count("---") == 8


def test_nothing_measured_is_said() -> None:
    text = render([], [LeftOut("torch", "the whole part", "not installed")], FACTS)
    assert "nothing was measured" in text
    assert "left out: torch" in text


def test_the_machine_is_named_and_a_busy_one_is_told() -> None:
    found = machine(3)
    assert found["threads"] == 3
    assert found["versions"]["numpy"]
    assert busy({"load": 1.9, "cores": 2}).startswith("load average 1.9 on 2 cores")
    assert busy({"load": 0.9, "cores": 2}) == ""
    assert busy({"load": None, "cores": 2}) == ""


def test_settings_are_for_one_thread_unless_told(tmp_path: Path) -> None:
    assert Settings(tmp_path).threads == 1
