"""The folder of a run: what was asked for is kept, and only the same run goes on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.errors import BadConfig, BadInput
from core.training.run_folder import RunFolder, check_writable, environment
from tests.core.training import tiny_tasks


def started(path: Path) -> RunFolder:
    run = RunFolder(path)
    run.start(tiny_tasks.config(), {"frames_digest": "abc", "training_frames": 8})
    return run


def test_a_started_run_tells_its_settings_and_machine(tmp_path: Path) -> None:
    assert not RunFolder(tmp_path).started
    run = started(tmp_path)
    assert run.started
    assert run.config() == tiny_tasks.config()
    told = json.loads((tmp_path / "environment.json").read_text())
    assert told["training_frames"] == 8
    assert told["packages"]["torch"]
    assert told["processors"] >= 1
    assert set(environment()) <= set(told)


def test_other_data_is_another_run(tmp_path: Path) -> None:
    run = started(tmp_path)
    run.check_data("abc")
    with pytest.raises(BadConfig, match="--fresh"):
        run.check_data("abd")


def test_going_back_drops_only_later_lines(tmp_path: Path) -> None:
    run = started(tmp_path)
    for step in range(5):
        run.append({"step": step, "loss": 1.0})
    run.append({"step": 4, "validation": {"degrees": 9.0}})
    with (tmp_path / "log.jsonl").open("a") as log:
        log.write('{"step": 5, "lo')  # cut off by a crash
    assert len(run.rows()) == 6
    run.rewind(3)
    assert [row["step"] for row in run.rows()] == [0, 1, 2]


def test_the_curve_has_columns_of_equal_length(tmp_path: Path) -> None:
    run = started(tmp_path)
    for step in range(1500):
        run.append({"step": step, "loss": step / 10.0, **({"degrees": 1.0} if step % 2 else {})})
    for step in (100, 200):
        run.append({"step": step, "validation": {"degrees": step / 10.0}})
    run.write_curve()
    curve = json.loads((tmp_path / "curve.json").read_text())
    training = curve["training"]
    assert {len(column) for column in training.values()} == {len(training["step"])}
    assert 300 < len(training["step"]) < 700
    assert (training["step"][0], training["step"][-1]) == (0, 1499)
    assert all(
        loss == pytest.approx(step / 10.0) for step, loss in zip(training["step"], training["loss"], strict=True)
    )
    assert curve["validation"] == {"step": [100, 200], "degrees": [10.0, 20.0]}


def test_a_new_start_forgets_the_former_run(tmp_path: Path) -> None:
    run = started(tmp_path)
    run.append({"step": 0, "loss": 1.0})
    run.write_curve()
    (tmp_path / "checkpoint.pt").write_bytes(b"old")
    run.start(tiny_tasks.config(steps=3), {})
    assert {path.name for path in tmp_path.iterdir()} == {"config.json", "environment.json"}
    assert run.config().steps == 3


def test_damage_and_files_in_the_way_are_told(tmp_path: Path) -> None:
    run = started(tmp_path)
    for text in ("{", "[]"):
        (tmp_path / "config.json").write_text(text)
        with pytest.raises(BadConfig, match="--fresh"):
            run.config()
    (tmp_path / "file").write_text("")
    check_writable(tmp_path)
    check_writable(tmp_path / "none")
    with pytest.raises(BadInput, match="--out"):
        check_writable(tmp_path / "file")
