"""`platelight evaluate`: a table, a file of figures, a sheet; bad input in one line."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.card import WEIGHTS
from core.cli.main import entry
from core.evaluation import evaluate as evaluate_module
from core.image import SRGB, Image, read_image, write_image
from tests import lambert
from tests.core.inference.confident import write_confident_model

MakeModel = Callable[..., Path]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    lambert.write_set(tmp_path / "data", 3)
    return tmp_path / "data"


def command(data: Path, model: Path | str, *more: str) -> list[str]:
    options = ["--model", str(model), "--device", "cpu", "--threads", "1"]
    return ["evaluate", "plate_normals", "--data", str(data), *options, *more]


def test_figures_and_a_sheet_are_written(
    tmp_path: Path, data: Path, rays_model: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "report"
    assert entry(command(data, rays_model, "--out", str(out))) == 0
    assert {path.name for path in out.iterdir()} == {"evaluation.json", "contact_sheet.png"}
    told = json.loads((out / "evaluation.json").read_text())
    assert told["sets"]["spheres"]["images"] == 3
    assert 1.0 < told["mean_of_sets"]["mean"] < 90.0
    assert read_image(out / "contact_sheet.png").height > 40
    shown = capfd.readouterr().err
    assert "spheres" in shown
    assert f"{told['mean_of_sets']['mean']:.1f}" in shown


def test_a_run_is_exported_first(tmp_path: Path, data: Path, rays_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torch")
    pytest.importorskip("onnx")
    import core.export

    asked = []

    def export_run(run: Path, out: Path) -> None:
        asked.append(run)
        shutil.copytree(rays_model, out)

    monkeypatch.setattr(core.export, "export_run", export_run)
    run = tmp_path / "run"
    run.mkdir()
    (run / "checkpoint.pt").write_bytes(b"")
    assert entry(command(data, run, "--out", str(tmp_path / "report"))) == 0
    assert asked == [run]
    assert json.loads((tmp_path / "report" / "evaluation.json").read_text())["model"] == "tiny_rays"
    assert [path.name for path in run.iterdir()] == ["checkpoint.pt"]


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (["--data", "none"], "no such folder"),
        (["--fov", "0"], "field of view of 0"),
        (["--out", "file"], "is a file"),
        (["--data", "empty"], "neither shards"),
        (["--model", "none"], "shipped models"),
        (["--model", "file"], "is not JSON"),
        (["--fov", "300"], "170"),
    ],
    ids=" ".join,
)
def test_wrong_options_end_in_one_line(
    tmp_path: Path,
    data: Path,
    rays_model: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    change: list[str],
    word: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("text")
    assert entry([*command(data, rays_model, "--out", "out"), *change]) == 2
    last = capfd.readouterr().err.strip().splitlines()[-1]
    assert last.startswith("platelight: ")
    assert word in last
    assert not (tmp_path / "out").exists()


def test_an_unknown_task_and_a_damaged_record_are_named(
    data: Path, rays_model: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert entry(["evaluate", "occlusions", "--data", str(data), "--model", str(rays_model)]) == 2
    assert "plate_normals" in capfd.readouterr().err
    (shard,) = data.glob("*.tar")
    damaged = bytearray(shard.read_bytes())
    damaged[len(damaged) // 2] ^= 0xFF
    shard.write_bytes(bytes(damaged))
    assert entry(command(data, rays_model)) == 2
    last = capfd.readouterr().err.strip().splitlines()[-1]
    assert "record sample_0001" in last
    assert "platelight generate" in last


def test_ctrl_c_leaves_no_half_report(
    tmp_path: Path,
    data: Path,
    rays_model: Path,
    press_ctrl_c: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    predict: Any = evaluate_module.predict
    calls = []

    def stop_at_the_second(*given: Any, **options: Any) -> Any:
        calls.append(1)
        if len(calls) == 2:
            press_ctrl_c()
        return predict(*given, **options)

    monkeypatch.setattr(evaluate_module, "predict", stop_at_the_second)
    assert entry(command(data, rays_model, "--out", str(tmp_path / "out"))) == 1
    assert "platelight: stopped" in capfd.readouterr().err.strip().splitlines()[-1]
    assert len(calls) == 2
    assert not (tmp_path / "out").exists()


def test_figures_can_be_recorded_in_the_card(tmp_path: Path, data: Path, rays_model: Path) -> None:
    model = tmp_path / "model"
    shutil.copytree(rays_model, model)
    out = tmp_path / "report"
    asked = ["--record", "spheres at noon", "--out", str(out), "--size", "64", "--fov", "40"]
    assert entry(command(data, model, *asked)) == 0
    card = json.loads((model / "card.json").read_text())
    told = json.loads((out / "evaluation.json").read_text())
    looked = {"size": 64, "tile": False, "detail": "medium", "looks": 1, "fov_degrees": 40.0}
    assert card["scores"]["spheres at noon"] == {
        "mean_of_sets": told["mean_of_sets"],
        "sets": told["sets"],
        "looked_at": looked,
    }
    assert entry(command(data, model)) == 0, "the card still describes the model"


def test_figures_of_shipped_models_are_not_written_over(data: Path, capfd: pytest.CaptureFixture[str]) -> None:
    card = WEIGHTS / "plate_normals" / "card.json"
    before = card.read_bytes()
    assert entry(command(data, Path("plate_normals"), "--record", "x")) == 2
    assert "copy its folder" in capfd.readouterr().err
    assert card.read_bytes() == before


def test_a_run_has_no_card_to_record_in(data: Path, tiny_run: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert entry(command(data, tiny_run, "--record", "x")) == 2
    assert "export it first" in capfd.readouterr().err


def test_a_public_data_set_and_its_axes(tmp_path: Path, rays_model: Path, capfd: pytest.CaptureFixture[str]) -> None:
    normals = np.zeros((48, 64, 3), np.float32)
    normals[..., 2] = 1.0
    code = np.clip(0.5 + 0.5 * normals, 0.0, 1.0)
    folder = tmp_path / "nyu" / "test"
    folder.mkdir(parents=True)
    for name in ("000000_img.png", "000000_normal.png"):
        write_image(folder / name, Image(code, ("R", "G", "B"), color_space=SRGB), dtype="uint8")
    out = tmp_path / "report"
    assert entry(command(tmp_path / "nyu", rays_model, "--layout", "nyuv2", "--out", str(out))) == 0
    told = json.loads((out / "evaluation.json").read_text())
    assert list(told["sets"]) == ["nyuv2"]
    assert told["mean_of_sets"]["edge_mean"] is None
    assert "near and away from sharp turns" in capfd.readouterr().err
    assert entry(command(tmp_path / "nyu", rays_model, "--normal-axes", "rdf")) == 2
    assert "look away from the camera" in capfd.readouterr().err
    assert entry(command(tmp_path / "nyu", rays_model, "--normal-axes", "xyz")) == 2
    assert "such as RUB" in capfd.readouterr().err
    assert entry(command(tmp_path / "nyu", rays_model, "--layout", "kitti")) == 2
    assert "is not known" in capfd.readouterr().err


def test_confidence_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    from core.cli.evaluate import _print
    from core.evaluation.calibration import Calibration
    from core.evaluation.measures import Figures

    table = Calibration()
    table.add(np.full(50, 10.0), np.linspace(1.0, 30.0, 50))
    figures = Figures(15.0, 14.0, 10.0, 40.0, 70.0, 95.0, 20.0, 12.0, 5.0)
    row = evaluate_module.Row("office", "a", figures, np.zeros((4, 16, 3), np.uint8))
    _print(evaluate_module.Evaluation([row], {}, {"office": table}))
    shown = capfd.readouterr().err
    for word in ("AUSE", "temperature", "reliability", "within 11.25", "20.0", "12.0"):
        assert word in shown


def test_a_model_with_confidence_is_judged_by_it(tmp_path: Path, data: Path, capfd: pytest.CaptureFixture[str]) -> None:
    widths = {}
    for name, confident in (("sure", True), ("silent", False)):
        model, out = write_confident_model(tmp_path / name, confident=confident), tmp_path / f"{name}_report"
        assert entry(command(data, model, "--out", str(out))) == 0
        shown, told = capfd.readouterr().err, json.loads((out / "evaluation.json").read_text())
        assert ("calibration" in told) == confident
        for word in ("AUSE", "temperature", "reliability"):
            assert (word in shown) == confident
        widths[name] = read_image(out / "contact_sheet.png").width
    assert set(json.loads((tmp_path / "sure_report" / "evaluation.json").read_text())["calibration"]["sets"]) == {
        "spheres"
    }
    assert widths["sure"] >= widths["silent"]
