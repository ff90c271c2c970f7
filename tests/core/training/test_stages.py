"""Sizes that grow in the course of a run: counted exactly, checked, and taken up again in any of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from core.errors import BadConfig
from core.tasks import build_task
from core.training.batches import read_ahead, training_batch
from core.training.checkpoint import read_checkpoint
from core.training.config import TrainConfig
from core.training.frames import FrameSets
from core.training.loop import Progress, fit
from core.training.run_folder import RunFolder
from core.training.stages import Stage, Stages, stages_of
from core.training.task import Frame, Outcome
from tests.core.training import tiny_tasks
from tests.core.training.tiny_tasks import Mixing, Sample

torch.set_num_threads(1)

GROWING: dict[str, Any] = {"sizes": [[0, 32, 6], [4, 64], [9, 96, 2]], "size": 96, "batch": 4, "steps": 12}


class Growing(Mixing):
    """Plates repeated to the size asked for; remembers which sizes and frames it was asked for."""

    def __init__(self, config: TrainConfig) -> None:
        super().__init__(config)
        self.shapes: list[tuple[int, ...]] = []

    def training_sample(self, frame: Frame, size: int, rng: np.random.Generator) -> Sample:
        plate = np.tile(frame["plate"], (1, size // 8, size // 8))
        return super().training_sample({"plate": plate}, size, rng)

    def _losses(self, batch: Mapping[str, torch.Tensor]) -> Outcome:
        self.shapes.append(tuple(batch["plate"].shape))
        return super()._losses(batch)


def learn(path: Path, **options: Any) -> Growing:
    task, config = tiny_tasks.build(Growing, **GROWING)
    assert isinstance(task, Growing)
    run = RunFolder(path)
    if not options.get("resume"):
        run.start(config, {})
    fit(task, tiny_tasks.frames(), config, run, **options)
    return task


def rows(path: Path) -> list[dict[str, Any]]:
    timed = ("seconds", "images_per_second")
    return [{key: value for key, value in row.items() if key not in timed} for row in RunFolder(path).rows()]


def test_each_step_has_the_size_and_batch_of_its_stage(tmp_path: Path) -> None:
    task = learn(tmp_path)
    assert task.shapes == [(6, 3, 32, 32)] * 4 + [(4, 3, 64, 64)] * 5 + [(2, 3, 96, 96)] * 3
    logged = [row for row in rows(tmp_path) if "validation" not in row]
    assert [row["size"] for row in logged] == [32] * 4 + [64] * 5 + [96] * 3


@pytest.mark.parametrize("stop", [2, 4, 7, 9])
def test_a_run_stopped_around_a_change_of_size_ends_at_the_same_weights(tmp_path: Path, stop: int) -> None:
    learn(tmp_path / "whole")
    learn(tmp_path / "parts", stop_after=stop)
    learn(tmp_path / "parts", resume=True)
    whole, parts = read_checkpoint(tmp_path / "whole"), read_checkpoint(tmp_path / "parts")
    for one, other in (*zip(whole.modules, parts.modules, strict=True), (whole.average, parts.average)):
        assert all(torch.equal(value, other[name]) for name, value in one.items())
    assert rows(tmp_path / "whole") == rows(tmp_path / "parts")


def test_epochs_go_on_without_a_gap_where_the_batch_changes() -> None:
    task, _ = tiny_tasks.build()
    frames: list[Frame] = [{"plate": np.full((3, 4, 4), 100.0 * index, np.float32)} for index in range(7)]
    stages = Stages([Stage(0, 32, 3), Stage(4, 32, 5), Stage(6, 32, 2)])
    batches = read_ahead(task, frames, range(12), stages, seed=1, workers=2)
    visits = [round(float(plate.mean()) / 100.0) for batch in batches for plate in batch["plate"]]
    assert len(visits) == 4 * 3 + 2 * 5 + 6 * 2 == stages.samples_before(12)
    for epoch in range(4):
        assert sorted(visits[7 * epoch : 7 * epoch + 7]) == list(range(7))


def test_images_per_second_count_the_samples_that_were_made(tmp_path: Path) -> None:
    seen: list[Progress] = []
    learn(tmp_path, on_progress=seen.append)
    assert [round(state.images_per_second * state.seconds) for state in (seen[3], seen[8], seen[11])] == [24, 44, 50]


def test_a_run_of_one_size_logs_its_pace_and_no_size(tmp_path: Path) -> None:
    task, config = tiny_tasks.build(warmup_steps=3)
    run = RunFolder(tmp_path)
    run.start(config, {})
    fit(task, tiny_tasks.frames(), config, run)
    logged = [row for row in run.rows() if "validation" not in row]
    assert [row["lr"] for row in logged[:4]] == pytest.approx([0.25, 0.491481, 0.699760, 0.853553], abs=2e-6)
    assert logged[-1]["lr"] < 0.02
    assert all("size" not in row for row in logged)


def test_plates_are_cut_at_the_size_of_the_stage(tmp_path: Path) -> None:
    lambert = pytest.importorskip("tests.lambert")
    small = {"width": 8, "fine_width": 8, "detail_width": 4}
    config = TrainConfig(
        task="plate_normals",
        sizes=[[0, 32], [1, 64]],
        size=64,
        steps=2,
        batch=2,
        pretrained=False,
        device="cpu",
        model=small,
    )
    task = build_task(config)
    frame = task.pack(lambert.frame(lambert.Scene(), 96, 96), lambert.metadata(0))
    for step, size in ((0, 32), (1, 64)):
        batch = training_batch(task, [frame], step, config.stages, seed=0)
        assert {value.shape[2:] for value in batch.values()} == {(size, size)}
    assert task.validation_sample(frame)["plate"].shape == (3, 64, 64)
    run = RunFolder(tmp_path)
    run.start(config, {})
    assert fit(task, FrameSets([frame], [frame], ["a"], ["b"]), config, run).finished


def test_a_configuration_with_sizes_comes_back_from_json() -> None:
    config = TrainConfig(task="plate_normals", **GROWING)
    again = TrainConfig.from_json(json.loads(json.dumps(config.to_json())))
    assert again == config
    assert [(stage.first_step, stage.size, stage.batch) for stage in again.stages.all] == [
        (0, 32, 6),
        (4, 64, 4),
        (9, 96, 2),
    ]


@pytest.mark.parametrize(
    ("sizes", "word"),
    [
        ([[1, 96]], "begin at step 0"),
        ([[0, 32], [5, 64], [5, 96]], "ever later"),
        ([[0, 32], [12, 96]], "begins at step 12, and the run has 12 steps"),
        ([[0, 48], [5, 96]], "multiple of 32"),
        ([[0, 128], [5, 96]], "smaller than the one before"),
        ([[0, 32], [5, 64]], "last stage has 64 pixels and the run's size 96"),
        ([[0, 32, 0], [5, 96]], "batch of at least 1"),
        ([[0], [5, 96]], "whole numbers"),
        ([[0, 32.0], [5, 96]], "whole numbers"),
        ([[False, 32], [5, 96]], "whole numbers"),
        ([0, 32], "a list of"),
        (3, "sizes is 3"),
    ],
)
def test_odd_sizes_are_refused(sizes: Any, word: str) -> None:
    with pytest.raises(BadConfig, match=word):
        TrainConfig.from_json({"task": "plate_normals", "steps": 12, "size": 96, "sizes": sizes})


def test_a_discriminator_of_the_whole_picture_needs_one_size() -> None:
    settings: dict[str, Any] = {"task": "pix2pix_normals", "sizes": [[0, 32], [5, 64]], "size": 64, "steps": 9}
    model = {"width": 4, "depth": 5}
    build_task(TrainConfig(**settings, model={**model, "discriminator": "patch16"}))
    with pytest.raises(BadConfig, match="made for one size"):
        build_task(TrainConfig(**settings, model={**model, "discriminator": "image"}))
    with pytest.raises(BadConfig, match="size 32: this generator"):
        build_task(TrainConfig(**settings, model={"width": 4, "depth": 6, "discriminator": "none"}))


def test_one_size_is_one_stage() -> None:
    (stage,) = stages_of((), 224, 16, 100).all
    assert (stage.first_step, stage.size, stage.batch) == (0, 224, 16)
