"""Figures in tables are those of the records that the benchmarks left."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.docs.figures import RECORDS, Table, is_told, numbers_of, record_of, tables_of
from tests.docs.pages import ROOT, TEXTS, name_of

TAGGED = [(path, table) for path in TEXTS for table in tables_of(path.read_text("utf-8")) if table.names]


@pytest.mark.parametrize(("path", "table"), TAGGED, ids=[f"{name_of(path)}:{table.line}" for path, table in TAGGED])
def test_figures_are_those_of_the_records(path: Path, table: Table) -> None:
    numbers = [number for name in table.names for number in numbers_of(record_of(name))]
    figures = table.figures()
    assert figures, "a table without figures needs no record"
    assert [figure for figure in figures if not is_told(figure, numbers)] == []


@pytest.mark.parametrize("path", sorted(RECORDS.glob("*.json")), ids=lambda path: path.stem)
def test_every_record_names_its_command_and_is_used(path: Path) -> None:
    record = json.loads(path.read_text("utf-8"))
    assert set(record) == {"command", "revision", "processor", "figures"}
    words = record["command"].split()
    scripts = [word for word in words if word.endswith(".py")]
    assert scripts or words[0] == "platelight"
    assert all((ROOT / script).is_file() for script in scripts)
    assert any(path.stem in table.names for _, table in TAGGED)


def test_every_table_of_figures_in_the_readme_has_its_records() -> None:
    missing = [
        table.line
        for table in tables_of((ROOT / "README.md").read_text("utf-8"))
        if len(table.figures()) > 1 and not table.names
    ]
    assert missing == []


def test_a_wrong_figure_is_noticed() -> None:
    table = "| | x | wanted |\n|---|---|---|\n| 1.5 apart | 0.43, 43 % of 7 (`9.9`), 1.2 MB | 0.1 |\n"
    text = f"<!-- figures: a, card b -->\n\n{table}\ntext\n\n{table}"
    first, second = tables_of(text)
    assert first.names == ("a", "card b")
    assert second.names == ()
    assert first.figures() == ["0.43", "43"]
    assert all(is_told(figure, [0.4261]) for figure in ("0.43", "43", "0.426"))
    assert not any(is_told(figure, [0.4261]) for figure in ("0.42", "42", "0.427", "0.5"))
    assert list(numbers_of({"a": [1, {"b": 2.5}], "c": True, "d": "7 of 1.5 GB/s"})) == [1.0, 2.5, 1.5]
