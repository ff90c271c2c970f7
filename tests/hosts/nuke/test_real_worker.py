"""The plug-in's batch with the real worker in a process of its own: pixels in, normals out, a bad frame told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("tkinter", reason="no Tcl here; Debian, Ubuntu: sudo apt-get install python3-tk")

from core.image.pixels import Image
from core.image.reading import read_image
from core.image.writing import write_image
from nuke_plugin.batch import Outcome, start_batch
from nuke_plugin.host import NukeHost
from tests.hosts.nuke.fake_nuke import FakeNuke
from worker_link.client import WorkerClient
from worker_link.jobs import Frame, NormalsOptions


@pytest.fixture
def own_worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A worker that no other test and no person uses, ended afterwards."""
    monkeypatch.setenv("PLATELIGHT_WORKER_FOLDER", str(tmp_path / "worker"))
    yield
    with WorkerClient("test") as client:
        client.shut_down(now=True)


@pytest.mark.slow
@pytest.mark.usefixtures("own_worker")
def test_frames_come_back_and_a_missing_one_is_told(nuke: FakeNuke, tmp_path: Path, rays_model: Path) -> None:
    plate = np.random.default_rng(0).uniform(0, 1, (24, 32, 3)).astype(np.float32)
    for number in (1, 2):
        write_image(tmp_path / f"p.{number}.exr", Image(plate, ("R", "G", "B")))
    frames = [Frame(str(tmp_path / f"p.{n}.exr"), str(tmp_path / "out" / f"n.{n}.exr")) for n in (1, 2, 3)]
    options = NormalsOptions(model=str(rays_model), detail="low", deflicker=False, device="cpu", threads=1)
    outcomes: list[Outcome] = []
    start_batch(NukeHost(), "a batch", frames, options, outcomes.append)
    nuke.run_main_loop(180)
    (outcome,) = outcomes
    assert outcome.done == tuple(frames[:2]), outcome.words()
    assert "p.3.exr" in outcome.failures[0]
    normals = read_image(tmp_path / "out" / "n.1.exr")
    names = list(normals.channels)
    length = sum(normals.pixels[..., names.index(f"N.{colour}")] ** 2 for colour in ("red", "green", "blue"))
    assert np.abs(length - 1).max() < 1e-3
    assert nuke.tasks[0].shown[-1][0] == 100
