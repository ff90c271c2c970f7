"""RUN/tensorboard: what TensorBoard reads is the log, once each."""

from __future__ import annotations

import builtins
import errno
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.errors import DiskFull, MissingPart
from core.training.loop import fit
from core.training.report.event_files import EVENTS, EventFiles
from core.training.run_folder import RunFolder
from tests.core.training import tiny_tasks
from tests.core.training.test_report_page import add_preview


def events(run: Path) -> Any:
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    found = accumulator.EventAccumulator(str(run / EVENTS), size_guidance={"scalars": 0, "images": 0})
    return found.Reload()


def scalars(found: Any, tag: str) -> list[tuple[int, float]]:
    return [(event.step, event.value) for event in found.Scalars(tag)]


def logged(run: RunFolder, name: str, group: str | None = None) -> list[tuple[int, float]]:
    rows = [(row["step"], row.get(group, {}) if group else row) for row in run.rows()]
    return [(step, row[name]) for step, row in rows if name in row]


def same(found: list[tuple[int, float]], wanted: list[tuple[int, float]]) -> None:
    assert wanted
    assert [step for step, _ in found] == [step for step, _ in wanted]
    assert [value for _, value in found] == pytest.approx([value for _, value in wanted], rel=1e-5)


def test_scalars_and_pictures_are_those_of_the_log_over_a_stop(tmp_path: Path) -> None:
    pytest.importorskip("tensorboard")
    task, config = tiny_tasks.build(preview_every=3)
    run = RunFolder(tmp_path)
    run.start(config, {})
    fit(task, tiny_tasks.frames(), config, run, stop_after=4)  # without event files
    for row in ({"step": 4, "loss": 99.0}, {"step": 5, "loss": 99.0}):
        run.append(row)  # made after the checkpoint, and made again below
    task, config = tiny_tasks.build(preview_every=3)
    follower = EventFiles(tmp_path)
    run.follow(follower)
    fit(task, tiny_tasks.frames(), config, run, resume=True)
    follower.close()
    found = events(tmp_path)
    for name in ("loss", "square", "worst", "images_per_second"):
        same(scalars(found, f"training/{name}"), logged(run, name))
    assert [step for step, _ in scalars(found, "training/loss")] == list(range(12))
    same(scalars(found, "validation/error"), logged(run, "error", "validation"))
    assert [event.step for event in found.Images("preview")] == [3, 6, 9, 12]


def test_a_reader_that_looks_on_forgets_what_was_taken_back(tmp_path: Path) -> None:
    pytest.importorskip("tensorboard")
    first = EventFiles(tmp_path)
    for step in range(5):
        first.add({"step": step, "loss": 9.0})
    first.close()
    found = events(tmp_path)
    assert len(found.Scalars("training/loss")) == 5
    second = EventFiles(tmp_path)
    second.restart([{"step": 0, "loss": 1.0}])
    second.restart([{"step": 0, "loss": 1.0}])
    second.add({"step": 1, "loss": 1.0})
    second.close()
    found.Reload()
    assert scalars(found, "training/loss") == [(0, 1.0), (1, 1.0)]
    assert scalars(events(tmp_path), "training/loss") == [(0, 1.0), (1, 1.0)]


def test_pictures_have_their_colours(tmp_path: Path) -> None:
    pytest.importorskip("tensorboard")
    image = pytest.importorskip("PIL.Image")
    import cv2

    path = add_preview(tmp_path, 7)
    cv2.imwrite(str(path), np.full((8, 8, 3), (10, 20, 200), np.uint8))  # B, G, R
    follower = EventFiles(tmp_path)
    follower.restart([])
    follower.checkpoint()
    follower.close()
    (event,) = events(tmp_path).Images("preview")
    assert event.step == 7
    assert image.open(io.BytesIO(event.encoded_image_string)).convert("RGB").getpixel((3, 3)) == (200, 20, 10)


def test_without_the_package_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *more: Any, **options: Any) -> Any:
        if "tensorboard" in name:
            raise ModuleNotFoundError(f"No module named {name!r}", name="tensorboard")
        return real(name, *more, **options)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingPart, match=r"platelight\[tensorboard\]"):
        EventFiles(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("tensorboard")
    from torch.utils.tensorboard import SummaryWriter

    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    follower = EventFiles(tmp_path)
    follower.add({"step": 0, "loss": 1.0})
    monkeypatch.setattr(SummaryWriter, "add_scalar", full)
    with pytest.raises(DiskFull, match="free some space"):
        follower.add({"step": 1, "loss": 1.0})
    follower.close()
