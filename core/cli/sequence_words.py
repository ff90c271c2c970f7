"""What a command that works through a sequence says of frames that are missing or failed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.errors import PlatelightError

__all__ = ["finished_line", "missing_lines", "raise_for"]

_LISTED = 8


def missing_lines(missing: Sequence[Path]) -> list[str]:
    """One line for each of the first missing frames, and one for the rest."""
    lines = [f"missing frame: {path}" for path in missing[:_LISTED]]
    if len(missing) > _LISTED:
        lines.append(f"... and {len(missing) - _LISTED} more missing frames, the last {missing[-1]}")
    return lines


def finished_line(finished: int, planned: int) -> str:
    """How many of the planned frames an earlier run has made."""
    return f"{finished} of {planned} frames are finished already and left as they are; --overwrite makes them again"


def raise_for(failures: Sequence[PlatelightError], missing: int, planned: int) -> None:
    """Say at the end, where it is seen, what could not be done.

    Args:
        failures: one for each frame that failed.
        missing: frames that were named and are not there.
        planned: frames that were to be made.

    Raises:
        BadInput: nothing could be done, and only because of what was given.
        WorkFailed: some frames are missing or failed.
    """
    from core.errors import BadInput, WorkFailed

    if not failures and not missing:
        return
    words = [f"{missing} frames missing"] if missing else []
    if failures:
        words.append(f"{len(failures)} of {planned} failed, first: {failures[0]}")
    all_bad = len(failures) == planned and all(isinstance(error, BadInput) for error in failures)
    raise (BadInput if all_bad else WorkFailed)("; ".join(words))
