from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from core.losses.relativistic import gradient_penalty, relativistic_loss


class _Quadratic(nn.Module):
    """Score a |x|^2 of each picture."""

    def __init__(self, a: float) -> None:
        super().__init__()
        self.a = nn.Parameter(torch.tensor(a))

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        return self.a * pictures.square().sum((1, 2, 3))


def test_equal_scores_cost_log_two_and_only_differences_count() -> None:
    scores = torch.tensor([3.0, -2.0])
    assert float(relativistic_loss(scores, scores)) == pytest.approx(math.log(2))
    assert float(relativistic_loss(scores + 7, scores + 7)) == pytest.approx(math.log(2))
    assert float(relativistic_loss(scores + 20, scores)) < 1e-6
    assert float(relativistic_loss(scores, scores + 20)) == pytest.approx(20.0, abs=1e-4)


def test_every_true_picture_pulls() -> None:
    # A generator that only draws what one true picture is like still loses against the others.
    true = torch.tensor([0.0, 4.0], requires_grad=True)
    drawn = torch.tensor([0.0, 0.0], requires_grad=True)
    relativistic_loss(drawn, true).backward()  # type: ignore[no-untyped-call]
    assert drawn.grad is not None
    assert (drawn.grad < 0).all()  # higher scores lower the loss of both pairs
    assert drawn.grad[1] < drawn.grad[0]


def test_the_penalty_is_the_squared_gradient_and_reaches_the_weights() -> None:
    pictures = torch.randn(3, 2, 4, 4)
    critic = _Quadratic(0.5)
    penalty, scores = gradient_penalty(critic, pictures)
    # d(a |x|^2)/dx = 2 a x
    expected = (2 * 0.5) ** 2 * pictures.square().sum((1, 2, 3)).mean()
    assert float(penalty.detach()) == pytest.approx(float(expected), rel=1e-5)
    assert torch.allclose(scores, critic(pictures))
    penalty.backward()  # type: ignore[no-untyped-call]
    assert critic.a.grad is not None
    assert float(critic.a.grad) == pytest.approx(2 * float(expected) / 0.5, rel=1e-5)


def test_the_penalty_leaves_no_gradient_in_the_pictures() -> None:
    pictures = torch.randn(2, 1, 4, 4, requires_grad=True)
    gradient_penalty(_Quadratic(1.0), pictures)[0].backward()  # type: ignore[no-untyped-call]
    assert pictures.grad is None
