"""A folder for a worker of the test's own, plates and models; whatever worker a test leaves behind is ended."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from core.image import Image, write_image
from tests.core.worker.endless import make_endless
from tests.core.worker.running import end_worker
from worker_link.launch import Launch
from worker_link.place import FOLDER_VARIABLE


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The worker's folder for one test."""
    folder = tmp_path / "home"
    monkeypatch.setenv(FOLDER_VARIABLE, str(folder))
    folder.mkdir(mode=0o700)
    yield folder
    end_worker(folder)


@pytest.fixture
def launch() -> Launch:
    """Starts workers with the Python that runs the tests."""
    return Launch(Path(sys.executable), arguments=("--idle-minutes", "10"))


@pytest.fixture(scope="session")
def endless_model(rays_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a model that works until it is cancelled."""
    return make_endless(rays_model, tmp_path_factory.mktemp("endless"))


@pytest.fixture(scope="session")
def plates(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], list[Path]]:
    """Returns `plates(count)`: numbered EXRs of 64x48 pixels."""
    folder = tmp_path_factory.mktemp("plates")
    rng = np.random.default_rng(0)

    def make(count: int) -> list[Path]:
        paths = [folder / f"plate.{1001 + number}.exr" for number in range(count)]
        for path in paths:
            if not path.exists():
                write_image(path, Image(rng.random((48, 64, 3), dtype=np.float32), ("R", "G", "B")))
        return paths

    return make
