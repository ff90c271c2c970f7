"""Whether `platelight normals` holds more and more memory over a long sequence.

    .venv/bin/python benchmarks/long_run.py [--frames 2000] [--size 160x120] [--every 100] [--model NAME] [--deflicker]

Small frames are made on the spot, of several pictures so that nothing can be remembered, and one process of
`platelight normals` works through them all. Its resident memory (as `ps` tells it) is noted each time another `--every`
frames are finished. Growth is the slope of a straight line through the notes of the second half, when whatever is
loaded once is loaded; the command ends with 1 where that line rises by more than `--allowed` MiB in a thousand frames.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PICTURES = 8
_LOOK_SECONDS = 0.2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, print a row each `--every` frames and the growth; 0, 1 where memory grows, or the command's own code."""
    parser = argparse.ArgumentParser(description="Watch the memory of platelight normals over many small frames.")
    parser.add_argument("--frames", type=int, default=2000)
    parser.add_argument("--size", default="160x120", help="of a frame, WIDTHxHEIGHT pixels")
    parser.add_argument("--every", type=int, default=100, help="frames between two notes")
    parser.add_argument("--model", help="name of a shipped model or a path; the default is the command's own")
    parser.add_argument("--threads", type=int, help="handed to the command")
    parser.add_argument("--deflicker", action="store_true", help="handed to the command")
    parser.add_argument("--allowed", type=float, default=8.0, help="MiB of growth in a thousand frames that are let be")
    given = parser.parse_args(arguments)
    width, height = (int(side) for side in given.size.split("x"))
    with tempfile.TemporaryDirectory(prefix="platelight-long-run-") as folder:
        write_frames(Path(folder) / "plates", given.frames, width, height)
        options = [*(["--model", given.model] if given.model else []), *(["--deflicker"] if given.deflicker else [])]
        options += ["--threads", str(given.threads)] if given.threads else []
        command = [sys.executable, "-m", "core.cli.main", "normals", str(Path(folder) / "plates" / "plate.####.exr")]
        command += [f"1-{given.frames}", "--out", str(Path(folder) / "out"), "--no-preview", *options]
        print(f"platelight normals, {given.frames} frames of {width}x{height}")
        print(f"{'frames':>8}{'seconds':>10}{'MiB':>10}", flush=True)
        code, notes = watch(command, Path(folder) / "out", given.frames, given.every)
    if code:
        return code
    if len(notes) < 4:
        print("too few notes to tell growth from noise; use more --frames or a smaller --every")
        return 0
    growth = growth_per_frame(notes[len(notes) // 2 :]) * 1000.0
    print(f"growth over the second half: {growth:+.2f} MiB in 1000 frames (allowed: {given.allowed:g})")
    return int(growth > given.allowed)


def write_frames(folder: Path, frames: int, width: int, height: int) -> None:
    """`folder/plate.0001.exr` and on, half-float: `PICTURES` pictures of noise, and hard links to these."""
    import numpy as np

    from core.image import Image, write_image

    folder.mkdir()
    for number in range(1, frames + 1):
        path = folder / f"plate.{number:04d}.exr"
        if number <= PICTURES:
            pixels = np.random.default_rng(number).random((height, width, 3), dtype=np.float32)
            write_image(path, Image(pixels, ("R", "G", "B")), dtype="half")
        else:
            os.link(folder / f"plate.{(number - 1) % PICTURES + 1:04d}.exr", path)


def watch(command: Sequence[str], out: Path, frames: int, every: int) -> tuple[int, list[tuple[int, float]]]:
    """Run `command`; its exit code, and (frames in `out`, resident MiB) each time `every` more are there."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    notes: list[tuple[int, float]] = []
    began = time.monotonic()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    try:
        while process.poll() is None:
            time.sleep(_LOOK_SECONDS)
            finished = sum(entry.name[:1] != "." for entry in os.scandir(out)) if out.is_dir() else 0
            if every * (len(notes) + 1) <= finished < frames:  # after the last, the process takes itself apart
                held = resident(process.pid)
                if held is not None:
                    notes.append((finished, held))
                    print(f"{finished:>8}{time.monotonic() - began:>10.1f}{held:>10.1f}", flush=True)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
    return process.returncode, notes


def resident(process: int) -> float | None:
    """MiB of memory that a process has, or None where it is gone."""
    told = subprocess.run(["ps", "-o", "rss=", "-p", str(process)], capture_output=True, text=True, check=False).stdout
    return int(told) / 1024.0 if told.strip().isdigit() else None


def growth_per_frame(notes: Sequence[tuple[int, float]]) -> float:
    """Slope of the least-squares line through (frames, MiB), MiB a frame."""
    mean_x = sum(x for x, _ in notes) / len(notes)
    mean_y = sum(y for _, y in notes) / len(notes)
    spread = sum((x - mean_x) ** 2 for x, _ in notes)
    return sum((x - mean_x) * (y - mean_y) for x, y in notes) / spread if spread else 0.0


if __name__ == "__main__":
    sys.exit(main())
