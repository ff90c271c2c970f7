from __future__ import annotations

import pytest
import torch

from core.errors import BadInput
from core.generative.distances import (
    frechet_distance,
    kernel_distance,
    nearest,
    nearest_other,
    precision_recall,
    spread,
    standardised,
)


def cloud(count: int, seed: int, shift: float = 0.0, scale: float = 1.0, size: int = 4) -> torch.Tensor:
    return shift + scale * torch.randn(count, size, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_the_frechet_distance_of_two_normal_distributions_is_the_known_one() -> None:
    a, b = cloud(20000, 0), cloud(20000, 1, shift=1.0, scale=2.0)
    # |mean difference|^2 + sum (1 - 2)^2 over four independent features
    assert frechet_distance(a, b) == pytest.approx(4 * 1.0 + 4 * 1.0, rel=0.05)
    assert frechet_distance(a, a) == pytest.approx(0.0, abs=1e-6)


def test_the_unbiased_kernel_distance_is_about_zero_and_the_biased_one_has_a_floor() -> None:
    pairs = [(cloud(100, 2 * seed), cloud(100, 2 * seed + 1)) for seed in range(8)]
    unbiased = [kernel_distance(a, b, unbiased=True) for a, b in pairs]
    biased = [kernel_distance(a, b) for a, b in pairs]
    assert min(unbiased) < 0 < max(unbiased)
    assert min(biased) > 0
    large = kernel_distance(cloud(1000, 90), cloud(1000, 91))
    assert large < 0.3 * min(biased)  # the floor falls as sets grow
    assert kernel_distance(cloud(100, 0), cloud(100, 1, shift=1.0)) > 5 * max(biased)


def test_collapse_lowers_the_spread_and_repetition_the_nearest_distance() -> None:
    true = cloud(200, 0)
    collapsed = cloud(200, 1, scale=0.1)
    repeated = cloud(8, 2).repeat(25, 1) + 0.001 * cloud(200, 3)
    assert spread(collapsed) == pytest.approx(0.1 * spread(true), rel=0.1)
    assert spread(repeated) > 0.7 * spread(true)  # which is why the spread alone would not notice
    assert nearest_other(repeated) < 0.02 * nearest_other(true)


def test_nearest_finds_copies() -> None:
    true = cloud(50, 0)
    distances, which = nearest(true[[7, 3]] + 1e-9, true)
    assert which.tolist() == [7, 3]
    assert float(distances.max()) < 1e-6


def test_precision_sees_wrong_pictures_and_recall_missing_ones() -> None:
    true = torch.cat([cloud(100, 0), cloud(100, 1, shift=20.0)])
    one_mode = cloud(200, 2)
    precision, recall = precision_recall(true, one_mode)
    assert precision > 0.8
    assert 0.3 < recall < 0.6
    wrong = torch.cat([cloud(100, 3), cloud(100, 4, shift=-40.0)])
    assert precision_recall(true, wrong)[0] == pytest.approx(0.5, abs=0.1)


def test_standardised_takes_the_scale_from_the_reference_alone() -> None:
    reference, other = cloud(100, 0, shift=5.0, scale=3.0), cloud(50, 1, shift=8.0, scale=3.0)
    a, b = standardised(reference, other)
    assert torch.allclose(a.mean(0), torch.zeros(4, dtype=torch.float64), atol=1e-9)
    assert torch.allclose(a.std(0), torch.ones(4, dtype=torch.float64))
    assert float(b.mean()) == pytest.approx(1.0, abs=0.2)


def test_a_feature_that_never_changes_does_not_grow_without_bound() -> None:
    reference, other = cloud(100, 0), cloud(100, 1)
    reference[:, 0] = 1.0
    assert torch.isfinite(standardised(reference, other)[1]).all()


def test_too_few_pictures_are_refused() -> None:
    with pytest.raises(BadInput, match="4 pictures"):
        standardised(cloud(100, 0), cloud(3, 1))
