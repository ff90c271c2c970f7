"""A worker process of the tests' own, and raw connections to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from core.image import Image, write_image
from tests.core.worker.endless import make_endless
from tests.core.worker.running import Running, started
from worker_link.wire import Channel


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One for all tests of a file: none of them may harm it."""
    with started(tmp_path_factory.mktemp("worker")) as running:
        yield running
        assert running.process.poll() is None, running.log()


@pytest.fixture
def channel(worker: Running) -> Iterator[Channel]:
    """A connection that has been let in."""
    channel = worker.enter("test")
    yield channel
    channel.close()


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
