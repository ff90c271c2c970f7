"""Finished samples that are not in a shard yet: two small files each, written whole. Standard library only."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple  # noqa: UP035 - Python 3.9

from worker_link.json_text import read_json


class Journal:
    """The folder that a build works in; what is in it survives a kill at any moment."""

    def __init__(self, folder: Path) -> None:
        """Open `folder`, making it if need be, and sweep away files that a killed run left half-written."""
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        for stray in folder.glob("*.partial"):
            stray.unlink()

    def add(self, name: str, exr: bytes, meta: Dict[str, Any]) -> None:  # noqa: UP006
        """Keep a finished sample. The metadata comes last: a sample without it does not count. Raises OSError."""
        self._write(f"{name}.exr", exr)
        self._write(f"{name}.json", json.dumps(meta, sort_keys=True).encode("ascii"))

    def get(self, name: str) -> Optional[Tuple[bytes, Dict[str, Any]]]:  # noqa: UP006, UP045
        """Return a kept sample, or None if it is not there or damaged."""
        try:
            meta = read_json(self.folder / f"{name}.json")
            exr = (self.folder / f"{name}.exr").read_bytes()
        except (OSError, ValueError):
            return None
        return (exr, meta) if isinstance(meta, dict) else None

    def has(self, name: str) -> bool:
        """Say whether a sample is kept."""
        return (self.folder / f"{name}.json").exists() and (self.folder / f"{name}.exr").exists()

    def drop(self, name: str) -> None:
        """Forget a sample, for instance after it was packed."""
        for suffix in (".json", ".exr"):
            (self.folder / f"{name}{suffix}").unlink(missing_ok=True)

    def take_over(self, other: Path) -> None:
        """Move what another journal's folder holds into this one, and remove that folder. Raises OSError.

        Whatever is in both was made from the same seed and is the same.
        """
        # Pictures first, all of them: stopped half-way, no sample here has its metadata but not its picture.
        for suffix in (".exr", ".json"):
            for path in sorted(other.glob(f"*{suffix}")):
                os.replace(path, self.folder / path.name)
        for stray in other.glob("*.partial"):
            stray.unlink()
        with contextlib.suppress(OSError):
            other.rmdir()

    def names(self) -> List[str]:  # noqa: UP006
        """Return the names of the kept samples, sorted."""
        return sorted(path.stem for path in self.folder.glob("*.json") if self.has(path.stem))

    def close(self) -> None:
        """Remove the folder if nothing is left in it."""
        with contextlib.suppress(OSError):
            self.folder.rmdir()

    def _write(self, name: str, data: bytes) -> None:
        partial = self.folder / f"{name}.partial"
        try:
            with partial.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(partial, self.folder / name)
        finally:
            partial.unlink(missing_ok=True)
