"""The notebook of docs/ runs from its first cell to its last."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

NOTEBOOK = Path(__file__).resolve().parents[2] / "docs" / "texture-normals.ipynb"


def test_the_notebook_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torch")
    monkeypatch.chdir(tmp_path)
    cells = json.loads(NOTEBOOK.read_text("utf-8"))["cells"]
    names: dict[str, Any] = {}
    for number, cell in enumerate(cells):
        if cell["cell_type"] == "code":
            assert cell["outputs"] == []  # what it says is what it does now, not what it once did
            exec(compile("".join(cell["source"]), f"cell {number}", "exec"), names)
    work = tmp_path / "texture_normals_notebook"
    for made in ("sheet.png", "run/report.html", "model/card.json", "maps/texture_height.png", "view.html"):
        assert (work / made).is_file(), made
    assert names["figures"].mean < 60.0
