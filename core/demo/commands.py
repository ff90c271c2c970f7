"""Running one `platelight` command as a child process, output passed through."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence

from core.errors import BadInput, WorkFailed

__all__ = ["run_platelight"]

PLATELIGHT = (sys.executable, "-m", "core.cli.main")
"""The `platelight` command of this very interpreter, whether its script is on the PATH or not."""

_MANNERS_SECONDS = 20.0  # how long a command that was asked to stop may take to tidy up


def run_platelight(arguments: Sequence[str], program: Sequence[str] = PLATELIGHT) -> float:
    """Run `platelight ARGUMENTS` with this interpreter; what it prints goes where this process prints.

    A child process, because a step should meet the same conditions as at a prompt, and because the memory of a
    renderer or of torch is then given back before the next step.

    Args:
        arguments: what follows `platelight`; at least the sub-command.
        program: what is started.

    Returns:
        Seconds of wall clock.

    Raises:
        BadInput: the command ended with exit code 2 (it has told why).
        WorkFailed: it ended with any other code but 0.
        KeyboardInterrupt: Ctrl-C; the command has ended and tidied up before this leaves.
    """
    started = time.monotonic()
    child = subprocess.Popen([*program, *arguments], stdin=subprocess.DEVNULL)
    try:
        code = child.wait()
    except BaseException:
        _end(child)
        raise
    if code == BadInput.exit_code:
        raise BadInput(f"`platelight {arguments[0]}` could not use its input; its message is above")
    if code != 0:
        raise WorkFailed(f"`platelight {arguments[0]}` ended with exit code {code}; its message is above")
    return time.monotonic() - started


def _end(child: subprocess.Popen[bytes]) -> None:
    """Let the command finish tidying up. At a terminal Ctrl-C has reached it too, otherwise it is told here."""
    try:
        child.wait(timeout=1.0)
        return
    except subprocess.TimeoutExpired:
        child.terminate()
    try:
        child.wait(timeout=_MANNERS_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
