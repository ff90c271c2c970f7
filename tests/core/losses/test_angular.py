"""The angular loss: true angles from 0 to 180 degrees, and gradients that are numbers everywhere."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from core.losses.angular import angle, angular_loss


def pixel(*vector: float) -> Tensor:
    """One vector as (1, 3, 1, 1), with a gradient."""
    return torch.tensor(vector, dtype=torch.float32).reshape(1, 3, 1, 1).requires_grad_(True)


@pytest.mark.parametrize("degrees", [0.0, 0.001, 0.1, 30.0, 90.0, 150.0, 179.9, 180.0])
@pytest.mark.parametrize("length", [0.5, 1.0, 3.0])
def test_known_angles_have_their_value_and_a_finite_gradient(degrees: float, length: float) -> None:
    t = math.radians(degrees)
    a, b = pixel(length * math.sin(t), 0.0, length * math.cos(t)), pixel(0.0, 0.0, 1.0)
    found = angle(a, b)
    assert found.shape == (1, 1, 1)
    assert math.degrees(found.item()) == pytest.approx(degrees, rel=1e-3, abs=1e-4)
    found.sum().backward()  # type: ignore[no-untyped-call]
    for vector in (a, b):
        assert vector.grad is not None
        assert torch.isfinite(vector.grad).all()


def test_the_gradient_turns_a_vector_towards_the_reference() -> None:
    a = pixel(math.sin(1.0), 0.0, math.cos(1.0))
    angle(a, pixel(0.0, 0.0, 1.0)).sum().backward()  # type: ignore[no-untyped-call]
    assert a.grad is not None
    # One radian a radian, at right angles to the vector, in the plane of the two.
    torch.testing.assert_close(a.grad.flatten(), torch.tensor([math.cos(1.0), 0.0, -math.sin(1.0)]))


def test_the_gradient_is_zero_where_the_vectors_are_parallel() -> None:
    for sign in (1.0, -1.0):
        a = pixel(0.0, 0.6 * sign, 0.8 * sign)
        angle(a, pixel(0.0, 0.6, 0.8)).sum().backward()  # type: ignore[no-untyped-call]
        assert a.grad is not None
        assert not a.grad.any()


def test_a_zero_vector_is_at_angle_zero_and_harmless() -> None:
    a = pixel(0.0, 0.0, 0.0)
    found = angle(a, pixel(0.0, 0.0, 1.0))
    found.sum().backward()  # type: ignore[no-untyped-call]
    assert found.item() == 0.0
    assert a.grad is not None
    assert torch.isfinite(a.grad).all()


def test_the_mean_is_over_the_pixels_of_the_mask() -> None:
    reference = torch.zeros(1, 3, 1, 3)
    reference[:, 2] = 1.0
    prediction = torch.tensor([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 0.0, -1.0]]).T.reshape(1, 3, 1, 3)
    for mask, degrees in (((1, 1, 0), 45.0), ((0, 1, 0), 90.0), ((1, 1, 1), 90.0), ((1, 0, 0), 0.0), ((0, 0, 0), 0.0)):
        weights = torch.tensor(mask).reshape(1, 1, 1, 3)
        for kind in (weights.float(), weights.bool()):
            assert math.degrees(angular_loss(prediction, reference, kind)) == pytest.approx(degrees, abs=1e-4)


def test_pixels_outside_the_mask_get_no_gradient() -> None:
    prediction = torch.nn.functional.normalize(torch.randn(2, 3, 4, 4, generator=torch.Generator().manual_seed(0)))
    prediction.requires_grad_(True)
    reference = torch.zeros(2, 3, 4, 4)
    reference[:, 2] = 1.0
    mask = torch.zeros(2, 1, 4, 4)
    mask[:, :, :2] = 1.0
    angular_loss(prediction, reference, mask).backward()  # type: ignore[no-untyped-call]
    assert prediction.grad is not None
    assert prediction.grad[:, :, :2].abs().amin(dim=(0, 2, 3)).max() > 0
    assert not prediction.grad[:, :, 2:].any()


def test_slopes_are_those_of_finite_differences() -> None:
    generator = torch.Generator().manual_seed(1)
    a = torch.randn(1, 3, 2, 2, dtype=torch.float64, generator=generator).requires_grad_(True)
    b = torch.randn(1, 3, 2, 2, dtype=torch.float64, generator=generator)
    assert torch.autograd.gradcheck(angle, (a, b))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_worked_out_in_float32(dtype: torch.dtype) -> None:
    """In half precision a mask of more than 65504 pixels would sum to infinity and the mean be 0."""
    reference = torch.zeros(1, 3, 300, 300, dtype=dtype)
    reference[:, 2] = 1.0
    prediction = torch.zeros_like(reference)
    prediction[:, 0] = 1.0
    loss = angular_loss(prediction, reference, torch.ones(1, 1, 300, 300, dtype=dtype))
    assert loss.dtype == torch.float32
    assert math.degrees(loss) == pytest.approx(90.0)
