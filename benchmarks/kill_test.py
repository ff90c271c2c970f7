"""Kill `platelight generate` at random moments, resume it each time, and compare the set with an undisturbed one.

    .venv/bin/python benchmarks/kill_test.py [--count 40] [--kills 20] [--size 64] [--frames 1] [--workers 2]

Every run is a process group of its own, and SIGKILL goes to the whole group: nothing in it can clean up after itself.
The moments are uniform over the time that a run needs to start and to make its share of the samples; once the set is
complete, runs that only look it through and write manifest and report are killed too. Compared at the end are the bytes
of shards, indices, manifest and contact sheet; besides, no half-written file may be left, and no sample may have been
rendered again once it was kept. The exit code is 0 where all of it holds. For Linux and macOS.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMPARED = ("shard-*.tar", "shard-*.index.json", "manifest.jsonl", "contact_sheet.png")


def main() -> int:
    """Run the test, print what happened, and return 0, or 1 where something was lost, doubled or different."""
    parser = argparse.ArgumentParser(description="Kill platelight generate at random moments and resume it.")
    parser.add_argument("--count", type=int, default=40, help="samples")
    parser.add_argument("--kills", type=int, default=20, help="how often the process group is killed")
    parser.add_argument("--size", type=int, default=64, help="pixels along each side")
    parser.add_argument("--frames", type=int, default=1, help="frames a sample; with more, shards hold fewer samples")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0, help="of the scenes and of the moments")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="platelight-kill-") as scratch:
        whole, killed = Path(scratch) / "whole", Path(scratch) / "killed"
        started = time.monotonic()
        _start(arguments, whole).wait()
        seconds = time.monotonic() - started
        started = time.monotonic()
        _start(arguments, whole).wait()
        idle = time.monotonic() - started
        print(f"undisturbed: {seconds:.1f} s, {idle:.1f} s where nothing is missing", flush=True)
        share = max(seconds - idle, 0.0) / arguments.kills
        done = _kill_often(arguments, killed, idle + 2 * share)
        code = _start(arguments, killed).wait()
        problems = [f"the last run ended with exit code {code}"] if code else []
        problems += _differences(whole, killed)
        print(f"{done} kills; {_compared(killed)} files compared")
        for problem in problems:
            print(f"PROBLEM: {problem}")
        print("nothing lost, nothing doubled, nothing half-written" if not problems else "FAILED")
        return 1 if problems or done < arguments.kills else 0


def _kill_often(arguments: argparse.Namespace, folder: Path, longest: float) -> int:
    rng = random.Random(arguments.seed)
    kills = runs = 0
    while kills < arguments.kills and runs < 5 * arguments.kills:
        runs += 1
        process = _start(arguments, folder)
        delay = rng.uniform(0.0, longest)
        try:
            process.wait(delay)
            continue  # it was faster
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)  # a group of our own making: see start_new_session
            process.wait()
        kills += 1
        shards, kept = len(list(folder.glob("[!.]*.tar"))), len(list(folder.glob("unpacked/*.json")))
        half = len(list(folder.rglob("*.partial*")))
        print(f"kill {kills} after {delay:.2f} s: {shards} shards, {kept} waiting, {half} half-written", flush=True)
    return kills


def _start(arguments: argparse.Namespace, folder: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "core.cli.main", "generate", "--out", str(folder)]
    command += ["--count", str(arguments.count), "--size", str(arguments.size), "--frames", str(arguments.frames)]
    command += ["--seed", str(arguments.seed), "--workers", str(arguments.workers)]
    command += ["--samples", "2", "--passes", "beauty,normal"]
    path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    return subprocess.Popen(
        command, env={**os.environ, "PYTHONPATH": path}, start_new_session=True, stderr=subprocess.DEVNULL
    )


def _differences(whole: Path, killed: Path) -> list[str]:
    problems = [f"{path.name} is half-written" for path in killed.rglob("*.partial*")]
    problems += [f"{path.name} was left" for path in killed.glob("unpacked*")]
    left, right = _hashes(whole), _hashes(killed)
    problems += [
        f"{name} differs or is missing" for name in sorted(left.keys() | right) if left.get(name) != right.get(name)
    ]
    keys = [json.loads(line)["key"] for line in (killed / "manifest.jsonl").read_text("utf-8").splitlines()]
    problems += [f"{key} is in the manifest {n} times" for key, n in Counter(keys).items() if n > 1]
    # A line of timings is written after a sample is kept: two of them mean that it was rendered again.
    timed = Counter(json.loads(line)["key"] for line in (killed / "timings.jsonl").read_text("utf-8").splitlines())
    problems += [f"{key} was rendered {n} times" for key, n in timed.items() if n > 1]
    return problems


def _hashes(folder: Path) -> dict[str, str]:
    files = [path for pattern in COMPARED for path in folder.glob(pattern)]
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def _compared(folder: Path) -> int:
    return len(_hashes(folder))


if __name__ == "__main__":
    sys.exit(main())
