from __future__ import annotations

import math

import pytest
import torch
from torch.nn import functional as F

from core.losses.laplace import laplace_loss
from core.losses.ordinal_bins import bin_of, chosen_value, median_value, ordinal_cross_entropy


def test_bins_and_their_values_are_inverse() -> None:
    values = torch.tensor([[0.0, 0.25, 1.0]])
    assert bin_of(values, 5).tolist() == [[0, 1, 4]]
    logits = F.one_hot(bin_of(values, 5), 5).float().permute(0, 2, 1) * 20
    assert torch.allclose(chosen_value(logits), values)
    assert torch.allclose(median_value(logits), values)


def test_a_choice_far_off_costs_more_than_one_nearby() -> None:
    wanted = torch.tensor([[0.0]])

    def with_peak(place: int) -> torch.Tensor:
        logits = torch.zeros(1, 11, 1)
        logits[0, place] = 3.0
        return ordinal_cross_entropy(logits, wanted)

    right, near, far = with_peak(0), with_peak(1), with_peak(10)
    assert right < near < far
    plain = F.cross_entropy(torch.zeros(1, 11).index_fill(1, torch.tensor([10]), 3.0), torch.tensor([0]))
    assert torch.isclose(far, 2.0 * plain)
    assert torch.isclose(near, 1.1 * plain)


def test_the_median_is_between_two_peaks_of_one_weight() -> None:
    logits = torch.full((1, 101, 1), -20.0)
    logits[0, 20], logits[0, 60], logits[0, 61] = 0.0, -0.1, -0.1
    assert float(chosen_value(logits)) == pytest.approx(0.2)
    assert float(median_value(logits)) == pytest.approx(0.6)


def test_laplace_is_least_at_the_median_with_the_mean_error() -> None:
    wanted = torch.tensor([[0.0], [0.1], [0.2], [0.9], [0.3]])
    one = torch.ones_like(wanted)

    def value(mean: float, scale: float) -> float:
        return float(laplace_loss(one * mean, one * math.log(scale), wanted, one))

    error = float((wanted - 0.2).abs().mean())
    best = value(0.2, error)
    assert best < min(value(0.1, error), value(0.3, error), value(0.2, 0.5 * error), value(0.2, 2 * error))
    weight = torch.tensor([[1.0], [1.0], [1.0], [0.0], [1.0]])
    changed = wanted.clone()
    changed[3] = 0.0
    first = laplace_loss(one * 0.2, one * -2, wanted, weight)
    assert torch.isclose(first, laplace_loss(one * 0.2, one * -2, changed, weight))
    assert float(laplace_loss(one, one, wanted, 0 * one)) == 0.0
