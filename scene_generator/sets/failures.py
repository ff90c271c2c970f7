"""Samples that could not be made, one file each: what stopped them, and the scene they stopped at."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from core.atomic import write_json
from scene_generator.sets.records import Failure, scene_key

_NAMED = 5


class FailureFolder:
    """OUT/failed: KEY.json for each sample that failed, as `records.Failure` describes it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def add(self, failure: Failure) -> None:
        """Write a failure down. Raises DiskFull or BadInput if the folder cannot be written."""
        write_json(self.folder / f"{scene_key(failure.index)}.json", vars(failure))

    def indices(self) -> set[int]:
        """Return the samples that failed."""
        return {int(path.stem) for path in self.folder.glob("*.json") if path.stem.isdecimal()}

    def drop(self, index: int) -> None:
        """Forget a failure, for instance because the sample is tried again."""
        (self.folder / f"{scene_key(index)}.json").unlink(missing_ok=True)


def name_samples(indices: Sequence[int]) -> str:
    """Return `3 samples (00000004, 00000009, 00000012)` for people; beyond five the rest is only counted."""
    names = [scene_key(index) for index in sorted(indices)]
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{len(names)} sample{'s' * (len(names) != 1)} ({', '.join(names[:_NAMED])}{more})"
