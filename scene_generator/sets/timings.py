"""How long each sample took, one JSON line each: for reports and benchmarks. It varies, so the set does not hold it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from scene_generator.sets.records import Sample, scene_key
from worker_link.json_text import parse_json


def append_timing(path: Path, sample: Sample) -> None:
    """Add one line to `path`: key, family, frames, seconds, stages (name to seconds), draws, pid, rss_mb.

    One write at the file's end, so that parts which share the file do not mix lines. Raises OSError.
    """
    line = {"key": scene_key(sample.index), "family": sample.family, "frames": len(sample.records), **sample.timing}
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
    try:
        os.write(handle, (json.dumps(line, sort_keys=True) + "\n").encode("ascii"))
    finally:
        os.close(handle)


def read_timings(path: Path) -> list[dict[str, Any]]:
    """Return the lines of `path` in the order they were written; none where there is no file.

    A sample that was made more than once has several. What a full disk or a kill left of a line is passed over.
    """
    rows = []
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        try:
            row = parse_json(line)
        except ValueError:
            continue
        if isinstance(row, dict):
            rows.append(row)
    return rows
