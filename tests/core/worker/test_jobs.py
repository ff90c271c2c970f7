"""Jobs in this process, with failures that cannot be had on demand from outside."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.inference import frame as frame_module
from core.worker.jobs import Job
from core.worker.models import ModelShelf
from core.worker.requests import parse_submit

Plates = Callable[[int], list[Path]]


def run(plates: list[Path], out: Path, model: Path, change: Callable[[Job, int], None] | None = None) -> list[Any]:
    """All messages of a job, worked through in this thread."""
    frames = [{"plate": str(plate), "normals": str(out / plate.name)} for plate in plates]
    options = {"model": str(model), "device": "cpu", "threads": 1}
    heard: list[Any] = []
    message = {"type": "submit", "id": "j", "job": "normals", "frames": frames, "options": options}
    job = Job("j", parse_submit(message), heard.append)
    shelf = ModelShelf()
    steps = 0
    while True:
        if change is not None:
            change(job, steps)
        if not job.step(shelf):
            return heard
        steps += 1


def test_a_full_disk_fails_the_rest_without_work_and_leaves_no_half_file(
    plates: Plates, tmp_path: Path, rays_model: Path
) -> None:
    resource = pytest.importorskip("resource")
    import signal

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    out = tmp_path / "out"

    def fill(job: Job, step: int) -> None:
        if step == 1:
            resource.setrlimit(resource.RLIMIT_FSIZE, (2000, before[1]))

    try:
        heard = run(plates(4), out, rays_model, fill)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    failed = [message for message in heard if message["type"] == "failed"]
    assert [message["error"]["code"] for message in failed] == ["DiskFull"] * 3
    assert "no space" in failed[0]["error"]["message"]
    assert [message["frame"] for message in heard if message["type"] == "started"] == [0, 1]
    assert [path.name for path in out.iterdir()] == [plates(1)[0].name]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (MemoryError(), "OutOfMemory"),
        (ImportError("libsomething.so.3: cannot open shared object file"), "EnvironmentBroken"),
        (RuntimeError("who knows"), "Unexpected"),
    ],
)
def test_whatever_a_frame_raises_the_next_is_made(
    error: Exception, code: str, plates: Plates, tmp_path: Path, rays_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = frame_module.write_normals
    first = plates(1)[0]

    def sometimes(model: Any, source: Path, *rest: Any) -> Any:
        if source == first:
            raise error
        return real(model, source, *rest)

    monkeypatch.setattr(frame_module, "write_normals", sometimes)
    heard = run(plates(2), tmp_path / "out", rays_model)
    assert [message["type"] for message in heard] == ["started", "failed", "started", "done", "finished"]
    assert heard[1]["error"]["code"] == code
    if code != "EnvironmentBroken":
        assert str(first) in heard[1]["error"]["message"]
    assert "\n" not in heard[1]["error"]["message"]


def test_a_pipe_does_not_stop_the_worker(plates: Plates, tmp_path: Path, rays_model: Path) -> None:
    os.mkfifo(tmp_path / "pipe.exr")
    heard = run([tmp_path / "pipe.exr", *plates(1)], tmp_path / "out", rays_model)
    assert [message["type"] for message in heard] == ["started", "failed", "started", "done", "finished"]
    assert "pipe.exr: is no file" in heard[1]["error"]["message"]


def test_a_cancelled_job_says_how_far_it_came(plates: Plates, tmp_path: Path, rays_model: Path) -> None:
    def stop(job: Job, step: int) -> None:
        if step == 2:
            job.sign.set()

    heard = run(plates(4), tmp_path / "out", rays_model, stop)
    assert heard[-1] == {"type": "finished", "id": "j", "state": "cancelled", "done": 2, "failed": 0}
    assert len(list((tmp_path / "out").iterdir())) == 2


def test_a_frame_cut_short_is_neither_done_nor_failed(
    plates: Plates, tmp_path: Path, rays_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the wish to stop comes out of the runtime as a failure, it is still no failure of the frame."""
    jobs: list[Job] = []

    def cut(*arguments: Any) -> Any:
        jobs[0].sign.set()
        raise RuntimeError("Exiting due to terminate flag being set to true.")

    monkeypatch.setattr(frame_module, "write_normals", cut)
    heard = run(plates(2), tmp_path / "out", rays_model, lambda job, _: jobs.append(job))
    assert [message["type"] for message in heard] == ["started", "finished"]
    assert heard[-1]["state"] == "cancelled"


def test_nothing_here_needs_torch() -> None:
    assert "core.worker.jobs" in sys.modules
    import subprocess

    code = "import core.worker.serve, sys; assert not {'torch', 'numpy', 'onnxruntime'} & set(sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
