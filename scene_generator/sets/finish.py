"""What a finished set gets beside its shards: manifest, contact sheet and report."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from core.atomic import write_text
from core.errors import FileMissing, RenderFailed
from core.image import Image
from core.shards import ShardSet
from scene_generator.report.contact_sheet import contact_sheet
from scene_generator.report.page import write_report
from scene_generator.sets.packing import missing_shards, shard_path
from scene_generator.sets.plan import BuildPlan

SHEET_SAMPLES = 24


@dataclass
class SetSummary:
    """What the shards of a set hold."""

    samples: int = 0
    records: int = 0
    """Samples times frames."""
    rejected: Counter[str] = field(default_factory=Counter)
    """Reasons, over every sample in the shards; one draw may have several."""
    rejected_draws: int = 0


def finish(plan: BuildPlan, folder: Path, failed: set[int]) -> SetSummary:
    """Write manifest.jsonl, contact_sheet.png and report.html from the shards in `folder`.

    Args:
        failed: samples that need not be there.

    Raises:
        FileMissing: shards are missing; the message names them.
        RenderFailed: every sample failed.
        DiskFull: no space is left.
    """
    missing = missing_shards(plan, folder, failed)
    if missing:
        names = ", ".join(shard_path(folder, shard).name for shard in missing[:5])
        more = f" and {len(missing) - 5} more" if len(missing) > 5 else ""
        raise FileMissing(
            f"{folder}: {names}{more} missing or short of samples; the same command without --pack renders them"
        )
    if failed.issuperset(range(plan.count)) and not any(folder.glob("[!.]*.tar")):
        everyone = f"all {plan.count} samples" if plan.count > 1 else "the only sample"
        raise RenderFailed(f"{everyone} failed; {folder / 'failed'} says why; --retry-failed tries them again")
    summary = SetSummary()
    shards = ShardSet.open(folder)
    lines: list[str] = []
    sheet: list[Image] = []
    for name in shards.keys:
        meta = shards.metadata(name)
        line = {**{k: v for k, v in meta.items() if k != "spec"}, "shard": shards.shard_of(name).name}
        lines.append(json.dumps(line, sort_keys=True) + "\n")
        if meta["frame"]:
            continue  # the first frame speaks for the sample
        summary.samples += 1
        for draw in meta["rejected"]:
            summary.rejected_draws += 1
            summary.rejected.update(reason.split(" (")[0] for reason in draw["reasons"])
        if len(sheet) < SHEET_SAMPLES:
            sheet.append(shards.read(name)[0])
    summary.records = len(lines)
    write_text(folder / "manifest.jsonl", "".join(lines))
    contact_sheet(sheet, folder / "contact_sheet.png")
    write_report(folder)
    return summary
