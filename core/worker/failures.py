"""What a client is told about an error: a code that programs compare, and one line for people."""

from __future__ import annotations

import errno
import logging

from core.errors import PlatelightError

__all__ = ["failure"]

_log = logging.getLogger(__name__)


def failure(error: BaseException, where: str) -> dict[str, str]:
    """`{"code": ..., "message": ...}` for what went wrong.

    The code is the name of a class in `core.errors`, or `OutOfMemory`, `EnvironmentBroken` (a package is missing or
    cannot be loaded) or `Unexpected`, whose traceback goes to the log.

    Args:
        error: what was raised.
        where: the file or request it was about; put in front where the error does not name it.
    """
    if isinstance(error, PlatelightError):
        return {"code": type(error).__name__, "message": _line(str(error), where)}
    if isinstance(error, MemoryError):
        return {
            "code": "OutOfMemory",
            "message": f"{where}: out of memory; use a smaller size or fewer programs",
        }
    if isinstance(error, ImportError):
        _log.error("a package could not be loaded", exc_info=error)
        return {
            "code": "EnvironmentBroken",
            "message": f"the worker's Python is incomplete ({_first(error)}); run `platelight doctor` in it",
        }
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return {"code": "DiskFull", "message": f"{where}: no space left on the disk; free some and try again"}
    _log.error("unexpected error at %s", where, exc_info=error)
    return {
        "code": "Unexpected",
        "message": f"{where}: unexpected {type(error).__name__}: {_first(error)} (see worker.log; please report it)",
    }


def _first(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


def _line(text: str, where: str) -> str:
    line = " ".join(text.split())
    return line if where in line else f"{where}: {line}"
