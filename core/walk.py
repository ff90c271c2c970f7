"""Every file below a folder, whatever links lead to it: libraries of a studio are often put together of them."""

from __future__ import annotations

import os
from pathlib import Path

from core.errors import BadInput

__all__ = ["files_below"]


def files_below(folder: Path) -> list[Path]:
    """Return the files in `folder` and its sub-folders, sorted; each begins with `folder` as it is spelled.

    Links to folders elsewhere are followed (`Path.rglob` passes over them without a word). Those that stay below
    `folder`, such as `latest -> v003`, are not: what they lead to is found in its place.

    Raises:
        BadInput: a folder cannot be listed.
    """
    found: list[Path] = []
    _add(folder, Path(os.path.realpath(folder)), frozenset(), found)
    return sorted(found)


def _add(folder: Path, top: Path, above: frozenset[Path], found: list[Path]) -> None:
    real = Path(os.path.realpath(folder))
    if real in above:
        return
    try:
        paths = [folder / name for name in os.listdir(folder)]
    except OSError as error:
        raise BadInput(f"{folder}: cannot be listed ({error.strerror}); mend its rights or take it away") from error
    for path in paths:
        if path.is_dir():
            if not (path.is_symlink() and Path(os.path.realpath(path)).is_relative_to(top)):
                _add(path, top, above | {real}, found)
        elif path.is_file():
            found.append(path)
