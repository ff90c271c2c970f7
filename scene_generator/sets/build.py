"""Recipe and seed -> a folder of shards with manifest and report; resumes, whatever stopped it before.

OUT/build.json          what was asked for; the same command goes on, another one is refused once there are samples
OUT/shard-00000.tar     about `plan.shard_size` records, with shard-00000.index.json
OUT/manifest.jsonl      one line a record, in order; contact_sheet.png, report.html: the set for people
OUT/failed/KEY.json     samples that could not be made, and why
OUT/rejected/           some of the draws that the gate turned down, with small pictures
OUT/timings.jsonl       how long each sample took
OUT/unpacked/           samples that wait for their shard to be full; of part i of n: unpacked-i-of-n
OUT/.lock...            who is at work; empty, and left there

Several processes or machines can build one set: each makes the shards of its part. The last of them, or a build without
parts, writes the manifest.
"""

from __future__ import annotations

import contextlib
import errno
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from core.errors import BadConfig, DiskFull, RenderFailed
from scene_generator.journal import Journal
from scene_generator.pool.workers import run
from scene_generator.sets.failures import FailureFolder, name_samples
from scene_generator.sets.finish import SetSummary, finish
from scene_generator.sets.identity import agree, check
from scene_generator.sets.lock import if_alone, part_build, sole_build
from scene_generator.sets.packing import has_sample, missing_shards, pack, sweep, unpack_unfinished
from scene_generator.sets.plan import BuildPlan
from scene_generator.sets.records import Failure, RejectedDraw, Sample, record_keys
from scene_generator.sets.rejected import write_rejected
from scene_generator.sets.timings import append_timing

__all__ = ["BuildPlan", "BuildResult", "build", "pack_set"]

HOPELESS = 20
"""Failures without one success after which a build stops instead of trying everything."""


@dataclass
class BuildResult:
    """What one call did."""

    folder: Path
    rendered: int = 0
    """Samples that this call rendered."""
    records: int = 0
    """Records of them: samples times frames."""
    failed: list[int] = field(default_factory=list)
    """Samples that failed in this call."""
    failed_before: list[int] = field(default_factory=list)
    """Samples that failed in earlier ones, and were left alone."""
    mended: list[str] = field(default_factory=list)
    """Records that were damaged and have been made again."""
    seconds: float = 0.0
    """Time that this call spent rendering and packing."""
    summary: SetSummary | None = None
    """What the whole set holds; None while parts of it are missing."""

    def pairs_per_hour(self) -> float:
        """Return accepted records an hour in this call; 0 if it rendered none."""
        return 3600 * self.records / self.seconds if self.records else 0.0

    def raise_failures(self) -> None:
        """Raise RenderFailed if samples failed, now or before: one line that names them and the remedy."""
        everyone = [*self.failed, *self.failed_before]
        if everyone:
            raise RenderFailed(
                f"{name_samples(everyone)} could not be made, the rest is finished: {self.folder / 'failed'} says why; "
                "--retry-failed tries them again"
            )


def build(
    plan: BuildPlan,
    folder: Path,
    on_sample: Callable[[Sample], None] = lambda sample: None,
    on_failure: Callable[[Failure], None] = lambda failure: None,
) -> BuildResult:
    """Make every sample of `plan`'s part that `folder` lacks, and pack the shards; finish the set if it is whole.

    Samples that fail are written down and left out: see `BuildResult.raise_failures`.

    Args:
        on_sample: called in this process for each sample as it is finished and kept.
        on_failure: called for each sample that has failed.

    Raises:
        BadConfig: `folder` holds another plan's samples, or another build is at work in it.
        RenderFailed: every sample failed, or the first `HOPELESS` did, or no worker can start.
        MissingPart, SpecError: no sample could be made.
        DiskFull: what was finished is kept.
        KeyboardInterrupt: passed on after what was finished has been kept.
    """
    with sole_build(folder) if plan.whole else part_build(folder, plan.part):
        result = _render(plan, folder, on_sample, on_failure)
        if plan.whole:
            result.summary = finish(plan, folder, FailureFolder(folder / "failed").indices())
    if not plan.whole:
        # Its own hold is given up first: of parts that end together, at least the last finds the folder free.
        with if_alone(folder) as alone:
            failed = FailureFolder(folder / "failed").indices()
            if alone and not missing_shards(plan, folder, failed):
                result.summary = finish(plan, folder, failed)
    return result


def pack_set(plan: BuildPlan, folder: Path) -> SetSummary:
    """Write manifest, contact sheet and report from the shards that parts have made; renders nothing.

    Raises:
        FileMissing: shards are missing.
        RenderFailed: every sample failed, so that there is nothing to pack.
        BadConfig: `folder` holds another plan's samples, or a build is at work in it.
    """
    with sole_build(folder):
        check(plan, folder)
        return finish(plan, folder, FailureFolder(folder / "failed").indices())


def _render(
    plan: BuildPlan, folder: Path, on_sample: Callable[[Sample], None], on_failure: Callable[[Failure], None]
) -> BuildResult:
    started = time.monotonic()
    agree(plan, folder)
    _sweep(plan, folder)
    result = BuildResult(folder)
    failures = FailureFolder(folder / "failed")
    failed = _failed_before(plan, failures)
    with _disk(folder):
        journal = _journal(plan, folder)
        packed, result.mended = unpack_unfinished(plan, folder, journal, failed)
    here = {i for i in plan.indices() if i in packed or has_sample(plan, journal, i)}
    for index in failed & here:  # made after all, by a build whose folder was put together with this one
        failures.drop(index)
    failed -= here
    result.failed_before = sorted(failed)
    missing = [i for i in plan.indices() if i not in here and i not in failed]
    waiting = {shard: set(plan.members(shard)).intersection(missing) for shard in plan.shards()}

    def pack_if_full(shard: int) -> None:
        if not waiting[shard]:
            pack(plan, folder, journal, shard, failed)

    for shard in plan.shards():
        if any(i in here and i not in packed for i in plan.members(shard)):
            pack_if_full(shard)

    def keep_rejected(draws: Sequence[RejectedDraw]) -> None:
        write_rejected(folder / "rejected", draws)

    with contextlib.closing(run(plan, missing, keep_rejected)) as outcomes:
        for outcome in outcomes:
            if isinstance(outcome, Sample):
                _keep(folder, journal, outcome)
                keep_rejected(outcome.rejected)
                result.rendered += 1
                result.records += len(outcome.records)
            else:
                failures.add(outcome)
                failed.add(outcome.index)
                result.failed.append(outcome.index)
            waiting[plan.shard_of(outcome.index)].discard(outcome.index)
            pack_if_full(plan.shard_of(outcome.index))
            if isinstance(outcome, Sample):
                on_sample(outcome)
            else:
                on_failure(outcome)
                _stop_if_hopeless(folder, result, bool(here), outcome)
    _drop_leftovers(plan, journal, packed)
    journal.close()
    result.seconds = time.monotonic() - started
    return result


def _keep(folder: Path, journal: Journal, sample: Sample) -> None:
    with _disk(folder):
        for record in sample.records:
            journal.add(record.key, record.exr, record.meta)
        append_timing(folder / "timings.jsonl", sample)


def _sweep(plan: BuildPlan, folder: Path) -> None:
    # A part leaves alone what another one may be writing at this moment.
    def mine(stem: str) -> bool:
        digits = stem.removeprefix("shard-").partition(".")[0].partition("-")[0]
        if plan.whole or not digits.isdecimal():
            return plan.whole
        shard = int(digits) if stem.startswith("shard-") else plan.shard_of(int(digits))
        return shard in plan.shards()

    for place in (folder, folder / "failed", folder / "rejected"):
        sweep(place, mine)


def _failed_before(plan: BuildPlan, failures: FailureFolder) -> set[int]:
    mine = {i for i in failures.indices() if i < plan.count and plan.is_mine(i)}
    if not plan.retry_failed:
        return mine
    for index in mine:
        failures.drop(index)
    return set()


def _journal(plan: BuildPlan, folder: Path) -> Journal:
    i, n = plan.part
    journal = Journal(folder / ("unpacked" if plan.whole else f"unpacked-{i}-of-{n}"))
    if plan.whole:
        for other in sorted(folder.glob("unpacked-*-of-*")):
            journal.take_over(other)
    return journal


def _drop_leftovers(plan: BuildPlan, journal: Journal, packed: set[int]) -> None:
    # A part that was stopped and then built by another number of parts leaves samples that are packed by now.
    for index in packed:
        for name in record_keys(index, plan.frames):
            journal.drop(name)


def _stop_if_hopeless(folder: Path, result: BuildResult, some_there: bool, failure: Failure) -> None:
    if not some_there and not result.rendered and len(result.failed) >= HOPELESS:
        raise RenderFailed(
            f"the first {HOPELESS} samples all failed, the last because: {failure.reason}; {folder / 'failed'} holds "
            "the details; --retry-failed tries them again"
        )


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
