"""Progress in a log file: plain lines on the way, on standard error, none of them twice."""

from __future__ import annotations

import subprocess
import sys

_THIRTY_STEPS = """
from core.cli.console import console, progress
with progress() as bar:
    task = bar.add_task("Scenes [1]", total=30)
    for step in range(30):
        bar.update(task, advance=1, note=f"loss {1 / (step + 1):.2f}")
    endless = bar.add_task("Unknown", total=None)
    bar.advance(endless)
print("result")
"""


def test_lines_instead_of_a_bar_where_there_is_no_terminal() -> None:
    done = subprocess.run([sys.executable, "-c", _THIRTY_STEPS], capture_output=True, text=True, check=True)
    assert done.stdout == "result\n"
    lines = done.stderr.splitlines()
    assert len(lines) == 10
    assert lines[0].startswith("Scenes [1]: 3/30")
    assert "loss 0.33" in lines[0]
    assert lines[-1].startswith("Scenes [1]: 30/30")
    assert "\x1b" not in done.stderr


def test_a_bar_where_there_is_one() -> None:
    code = f"import os\nos.environ['FORCE_COLOR'] = '1'\n{_THIRTY_STEPS}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "result\n"
    assert "\x1b" in done.stderr
    assert "30/30" in done.stderr
    assert "loss 0.03" in done.stderr
