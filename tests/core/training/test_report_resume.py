"""The page and the log over stops, damage and new starts: no step twice, none lost."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from core.training.loop import fit
from core.training.run_folder import RunFolder
from tests.core.training import tiny_tasks
from tests.core.training.test_report_page import add_preview, read


def learn(path: Path, **options: Any) -> None:
    task, config = tiny_tasks.build(preview_every=3)
    run = RunFolder(path)
    if not options.get("resume"):
        run.start(config, {})
    fit(task, tiny_tasks.frames(), config, run, **options)


def test_a_run_in_two_parts_has_the_page_of_a_whole_one(tmp_path: Path) -> None:
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    learn(whole)
    learn(parts, stop_after=5)
    assert "step 5 of 12, not finished" in read(parts / "report.html").text()
    # Steps that were made after the checkpoint, a line that was cut off, and a preview of a step to come.
    with (parts / "log.jsonl").open("a") as log:
        log.write('{"step": 5, "square": 99.0}\n{"step": 6, "square": 99.0}\n{"step": 7, "squ')
    add_preview(parts, 6)
    learn(parts, resume=True)
    one, other = read(whole / "report.html"), read(parts / "report.html")
    assert one.figures() == other.figures()
    for name in ("loss", "square", "worst"):
        assert [point[:3] for point in one.points(name)] == [point[:3] for point in other.points(name)]
        assert [point[0] for point in other.points(name)] == list(range(12))
    assert one.points("error", "validation") == other.points("error", "validation")
    assert "finished, 12 steps" in other.text()
    links = [[a["href"] for tag, a in page.tags if tag == "a"] for page in (one, other)]
    assert links[0] == links[1]


def test_going_back_drops_the_previews_of_steps_to_come(tmp_path: Path) -> None:
    run = RunFolder(tmp_path)
    run.start(tiny_tasks.config(), {})
    for step in (5, 6, 10):
        add_preview(tmp_path, step)
    (tmp_path / "previews" / "step_mine.png").write_bytes(b"")
    run.rewind(5)
    assert {path.name for path in (tmp_path / "previews").iterdir()} == {"step_000005.png", "step_mine.png"}
    run.start(tiny_tasks.config(), {})
    assert [path.name for path in (tmp_path / "previews").iterdir()] == ["step_mine.png"]


def test_damaged_lines_are_passed_over(tmp_path: Path) -> None:
    run = RunFolder(tmp_path)
    run.start(tiny_tasks.config(), {})
    good = json.dumps({"step": 3, "loss": 1.5}).encode()
    lines = [b"", b"null", b"7", b"[1]", b"{}", b'{"step": "2", "loss": 1}', b'{"step": -1}', b'{"step": true}', good]
    lines += [
        b'\xff\xfe{"step"',
        b'{"step": 4, "loss": NaN, "degrees": 2.0}',
        b'{"step": 5, "validation": 7}',
        b"[" * 99999,
    ]
    (tmp_path / "log.jsonl").write_bytes(b"\n".join(lines))
    assert run.rows() == [
        {"step": 3, "loss": 1.5},
        {"step": 4, "degrees": 2.0},
        {"step": 5, "validation": 7},
    ]
    run.write_curve()
    page = read(tmp_path / "report.html")
    assert [point[0] for point in page.points("loss")] == [3]
    run.rewind(5)
    assert [row["step"] for row in run.rows()] == [3, 4]


def test_no_file_of_a_run_has_a_nan(tmp_path: Path) -> None:
    run = RunFolder(tmp_path)
    run.start(tiny_tasks.config(), {})
    run.append({"step": 0, "loss": 1.0, "odd": math.nan})
    run.append({"step": 0, "validation": {"degrees": math.inf, "share": 3.0}})
    run.write_curve()

    def refuse(word: str) -> None:
        raise AssertionError(word)

    for line in (tmp_path / "log.jsonl").read_text().splitlines():
        json.loads(line, parse_constant=refuse)
    curve = json.loads((tmp_path / "curve.json").read_text(), parse_constant=refuse)
    assert curve["validation"] == {"step": [0], "share": [3.0]}


class Listener:
    """Keeps what a follower is told."""

    def __init__(self) -> None:
        self.log: list[int] = []
        self.checkpoints = 0

    def restart(self, rows: Sequence[Mapping[str, Any]]) -> None:
        self.log = [row["step"] for row in rows]

    def add(self, row: Mapping[str, Any]) -> None:
        self.log.append(row["step"])

    def checkpoint(self) -> None:
        self.checkpoints += 1


def test_a_follower_hears_what_the_log_has(tmp_path: Path) -> None:
    learn(tmp_path, stop_after=5)
    task, config = tiny_tasks.build(preview_every=3)
    run, listener = RunFolder(tmp_path), Listener()
    run.append({"step": 5, "loss": 0.0})
    run.follow(listener)
    assert listener.log[-1] == 5
    fit(task, tiny_tasks.frames(), config, run, resume=True)
    assert listener.log == [row["step"] for row in run.rows()]
    assert listener.checkpoints == 1
