"""RUN/report.html: one page that parses, shows every figure once, and is whole or not there."""

from __future__ import annotations

import errno
import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from core.errors import DiskFull
from core.training.report import Report
from core.training.run_folder import RunFolder
from tests.core.training import tiny_tasks

VOID = {"meta", "img", "line", "circle", "polyline"}


class Page(HTMLParser):
    """Fails on tags that are closed wrongly, and keeps what the tests ask for."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def figures(self) -> list[tuple[str | None, str | None]]:
        return [(a["data-kind"], a["data-figure"]) for tag, a in self.tags if tag == "figure" and "data-figure" in a]

    def points(self, name: str, kind: str = "training") -> list[list[Any]]:
        (found,) = [
            a["data-points"] for _, a in self.tags if (a.get("data-kind"), a.get("data-figure")) == (kind, name)
        ]
        return list(json.loads(found or ""))

    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def rows(count: int = 30) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = []
    for step in range(count):
        made.append(
            {"step": step, "maker/loss": 9.0 / (1 + step), "maker/degrees": 40.0, "lr": 0.5, "seconds": step * 2}
        )
        if step % 2:
            made[-1]["critic/loss"] = 0.7
        if step % 10 == 9:
            made.append({"step": step, "validation": {"degrees": 30.0 - step, "within_30": 50.0}})
    return made


def run_folder(path: Path, steps: int = 60, **details: Any) -> RunFolder:
    run = RunFolder(path)
    run.start(tiny_tasks.config(steps=steps), details)
    return run


def add_preview(run: Path, step: int, gray: int = 99) -> Path:
    path = run / "previews" / f"step_{step:06d}.png"
    path.parent.mkdir(exist_ok=True)
    assert cv2.imwrite(str(path), np.full((64, 96, 3), gray, np.uint8))
    return path


def read(path: Path) -> Page:
    return Page(path.read_text("utf-8"))


def test_each_figure_has_one_curve_with_its_numbers(tmp_path: Path) -> None:
    run_folder(tmp_path)
    page = read(Report(tmp_path).write(rows()))
    assert page.figures() == [
        ("validation", "degrees"),
        ("validation", "within_30"),
        ("training", "maker/loss"),
        ("training", "maker/degrees"),
        ("training", "critic/loss"),
        ("pace", "lr"),
    ]
    assert [(step, value) for step, value, *_ in page.points("degrees", "validation")] == [
        (9, "21"),
        (19, "11"),
        (29, "1"),
    ]
    points = page.points("maker/loss")
    assert [point[0] for point in points] == list(range(30))
    assert (points[0][1], points[8][1]) == ("9", "1")
    assert [point[3] for point in points] == sorted(point[3] for point in points)
    assert len(page.points("critic/loss")) == 15
    assert sum(tag == "polyline" for tag, _ in page.tags) == 6 + 3  # the three training figures are smoothed, too


def test_state_time_and_settings_are_told(tmp_path: Path) -> None:
    details = {
        "recipe": "tiny",
        "training_frames": 1234,
        "validation_frames": 56,
        "frames_digest": "da24639c",
        "sets": [{"folder": "plates", "recipe": "rooms 2", "size": [256, 128]}],
        "frames_by_set": {"plates": [1234, 56]},
    }
    run_folder(tmp_path, **details)
    report = Report(tmp_path)
    text = read(report.write(rows(30))).text()
    assert "step 30 of 60, not finished" in text
    assert "58 s training" in text
    assert "58 s left" in text
    for word in ("mixing", "tiny", "da24639c", "1234", "56", "rooms 2", "256 × 128", "torch", "gradient clip"):
        assert word in text
    assert "finished, 60 steps" in read(report.write(rows(60))).text()


def test_names_are_text_and_nothing_is_fetched(tmp_path: Path) -> None:
    folder = tmp_path / "<b>&'\"run"
    run_folder(folder, recipe="<i>recipe", sets=[{"folder": "<u>set"}])
    add_preview(folder, 5)
    page = read(Report(folder).write([{"step": 0, "<s>'\"loss": 1.0}, {"step": 0, "validation": {"<s>": 2.0}}]))
    assert not {"i", "u", "s"} & {tag for tag, _ in page.tags}
    (heading,) = [word for word in page.words if word == folder.name]
    assert heading
    assert ("training", "<s>'\"loss") in page.figures()
    for word in ("<i>recipe", "<u>set"):
        assert word in page.text()
    for _, attributes in page.tags:
        for name in ("src", "href"):
            address = attributes.get(name) or "#"
            assert address.startswith(("data:image/jpeg", "#", "previews/step_"))
    assert "@import" not in page.text()
    assert "url(" not in page.text()


def test_previews_are_first_latest_and_a_choice_between(tmp_path: Path) -> None:
    run_folder(tmp_path)
    for step in range(1, 31):
        add_preview(tmp_path, step, gray=step)
    (tmp_path / "previews" / "step_000000.png").write_bytes(b"no picture")
    (tmp_path / "previews" / "other.png").write_bytes(b"")
    page = read(Report(tmp_path).write(rows()))
    linked = [(a["href"] or "")[-10:-4] for tag, a in page.tags if tag == "a" and "png" in (a["href"] or "")]
    assert linked[0] == "000030"  # the damaged first one is left out
    assert len(linked) == 1 + 10
    assert linked[1:] == sorted(linked[1:])
    assert {linked[1], linked[-1]} == {"000001", "000029"}


def test_a_new_preview_of_the_same_name_is_seen(tmp_path: Path) -> None:
    run_folder(tmp_path)
    report = Report(tmp_path)
    path = add_preview(tmp_path, 5, gray=10)
    old = report.write(rows()).read_text()
    add_preview(tmp_path, 5, gray=200)
    path.touch()
    new = report.write(rows()).read_text()
    pictures = [next(a["src"] for tag, a in Page(text).tags if tag == "img") for text in (old, new)]
    assert pictures[0] != pictures[1]


def test_a_full_disk_leaves_the_former_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run_folder(tmp_path)
    report = Report(tmp_path)
    before = report.write(rows(10)).read_bytes()

    def half(self: Path, data: bytes) -> int:
        with self.open("wb") as file:
            file.write(data[: len(data) // 2])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", half)
    with pytest.raises(DiskFull, match=r"report\.html"):
        report.write(rows(20))
    assert (tmp_path / "report.html").read_bytes() == before
    assert not [path for path in tmp_path.iterdir() if "partial" in path.name]


@pytest.mark.parametrize("text", [None, "{", "[]", '{"steps": "many", "model": null, "sets": 3}', "\udcff"])
def test_what_is_missing_or_damaged_leaves_a_page(tmp_path: Path, text: str | None) -> None:
    for name in ("config.json", "environment.json"):
        if text is not None:
            (tmp_path / name).write_bytes(text.encode("utf-8", "surrogateescape"))
    assert "No step is logged yet" in read(Report(tmp_path).write([])).text()
    assert "step 30" in read(Report(tmp_path).write(rows())).text()


def test_one_point_a_flat_line_and_a_long_run_are_drawn(tmp_path: Path) -> None:
    run_folder(tmp_path)
    report = Report(tmp_path)
    assert len(read(report.write([{"step": 0, "loss": 0.0}])).points("loss")) == 1
    made: list[dict[str, Any]] = [{"step": step, "flat": -2.0, "loss": 1.0} for step in range(20000)]
    made[12345]["loss"] = 1e9
    path = report.write(made)
    page = read(path)
    assert "nan" not in path.read_text().split("<script>")[0].lower().replace("nance", "")
    assert len(page.points("flat")) <= 400
    assert page.points("flat")[-1][0] == 19999
    assert path.stat().st_size < 400_000
    # The spike leaves the raw line at the top, though few of the twenty thousand points are drawn.
    raw = [a["points"] or "" for tag, a in page.tags if tag == "polyline" and a["class"] == "raw"][1]
    heights = [float(pair.split(",")[1]) for pair in raw.split()]
    assert min(heights) < 0.5 * max(heights)
