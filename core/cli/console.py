"""What the commands print with: one console on standard error, and one look of progress bar.

Standard output is left to results that scripts read (`--json`, a final path); everything for people goes to standard
error, so that the two can be told apart in a pipe.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from rich.console import Console

if TYPE_CHECKING:
    from rich.progress import Progress

__all__ = ["console", "counted", "progress"]

console = Console(stderr=True, highlight=False)
"""For people. Colours and width follow the terminal; `NO_COLOR` is honoured."""

_LINES_PER_TASK = 10


def counted(count: int, what: str) -> str:
    """ "1 scene", "2 scenes"."""
    return f"{count} {what}{'s' * (count != 1)}"


@contextlib.contextmanager
def progress() -> Iterator[Progress]:
    """Yield a `rich.progress.Progress` that shows bar, count, elapsed time and the estimate of what is left.

    `update(task, note="loss 0.31")` writes a word behind the bar. Where standard error is no terminal (a log, a farm)
    each task prints ten plain lines on its way instead of redrawing. Leaving the block by an exception leaves the bar
    where it stood; nothing is raised by this function itself.
    """
    bar = _line_progress() if not console.is_terminal else _bar_progress()
    with bar:
        yield bar


def _bar_progress() -> Progress:
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        Task,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text

    class Note(ProgressColumn):
        """The task's own word on how it goes; not every task has one."""

        def render(self, task: Task) -> Text:
            return Text(str(task.fields.get("note", "")), style="cyan")

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(compact=True),
        Note(),
        console=console,
    )


def _line_progress() -> Progress:
    from rich.progress import Progress, TaskID

    class LineProgress(Progress):
        """Counts as the bar does, and prints a line whenever a task has passed another tenth."""

        def __init__(self) -> None:
            super().__init__(console=console, disable=True)
            self._tenths: dict[TaskID, int] = {}

        def advance(self, task_id: TaskID, advance: float = 1) -> None:
            super().advance(task_id, advance)
            self._print_tenth(task_id)

        def update(self, task_id: TaskID, **changes: Any) -> None:
            super().update(task_id, **changes)
            self._print_tenth(task_id)

        def _print_tenth(self, task_id: TaskID) -> None:
            task = self.tasks[self.task_ids.index(task_id)]
            if not task.total:
                return
            tenth = int(_LINES_PER_TASK * task.completed / task.total)
            if tenth > self._tenths.get(task_id, 0):
                self._tenths[task_id] = tenth
                left = task.time_remaining
                words = [f"{task.description}: {task.completed:g}/{task.total:g}"]
                words += [f"{left:.0f} s left"] if left else []
                words += [str(task.fields["note"])] if task.fields.get("note") else []
                console.print(", ".join(words), markup=False, soft_wrap=True)

    return LineProgress()
