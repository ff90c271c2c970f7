"""Ctrl-C at a chosen moment of a command that runs inside the test's own process."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator

import pytest


@pytest.fixture
def press_ctrl_c() -> Iterator[Callable[[], None]]:
    """Returns a function that does it. Works where the tests run in the background, which ignores SIGINT, too."""
    former = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield lambda: os.kill(os.getpid(), signal.SIGINT)
    signal.signal(signal.SIGINT, former)
