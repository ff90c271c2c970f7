"""The loop: it learns, it stops and goes on as if it had never stopped, and it keeps what is good."""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any, ClassVar

import pytest
import torch
from torch import nn

from core.errors import Interrupted, WorkFailed
from core.training.checkpoint import read_checkpoint
from core.training.loop import Progress, Result, fit, resolve_device
from core.training.run_folder import RunFolder
from tests.core.training import tiny_tasks
from tests.core.training.tiny_tasks import Duel, Mixing

torch.set_num_threads(1)


def learn(path: Path, kind: type[Mixing] = Mixing, settings: dict[str, Any] | None = None, **options: Any) -> Result:
    """One process's worth of a run."""
    task, config = tiny_tasks.build(kind, **(settings or {}))
    run = RunFolder(path)
    if not options.get("resume"):
        run.start(config, {})
    return fit(task, tiny_tasks.frames(), config, run, **options)


def weights(model: nn.Module) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in model.state_dict().items()}


def same(a: dict[str, torch.Tensor], b: dict[str, torch.Tensor]) -> bool:
    return a.keys() == b.keys() and all(torch.equal(value, b[name]) for name, value in a.items())


def test_the_loss_falls_and_the_average_has_learnt(tmp_path: Path) -> None:
    result = learn(tmp_path, settings={"steps": 150, "validate_every": 50, "log_every": 10})
    rows = RunFolder(tmp_path).rows()
    losses = [row["square"] for row in rows if "square" in row]
    assert losses[0] > 5.0 * losses[-1]
    held_out = [row["validation"]["error"] for row in rows if "validation" in row]
    assert len(held_out) == 3
    assert held_out[-1] < 0.5 * held_out[0]
    assert result.validation["error"] == held_out[-1]
    assert (result.finished, result.step) == (True, 150)


@pytest.mark.parametrize("kind", [Mixing, Duel])
def test_a_run_in_two_parts_ends_at_the_same_weights(tmp_path: Path, kind: type[Mixing]) -> None:
    whole = learn(tmp_path / "whole", kind)
    first = learn(tmp_path / "parts", kind, stop_after=5)
    assert (first.finished, first.step) == (False, 5)
    second = learn(tmp_path / "parts", kind, resume=True)
    assert second.finished
    assert same(weights(whole.model), weights(second.model))
    one, other = read_checkpoint(tmp_path / "whole"), read_checkpoint(tmp_path / "parts")
    for a, b in zip(one.modules, other.modules, strict=True):
        assert same(a, b)
    logged = [
        [{key: value for key, value in row.items() if key not in ("seconds", "images_per_second")} for row in rows]
        for rows in (RunFolder(tmp_path / "whole").rows(), RunFolder(tmp_path / "parts").rows())
    ]
    assert logged[0] == logged[1]


def test_another_seed_is_another_run(tmp_path: Path) -> None:
    one, other = (learn(tmp_path / str(seed), settings={"seed": seed}) for seed in (0, 1))
    assert not same(weights(one.model), weights(other.model))


def test_more_workers_change_nothing(tmp_path: Path) -> None:
    one, other = (learn(tmp_path / str(workers), settings={"workers": workers}) for workers in (1, 3))
    assert same(weights(one.model), weights(other.model))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_keeps_a_checkpoint_of_the_last_whole_step(tmp_path: Path, number: signal.Signals) -> None:
    def stop(state: Progress) -> None:
        if state.step == 4:
            os.kill(os.getpid(), number)

    handlers = [signal.getsignal(kind) for kind in (signal.SIGINT, signal.SIGTERM)]
    with pytest.raises(Interrupted, match=f"{number.name} at step 4 of 12.*run the same command again"):
        learn(tmp_path, on_progress=stop)
    assert [signal.getsignal(kind) for kind in (signal.SIGINT, signal.SIGTERM)] == handlers
    assert read_checkpoint(tmp_path).step == 4
    assert not [path for path in tmp_path.rglob("*") if "partial" in path.name]
    went_on = learn(tmp_path, resume=True)
    assert same(weights(went_on.model), weights(learn(tmp_path / "whole").model))


def test_time_that_is_up_ends_a_run_with_a_checkpoint(tmp_path: Path) -> None:
    result = learn(tmp_path, max_seconds=0.0)
    assert (result.finished, result.step) == (False, 1)
    assert read_checkpoint(tmp_path).step == 1


def test_a_loss_that_is_no_number_fails_and_keeps_the_last_checkpoint(tmp_path: Path) -> None:
    task, config = tiny_tasks.build(checkpoint_seconds=-1.0)  # a checkpoint after every step
    task.poison_from = 7
    run = RunFolder(tmp_path)
    run.start(config, {})
    with pytest.raises(WorkFailed, match="phase fit: the loss is nan at step 7"):
        fit(task, tiny_tasks.frames(), config, run)
    kept = read_checkpoint(tmp_path)
    assert kept.step == 7
    for state in (*kept.modules, kept.average):
        assert all(torch.isfinite(value).all() for value in state.values())


def test_phases_take_turns_and_train_only_their_module(tmp_path: Path) -> None:
    task, config = tiny_tasks.build(Duel, steps=4)
    assert isinstance(task, Duel)
    run = RunFolder(tmp_path)
    run.start(config, {})
    critics = [weights(task.critic)]
    fit(task, tiny_tasks.frames(), config, run, on_progress=lambda _: critics.append(weights(task.critic)))
    maker, critic = ("maker", True, False), ("critic", False, True)
    assert task.rounds == [maker, critic, maker, maker, critic, maker]
    changed = [not same(before, after) for before, after in pairwise(critics)]
    assert changed == [True, False, True, False]
    rows = [row for row in run.rows() if "validation" not in row]
    assert "critic/judge" in rows[0]
    assert "critic/judge" not in rows[1]
    assert rows[1]["maker/loss"] == pytest.approx(rows[1]["maker/fool"] + rows[1]["maker/square"], abs=2e-5)


class HalfFrozen(Mixing):
    """A module that keeps some of its own parameters from learning."""

    def __init__(self, config: Any) -> None:
        super().__init__(config)
        next(self.model.parameters()).requires_grad_(False)


def test_what_a_module_froze_itself_stays_frozen(tmp_path: Path) -> None:
    task, config = tiny_tasks.build(HalfFrozen, steps=3)
    before = weights(task.model)
    run = RunFolder(tmp_path)
    run.start(config, {})
    fit(task, tiny_tasks.frames(), config, run)
    assert torch.equal(before["0.weight"], task.model.state_dict()["0.weight"])
    assert not torch.equal(before["0.bias"], task.model.state_dict()["0.bias"])


def test_previews_and_the_curve_are_written(tmp_path: Path) -> None:
    learn(tmp_path, settings={"preview_every": 6})
    assert sorted(path.name for path in (tmp_path / "previews").iterdir()) == ["step_000006.png", "step_000012.png"]
    assert {"config.json", "environment.json", "log.jsonl", "curve.json", "checkpoint.pt"} <= {
        path.name for path in tmp_path.iterdir()
    }


def test_a_gpu_that_is_not_there_is_told() -> None:
    if torch.cuda.is_available():
        pytest.skip("this machine has a GPU")
    assert resolve_device("auto") == "cpu"
    with pytest.raises(WorkFailed, match="--device cpu"):
        resolve_device("cuda:1")


@pytest.mark.skipif(torch.cuda.is_available(), reason="needs a machine without a GPU")
@pytest.mark.parametrize("name", ["gpu", "foo", "cpu:x", "cuda"])
def test_a_device_that_torch_cannot_use_is_told_by_name(name: str) -> None:
    with pytest.raises(WorkFailed, match=f"device {name}:.*use --device cpu"):
        resolve_device(name)


class Counting(Mixing):
    """Notes how many samples each batch of a validation has."""

    counts: ClassVar[list[int]] = []

    def metrics(self, model: nn.Module, batch: dict[str, torch.Tensor]) -> dict[str, float]:
        self.counts.append(len(batch["plate"]))
        return super().metrics(model, batch)


@pytest.mark.parametrize(("held_out", "counts"), [(19, [8, 11]), (20, [8, 8, 4]), (16, [8, 8]), (3, [3])])
def test_no_batch_of_a_validation_is_too_small_to_compare(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, held_out: int, counts: list[int]
) -> None:
    plain = tiny_tasks.frames()
    one = plain.validation[0]
    monkeypatch.setattr(tiny_tasks, "frames", lambda: replace(plain, validation=[one] * held_out))
    monkeypatch.setattr(Counting, "counts", [])
    learn(tmp_path, Counting, {"steps": 2, "validate_every": 2, "batch": 8})
    assert Counting.counts == counts
