"""`platelight train`: bad input in one line, Ctrl-C that loses nothing, and the same command that goes on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.cli.main import entry
from core.image import Image, encode_exr
from core.shards import ShardSet, write_shard
from tests import lambert

torch = pytest.importorskip("torch")
torch.set_num_threads(1)

ROOT = Path(__file__).resolve().parents[2]
STEPS = 6


@pytest.fixture
def data(tmp_path: Path) -> Path:
    lambert.write_set(tmp_path / "data", 5)
    return tmp_path / "data"


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    settings = {
        "task": "plate_normals",
        "steps": STEPS,
        "batch": 2,
        "size": 32,
        "device": "cpu",
        "validation_share": 0.3,
        "validate_every": 3,
        "preview_every": 0,
        "log_every": 1,
        "pretrained": False,
        "model": {"width": 8, "fine_width": 8, "detail_width": 4},
    }
    path = tmp_path / "recipe.json"
    path.write_text(json.dumps(settings))
    return path


def command(data: Path, out: Path, recipe: Path, *more: str) -> list[str]:
    return ["train", "plate_normals", "--data", str(data), "--out", str(out), "--recipe", str(recipe), *more]


def steps_logged(run: Path) -> list[int]:
    rows = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    return [row["step"] for row in rows if "validation" not in row]


def half_written(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if "partial" in path.name]


def test_a_run_is_trained_and_the_same_command_adds_nothing(
    tmp_path: Path, data: Path, recipe: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    assert entry(command(data, out, recipe)) == 0
    captured = capfd.readouterr()
    assert captured.out.strip() == str(out)
    assert "platelight export" in captured.err
    assert {".lock", "config.json", "environment.json", "log.jsonl", "curve.json", "report.html", "checkpoint.pt"} == {
        path.name for path in out.iterdir()
    }
    assert steps_logged(out) == list(range(STEPS))
    told = json.loads((out / "environment.json").read_text())
    assert told["training_frames"] + told["validation_frames"] == 5
    before = torch.load(out / "checkpoint.pt", weights_only=True)["average"]
    assert entry(command(data, out, recipe)) == 0
    after = torch.load(out / "checkpoint.pt", weights_only=True)
    assert after["step"] == STEPS
    assert all(torch.equal(value, after["average"][name]) for name, value in before.items())
    # What would make it another run is refused, and nothing of the run is lost.
    lambert.write_set(tmp_path / "other", 2)
    for arguments in (
        command(data, out, recipe, "--steps", "9"),
        command(tmp_path / "other", out, recipe),
    ):
        capfd.readouterr()
        assert entry(arguments) == 2
        assert "--fresh" in capfd.readouterr().err
    assert steps_logged(out) == list(range(STEPS))


def test_a_run_begins_with_the_averaged_weights_of_another_and_says_so(
    tmp_path: Path, data: Path, recipe: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    assert entry(command(data, first, recipe)) == 0
    settings = {**json.loads(recipe.read_text()), "steps": 1, "learning_rates": {"encoder": 0.0, "decoder": 0.0}}
    still = tmp_path / "still.json"  # weights that do not move are those it began with
    still.write_text(json.dumps({**settings, "warmup_steps": 0, "weight_decay": 0.0}))
    assert entry(command(data, second, still, "--start-from", str(first))) == 0
    average, begun = (torch.load(run / "checkpoint.pt", weights_only=True) for run in (first, second))
    for name, value in average["average"].items():
        if "running" not in name and "num_batches" not in name:
            torch.testing.assert_close(begun["modules"][0][name], value)
    told = json.loads((second / "environment.json").read_text())["started_from"]
    assert (told["run"], told["step"]) == ("first", STEPS)
    capfd.readouterr()
    assert entry(command(data, tmp_path / "third", recipe, "--start-from", str(tmp_path / "nothing"))) == 2
    assert "nothing" in capfd.readouterr().err
    assert not (tmp_path / "third" / "config.json").exists()


def test_a_run_begins_with_an_exported_model(
    tmp_path: Path, data: Path, recipe: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    first, model, second = tmp_path / "first", tmp_path / "model", tmp_path / "second"
    assert entry(command(data, first, recipe)) == 0
    assert entry(["export", str(first), "--out", str(model), "--credit", "Textures by N, CC-BY"]) == 0
    assert entry(command(data, second, recipe, "--start-from", str(model))) == 0
    told = json.loads((second / "environment.json").read_text())["started_from"]
    assert told["run"] == "model"
    assert told["sha256"] == json.loads((model / "card.json").read_text())["sha256"]
    third = tmp_path / "third"
    assert entry(command(data, third, recipe, "--start-from", str(second))) == 0
    assert entry(["export", str(third), "--out", str(tmp_path / "own"), "--credit", "Mine, CC0"]) == 0
    assert json.loads((tmp_path / "own" / "card.json").read_text())["credits"] == ["Textures by N, CC-BY", "Mine, CC0"]
    capfd.readouterr()
    assert entry(command(data, tmp_path / "fourth", recipe, "--start-from", "material")) == 2
    assert "for the task material, not plate_normals" in capfd.readouterr().err


def test_a_run_is_taken_up_as_what_it_is(
    tmp_path: Path, data: Path, recipe: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Neither as another task, nor by the default recipe, which the run was not started with."""
    out = tmp_path / "run"
    assert entry(command(data, out, recipe)) == 0
    again = ["--data", str(data), "--out", str(out)]
    for arguments, words in (
        (["texture_normals", *again], "started with task plate_normals, not texture_normals"),
        (["plate_normals", *again, "--steps", "4"], f"started with steps {STEPS}, not 4"),
        (["plate_normals", *again, "--precision", "bf16"], "started with precision fp32, not bf16"),
    ):
        capfd.readouterr()
        assert entry(["train", *arguments]) == 2
        assert words in capfd.readouterr().err
    assert entry(["train", "plate_normals", *again, "--workers", "1"]) == 0


def test_a_run_is_not_taken_up_from_other_first_weights(
    tmp_path: Path, data: Path, recipe: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """With a checkpoint --start-from would do nothing; without one it decides what the record says."""
    first, second, plain = tmp_path / "first", tmp_path / "second", tmp_path / "plain"
    for run, more in ((first, []), (second, ["--start-from", str(first)])):
        assert entry(command(data, run, recipe, *more)) == 0
    capfd.readouterr()
    assert entry(command(data, second, recipe, "--start-from", str(plain))) == 2
    assert "this run began from first" in capfd.readouterr().err
    assert entry(command(data, first, recipe, "--start-from", str(second))) == 2
    assert "this run began from weights of its own" in capfd.readouterr().err
    for more in (["--start-from", str(first)], []):
        assert entry(command(data, second, recipe, *more)) == 0  # it is finished
    (second / "checkpoint.pt").unlink()
    capfd.readouterr()
    assert entry(command(data, second, recipe)) == 2
    assert "give --start-from first again" in capfd.readouterr().err
    assert entry(command(data, first, recipe, "--steps", "1", "--fresh")) == 0  # it has moved since
    assert entry(command(data, second, recipe, "--start-from", str(first))) == 0
    told = json.loads((second / "environment.json").read_text())
    assert told["started_from"]["step"] == 1
    assert told["training_frames"] + told["validation_frames"] == 5


_STOPPED_AFTER_STEP_2 = """
import os, signal, sys
import torch
torch.set_num_threads(1)
from core.cli.main import entry
from core.training.run_folder import RunFolder
append = RunFolder.append
def append_and_stop(self, row):
    append(self, row)
    if row["step"] == 2 and "loss" in row:
        os.kill(os.getpid(), signal.SIGINT)
RunFolder.append = append_and_stop
sys.exit(entry(sys.argv[1:]))
"""


def test_ctrl_c_keeps_a_checkpoint_and_the_same_command_goes_on(tmp_path: Path, data: Path, recipe: Path) -> None:
    out, whole = tmp_path / "run", tmp_path / "whole"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", _STOPPED_AFTER_STEP_2, *command(data, out, recipe)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert f"stopped by SIGINT at step 3 of {STEPS}" in done.stderr.strip().splitlines()[-1]
    assert "Traceback" not in done.stderr
    assert torch.load(out / "checkpoint.pt", weights_only=True)["step"] == 3
    assert half_written(tmp_path) == []
    assert entry(command(data, out, recipe)) == 0
    assert steps_logged(out) == list(range(STEPS))
    assert entry(command(data, whole, recipe)) == 0
    one, other = (torch.load(run / "checkpoint.pt", weights_only=True)["average"] for run in (out, whole))
    # Bit-exactness is shown in one process; another process may have other threads and sum in another order.
    for name, value in one.items():
        torch.testing.assert_close(value, other[name], rtol=1e-3, atol=1e-4)


def test_ctrl_c_while_frames_are_read_leaves_nothing(
    tmp_path: Path,
    data: Path,
    recipe: Path,
    press_ctrl_c: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    def stop(self: ShardSet, key: str) -> dict[str, Any]:
        press_ctrl_c()
        return {}

    monkeypatch.setattr(ShardSet, "metadata", stop)
    assert entry(command(data, tmp_path / "run", recipe)) == 1
    assert "platelight: stopped" in capfd.readouterr().err.strip().splitlines()[-1]
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (["--data", "none"], "no such folder"),
        (["--recipe", "none"], "plate_normals_first"),
        (["--out", "recipe.json"], "is a file"),
        (["--size", "100"], "multiple of 32"),
        (["--precision", "fp8"], "fp32, bf16"),
        (["--resume"], "holds no run"),
        (["--steps", "0"], "--steps"),
    ],
    ids=lambda value: value[-1] if isinstance(value, list) else "",
)
def test_wrong_options_end_in_one_line(
    tmp_path: Path,
    data: Path,
    recipe: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    change: list[str],
    word: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    given = {"--data": "data", "--out": "run", "--recipe": "recipe.json"}
    given |= dict([change]) if len(change) == 2 else {}
    flags = change if len(change) == 1 else []
    arguments = [part for pair in given.items() for part in pair]
    assert entry(["train", "plate_normals", *arguments, *flags]) == 2
    last = capfd.readouterr().err.strip().splitlines()[-1]
    assert last.startswith("platelight: ")
    assert word in last
    assert not (tmp_path / "run").exists()


def test_an_unknown_task_is_answered_with_the_known_ones(
    tmp_path: Path, data: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert entry(["train", "plate_normal", "--data", str(data), "--out", str(tmp_path / "run")]) == 2
    assert "plate_normals" in capfd.readouterr().err


def test_data_without_normals_or_with_damage_is_named(
    tmp_path: Path, data: Path, recipe: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    picture = Image(np.ones((16, 16, 4), np.float32), ("R", "G", "B", "A"))
    write_shard(tmp_path / "plain" / "a.tar", [("key", encode_exr(picture), lambert.metadata(0, 16, 16))])
    (shard,) = data.glob("*.tar")
    damaged = bytearray(shard.read_bytes())
    damaged[len(damaged) // 2] ^= 0xFF
    shard.write_bytes(bytes(damaged))
    for folder, words in ((tmp_path / "plain", ("record key", "'N'")), (data, ("record sample_", "generate"))):
        assert entry(command(folder, tmp_path / "run", recipe)) == 2
        last = capfd.readouterr().err.strip().splitlines()[-1]
        assert str(folder) in last
        assert all(word in last for word in words)
        assert not (tmp_path / "run").exists()
