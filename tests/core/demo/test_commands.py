"""Running `platelight` as a child: what becomes of its exit codes and of Ctrl-C."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from core.demo.commands import run_platelight
from core.errors import BadInput, WorkFailed


@pytest.mark.parametrize(("code", "error"), [(2, BadInput), (1, WorkFailed), (77, WorkFailed)])
def test_exit_codes_become_errors(code: int, error: type[Exception]) -> None:
    with pytest.raises(error, match="platelight train"):
        run_platelight(["train"], program=(sys.executable, "-c", f"import sys; sys.exit({code})"))


def test_success_returns_seconds() -> None:
    assert run_platelight(["train"], program=(sys.executable, "-c", "pass")) > 0.0


def test_the_real_command_is_found() -> None:
    with pytest.raises(BadInput):
        run_platelight(["relight", "absent.exr", "--normals", "absent", "--lights", "absent.json", "--out", "x.exr"])


PARENT = """
import sys
from core.demo.commands import run_platelight
try:
    run_platelight(["train"], program=(sys.executable, "-c", sys.argv[1], sys.argv[2]))
except KeyboardInterrupt:
    sys.exit(7)
"""
CHILD = """
import pathlib, signal, sys, time
folder = pathlib.Path(sys.argv[1])
def stop(number, frame):
    time.sleep(0.3)
    (folder / "tidied").touch()
    sys.exit(1)
signal.signal(signal.SIGTERM, stop)
signal.signal(signal.SIGINT, stop)
print("ready", flush=True)
while True:
    time.sleep(1)
"""


def test_an_interrupt_of_the_parent_alone_lets_the_command_tidy_up(tmp_path: Path) -> None:
    """As with `kill -INT`: only the parent hears it, and still must neither orphan nor kill its child."""
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, CHILD, str(tmp_path)], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert parent.stdout is not None
    assert parent.stdout.readline() == "ready\n"
    os.kill(parent.pid, signal.SIGINT)
    assert parent.wait(timeout=30) == 7
    parent.stdout.close()
    assert (tmp_path / "tidied").exists()
