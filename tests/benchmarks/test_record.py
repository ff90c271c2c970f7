"""A record says what was found, by which command, where and at which revision."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "benchmarks"


def test_a_record_keeps_command_revision_and_figures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(FOLDER))
    record = importlib.import_module("record")
    monkeypatch.setattr(record, "RECORDS", tmp_path)
    results = tmp_path / "results.json"
    results.write_text('{"error": 0.25}')
    monkeypatch.setattr(
        sys, "argv", ["record.py", "thing", str(results), "--", "python", "benchmarks/thing.py", "--quick"]
    )
    record.main()
    made = json.loads((tmp_path / "thing.json").read_text())
    assert made["figures"] == {"error": 0.25}
    assert made["command"] == "python benchmarks/thing.py --quick"
    assert made["revision"]
    assert made["processor"]


def test_what_was_printed_is_kept_line_by_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(FOLDER))
    record = importlib.import_module("record")
    monkeypatch.setattr(record, "RECORDS", tmp_path)
    (tmp_path / "out.txt").write_text("median 14.1\nmean 24.1\n")
    monkeypatch.setattr(sys, "argv", ["record.py", "thing", str(tmp_path / "out.txt"), "--", "python", "thing.py"])
    record.main()
    assert json.loads((tmp_path / "thing.json").read_text())["figures"] == {"printed": ["median 14.1", "mean 24.1"]}
