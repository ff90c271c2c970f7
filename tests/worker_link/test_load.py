"""Many clients, one worker, killed in the middle: what `benchmarks/worker_load.py` does, small."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "worker_load.py"


@pytest.mark.slow
def test_every_frame_arrives_though_the_worker_is_killed_twice(rays_model: Path) -> None:
    options = ["--clients", "3", "--frames", "60", "--kills", "2", "--model", str(rays_model), "--threads", "1"]
    done = subprocess.run(
        [sys.executable, str(SCRIPT), *options], capture_output=True, text=True, check=False, cwd=SCRIPT.parents[1]
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "done 60, reported as failed 0, lost 0, unreadable 0, unaccounted 0" in done.stdout
