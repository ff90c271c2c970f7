"""`platelight worker` on the command line."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from core.cli import main
from tests.core.worker.running import PATIENCE, started
from worker_link.place import FOLDER_VARIABLE, read_setting, setting_file


def test_status_and_stop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    with started(tmp_path) as running:
        assert main.entry(["worker", "--status"]) == 0
        told = json.loads(capsys.readouterr().out)
        assert told["pid"] == running.process.pid
        assert running.address.token not in json.dumps(told)
        assert main.entry(["worker", "--stop"]) == 0
        assert running.process.wait(PATIENCE) == 0
    assert main.entry(["worker", "--status"]) == 0
    assert capsys.readouterr().out == "null\n"
    assert main.entry(["worker", "--stop"]) == 0
    assert "no worker is running" in capsys.readouterr().err


def test_register_names_this_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert main.entry(["worker", "--register"]) == 0
    assert read_setting(setting_file()) == sys.executable


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(["--status", "--stop"], "one of"), (["--idle-minutes", "0"], "idle-minutes"), (["--models", "0"], "models")],
)
def test_options_that_cannot_be(arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.entry(["worker", *arguments]) == 2
    assert words in capsys.readouterr().err


def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    done = subprocess.run(
        [sys.executable, "-m", "core.cli.main", "worker"],
        env={FOLDER_VARIABLE: str(tmp_path / "file"), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert str(tmp_path / "file") in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
