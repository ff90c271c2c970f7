"""The frames of shots in order, each with the frames before it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from core.errors import PlatelightError
from core.inference.flicker import DEFAULT_FRAMES, FlickerSmoother
from core.inference.frame import FrameReport, FrameSettings, warm_up, write_normals
from core.inference.sequence import frames_before
from core.inference.session import NormalsModel

__all__ = ["ShotWriter"]


class ShotWriter:
    """Writes frames that do not flicker, whatever part of a shot it is given and in whatever order.

    What a frame becomes depends on it and on the `frames` numbered frames before it in its folder. Where these have
    not just been worked on (the first frame of a part, a resumed run, every tenth frame), they are looked at again,
    which costs as much time as writing them; their results are not written.

    Args:
        model: the model.
        settings: see `FrameSettings`.
        frames: how many earlier frames take part, 1 or more.
    """

    def __init__(self, model: NormalsModel, settings: FrameSettings, frames: int = DEFAULT_FRAMES) -> None:
        self._model = model
        self._settings = settings
        self._smoother = FlickerSmoother(frames)
        self._seen: tuple[Path, ...] = ()

    def write(self, source: Path, normals_path: Path, preview_path: Path | None) -> FrameReport:
        """Make one frame.

        An earlier frame that cannot be read is passed over and named in a note.

        Args:
            source: the plate.
            normals_path, preview_path: see `write_normals`.

        Raises:
            Everything that `write_normals` raises about this frame.
        """
        before = frames_before(source, self._smoother.frames)
        notes: list[str] = []
        if self._seen[len(self._seen) - len(before) :] != before or not before:
            self._smoother.reset()
            self._seen = ()
            for path in before:
                notes.extend(self._warm_up(path))
        self._seen = (*before, source)
        try:
            report = write_normals(self._model, source, normals_path, preview_path, self._settings, self._smoother)
        except BaseException:
            # It may have been taken in before the failure; only a fresh start is known to be right.
            self._seen = ()
            raise
        return replace(report, notes=(*notes, *report.notes))

    def _warm_up(self, path: Path) -> list[str]:
        try:
            warm_up(self._model, path, self._settings, self._smoother)
        except PlatelightError as error:
            self._smoother.skip()
            return [f"{path}: passed over by --deflicker ({error})"]
        return []
