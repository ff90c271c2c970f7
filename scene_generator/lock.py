"""One build a folder: a second one at the same time is refused instead of mixing files with the first."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from core.errors import BadConfig

try:
    import fcntl
except ImportError:  # Windows has no flock; two builds in one folder are then not noticed
    fcntl = None  # type: ignore[assignment]


@contextlib.contextmanager
def sole_build(folder: Path) -> Iterator[None]:
    """Hold `folder` while the block runs. The system lets go of it however the process ends.

    Raises:
        BadConfig: another process holds it, or the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = (folder / ".lock").open("w")
    except OSError as error:
        raise BadConfig(f"{folder}: cannot be written ({error.strerror}); choose another --out") from error
    with handle:
        if fcntl is not None:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise BadConfig(
                    f"{folder}: another `platelight generate` is at work there; wait for it, or choose another --out"
                ) from error
        try:
            yield
        finally:
            (folder / ".lock").unlink(missing_ok=True)
