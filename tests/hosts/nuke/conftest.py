"""A fake Nuke that runs, with the plug-in's folders on its path."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hosts.nuke.fake_nuke import FakeNuke, running

ROOM = Path(__file__).parents[3] / "nuke_plugin"


@pytest.fixture
def nuke(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[FakeNuke]:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "home"))
    monkeypatch.setenv("PLATELIGHT_CAT_FOLDER", str(tmp_path / "models"))
    app = FakeNuke()
    app.paths = [str(ROOM / "gizmos"), str(tmp_path / "models")]
    (tmp_path / "models").mkdir()
    with running(app):
        yield app
