"""The doctor: every part is answered for, broken parts cost one line, and only needed ones an exit code."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from core import card
from core.cli import doctor, machine, main


def healthy() -> dict[str, Any]:
    """What `survey` gives on a machine with everything, Maya and a GPU too."""
    return {
        "platelight": {"version": "0.1.0", "python": "3.11.9", "executable": "/venv/bin/python"},
        "machine": {
            "platform": "Linux",
            "machine": "x86_64",
            "processors": 8,
            "usable_processors": 4,
            "OMP_NUM_THREADS": None,
            "memory_bytes": 2**34,
        },
        "gpus": [{"name": "Some GPU", "memory": "24576 MiB", "driver": "550"}],
        "images": {"OpenImageIO": "3.0.1", "ocio_config": "ocio://default", "color_spaces": 30, "problem": None},
        "renderers": [{"variant": "llvm_ad_rgb", "llvm": "/usr/lib/libLLVM-19.so", "problem": None}],
        "denoiser": {"version": "0.1.2", "problem": None},
        "onnxruntime": {
            "packages": {"onnxruntime": "1.20.0"},
            "version": "1.20.0",
            "providers": ["CPUExecutionProvider"],
            "problem": None,
        },
        "torch": {"version": "2.13.0", "cuda_available": True, "problem": None},
        "models": [
            {
                "name": "m",
                "task": "t",
                "version": "1",
                "bytes": 5_000_000,
                "scores": {"held_out": {"degrees": 12.3}},
                "problem": None,
            }
        ],
        "hosts": [{"host": "Maya", "version": "2025", "program": "/usr/autodesk/maya2025/bin/mayapy"}],
    }


@pytest.fixture
def surveyed(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    found = healthy()
    monkeypatch.setattr(machine, "survey", lambda timeout_s: found)
    monkeypatch.setenv("COLUMNS", "200")
    return found


def test_every_part_has_its_words(surveyed: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    assert main.entry(["doctor"]) == 0
    printed = capsys.readouterr().out
    machine_words = ("4 of 8", "16.0 GiB", "Some GPU")
    library_words = ("3.0.1", "renders with /usr/lib/libLLVM-19.so", "0.1.2", "CUDA in use", "CPUExecutionProvider")
    for words in (*machine_words, *library_words, "m 1 (t, 5.0 MB)", "12.3", "Maya", "not tried"):
        assert words in printed


def test_json_is_the_survey_and_nothing_else(surveyed: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    assert main.entry(["doctor", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == surveyed


@pytest.mark.parametrize("part", ["images", "onnxruntime"])
def test_a_needed_part_that_is_broken_costs_the_exit_code(
    part: str, surveyed: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    surveyed[part] = {"packages": {}, "problem": "it is [broken]; mend it"}
    assert main.entry(["doctor"]) == 1
    printed = capsys.readouterr()
    assert "it is [broken]; mend it" in printed.out
    assert f"{part}: it is [broken]; mend it" in printed.err


@pytest.mark.parametrize("part", ["torch", "denoiser"])
def test_an_optional_part_only_gets_its_line(
    part: str, surveyed: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    surveyed[part] = {"problem": "not installed; do this"}
    surveyed["renderers"] = [{"variant": "llvm_ad_rgb", "llvm": None, "problem": "no LLVM"}]
    surveyed["models"] = [{"name": "m", "problem": "card.json: no weights"}]
    surveyed["hosts"] = surveyed["gpus"] = []
    assert main.entry(["doctor"]) == 0
    printed = capsys.readouterr().out
    for words in ("not installed; do this", "no LLVM", "card.json: no weights", "no NVIDIA GPU", "none found"):
        assert words in printed


def test_this_machine_answers_for_every_part() -> None:
    found = machine.survey()
    assert set(found) == set(healthy())
    assert found["images"]["problem"] is None
    assert found["images"]["color_spaces"] > 10
    assert [renderer["variant"] for renderer in found["renderers"]] == list(machine.RENDERER_VARIANTS)
    assert found["machine"]["processors"] >= 1
    assert json.loads(json.dumps(found)) == found
    assert doctor._rows(found)


def test_a_child_that_aborts_hangs_or_babbles_is_one_line() -> None:
    assert "137" in machine.ask_child("import os; os._exit(137)")["problem"]
    assert "hands" in machine.ask_child("raise RuntimeError('two left hands')")["problem"]
    assert machine.ask_child("import time; time.sleep(60)", timeout_s=0.2)["problem"].startswith("gave no answer")
    assert "no readable answer" in machine.ask_child("import os; os._exit(0)")["problem"]
    assert machine.ask_child("print('babble'); answer = {'a': 1}") == {"a": 1, "problem": None}


def test_a_broken_ocio_variable_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("OCIO", str(tmp_path / "absent.ocio"))
    problem = machine.ask_child(machine._IMAGES)["problem"]
    assert "absent.ocio" in problem


def test_a_broken_card_is_listed_with_its_reason(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(card, "WEIGHTS", tmp_path)
    for name in ("a_good", "b_broken", "c_without_weights", "d_other_weights"):
        described = card.ModelCard(
            name=name,
            task="plate_normals",
            version="1",
            description="",
            inputs=(),
            outputs=(),
            multiple_of=32,
            work_size=256,
            default_fov_degrees=45.0,
            weights="model.onnx",
            sha256=hashlib.sha256(b"12345").hexdigest(),
            precision="fp16",
            scores={"mean_degrees": 9.5},
        )
        (tmp_path / name).mkdir()
        (tmp_path / name / "model.onnx").write_bytes(b"12345")
        (tmp_path / name / "card.json").write_text(json.dumps(described.to_json()))
    (tmp_path / "b_broken" / "card.json").write_text("{")
    (tmp_path / "c_without_weights" / "model.onnx").unlink()
    (tmp_path / "d_other_weights" / "model.onnx").write_bytes(b"54321")
    good, *others = machine.shipped_models()
    assert good["name"] == "a_good"
    assert good["bytes"] == 5
    assert good["scores"] == {"mean_degrees": 9.5}
    assert good["problem"] is None
    assert [model["name"] for model in others] == ["b_broken", "c_without_weights", "d_other_weights"]
    assert all(model["name"] in model["problem"] for model in others)
