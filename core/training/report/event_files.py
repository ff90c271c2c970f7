"""RUN/tensorboard: the log and the previews as TensorBoard's event files."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.errors import BadInput, DiskFull, MissingPart
from core.training.report.history import is_number
from core.training.report.previews import preview_files, read_preview

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter

__all__ = ["EVENTS", "EventFiles"]

EVENTS = "tensorboard"
"""Name of the folder of event files in the folder of a run."""

PREVIEW_WIDTH = 480
"""Pixels across a preview in the event files: TensorBoard keeps the pictures that it shows in memory."""


class EventFiles:
    """Follows a run (`core.training.run_folder.Follower`) and writes what TensorBoard shows.

    Scalars are `training/NAME` and `validation/NAME` at the step of their row; pictures are `preview`, at the steps
    done. The log of the run stays the truth: whenever a run begins, goes on or goes back, all events are written anew
    from it, so that none counts twice, none is missing, and a run that began without event files has all of them.

    Args:
        run: folder of the run; `tensorboard/` is made in it with the first row.

    Raises:
        MissingPart: the package tensorboard is not installed.
    """

    def __init__(self, run: Path) -> None:
        try:
            import torch.utils.tensorboard  # noqa: F401
        except ImportError as error:
            raise MissingPart(
                "--tensorboard needs the package tensorboard; install it with: pip install 'platelight[tensorboard]'"
            ) from error
        self._run = run
        self._writer: SummaryWriter | None = None
        self._shown: set[int] = set()
        self._pending: list[Mapping[str, Any]] | None = None

    def restart(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Let all events be written anew, `rows` first, with what comes next. Raises DiskFull."""
        self.close()
        self._shown.clear()
        self._pending = list(rows)

    def add(self, row: Mapping[str, Any]) -> None:
        """Add the figures of one row of the log. Raises DiskFull, BadInput."""
        writer = self._open()
        try:
            _add_scalars(writer, row)
        except OSError as error:
            raise self._full(error) from error

    def checkpoint(self) -> None:
        """Add the previews that are new, and put everything on disk. Raises DiskFull, BadInput."""
        writer = self._open()
        try:
            for step, path in preview_files(self._run):
                picture = None if step in self._shown else read_preview(path, PREVIEW_WIDTH)
                if picture is not None:
                    self._shown.add(step)
                    writer.add_image("preview", picture[..., ::-1], step, dataformats="HWC")
            writer.flush()
        except OSError as error:
            raise self._full(error) from error

    def close(self) -> None:
        """Put everything on disk and close the file. Raises DiskFull."""
        writer, self._writer = self._writer, None
        if writer is not None:
            try:
                writer.close()
            except OSError as error:
                raise self._full(error) from error

    def _open(self) -> SummaryWriter:
        if self._writer is None:
            from torch.utils.tensorboard import SummaryWriter

            rows, self._pending = self._pending, None
            folder = self._run / EVENTS
            try:
                _clear_way(folder)
                # At this mark readers forget what they have read of this folder before.
                self._writer = SummaryWriter(str(folder), purge_step=None if rows is None else 0)
                for row in rows or ():
                    _add_scalars(self._writer, row)
            except OSError as error:
                raise BadInput(
                    f"{folder}: cannot be written ({error.strerror}); choose another --out, or leave out --tensorboard"
                ) from error
        return self._writer

    def _full(self, error: OSError) -> DiskFull:
        return DiskFull(
            f"{self._run / EVENTS}: cannot be written ({error.strerror}); free some space, then run the same command "
            f"again to go on"
        )


def _add_scalars(writer: SummaryWriter, row: Mapping[str, Any]) -> None:
    held_out = row.get("validation")
    group, figures = ("validation", held_out) if isinstance(held_out, Mapping) else ("training", row)
    for name, value in figures.items():
        if name != "step" and is_number(value):
            writer.add_scalar(f"{group}/{name}", value, row["step"])


def _clear_way(folder: Path) -> None:
    """Remove event files but the newest, and let the next one's name come after it.

    A TensorBoard that is looking on has the newest file open, and goes on from it to the next; it would stop at a file
    that is gone. It takes files in the order of their names, which begin with whole seconds.
    """
    files = sorted(folder.glob("events.out.tfevents.*"))
    for path in files[:-1]:
        path.unlink(missing_ok=True)
    if files and files[-1].name.split(".")[3] == f"{int(time.time()):010d}":
        time.sleep(1.0)
