"""Who may write in a folder: one whole build, or any number of different parts of one."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from core.errors import BadConfig

if sys.platform != "win32":
    import fcntl

_TAKEN = {errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES}


@contextlib.contextmanager
def sole_build(folder: Path) -> Iterator[None]:
    """Hold all of `folder` while the block runs. The system lets go of it however the process ends.

    Raises:
        BadConfig: another process holds it or a part of it, or the folder cannot be written.
    """
    with contextlib.ExitStack() as held:
        if not _hold(held, folder, ".lock", shared=False):
            raise BadConfig(
                f"{folder}: another `platelight generate` is at work there; wait for it, or choose another --out"
            )
        yield


@contextlib.contextmanager
def part_build(folder: Path, part: tuple[int, int]) -> Iterator[None]:
    """Hold part (i, n) of `folder` while the block runs; other parts may be held at the same time.

    Raises:
        BadConfig: another process holds the whole folder or this part, or the folder cannot be written.
    """
    i, n = part
    with contextlib.ExitStack() as held:
        if not _hold(held, folder, ".lock", shared=True):
            raise BadConfig(
                f"{folder}: a `platelight generate` without --shard is at work there; wait, or choose another --out"
            )
        if not _hold(held, folder, f".lock-{i}-of-{n}", shared=False):
            raise BadConfig(f"{folder}: another `platelight generate --shard {i}/{n}` is at work there; wait for it")
        yield


@contextlib.contextmanager
def if_alone(folder: Path) -> Iterator[bool]:
    """Hold all of `folder` while the block runs if nobody else does; tell whether it is held."""
    with contextlib.ExitStack() as held:
        yield _hold(held, folder, ".lock", shared=False)


def other_part_at_work(folder: Path, part: tuple[int, int]) -> bool:
    """Tell whether a part of `folder` other than `part` is held at this moment; never on Windows."""
    i, n = part
    others = (path.name for path in folder.glob(".lock-*-of-*") if path.name != f".lock-{i}-of-{n}")
    for name in others:
        with contextlib.ExitStack() as held:
            if not _hold(held, folder, name, shared=False):
                return True
    return False


def _hold(held: contextlib.ExitStack, folder: Path, name: str, shared: bool) -> bool:
    # The lock files stay: one that is removed can be locked by one process while another makes it anew. They are files
    # and not the folder itself because network file systems lock only what is open for writing.
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder / name, os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        raise BadConfig(f"{folder}: cannot be written ({error.strerror}); choose another --out") from error
    held.callback(os.close, handle)
    if sys.platform == "win32":  # no flock: two builds in one folder are not noticed there
        return True
    try:
        fcntl.flock(handle, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in _TAKEN  # a file system without locks: as on Windows
    return True
