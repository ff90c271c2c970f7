"""The moving average: its formula, and what it does not touch."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from core.training.ema import MovingAverage


def module(value: float) -> nn.Module:
    made = nn.BatchNorm1d(2)
    for tensor in made.state_dict().values():
        tensor.fill_(value)
    return made


def test_the_decay_rises_and_is_bounded() -> None:
    average = MovingAverage(module(0.0), decay=0.25)
    expected = 0.0
    for number, value in enumerate((1.0, 5.0, -3.0, 2.0, 9.0)):
        kept = min(0.25, (1 + number) / (10 + number))
        expected = kept * expected + (1 - kept) * value
        average.update(module(value))
        state = average.model.state_dict()
        for name in ("weight", "bias", "running_mean", "running_var"):
            assert state[name].tolist() == pytest.approx([expected] * 2)
        assert int(state["num_batches_tracked"]) == int(value)  # a count is copied, not averaged
    assert average.updates == 5


def test_the_average_is_a_copy_that_does_not_learn() -> None:
    source = module(1.0).train()
    average = MovingAverage(source, decay=0.9)
    with torch.no_grad():
        source.state_dict()["weight"].fill_(7.0)
    assert average.model.state_dict()["weight"].tolist() == [1.0, 1.0]
    assert not average.model.training
    assert not any(parameter.requires_grad for parameter in average.model.parameters())
    assert source.training
