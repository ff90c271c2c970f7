"""A folder for a worker of the test's own, plates and models; whatever worker a test leaves behind is ended."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.core.worker.conftest import endless_model, plates
from tests.core.worker.running import end_worker
from worker_link.launch import Launch
from worker_link.place import FOLDER_VARIABLE

__all__ = ["endless_model", "home", "launch", "plates"]


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
