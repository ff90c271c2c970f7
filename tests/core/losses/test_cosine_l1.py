"""Cosine plus L1: hand-computed values, the mask, and gradients at the awkward angles."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from core.losses.cosine_l1 import cosine_l1_loss

ALL = torch.ones(1, 1, 1, 1)


def pixel(*vector: float) -> Tensor:
    return torch.tensor(vector).reshape(1, 3, 1, 1).requires_grad_(True)


@pytest.mark.parametrize(
    ("vector", "value"),
    [
        ((0.0, 0.0, 1.0), 0.0),
        ((math.sin(0.5), 0.0, math.cos(0.5)), 1 - math.cos(0.5) + 0.5 * (math.sin(0.5) + 1 - math.cos(0.5)) / 3),
        ((1.0, 0.0, 0.0), 1.0 + 0.5 * 2.0 / 3.0),
        ((0.0, 0.0, -1.0), 2.0 + 0.5 * 2.0 / 3.0),
    ],
    ids=["0", "0.5 rad", "90", "180"],
)
def test_known_angles_have_their_value_and_a_finite_gradient(vector: tuple[float, ...], value: float) -> None:
    prediction = pixel(*vector)
    loss = cosine_l1_loss(prediction, pixel(0.0, 0.0, 1.0), ALL)
    assert loss.item() == pytest.approx(value, abs=1e-6)
    loss.backward()  # type: ignore[no-untyped-call]
    assert prediction.grad is not None
    assert torch.isfinite(prediction.grad).all()


def test_the_weight_of_the_second_term() -> None:
    side = pixel(1.0, 0.0, 0.0)
    facing = pixel(0.0, 0.0, 1.0)
    assert cosine_l1_loss(side, facing, ALL, l1_weight=0.0).item() == pytest.approx(1.0)
    assert cosine_l1_loss(side, facing, ALL, l1_weight=3.0).item() == pytest.approx(3.0)


def test_opposite_vectors_are_still_pulled() -> None:
    """At 180 degrees the angle itself has no slope; the L1 term has."""
    prediction = pixel(0.0, 0.0, -1.0)
    cosine_l1_loss(prediction, pixel(0.0, 0.0, 1.0), ALL).backward()  # type: ignore[no-untyped-call]
    assert prediction.grad is not None
    assert prediction.grad[0, 2, 0, 0] < 0


def test_only_the_pixels_of_the_mask_count() -> None:
    reference = torch.zeros(1, 3, 1, 2)
    reference[:, 2] = 1.0
    prediction = reference.clone()
    prediction[..., 1] *= -1.0
    prediction.requires_grad_(True)
    left = torch.tensor([1.0, 0.0]).reshape(1, 1, 1, 2)
    loss = cosine_l1_loss(prediction, reference, left)
    loss.backward()  # type: ignore[no-untyped-call]
    assert loss.item() == 0.0
    assert prediction.grad is not None
    assert not prediction.grad[..., 1].any()
    assert cosine_l1_loss(prediction, reference, left < 0.5).item() == pytest.approx(2.0 + 1.0 / 3.0)
    assert cosine_l1_loss(prediction, reference, torch.zeros(1, 1, 1, 2)).item() == 0.0


def test_half_precision_is_worked_out_in_float32() -> None:
    reference = torch.zeros(1, 3, 300, 300, dtype=torch.float16)
    reference[:, 2] = 1.0
    loss = cosine_l1_loss(-reference, reference, torch.ones(1, 1, 300, 300, dtype=torch.float16))
    assert loss.dtype == torch.float32
    assert loss.item() == pytest.approx(2.0 + 1.0 / 3.0)
