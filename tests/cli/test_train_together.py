"""`torchrun ... -m core.cli.main train`: one run, written and told of by one process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import lambert

torch = pytest.importorskip("torch")

ROOT = Path(__file__).resolve().parents[2]


def torchrun(*arguments: str) -> subprocess.CompletedProcess[str]:
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    return subprocess.run(
        [*launcher, "-m", "core.cli.main", *arguments],
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""},
        capture_output=True,
        text=True,
        timeout=300,
    )


@pytest.mark.skipif(not torch.distributed.is_available(), reason="this torch has no torch.distributed")
def test_two_processes_make_one_run_and_leave_it_alone_where_they_cannot(tmp_path: Path) -> None:
    lambert.write_set(tmp_path / "data", 5)
    settings = {
        "task": "plate_normals",
        "steps": 3,
        "batch": 2,
        "size": 32,
        "device": "cpu",
        "validation_share": 0.3,
        "log_every": 1,
        "pretrained": False,
        "model": {"width": 8, "fine_width": 8, "detail_width": 4},
    }
    recipe, out = tmp_path / "recipe.json", tmp_path / "run"
    recipe.write_text(json.dumps(settings))
    command = ["train", "plate_normals", "--data", str(tmp_path / "data"), "--out", str(out), "--recipe", str(recipe)]
    done = torchrun(*command)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(out)
    assert done.stderr.count("held out\n") == 1
    rows = [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]
    assert [row["step"] for row in rows if "validation" not in row] == [0, 1, 2]
    before = {path.name: path.read_bytes() for path in out.iterdir() if path.is_file()}
    refused = torchrun(*command, "--fresh", "--batch", "1")
    assert refused.returncode != 0
    assert "batch 1: at least one sample for each of 2 processes" in refused.stderr
    assert {path.name: path.read_bytes() for path in out.iterdir() if path.is_file()} == before
