"""Files that appear whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from core.errors import BadInput, DiskFull, WorkFailed

__all__ = ["atomic_path", "write_bytes", "write_json", "write_text"]

_NO_SPACE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_GONE_NAMES = (
    *("ENOENT", "EIO", "ESTALE", "ENODEV", "ENXIO", "ENOTCONN", "ECONNRESET", "ETIMEDOUT", "EHOSTDOWN"),
    *("EHOSTUNREACH", "ENETDOWN", "ENETUNREACH", "EREMOTEIO", "ESHUTDOWN"),
)
_GONE = {getattr(errno, name) for name in _GONE_NAMES if hasattr(errno, name)}
"""What the system says where a folder went away in the middle; not every system knows each of them."""


@contextlib.contextmanager
def atomic_path(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a temporary path beside `path`; on success rename it to `path`, on any failure remove it.

    The temporary name keeps the suffix of `path`, so that writers which choose a format by suffix still do.
    Parent folders are made.

    Raises:
        DiskFull: no space or quota is left.
        BadInput: the folder cannot be written.
        WorkFailed: the folder vanished, as those of network disks do, or its disk failed.
    """
    target = Path(path)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{target.stem}.", suffix=f".partial{target.suffix}", dir=target.parent)
        os.close(handle)
    except OSError as error:
        raise _translated(error, target) from error
    temporary = Path(name)
    try:
        yield temporary
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, target)
    except OSError as error:
        raise _translated(error, target) from error
    finally:
        with contextlib.suppress(OSError):  # where the folder is gone, so is this; that is told already
            temporary.unlink(missing_ok=True)


def write_bytes(path: str | os.PathLike[str], data: bytes) -> None:
    """Write `data` to `path`, whole or not at all. Raises as `atomic_path`."""
    with atomic_path(path) as temporary:
        temporary.write_bytes(data)


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Write UTF-8 `text` to `path`, whole or not at all. Raises as `atomic_path`."""
    write_bytes(path, text.encode("utf-8"))


def write_json(path: str | os.PathLike[str], value: Any) -> None:
    """Write `value` as indented JSON with a final newline. Raises as `atomic_path`."""
    write_text(path, json.dumps(value, indent=2, sort_keys=False) + "\n")


def _translated(error: OSError, target: Path) -> Exception:
    if error.errno in _NO_SPACE:
        return DiskFull(f"{target}: no space left on the disk; free some, then run the same command again to go on")
    if (
        isinstance(error, PermissionError | NotADirectoryError | IsADirectoryError | FileExistsError)
        or error.errno == errno.EROFS
    ):
        return BadInput(
            f"{target}: cannot be written ({error.strerror}); choose another output folder or mend its rights"
        )
    if error.errno in _GONE and (error.errno != errno.ENOENT or not target.parent.is_dir()):
        return WorkFailed(
            f"{target}: its folder is gone or its disk failed ({error.strerror}); see that it is there, then run the "
            "same command again to go on"
        )
    if error.errno in (errno.ENAMETOOLONG, errno.EINVAL, errno.ELOOP):
        return BadInput(f"{target}: cannot be written ({error.strerror}); choose another name")
    return error


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
