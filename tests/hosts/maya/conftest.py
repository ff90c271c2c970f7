"""A Maya to run commands in: the real `MayaHost` over the strict stand-in."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest

from maya_plugin.host import STANDALONE, MayaHost, start_standalone
from tests.hosts.maya.fake_cmds import FakeCmds
from tests.hosts.maya.pretend import modules

Connect = Callable[[FakeCmds], MayaHost]


@pytest.fixture
def connect(monkeypatch: pytest.MonkeyPatch) -> Connect:
    """Makes `import maya` find a stand-in, and returns the host over it."""

    def made(cmds: FakeCmds) -> MayaHost:
        for name, module in modules(cmds).items():
            monkeypatch.setitem(sys.modules, name, module)
        for name, value in STANDALONE.items():  # taken back after the test
            monkeypatch.setenv(name, value)
        host = start_standalone()
        assert isinstance(host, MayaHost)
        return host

    return made


@pytest.fixture
def cmds() -> FakeCmds:
    """An empty scene in a Maya with Arnold."""
    return FakeCmds()


@pytest.fixture
def host(cmds: FakeCmds, connect: Connect) -> MayaHost:
    """The host over `cmds`."""
    return connect(cmds)
