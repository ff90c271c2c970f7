"""Shards and journal: which samples are safely packed, and how the waiting ones get there."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any

from core.errors import BrokenShard, FileMissing
from core.shards import ShardSet, write_shard
from scene_generator.journal import Journal
from scene_generator.sets.plan import BuildPlan
from scene_generator.sets.records import record_keys

# Made by core.atomic: .NAME.RANDOM.partial.SUFFIX beside NAME.SUFFIX
_PARTIAL = re.compile(r"^\.(?P<stem>.+)\.[^.]+\.partial(\.[a-z]+)?$")


def shard_path(folder: Path, shard: int) -> Path:
    """Return the tar of shard `shard`."""
    return folder / f"shard-{shard:05d}.tar"


def has_sample(plan: BuildPlan, journal: Journal, index: int) -> bool:
    """Say whether the journal keeps every record of sample `index`."""
    return all(journal.has(name) for name in record_keys(index, plan.frames))


def unpack_unfinished(
    plan: BuildPlan, folder: Path, journal: Journal, failed: Collection[int]
) -> tuple[set[int], list[str]]:
    """Take apart those of this part's shards that are damaged, or lack samples that there should be by now.

    Args:
        failed: samples that need not be there.

    Returns:
        The samples in sound shards, and the names of damaged records (or shards) that have to be made again.
    """
    packed: set[int] = set()
    mended: list[str] = []
    for shard in plan.shards():
        tar = shard_path(folder, shard)
        if not tar.exists():
            continue
        good, bad = _good_records(tar)
        members = {i for i in plan.members(shard) if good.keys() >= set(record_keys(i, plan.frames))}
        if good and not bad and members.issuperset(set(plan.members(shard)).difference(failed)):
            packed |= members
            continue
        for name, (exr, meta) in good.items():
            journal.add(name, exr, meta)
        if good or not all(has_sample(plan, journal, i) for i in plan.members(shard) if i not in failed):
            mended += bad  # else a kill came between the tar and its index, and everything waits in the journal
    return packed, mended


def pack(plan: BuildPlan, folder: Path, journal: Journal, shard: int, failed: Collection[int]) -> None:
    """Write one shard from the journal, without the `failed` samples, and forget its samples there.

    Raises:
        BrokenShard: a sample is not in the journal.
        DiskFull: the older shard, if any, is still there.
    """
    names = [name for i in plan.members(shard) if i not in failed for name in record_keys(i, plan.frames)]

    def records() -> Iterator[tuple[str, bytes, dict[str, Any]]]:
        for name in names:
            kept = journal.get(name)
            if kept is None:
                raise BrokenShard(f"{journal.folder}: {name} vanished while packing; run the same command again")
            yield name, *kept

    if names:
        write_shard(shard_path(folder, shard), records())
    for name in names:
        journal.drop(name)


def missing_shards(plan: BuildPlan, folder: Path, failed: Collection[int]) -> list[int]:
    """Return the shards of the whole set that are not there, or lack samples that have not failed."""
    missing = []
    for shard in plan.all_shards():
        wanted = {name for i in plan.members(shard) if i not in failed for name in record_keys(i, plan.frames)}
        try:
            there = set(ShardSet.open_files([shard_path(folder, shard)]).keys) if wanted else set()
        except (BrokenShard, FileMissing):
            there = set()
        if not wanted <= there:
            missing.append(shard)
    return missing


def sweep(folder: Path, mine: Callable[[str], bool]) -> None:
    """Remove what killed runs left half-written in `folder`, where `mine` says so of the finished file's stem."""
    for path in folder.glob(".*.partial*") if folder.is_dir() else ():
        match = _PARTIAL.match(path.name)
        if match and mine(match["stem"]):
            path.unlink(missing_ok=True)


def _good_records(tar: Path) -> tuple[dict[str, tuple[bytes, dict[str, Any]]], list[str]]:
    try:
        shards = ShardSet.open_files([tar])
    except (BrokenShard, FileMissing):
        return {}, [tar.name]
    good, bad = {}, []
    for name in shards.keys:
        try:
            good[name] = shards.read_bytes(name)
        except BrokenShard:
            bad.append(name)
    return good, bad
