"""Work on many files, one after another: what fails is told and remembered, and does not stop the rest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from core.errors import PlatelightError

__all__ = ["one_by_one"]

Item = TypeVar("Item")


def one_by_one(
    title: str, items: Sequence[Item], work: Callable[[Item], object], *, alone: bool
) -> list[PlatelightError]:
    """Call `work` on each item, beside a progress bar.

    Args:
        title: before the bar.
        items: what there is to do.
        work: does one; its result is not looked at.
        alone: this is all that was asked for, so that its error is the command's.

    Returns:
        The errors of the items that failed, each of which has been told.

    Raises:
        DiskFull: the next item would not fit either.
        PlatelightError: of `work`, where `alone`.
    """
    from core.cli.console import console, progress
    from core.errors import DiskFull, PlatelightError

    failures: list[PlatelightError] = []
    with progress() as bar:
        task = bar.add_task(title, total=len(items))
        for item in items:
            try:
                work(item)
            except DiskFull:
                raise
            except PlatelightError as error:
                if alone:
                    raise
                failures.append(error)
                console.print(f"failed: {error}", markup=False, soft_wrap=True)
            bar.update(task, advance=1)
    return failures
