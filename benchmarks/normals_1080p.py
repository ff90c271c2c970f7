"""Seconds and peak memory of `platelight normals` on one 1920x1080 frame, on 2 CPU cores.

    .venv/bin/python benchmarks/normals_1080p.py [--model NAME] [--runs 3]

A frame is made on the spot (no file of anyone's is needed), scene-linear half-float EXR. Each run is a process of its
own, confined to 2 cores, from `platelight` starting to its exit: loading Python and the model is in the time, as it is
for a user. "seconds" is what a clock on the wall shows; "CPU s" is the computing alone, over all cores, and says more
where the machine is busy with other things. Peak memory is the largest resident set of that process. "start" is the
same command on a frame that is finished already, which is what everything but the work costs.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CORES = 2
WIDTH, HEIGHT = 1920, 1080


def main() -> int:
    """Measure and print a table; 0, or the exit code of a run that failed."""
    parser = argparse.ArgumentParser(description="Time platelight normals on one 1920x1080 frame on 2 CPU cores.")
    parser.add_argument("--model", help="name of a shipped model or a path; the default is the command's own")
    parser.add_argument("--write-frame", metavar="PATH", help=argparse.SUPPRESS)
    parser.add_argument("--runs", type=int, default=3, help="how often each line is measured (median shown)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    arguments = parser.parse_args()
    found: dict[str, dict[str, float]] = {}
    if arguments.write_frame:
        _write_frame(arguments.write_frame)
        return 0
    with tempfile.TemporaryDirectory(prefix="platelight-benchmark-") as folder:
        plate = Path(folder) / "plate.exr"
        # In a process of its own: a child's peak memory starts at what its parent holds, so this one stays small.
        subprocess.run([sys.executable, __file__, "--write-frame", str(plate)], env=_environment(), check=True)
        cases = {
            "default": [],
            "default, no preview": ["--no-preview"],
            "--tile --size 512": ["--tile", "--size", "512"],
            "start": ["--skip"],
        }
        print(f"platelight normals, {WIDTH}x{HEIGHT} half EXR, {CORES} CPU cores, median of {arguments.runs}")
        print(f"{'case':<24}{'seconds':>10}{'CPU s':>10}{'peak MiB':>10}")
        for name, options in cases.items():
            command = _command(plate, Path(folder) / "out", options, arguments.model)
            if name == "start":
                _run(command)
            runs = []
            for _ in range(arguments.runs):
                code, *measured = _run(command)
                if code:
                    return code
                runs.append(measured)
            seconds, computing, peaks = zip(*runs, strict=True)
            row = {
                "seconds": statistics.median(seconds),
                "computing": statistics.median(computing),
                "peak_mib": max(peaks),
            }
            found[name] = row
            print(f"{name:<24}{row['seconds']:>10.2f}{row['computing']:>10.2f}{row['peak_mib']:>10.0f}", flush=True)
    if arguments.json:
        arguments.json.write_text(json.dumps(found, indent=2), "utf-8")
    return 0


def _write_frame(path: str) -> None:
    """Write a frame with shading, texture and a light far above 1; scene-linear Rec.709, half-float EXR."""
    import numpy as np

    from core.image import Image, write_image

    rng = np.random.default_rng(7)
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32) / HEIGHT
    shade = 0.3 + 0.25 * np.sin(5.0 * x)[..., None] * np.cos(4.0 * y)[..., None]
    grain = rng.normal(0.0, 0.01, (HEIGHT, WIDTH, 3)).astype(np.float32)
    light = 20.0 * np.exp(-((x - 1.2) ** 2 + (y - 0.3) ** 2) * 60.0)[..., None]
    pixels = np.abs(shade * np.array([1.0, 0.8, 0.6], dtype=np.float32) + grain) + light
    write_image(path, Image(pixels, ("R", "G", "B")), dtype="half")


def _environment() -> dict[str, str]:
    """This checkout first on the import path, whether or not it is installed."""
    path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    return {**os.environ, "PYTHONPATH": path}


def _command(plate: Path, out: Path, options: list[str], model: str | None) -> list[str]:
    command = [sys.executable, "-m", "core.cli.main", "normals", str(plate), "--out", str(out)]
    command += ["--device", "cpu", "--threads", str(CORES)]
    command += ["--model", model] if model else []
    return command + (options if "--skip" in options else [*options, "--overwrite"])


def _run(command: list[str]) -> tuple[int, float, float, float]:
    """Exit code, seconds on the wall, seconds of computing, and peak resident memory in MiB of one run."""
    started = time.perf_counter()
    process = subprocess.Popen(command, env=_environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(process.pid, sorted(os.sched_getaffinity(0))[:CORES])
    assert process.stderr is not None
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    elapsed = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.stderr.buffer.write(errors)
    # Linux counts kilobytes, macOS bytes.
    scale = 1 << 20 if sys.platform == "darwin" else 1 << 10
    return process.returncode, elapsed, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / scale


if __name__ == "__main__":
    sys.exit(main())
