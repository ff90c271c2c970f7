"""What a build handles: samples with their records, and failures. A sample is one scene, a record one frame of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np


def scene_key(index: int) -> str:
    """Return the name of sample `index`: eight digits."""
    return f"{index:08d}"


def record_keys(index: int, frames: int) -> list[str]:
    """Return the names of the records of sample `index` in shards and manifest: its own name, or one a frame."""
    name = scene_key(index)
    # Not a dot: WebDataset takes what follows a name's first dot for the kind of file.
    return [name] if frames == 1 else [f"{name}_{frame:03d}" for frame in range(frames)]


@dataclass(frozen=True)
class Record:
    """One frame, finished: what one entry of a shard holds."""

    key: str
    exr: bytes
    """The whole EXR file."""
    meta: dict[str, Any]
    """What JSON can hold; nothing in it depends on who rendered it, or when."""


@dataclass(frozen=True)
class RejectedDraw:
    """A draw that the gate turned down, small enough to be looked at by hundreds."""

    facts: dict[str, Any]
    """index, attempt, frame, family, reasons, checks, spec_hash and drawn (the family's own numbers by name)."""
    thumbnail: np.ndarray
    """(h, w, 3) uint8, sRGB: the exposed beauty, at most 128 pixels wide and high."""


@dataclass(frozen=True)
class Sample:
    """A finished sample."""

    index: int
    records: tuple[Record, ...]
    """One a frame, in order."""
    rejected: tuple[RejectedDraw, ...] = ()
    """Draws of this sample that came before the accepted one."""
    timing: dict[str, Any] = field(default_factory=dict)
    """seconds (all draws together), stages (name to seconds), draws, and the worker's pid and rss_mb."""

    @property
    def family(self) -> str:
        """The scene family that it was drawn from."""
        return str(self.records[0].meta["family"])


@dataclass(frozen=True)
class Failure:
    """A sample that could not be made; `failed/KEY.json` holds just this."""

    index: int
    seed: int
    recipe: str
    kind: str
    """rejected (every draw was), error (the renderer or the generator stopped), timeout, or died (its worker did)."""
    reason: str
    """One line."""
    family: str = ""
    """Empty where not even the family was drawn."""
    attempts: int = 0
    """Draws that were begun."""
    rejected: tuple[dict[str, Any], ...] = ()
    """attempt and reasons of each draw that the gate turned down."""
    spec_hash: str = ""
    """Of the last draw."""
    spec: dict[str, Any] | None = None
    """The last draw, whole, so that it can be rendered alone; None where it was not finished."""
    traceback: str = ""
    """Last lines of it, for errors."""
    stderr: str = ""
    """Last lines that the worker wrote."""
