"""Plates that cannot be used and work that is cut short, through `platelight normals` as a user starts it."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from core.image import Image, read_header, read_image, write_image, write_rows

ROOT = Path(__file__).resolve().parents[1]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
ENVIRONMENT.pop("PLATELIGHT_DEBUG", None)
Command = Callable[..., list[str]]


@pytest.fixture
def command(rays_model: Path, tmp_path: Path) -> Command:
    def make(*arguments: object) -> list[str]:
        start = [sys.executable, "-m", "core.cli.main", "normals", *map(str, arguments)]
        return [*start, "--out", str(tmp_path / "out"), "--model", str(rays_model), "--device", "cpu", "--threads", "1"]

    return make


def run(command: list[str], **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, check=False, **options)  # type: ignore[call-overload,no-any-return]


def plate(height: int, width: int, channels: tuple[str, ...] = ("R", "G", "B")) -> Image:
    return Image(np.random.default_rng(0).random((height, width, len(channels))).astype(np.float32), channels)


def left_behind(folder: Path) -> list[str]:
    return (
        sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()) if folder.exists() else []
    )


def missing(folder: Path) -> Path:
    return folder / "none.exr"


def text(folder: Path) -> Path:
    path = folder / "text.exr"
    path.write_text("this is a text file")
    return path


def truncated(folder: Path) -> Path:
    path = folder / "cut.exr"
    write_image(path, plate(300, 200))
    path.write_bytes(path.read_bytes()[:-5000])
    return path


def alpha_only(folder: Path) -> Path:
    path = folder / "alpha.exr"
    write_image(path, plate(40, 40, ("A",)))
    return path


def one_pixel(folder: Path) -> Path:
    path = folder / "one.exr"
    write_image(path, plate(1, 1))
    return path


@pytest.mark.parametrize(
    ("make", "word"),
    [
        (missing, "no such file"),
        (text, "not an OpenEXR file"),
        (truncated, "copy or render it again"),
        (alpha_only, "it has only A"),
        (one_pixel, "8 or more"),
    ],
)
def test_an_unusable_plate_ends_in_one_line_and_code_2(
    tmp_path: Path, command: Command, make: Callable[[Path], Path], word: str
) -> None:
    path = make(tmp_path)
    done = run(command(path))
    assert done.returncode == 2, done.stderr
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    assert str(path) in lines[0]
    assert word in lines[0]
    assert left_behind(tmp_path / "out") == []


def test_one_channel_is_taken_as_grey_and_said(tmp_path: Path, command: Command) -> None:
    write_image(tmp_path / "grey.exr", plate(40, 60, ("Y",)))
    done = run(command(tmp_path / "grey.exr"))
    assert done.returncode == 0, done.stderr
    assert "taken as a grey picture" in done.stderr
    assert left_behind(tmp_path / "out") == ["grey.exr", "grey_normals.png"]


def test_unsafe_pixels_are_told_and_do_not_reach_the_result(tmp_path: Path, command: Command) -> None:
    pixels = plate(60, 80).pixels.copy()
    pixels[5, 5], pixels[10, 10:12], pixels[20, 20:23, 1] = np.nan, np.inf, -3.0
    write_image(tmp_path / "plate.exr", Image(pixels, ("R", "G", "B")))
    done = run(command(tmp_path / "plate.exr"))
    assert done.returncode == 0, done.stderr
    assert "1 nan, 2 infinite, 3 negative pixels" in done.stderr
    normals = read_image(tmp_path / "out" / "plate.exr").layer("N")
    np.testing.assert_allclose(np.linalg.norm(normals, axis=-1), 1.0, atol=1e-5)


# The command is started by a small process in between: a child's peak counts what its parent held when it was born,
# and this test process may hold a lot.
PEAK = """
import resource, subprocess, sys
code = subprocess.call(sys.argv[1:])
print("peak", resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(code)
"""


@pytest.mark.slow
def test_a_plate_12000_pixels_wide_is_never_held_whole(tmp_path: Path, command: Command) -> None:
    width, height = 12_000, 800
    wide = Image(np.full((100, width, 3), 0.18, dtype=np.float32), ("R", "G", "B"))
    with write_rows(tmp_path / "wide.exr", wide, height, dtype="half") as rows:
        for _ in range(0, height, 100):
            rows.write(wide.pixels)
    write_image(tmp_path / "small.exr", plate(64, 64))
    peaks = []
    for name in ("small.exr", "wide.exr"):
        done = run([sys.executable, "-c", PEAK, *command(tmp_path / name, "--no-preview")])
        assert done.returncode == 0, done.stderr
        peaks.append(int(done.stdout.split("peak ")[1]) * (1 if sys.platform == "darwin" else 1024))
    header = read_header(tmp_path / "out" / "wide.exr")
    assert (header.width, header.height) == (width, height)
    print(f"peaks: {[round(peak / 2**20) for peak in peaks]} MiB")
    # Less, on top of what a tiny plate takes, than the plate alone would take as float.
    assert peaks[1] - peaks[0] < 0.8 * width * height * 3 * 4


@pytest.mark.skipif(not hasattr(resource, "RLIMIT_FSIZE"), reason="this system cannot limit the size of files")
def test_a_full_disk_keeps_what_is_finished(tmp_path: Path, command: Command) -> None:
    """A limit on the size of files stands for the end of the disk: writing fails in the same call, with EFBIG."""
    write_image(tmp_path / "a.exr", plate(10, 10))
    write_image(tmp_path / "b.exr", plate(200, 200))

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    done = run(command(tmp_path / "a.exr", tmp_path / "b.exr"), preexec_fn=limit)
    assert done.returncode == 1, done.stderr
    last = done.stderr.strip().splitlines()[-1]
    assert "no space left" in last
    assert "b" in last
    assert left_behind(tmp_path / "out") == ["a.exr", "a_normals.png"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_device_is_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Real ENOSPC, from every byte on: the temporary file is made to be /dev/full."""
    from core import atomic
    from core.errors import DiskFull

    real = atomic.tempfile.mkstemp

    def full(**options: object) -> tuple[int, str]:
        handle, name = real(**options)  # type: ignore[call-overload]
        Path(name).unlink()
        Path(name).symlink_to("/dev/full")
        return handle, name

    monkeypatch.setattr(atomic.tempfile, "mkstemp", full)
    for name in ("a.exr", "a.png"):
        with pytest.raises(DiskFull, match="no space left"):
            write_image(tmp_path / name, plate(64, 64))
    assert left_behind(tmp_path) == []


@pytest.mark.slow
def test_ctrl_c_keeps_finished_frames_and_a_second_run_goes_on(tmp_path: Path, command: Command) -> None:
    count = 200
    write_image(tmp_path / "plate.0001.exr", plate(300, 400))
    for number in range(2, count + 1):  # hard links: many plates for the price of one
        os.link(tmp_path / "plate.0001.exr", tmp_path / f"plate.{number:04d}.exr")
    out = tmp_path / "out"
    process = subprocess.Popen(
        command(tmp_path / "plate.####.exr"),
        env=ENVIRONMENT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        deadline = time.monotonic() + 300
        while len(list(out.glob("plate.*.exr"))) < 2:
            assert process.poll() is None, process.stderr.read() if process.stderr else ""
            assert time.monotonic() < deadline, "no frame was finished within five minutes"
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=300)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        process.wait()
    assert process.returncode == 1, errors
    assert "Ctrl-C" in errors.strip().splitlines()[-1]
    assert "Traceback" not in errors
    finished = sorted(path.name for path in out.glob("*.exr"))
    assert 2 <= len(finished) < count
    for name in finished:
        assert read_image(out / name).channels == ("N.red", "N.green", "N.blue")
        read_image(out / f"{name[:-4]}_normals.png")
    # Nothing but finished files: no temporary name, and at most the preview of the frame that was being finished.
    others = {path.name for path in out.iterdir()} - set(finished) - {f"{name[:-4]}_normals.png" for name in finished}
    assert len(others) <= 1
    assert not any(name.startswith(".") for name in others)

    upto = len(finished) + 1
    again = run(command(tmp_path / "plate.####.exr", f"1-{upto}"))
    assert again.returncode == 0, again.stderr
    assert f"{len(finished)} of {upto} frames are finished" in again.stderr
    assert (out / f"plate.{upto:04d}.exr").exists()
