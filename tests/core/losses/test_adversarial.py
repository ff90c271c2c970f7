"""Adversarial losses against their formulas."""

from __future__ import annotations

import math

import pytest
import torch

from core.errors import BadConfig
from core.losses.adversarial import adversarial_loss

SCORES = torch.tensor([[2.0, -1.0]])


def test_bce_is_minus_the_log_of_the_sigmoid_of_the_label() -> None:
    true = (math.log1p(math.exp(-2.0)) + math.log1p(math.exp(1.0))) / 2
    drawn = (math.log1p(math.exp(2.0)) + math.log1p(math.exp(-1.0))) / 2
    assert adversarial_loss(SCORES, True).item() == pytest.approx(true)
    assert adversarial_loss(SCORES, False).item() == pytest.approx(drawn)


def test_lsgan_is_the_squared_distance_to_the_label() -> None:
    assert adversarial_loss(SCORES, True, "lsgan").item() == pytest.approx((1.0 + 4.0) / 2)
    assert adversarial_loss(SCORES, False, "lsgan").item() == pytest.approx((4.0 + 1.0) / 2)


def test_a_sure_discriminator_still_moves_the_generator() -> None:
    """The non-saturating form: the gradient is largest where a drawn picture is seen through."""
    scores = torch.tensor([-20.0, 20.0], requires_grad=True)
    adversarial_loss(scores, True).backward()
    assert scores.grad is not None
    torch.testing.assert_close(scores.grad, torch.tensor([-0.5, 0.0]), atol=1e-6, rtol=0.0)


@pytest.mark.parametrize("kind", ["bce", "lsgan"])
def test_half_precision_is_computed_in_float32(kind: str) -> None:
    scores = torch.tensor([300.0, -300.0], dtype=torch.bfloat16)
    loss = adversarial_loss(scores, True, kind)
    assert loss.dtype == torch.float32
    assert torch.isfinite(loss)


def test_another_kind_is_refused() -> None:
    with pytest.raises(BadConfig, match="bce, lsgan"):
        adversarial_loss(SCORES, True, "hinge")
