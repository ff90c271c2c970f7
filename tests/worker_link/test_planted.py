"""Modules that somebody laid into the worker's folder while it was open to others are not what the worker runs."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from worker_link.client import WorkerClient
from worker_link.environment import PYTHON_VARIABLE
from worker_link.launch import Launch
from worker_link.place import FOLDER_VARIABLE, find_place


def test_the_worker_imports_nothing_from_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "place"))
    monkeypatch.setenv(PYTHON_VARIABLE, sys.executable)
    folder = find_place().folder
    trap = f"open({str(tmp_path / 'trace')!r}, 'w').close()\n"
    for name in ("core", "worker_link", "numpy"):
        (folder / name).mkdir()
        (folder / name / "__init__.py").write_text(trap)
    for name in ("json", "socket", "typer", "sitecustomize"):
        (folder / f"{name}.py").write_text(trap)
    with WorkerClient("test", Launch(arguments=("--idle-minutes", "0.5"))) as client:
        client.ping()
        client.shut_down(now=True)
    assert not (tmp_path / "trace").exists()


@pytest.mark.skipif(not hasattr(os, "O_NOFOLLOW"), reason="this system cannot tell links apart when it opens a file")
def test_a_link_in_place_of_the_log_is_not_written_through(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from worker_link import launch
    from worker_link.errors import WorkerError

    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "place"))
    monkeypatch.setenv(PYTHON_VARIABLE, sys.executable)
    place = find_place()
    (tmp_path / "mine.txt").write_text("mine")

    place.log.symlink_to(tmp_path / "mine.txt")
    # The former log is moved away first; whoever may write into the folder is quicker with another link.
    monkeypatch.setattr(launch.os, "replace", lambda *_: None)
    with pytest.raises(WorkerError, match="worker's folder cannot be used"):
        launch.reach("test", Launch())
    assert (tmp_path / "mine.txt").read_text() == "mine"
