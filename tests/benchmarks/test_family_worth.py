"""What the worth of a family is worked out from."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture(name="family_worth")
def _benchmark(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    monkeypatch.syspath_prepend(str(FOLDER))
    yield importlib.import_module("family_worth")
    sys.modules.pop("family_worth", None)


def result(mean: float, **scenes: float) -> dict[str, Any]:
    figures = {"mean": mean, "median": mean, "within_11_25": 50.0, "within_30": 80.0}
    return {"mean_of_sets": figures, "sets": {}, "scenes": {name: {"mean": value} for name, value in scenes.items()}}


RESULTS = {
    "all, seed 0": result(20.0, room=10.0, street=12.0),
    "all, seed 1": result(22.0, room=12.0, street=12.0),
    "without room": result(24.0, room=21.0, street=13.0),
    "without street": result(20.5, room=9.0, street=12.5),
}


def test_a_family_is_worth_what_is_lost_without_it(family_worth: ModuleType) -> None:
    rows = family_worth.table(RESULTS).splitlines()
    assert "21.00 (2.00)" in rows[2]
    assert [row.split("|")[-2].strip() for row in rows[3:]] == ["+3.00", "-0.50"]


def test_unseen_scenes_compare_those_who_knew_the_family_with_the_one_who_did_not(family_worth: ModuleType) -> None:
    rows = [row for row in family_worth.unseen_table(RESULTS).splitlines() if row][2:]
    assert rows == ["| room | 11.00 (2.00) | 21.00 | +10.00 |", "| street | 12.00 (0.00) | 12.50 | +0.50 |"]


@pytest.mark.parametrize(("shown", "names"), [(2, ["a.png", "c.jpg"]), (9, ["a.png", "b.png", "c.jpg", "d.exr"])])
def test_the_pictures_shown_are_spread_over_the_folder(
    family_worth: ModuleType, tmp_path: Path, shown: int, names: list[str]
) -> None:
    for name in ("d.exr", "b.png", "notes.txt", "a.png", "c.jpg"):
        (tmp_path / name).touch()
    assert [path.name for path in family_worth.pictures(tmp_path, shown)] == names
