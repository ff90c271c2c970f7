"""Checkpoints: whole or absent, and a damaged one is told from a missing one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from core.errors import BadInput, FileMissing
from core.training.checkpoint import CHECKPOINT, Checkpoint, read_checkpoint, write_checkpoint

_WRITE_IN_CHILD = """
import sys
from pathlib import Path
from core.errors import DiskFull
from tests.core.training.test_checkpoint import checkpoint
from core.training.checkpoint import write_checkpoint
try:
    write_checkpoint(Path(sys.argv[1]), checkpoint(2, 1 << 18))
except DiskFull as error:
    print(error)
    sys.exit(71)
"""


def checkpoint(step: int, size: int = 4) -> Checkpoint:
    state = {"weight": torch.arange(size, dtype=torch.float32) + step}
    return Checkpoint(step, 1.5, [state], [{"state": {}, "param_groups": []}], state, step, {"task": "mixing"})


def test_a_checkpoint_comes_back(tmp_path: Path) -> None:
    write_checkpoint(tmp_path, checkpoint(3))
    found = read_checkpoint(tmp_path)
    assert (found.step, found.seconds, found.average_updates, found.config) == (3, 1.5, 3, {"task": "mixing"})
    torch.testing.assert_close(found.modules[0]["weight"], torch.tensor([3.0, 4.0, 5.0, 6.0]))


def test_none_is_told_from_a_damaged_one(tmp_path: Path) -> None:
    with pytest.raises(FileMissing, match="platelight train"):
        read_checkpoint(tmp_path)
    write_checkpoint(tmp_path, checkpoint(3))
    path = tmp_path / CHECKPOINT
    for data in (path.read_bytes()[:300], b"", b"text"):
        path.write_bytes(data)
        with pytest.raises(BadInput, match="--fresh"):
            read_checkpoint(tmp_path)


def test_a_checkpoint_runs_no_code(tmp_path: Path) -> None:
    torch.save({"format": 1, "step": Path("/")}, tmp_path / CHECKPOINT)
    with pytest.raises(BadInput, match="damaged"):
        read_checkpoint(tmp_path)


def test_a_full_disk_keeps_the_former_checkpoint(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    write_checkpoint(tmp_path, checkpoint(1))
    done = subprocess.run(
        [sys.executable, "-c", _WRITE_IN_CHILD, str(tmp_path)],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536)),
        check=False,
    )
    assert done.returncode == 71, done.stderr
    assert "no space left" in done.stdout
    assert [path.name for path in tmp_path.iterdir()] == [CHECKPOINT]
    assert read_checkpoint(tmp_path).step == 1
