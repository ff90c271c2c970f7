"""A Maya with a window, the plug-in loaded in it, and a worker that does what tests tell it to."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from maya_plugin import life
from maya_plugin.life import Life
from tests.fake_worker import FakeWorker
from tests.hosts.maya.fake_window import FakeMaya, modules

Open = Callable[[FakeMaya], Life]


@pytest.fixture
def worker() -> FakeWorker:
    """A worker that can do everything."""
    return FakeWorker()


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch, worker: FakeWorker) -> Iterator[Open]:
    """Opens a Maya and loads the plug-in."""

    def made(maya: FakeMaya) -> Life:
        for name, module in modules(maya).items():
            monkeypatch.setitem(sys.modules, name, module)
        return life.load(lambda: worker)

    yield made
    life.unload()


@pytest.fixture
def maya(tmp_path: Any) -> FakeMaya:
    """A Maya with a window and a project."""
    fake = FakeMaya()
    fake.project = tmp_path.as_posix()
    return fake


@pytest.fixture
def loaded(maya: FakeMaya, opened: Open) -> Life:
    """The plug-in, loaded in `maya`."""
    return opened(maya)


@pytest.fixture
def finish(maya: FakeMaya, loaded: Life) -> Callable[[], None]:
    """Waits for what is at work, and lets Maya take what it brought."""

    def wait() -> None:
        for task in list(loaded.session.tasks):
            assert task.wait(60.0)
        maya.idle()

    return wait
