"""One build a folder: a second one at the same time is refused instead of mixing files with the first."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from core.errors import BadConfig

if sys.platform != "win32":
    import fcntl


@contextlib.contextmanager
def sole_build(folder: Path) -> Iterator[None]:
    """Hold `folder` while the block runs. The system lets go of it however the process ends.

    Raises:
        BadConfig: another process holds it, or the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadConfig(f"{folder}: cannot be written ({error.strerror}); choose another --out") from error
    if sys.platform == "win32":  # no flock: two builds in one folder are not noticed there
        yield
        return
    # The folder itself is locked: a lock file would have to be removed, and could be while another waits for it.
    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise BadConfig(
                f"{folder}: another `platelight generate` is at work there; wait for it, or choose another --out"
            ) from error
        yield
    finally:
        os.close(handle)
