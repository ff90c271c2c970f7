"""The angular von Mises-Fisher loss: a density that integrates to 1, closed forms, gradients at 0 and at pi."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from core.losses.angular_vmf import (
    SMALLEST_KAPPA,
    angular_vmf_loss,
    angular_vmf_nll,
    expected_angle,
    kappa_from_raw,
    share_within,
)

KAPPAS = [0.0, 0.01, 0.5, 1.0, 3.0, 20.0, 300.0]


def over_the_sphere(kappa: float) -> tuple[np.ndarray, np.ndarray]:
    """Angles, and the probability of each thin ring of the sphere."""
    top = min(math.pi, 60.0 / max(kappa, 1e-9))
    edges = np.linspace(0.0, top, 400_001)
    t = 0.5 * (edges[1:] + edges[:-1])
    nll = angular_vmf_nll(torch.from_numpy(t), torch.tensor(kappa, dtype=torch.float64)).numpy()
    return t, np.exp(-nll) * 2.0 * math.pi * np.sin(t) * (edges[1] - edges[0])


def field(vector: tuple[float, float, float], dtype: torch.dtype = torch.float64) -> Tensor:
    return torch.tensor(vector, dtype=dtype).reshape(1, 3, 1, 1)


def at(radians: float, dtype: torch.dtype = torch.float64) -> Tensor:
    return field((math.sin(radians), 0.0, math.cos(radians)), dtype)


FACING = (0.0, 0.0, 1.0)
ALL = torch.ones(1, 1, 1, 1)


@pytest.mark.parametrize("kappa", KAPPAS)
def test_the_density_integrates_to_one_and_the_closed_forms_are_its_integrals(kappa: float) -> None:
    t, probability = over_the_sphere(kappa)
    k = torch.tensor(kappa, dtype=torch.float64)
    assert probability.sum() == pytest.approx(1.0, abs=1e-6)
    assert float(expected_angle(k)) == pytest.approx(float((probability * t).sum()), rel=1e-5)
    for degrees in (5.0, 11.25, 30.0):
        inside = float(probability[t < math.radians(degrees)].sum())
        assert float(share_within(k, degrees)) == pytest.approx(inside, abs=3e-5)


def test_ends_of_the_closed_forms() -> None:
    assert math.degrees(expected_angle(torch.tensor(0.0))) == pytest.approx(90.0)
    assert float(expected_angle(torch.tensor(1e4))) == pytest.approx(2e-4, rel=1e-4)
    assert float(share_within(torch.tensor(7.0), 180.0)) == pytest.approx(1.0)
    assert float(share_within(torch.tensor(1e6))) == 1.0


@pytest.mark.parametrize("theta", [0.0, 1e-4, 0.3, 1.5, 3.0, math.pi])
@pytest.mark.parametrize("kappa", [0.02, 1.0, 30.0, 1e4])
def test_the_slope_over_kappa_is_that_of_finite_differences(theta: float, kappa: float) -> None:
    t = torch.tensor(theta, dtype=torch.float64)
    k = torch.tensor(kappa, dtype=torch.float64, requires_grad=True)
    angular_vmf_nll(t, k).backward()  # type: ignore[no-untyped-call]
    h = 1e-5 * kappa
    low, high = (float(angular_vmf_nll(t, k.detach() + sign * h)) for sign in (-1.0, 1.0))
    assert k.grad is not None
    assert float(k.grad) == pytest.approx((high - low) / (2.0 * h), rel=1e-4, abs=1e-7)


@pytest.mark.parametrize("theta", [1e-3, 0.4, 2.0, math.pi - 1e-3])
def test_the_slope_over_the_direction_is_that_of_finite_differences(theta: float) -> None:
    prediction = at(theta).requires_grad_(True)
    kappa = torch.full((1, 1, 1, 1), 5.0, dtype=torch.float64)
    angular_vmf_loss(prediction, kappa, field(FACING), ALL).backward()  # type: ignore[no-untyped-call]
    assert prediction.grad is not None
    h = 1e-6
    for axis in range(3):
        aside = torch.zeros_like(prediction.detach())
        aside[0, axis] = h
        low, high = (
            float(angular_vmf_loss(prediction.detach() + sign * aside, kappa, field(FACING), ALL))
            for sign in (-1.0, 1.0)
        )
        assert float(prediction.grad[0, axis]) == pytest.approx((high - low) / (2.0 * h), rel=1e-3, abs=1e-6)


@pytest.mark.parametrize("theta", [0.0, math.pi])
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
def test_gradients_are_numbers_at_the_ends_and_in_every_precision(theta: float, dtype: torch.dtype) -> None:
    prediction = at(theta, dtype).requires_grad_(True)
    raw = torch.zeros(1, 1, 1, 1, dtype=dtype, requires_grad=True)
    loss = angular_vmf_loss(prediction, kappa_from_raw(raw), field(FACING, dtype), ALL)
    assert loss.dtype == torch.float32
    loss.backward()  # type: ignore[no-untyped-call]
    assert prediction.grad is not None
    assert torch.isfinite(prediction.grad).all()
    assert raw.grad is not None
    # Right: be surer. As wrong as can be: be less sure.
    assert bool(torch.sign(raw.grad) == (-1.0 if theta == 0.0 else 1.0))


def test_the_best_kappa_is_that_of_the_errors() -> None:
    """Descending the loss over kappa alone ends where the expected angle is the mean of the angles."""
    rng = np.random.default_rng(0)
    t, probability = over_the_sphere(6.0)
    angles = torch.from_numpy(rng.choice(t, 4000, p=probability / probability.sum()))
    raw = torch.zeros((), dtype=torch.float64, requires_grad=True)
    for _ in range(200):
        loss = angular_vmf_nll(angles, kappa_from_raw(raw)).mean()
        (slope,) = torch.autograd.grad(loss, raw)
        with torch.no_grad():
            raw -= 10.0 * slope
    assert float(kappa_from_raw(raw.detach())) == pytest.approx(6.0, rel=0.06)


def test_raw_values_give_positive_concentrations() -> None:
    kappa = kappa_from_raw(torch.tensor([-1e4, -1.0, 0.0, 5.0], dtype=torch.float16))
    assert kappa.dtype == torch.float32
    assert kappa.tolist() == pytest.approx([SMALLEST_KAPPA, math.exp(-1.0) + 0.01, 1.01, 6.01])


def test_only_the_pixels_of_the_mask_count() -> None:
    prediction = torch.cat([at(0.2), at(2.0)], dim=3)
    reference = torch.cat([field(FACING), field(FACING)], dim=3)
    kappa = torch.tensor([2.0, 9.0], dtype=torch.float64).reshape(1, 1, 1, 2)
    for left, right in ((1, 0), (0, 1), (1, 1)):
        mask = torch.tensor([left, right]).reshape(1, 1, 1, 2)
        values = [angular_vmf_nll(torch.tensor(t), torch.tensor(k)) for t, k in ((0.2, 2.0), (2.0, 9.0))]
        wanted = (left * float(values[0]) + right * float(values[1])) / (left + right)
        assert float(angular_vmf_loss(prediction, kappa, reference, mask)) == pytest.approx(wanted, rel=1e-5)
    assert float(angular_vmf_loss(prediction, kappa, reference, torch.zeros(1, 1, 1, 2))) == 0.0
