"""Figures in tables are those of the records that the benchmarks left."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.docs.figures import RECORDS, Passage, Table, is_told, numbers_of, passages_of, record_of, tables_of
from tests.docs.pages import ROOT, TEXTS, name_of

TAGGED: list[tuple[Path, Table | Passage]] = [
    (path, block)
    for path in TEXTS
    for read in (tables_of, passages_of)
    for block in read(path.read_text("utf-8"))
    if block.names
]


@pytest.mark.parametrize(("path", "block"), TAGGED, ids=[f"{name_of(path)}:{block.line}" for path, block in TAGGED])
def test_figures_are_those_of_the_records(path: Path, block: Table | Passage) -> None:
    numbers = [number for name in block.names for number in numbers_of(record_of(name))]
    figures = block.figures()
    assert figures, "what has no figures needs no record"
    assert [figure for figure in figures if not is_told(figure, numbers)] == []


@pytest.mark.parametrize("path", sorted(RECORDS.glob("*.json")), ids=lambda path: path.stem)
def test_every_record_names_its_command_and_is_used(path: Path) -> None:
    record = json.loads(path.read_text("utf-8"))
    assert set(record) == {"command", "revision", "processor", "figures"}
    words = record["command"].split()
    scripts = [word for word in words if word.endswith(".py")]
    assert scripts or words[0] == "platelight"
    assert all((ROOT / script).is_file() for script in scripts)
    assert any(path.stem in block.names for _, block in TAGGED)


def test_all_figures_of_the_readme_have_their_records() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    tables = [table.line for table in tables_of(text) if len(table.figures()) > 1 and not table.names]
    passages = [passage.line for passage in passages_of(text) if passage.figures() and not passage.names]
    assert tables == []
    assert passages == []


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


def test_a_wrong_figure_in_running_text_is_noticed() -> None:
    text = (
        "# Of 1.5\n<!-- figures: a, card b; not of them: 0.1, 15 -->\nOff by 0.43,\nwanted 0.1 and 15 %, with "
        "Python 3.11\nand `0.9`.\n| x | y |\n|---|---|\n| a | 2.5 |\n\n```\n7.5\n```\nNot 8.5\n- nor 9.5\n"
    )
    first, second = passages_of(text)
    assert (first.line, first.names, first.figures()) == (3, ("a", "card b"), ["0.43"])
    assert (second.line, second.names, second.figures()) == (13, (), ["8.5", "9.5"])
    assert [table.names for table in tables_of(text)] == [()]
