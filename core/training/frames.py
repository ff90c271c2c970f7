"""Shards to frames in memory: read once at the start, so that the processor never waits for a disk."""

from __future__ import annotations

import fnmatch
import hashlib
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import BadConfig, BadInput, BrokenShard, FileMissing
from core.shards import ShardSet, scene_id, split
from core.training.task import Frame, Task

__all__ = ["FrameSets", "load_frames"]

_READERS = 4


@dataclass(frozen=True)
class FrameSets:
    """Frames of a run: those trained on, those held out, and how many there are of each scene set.

    Attributes:
        training, validation: as `Task.pack` made them.
        training_keys, validation_keys: where each comes from, `FOLDER/KEY`.
        contents: a short name for all pictures in the folders, those included that are not used; "" says nothing.
    """

    training: Sequence[Frame]
    validation: Sequence[Frame]
    training_keys: Sequence[str]
    validation_keys: Sequence[str]
    contents: str = ""

    def digest(self) -> str:
        """A short name for which samples are on which side, in which order, and what they show."""
        # Keys alone do not tell: a set of another seed has the same.
        return _short([*self.training_keys, "", *self.validation_keys, "", self.contents])

    def digests(self) -> tuple[str, str]:
        """`digest`, and what runs of earlier revisions noted instead, which knew nothing of what samples show."""
        return self.digest(), _short([*self.training_keys, "", *self.validation_keys])


def load_frames(
    task: Task,
    folders: Sequence[str | Path],
    *,
    validation_share: float,
    validation_limit: int,
    seed: int,
    leave_out: Sequence[str] = (),
    limit: int = 0,
    on_progress: Callable[[int, int], None] | None = None,
) -> FrameSets:
    """Read and pack every sample of some shard folders, divided by scene into training and validation.

    A sample whose metadata holds `repeat` N is trained on N times an epoch: a small set beside a large one.

    Args:
        folders: each holds shards; a scene that occurs in several falls on the same side in all.
        validation_share, seed: see `core.shards.split`.
        validation_limit: at most so many held-out samples are kept in memory.
        leave_out: what is not trained on, so that it can be evaluated upon: scene families by name, and scenes that
            use an asset by `KIND:NAME` (kinds `hdri`, `texture`, `mesh`); `*` stands for any letters. They stay among
            the held-out samples.
        limit: at most so many samples to train on, spread evenly over the shards; 0 is all.
        on_progress: called with (samples done, samples in all).

    Raises:
        FileMissing: a folder or its shards are missing.
        BrokenShard: a record is damaged; the message names it and the remedy.
        BadChannels: a sample lacks a layer that the task needs.
        BadConfig: something to leave out is in none of the folders.
        BadInput: nothing is left to train on.
    """
    if not folders:
        raise FileMissing("no training data given; name a folder of shards with --data")
    places: list[tuple[ShardSet, str]] = []
    scenes: list[str] = []
    shares: list[int] = []
    contents: list[set[str]] = []
    once: dict[Path, Path] = {}
    for folder in map(Path, folders):
        once.setdefault(folder.resolve(), folder)  # no sample counts twice because its folder is spelled in two ways
    for folder in once.values():
        shards = ShardSet.open(folder)
        for key in shards.keys:
            places.append((shards, key))
            metadata = shards.metadata(key)
            scenes.append(scene_id(metadata))
            shares.append(max(1, int(metadata.get("repeat") or 1)))
            contents.append(_contents(metadata))
    left_out = _matching(contents, leave_out)
    numbers = [str(number) for number in range(len(places))]
    kept, held_out = split(numbers, scenes, validation_share, seed)
    kept = [number for number in kept if int(number) not in left_out]
    if limit and len(kept) > limit:
        kept = [kept[i * len(kept) // limit] for i in range(limit)]
    # Every n-th, so that each folder and shard has its say.
    held_out = held_out[:: max(1, -(-len(held_out) // validation_limit))] if validation_limit else []
    if not kept:
        raise BadInput(
            f"{folders[0]}: every sample is held out or left out; give more data or a smaller validation_share"
        )
    wanted = [int(number) for number in [*kept, *held_out]]

    def read(number: int) -> Frame:
        shards, key = places[number]
        image, metadata = shards.read(key)
        try:
            return task.pack(image, metadata)
        except BrokenShard:
            raise
        except BadInput as error:
            raise type(error)(f"{shards.shard_of(key)}: record {key}: {error}") from error

    frames: list[Frame] = []
    repeats = [shares[number] if place < len(kept) else 1 for place, number in enumerate(wanted)]
    # Unpacking EXR leaves Python's lock, so threads help; the order stays that of the shards.
    with ThreadPoolExecutor(_READERS, thread_name_prefix="frames") as pool:
        try:
            for frame in pool.map(read, wanted):
                frames.append(frame)
                if on_progress is not None:
                    on_progress(len(frames), len(wanted))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    names = [f"{places[number][0].folder.name}/{places[number][1]}" for number in wanted]
    # The same frame several times: it is seen so often in every epoch, and kept in memory once.
    training = [frame for frame, count in zip(frames[: len(kept)], repeats, strict=False) for _ in range(count)]
    keys = [name for name, count in zip(names[: len(kept)], repeats, strict=False) for _ in range(count)]
    shown = _short([shards.checksum(key) for shards, key in places])
    return FrameSets(training, frames[len(kept) :], keys, names[len(kept) :], shown)


def _short(lines: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def _contents(metadata: Mapping[str, Any]) -> set[str]:
    """What a sample can be left out for: its family, and its assets as KIND:NAME."""
    assets = metadata.get("assets") or []
    return {str(metadata.get("family", "")), *(f"{asset['kind']}:{asset['name']}" for asset in assets)}


def _matching(contents: Sequence[set[str]], leave_out: Sequence[str]) -> set[int]:
    """The numbers of the samples that hold something to leave out. Raises BadConfig where nothing holds it."""
    known = sorted(set().union(*contents))
    found: set[int] = set()
    for pattern in leave_out:
        names = set(fnmatch.filter(known, pattern))
        if not names:
            alike = [name for name in known if name.split(":")[0] == pattern.split(":")[0]] if ":" in pattern else []
            others = alike or [name for name in known if ":" not in name]
            raise BadConfig(f"no sample holds {pattern!r}, which is to be left out; there are {', '.join(others)}")
        found |= {number for number, has in enumerate(contents) if has & names}
    return found
