"""Who may write in a folder: one whole build, or any number of different parts of one."""

from __future__ import annotations

import contextlib
import errno
import math
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from core.errors import BadConfig

if sys.platform != "win32":
    import fcntl

_PART = re.compile(r"\.lock-(?P<i>[0-9]+)-of-(?P<n>[1-9][0-9]*)")
_TAKEN = {errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES}
_GATE = ".lock-start"
"""Held by parts while they begin, agree on what the set is of, or look whether they were the last: one at a time."""


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
        BadConfig: another process holds the whole folder, this part, or one of another n with some of the same shards;
            or the folder cannot be written.
    """
    i, n = part
    with contextlib.ExitStack() as held:
        # A part that has ended may hold the folder, to see whether it was the last: that is waited for, not refused.
        with one_at_a_time(folder):
            if not _hold(held, folder, ".lock", shared=True):
                raise BadConfig(
                    f"{folder}: a `platelight generate` without --shard is at work there; wait, or choose another --out"
                )
            if not _hold(held, folder, f".lock-{i}-of-{n}", shared=False):
                raise BadConfig(
                    f"{folder}: another `platelight generate --shard {i}/{n}` is at work there; wait for it"
                )
            for j, m in _parts(folder):
                # Looked at only where both would make a shard: looking holds it for a moment.
                if (j, m) != part and _overlap(part, (j, m)) and _is_held(folder, (j, m)):
                    raise BadConfig(
                        f"{folder}: `platelight generate --shard {j}/{m}` is at work there, which makes some of the "
                        f"same shards as {i}/{n}; wait for it, or end it"
                    )
        yield


@contextlib.contextmanager
def one_at_a_time(folder: Path) -> Iterator[None]:
    """Wait until no other build begins or ends in `folder`, and keep others from it while the block runs.

    Raises:
        BadConfig: the folder cannot be written.
    """
    with contextlib.ExitStack() as held:
        _hold(held, folder, _GATE, shared=False, wait=True)
        yield


@contextlib.contextmanager
def if_alone(folder: Path) -> Iterator[bool]:
    """Hold all of `folder` while the block runs if nobody else does; tell whether it is held.

    Parts that begin meanwhile wait.
    """
    with one_at_a_time(folder), contextlib.ExitStack() as held:
        yield _hold(held, folder, ".lock", shared=False)


def other_part_at_work(folder: Path, part: tuple[int, int]) -> bool:
    """Tell whether a part of `folder` other than `part` is held at this moment; never on Windows."""
    return any(other != part and _is_held(folder, other) for other in _parts(folder))


def _parts(folder: Path) -> list[tuple[int, int]]:
    """Return the parts that have ever been held."""
    found = (_PART.fullmatch(path.name) for path in sorted(folder.glob(".lock-*-of-*")))
    return [(int(match["i"]), int(match["n"])) for match in found if match]


def _overlap(one: tuple[int, int], other: tuple[int, int]) -> bool:
    # Some k has k % n = i and k % m = j if i and j are the same, counted by what n and m have in common.
    (i, n), (j, m) = one, other
    return (i - j) % math.gcd(n, m) == 0


def _is_held(folder: Path, part: tuple[int, int]) -> bool:
    i, n = part
    with contextlib.ExitStack() as held:
        return not _hold(held, folder, f".lock-{i}-of-{n}", shared=False)


def _hold(held: contextlib.ExitStack, folder: Path, name: str, shared: bool, wait: bool = False) -> bool:
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
        fcntl.flock(handle, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | (0 if wait else fcntl.LOCK_NB))
    except OSError as error:
        return error.errno not in _TAKEN  # a file system without locks: as on Windows
    return True
