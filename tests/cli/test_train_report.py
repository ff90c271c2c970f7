"""`platelight train`: where the page is, what is on it, and event files where they are asked for."""

from __future__ import annotations

import builtins
import json
from pathlib import Path
from typing import Any

import pytest

from core.cli.main import entry
from core.training.report.event_files import EVENTS
from tests import lambert

torch = pytest.importorskip("torch")
torch.set_num_threads(1)

STEPS = 4


@pytest.fixture
def data(tmp_path: Path) -> Path:
    lambert.write_set(tmp_path / "data", 4)
    return tmp_path / "data"


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    settings = {
        "task": "pix2pix_normals",
        "steps": STEPS,
        "batch": 1,
        "size": 32,
        "device": "cpu",
        "validation_share": 0.3,
        "validate_every": 2,
        "preview_every": 2,
        "log_every": 1,
        "pretrained": False,
        "model": {"width": 4, "depth": 3, "discriminator": "none"},
    }
    path = tmp_path / "small_recipe.json"
    path.write_text(json.dumps(settings))
    return path


def command(data: Path, out: Path, recipe: Path, *more: str) -> list[str]:
    return ["train", "pix2pix_normals", "--data", str(data), "--out", str(out), "--recipe", str(recipe), *more]


def steps_logged(run: Path) -> list[int]:
    rows = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    return [row["step"] for row in rows if "validation" not in row]


def test_the_page_is_named_at_both_ends_and_tells_of_the_run(
    tmp_path: Path, data: Path, recipe: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "a long name [bold] of a run"
    assert entry(command(data, out, recipe)) == 0
    captured = capfd.readouterr()
    assert captured.out.strip() == str(out)
    assert captured.err.count(f"report: {out / 'report.html'}") == 2
    text = (out / "report.html").read_text()
    told = json.loads((out / "environment.json").read_text())
    assert told["recipe"] == "small_recipe"
    assert sum(told["frames_by_set"]["data"]) == 4
    for word in ("small_recipe", told["frames_digest"], f"finished, {STEPS} steps", "data:image/jpeg"):
        assert word in text


def test_event_files_have_each_step_once_also_where_a_run_begins_again(
    tmp_path: Path, data: Path, recipe: Path
) -> None:
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    out = tmp_path / "run"
    for _ in range(2):
        assert entry(command(data, out, recipe, "--tensorboard")) == 0
        found = accumulator.EventAccumulator(str(out / EVENTS), size_guidance={"scalars": 0}).Reload()
        tags = found.Tags()["scalars"]
        assert {tag.split("/")[0] for tag in tags} == {"training", "validation"}
        for tag in tags:
            wanted = list(range(STEPS)) if tag.startswith("training/") else [1, 3]
            assert [event.step for event in found.Scalars(tag)] == wanted
        assert [event.step for event in found.Images("preview")] == [2, 4]
        assert steps_logged(out) == list(range(STEPS))
        (out / "checkpoint.pt").unlink()  # as if it had been killed before the first one


def test_a_missing_package_ends_in_one_line_before_anything_is_made(
    tmp_path: Path, data: Path, recipe: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = builtins.__import__

    def without(name: str, *more: Any, **options: Any) -> Any:
        if name.startswith(("tensorboard", "torch.utils.tensorboard")):
            raise ModuleNotFoundError(f"No module named {name!r}", name="tensorboard")
        return real(name, *more, **options)

    monkeypatch.setattr(builtins, "__import__", without)
    assert entry(command(data, tmp_path / "run", recipe, "--tensorboard")) == 1
    last = capfd.readouterr().err.strip().splitlines()[-1]
    assert last.startswith("platelight: ")
    assert "platelight[tensorboard]" in last
    assert not (tmp_path / "run").exists()
