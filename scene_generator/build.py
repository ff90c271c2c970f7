"""Recipe and seed -> a folder of shards with manifest and contact sheet; resumes, whatever stopped it before.

OUT/build.json          what was asked for; the same command goes on, another one is refused
OUT/shard-00000.tar     samples 0 .. shard_size - 1, with shard-00000.index.json
OUT/manifest.jsonl      one line a sample, in order
OUT/contact_sheet.png   beauty and normals of the first samples
OUT/unpacked/           samples that wait for their shard to be full
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from core.atomic import write_json, write_text
from core.errors import BadConfig, BrokenShard, DiskFull, FileMissing
from core.image import Image
from core.shards import ShardSet, write_shard
from scene_generator.journal import Journal
from scene_generator.lock import sole_build
from scene_generator.recipe import Recipe
from scene_generator.render_one import Sample, key
from scene_generator.renderers import RenderSettings
from scene_generator.report import contact_sheet
from scene_generator.workers import run

SHARD_SIZE = 64
SHEET_SAMPLES = 24


@dataclass(frozen=True)
class BuildPlan:
    """What to build; two plans that are equal but for `count` and `workers` give the same samples."""

    recipe: Recipe
    seed: int
    count: int
    settings: RenderSettings
    variant: str
    workers: int = 2

    def identity(self) -> dict[str, Any]:
        """Return what a folder must agree on to be gone on with."""
        return {
            "recipe": self.recipe.to_dict(),
            "seed": self.seed,
            "settings": asdict(self.settings),
            "variant": self.variant,
            "shard_size": SHARD_SIZE,
        }


@dataclass
class BuildResult:
    """What one call did."""

    folder: Path
    count: int = 0
    """Samples now in the shards."""
    rendered: int = 0
    """Samples that this call rendered."""
    mended: list[str] = field(default_factory=list)
    """Samples that were damaged and have been made again."""
    seconds: float = 0.0
    """Time that this call spent rendering and packing."""
    rejected: Counter[str] = field(default_factory=Counter)
    """Reasons, over every sample in the shards; one draw may have several."""
    rejected_draws: int = 0

    def pairs_per_hour(self) -> float:
        """Return accepted samples an hour in this call; 0 if it rendered none."""
        return 3600 * self.rendered / self.seconds if self.rendered else 0.0


def build(plan: BuildPlan, folder: Path, on_sample: Callable[[Sample], None] = lambda sample: None) -> BuildResult:
    """Make every sample of `plan` that is not in `folder` yet, pack the shards, write manifest and contact sheet.

    Args:
        on_sample: called in this process for each sample as it is finished.

    Raises:
        BadConfig: `folder` holds another plan's samples, or another build is at work in it.
        RenderFailed: a sample cannot be made; the others are kept.
        DiskFull: what was finished is kept.
        KeyboardInterrupt: passed on after what was finished has been kept.
    """
    with sole_build(folder):
        return _build(plan, folder, on_sample)


def _build(plan: BuildPlan, folder: Path, on_sample: Callable[[Sample], None]) -> BuildResult:
    started = time.monotonic()
    _agree(plan, folder)
    result = BuildResult(folder)
    journal = Journal(folder / "unpacked")
    packed, result.mended = _unpack_unfinished(plan, folder, journal)
    missing = [i for i in range(plan.count) if i not in packed and not journal.has(key(i))]
    shards = {
        i: range(i * SHARD_SIZE, min((i + 1) * SHARD_SIZE, plan.count)) for i in range(-(-plan.count // SHARD_SIZE))
    }
    wanted = set(missing)
    waiting = {n: wanted.intersection(members) for n, members in shards.items()}
    for number, members in shards.items():
        if not waiting[number] and any(i not in packed for i in members):
            _pack(folder, journal, number, members)
    with contextlib.closing(run(plan, missing)) as finished:
        for sample in finished:
            with _disk(folder):
                journal.add(key(sample.index), sample.exr, sample.meta)
            number = sample.index // SHARD_SIZE
            waiting[number].discard(sample.index)
            if not waiting[number]:
                _pack(folder, journal, number, shards[number])
            result.rendered += 1
            on_sample(sample)
    journal.close()
    _finish(plan, folder, result)
    result.seconds = time.monotonic() - started
    return result


def _agree(plan: BuildPlan, folder: Path) -> None:
    path = folder / "build.json"
    wanted = json.loads(json.dumps(plan.identity()))
    if path.exists():
        try:
            there = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise BadConfig(
                f"{path}: not JSON ({error}); choose another --out, or remove the folder to start anew"
            ) from error
        differing = [name for name in wanted if there.get(name) != wanted[name]]
        if differing:
            other = ", ".join(differing)
            raise BadConfig(f"{folder} was made with another {other}; give the same options to go on, or another --out")
        return
    if folder.exists() and any(folder.glob("*.tar")):
        raise BadConfig(f"{folder} holds shards without build.json; choose another --out")
    write_json(path, wanted)


def _unpack_unfinished(plan: BuildPlan, folder: Path, journal: Journal) -> tuple[set[int], list[str]]:
    """Return the samples in sound, whole shards; take apart shards that are damaged or were of a smaller count."""
    packed: set[int] = set()
    mended: list[str] = []
    for tar in sorted(folder.glob("shard-*.tar")):
        number = int(tar.stem.split("-")[1])
        members = range(number * SHARD_SIZE, min((number + 1) * SHARD_SIZE, plan.count))
        if not members:
            continue
        good, bad = _good_records(tar)
        if not bad and {key(i) for i in members} <= set(good):
            packed.update(members)
            continue
        mended += bad
        with _disk(folder):
            for name, (exr, meta) in good.items():
                journal.add(name, exr, meta)
    return packed, mended


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


def _pack(folder: Path, journal: Journal, number: int, members: range) -> None:
    def records() -> Iterator[tuple[str, bytes, dict[str, Any]]]:
        for i in members:
            kept = journal.get(key(i))
            if kept is None:
                raise BrokenShard(
                    f"{journal.folder}: sample {key(i)} vanished while packing; run the same command again"
                )
            yield key(i), *kept

    write_shard(folder / f"shard-{number:05d}.tar", records())
    for i in members:
        journal.drop(key(i))


def _finish(plan: BuildPlan, folder: Path, result: BuildResult) -> None:
    shards = ShardSet.open(folder)
    lines = []
    sheet: list[Image] = []
    for name in shards.keys:
        meta = shards.metadata(name)
        for draw in meta["rejected"]:
            result.rejected_draws += 1
            result.rejected.update(reason.split(" (")[0] for reason in draw["reasons"])
        lines.append(
            json.dumps(
                {**{k: v for k, v in meta.items() if k != "spec"}, "shard": shards.shard_of(name).name}, sort_keys=True
            )
        )
        if len(sheet) < SHEET_SAMPLES:
            sheet.append(shards.read(name)[0])
    result.count = len(lines)
    write_text(folder / "manifest.jsonl", "".join(line + "\n" for line in lines))
    contact_sheet(sheet, folder / "contact_sheet.png")


@contextlib.contextmanager
def _disk(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise DiskFull(f"{folder}: no space left; free some and run the same command again to go on") from error
        raise BadConfig(
            f"{folder}: cannot be written ({os.strerror(error.errno or 0)}); choose another --out"
        ) from error
