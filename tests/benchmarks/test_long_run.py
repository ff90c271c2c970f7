from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from benchmarks.long_run import PICTURES, growth_per_frame, resident, watch, write_frames
from core.image import read_header


def test_growth_is_the_slope_whatever_the_level() -> None:
    assert growth_per_frame([(100, 200.0), (200, 201.0), (300, 202.0)]) == pytest.approx(0.01)
    assert growth_per_frame([(100, 200.0), (200, 200.0), (300, 200.0)]) == 0.0
    assert growth_per_frame([(100, 200.0)]) == 0.0


def test_frames_are_there_under_their_numbers(tmp_path: Path) -> None:
    write_frames(tmp_path / "plates", PICTURES + 3, 16, 12)
    paths = sorted((tmp_path / "plates").iterdir())
    assert [path.name for path in paths[:2]] == ["plate.0001.exr", "plate.0002.exr"]
    assert len(paths) == PICTURES + 3
    assert (read_header(paths[-1]).width, read_header(paths[-1]).height) == (16, 12)


def test_its_own_memory_is_known_and_a_dead_process_has_none() -> None:
    held = resident(os.getpid())
    assert held is not None
    assert held > 10.0
    assert resident(2**22 - 1) is None


def test_a_process_that_grows_is_seen_to(tmp_path: Path) -> None:
    program = (
        "import pathlib, sys, time\n"
        "out = pathlib.Path(sys.argv[1]); out.mkdir(); held = []\n"
        "for number in range(1, 7):\n"
        "    held.append(b'x' * (20 << 20)); (out / str(number)).touch(); time.sleep(0.6)\n"
    )
    code, notes = watch([sys.executable, "-c", program, str(tmp_path / "out")], tmp_path / "out", 7, 1)
    assert code == 0
    assert len(notes) >= 3
    assert growth_per_frame(notes) > 10.0
