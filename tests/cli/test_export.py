"""`platelight export`: a model folder, whole or not at all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")
pytest.importorskip("onnx")

from core.card import load_card
from core.cli.main import entry
from core.export import run as export_module
from core.inference.session import open_model

CREDITS = ("--credit", "Textures: A. Uthor, CC0", "--version", "7")


def test_a_run_becomes_a_model_that_opens(tmp_path: Path, tiny_run: Path, capfd: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "models" / "first"
    assert (
        entry(
            [
                "export",
                str(tiny_run),
                "--out",
                str(out),
                "--precision",
                "fp32",
                "--name",
                "mine",
                *CREDITS,
                *CREDITS[:2],
            ]
        )
        == 0
    )
    assert "graph and torch agree" in capfd.readouterr().err
    assert {path.name for path in out.iterdir()} == {"plate_normals.onnx", "card.json"}
    card = load_card(out)
    assert (card.name, card.precision, card.version) == ("mine", "fp32", "7")
    assert card.credits == ("Textures: A. Uthor, CC0",)
    open_model(out, "cpu", 1)


def test_what_is_no_run_ends_in_one_line(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("text")
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged" / "checkpoint.pt").write_bytes(b"text")
    for run, word in (("none", "no such checkpoint"), ("file", "no such checkpoint"), ("damaged", "damaged")):
        assert entry(["export", str(tmp_path / run), "--out", str(tmp_path / "out")]) == 2
        (line,) = capfd.readouterr().err.strip().splitlines()
        assert word in line
    assert not (tmp_path / "out").exists()


def test_odd_precisions_and_files_in_the_way(
    tmp_path: Path, tiny_run: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    assert entry(["export", str(tiny_run), "--out", str(tmp_path / "out"), "--precision", "int8"]) == 2
    assert "fp16, fp32" in capfd.readouterr().err
    monkeypatch.setattr(export_module, "write_graph", lambda *given: given[-1].write_bytes(b"graph"))
    monkeypatch.setattr(
        export_module, "check_parity", lambda *given: {"mean_degrees": 0.0, "p99.9_degrees": 0.0, "sizes": []}
    )
    (tmp_path / "file").write_text("text")
    assert entry(["export", str(tiny_run), "--out", str(tmp_path / "file"), "--precision", "fp32"]) == 2
    assert "cannot be written" in capfd.readouterr().err
    assert (tmp_path / "file").read_text() == "text"


def test_ctrl_c_leaves_nothing(
    tmp_path: Path,
    tiny_run: Path,
    press_ctrl_c: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    def stop(*given: Any) -> dict[str, Any]:
        press_ctrl_c()
        return {}

    monkeypatch.setattr(export_module, "write_graph", lambda *given: given[-1].write_bytes(b"graph"))
    monkeypatch.setattr(export_module, "check_parity", stop)
    assert entry(["export", str(tiny_run), "--out", str(tmp_path / "out"), "--precision", "fp32"]) == 1
    assert "platelight: stopped" in capfd.readouterr().err.strip().splitlines()[-1]
    assert not (tmp_path / "out").exists()
