"""Who may train in a folder: one process, or one group of them, at a time."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

from core.sole import sole_writer

__all__ = ["sole_run"]


def sole_run(folder: Path) -> AbstractContextManager[None]:
    """Hold `folder`, made if missing, while a block runs: see `core.sole.sole_writer`, whose errors these are."""
    return sole_writer(folder, "another `platelight train`")
