"""Two trainings in one folder would write over each other's checkpoints."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from core.cli import main
from core.errors import BadConfig, BadInput
from core.training.sole_run import sole_run
from tests import lambert


@pytest.mark.skipif(sys.platform == "win32", reason="no flock there")
def test_a_second_training_is_refused_and_changes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lambert.write_set(tmp_path / "data")
    run = tmp_path / "run"
    with sole_run(run):
        with pytest.raises(BadConfig, match="another `platelight train` is at work there"), sole_run(run):
            pass
        words = ["train", "plate_normals", "--data", str(tmp_path / "data"), "--out", str(run), "--steps", "1"]
        assert main.entry(words) == 2
        assert f"{run}: another `platelight train` is at work there" in capsys.readouterr().err
        assert [path.name for path in run.iterdir()] == [".lock"]
    with sole_run(run):  # what is over is in nobody's way
        pass


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match="cannot be written"), sole_run(tmp_path / "file" / "run"):
        pass
