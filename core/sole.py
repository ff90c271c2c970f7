"""Who may write in a folder: one process at a time."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from core.errors import BadConfig, BadInput

if sys.platform != "win32":
    import fcntl

__all__ = ["LOCK", "sole_writer"]

LOCK = ".lock"
"""Empty, and left in the folder: one that is removed can be held by one process while another makes it anew."""

_TAKEN = {errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES}


@contextlib.contextmanager
def sole_writer(folder: Path, other: str) -> Iterator[None]:
    """Hold `folder`, made if missing, while the block runs. The system lets go of it however the process ends.

    On Windows, and where the storage has no locks, a second one is not noticed.

    Args:
        other: what may hold it, for the message: "another `platelight train`".

    Raises:
        BadConfig: another process holds it.
        BadInput: the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        raise BadInput(f"{folder}: cannot be written ({error.strerror}); choose another --out") from error
    try:
        if sys.platform != "win32":
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                if error.errno in _TAKEN:
                    raise BadConfig(
                        f"{folder}: {other} is at work there; wait for it, or choose another --out"
                    ) from error
        yield
    finally:
        os.close(handle)
