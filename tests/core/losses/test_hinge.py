from __future__ import annotations

import pytest
import torch

from core.losses.hinge import hinge_loss, hinge_score


def test_beyond_the_margins_nothing_is_lost_and_nothing_pulls() -> None:
    scores = [torch.tensor([[1.5, 3.0]], requires_grad=True)]
    loss = hinge_loss(scores, True)
    loss.backward()
    assert float(loss.detach()) == 0.0
    assert not scores[0].grad.any()  # type: ignore[union-attr]
    assert float(hinge_loss([torch.tensor([-1.0, -7.0])], False)) == 0.0


def test_known_values_of_both_sides() -> None:
    scores = torch.tensor([0.0, 0.5, 2.0])
    assert float(hinge_loss([scores], True)) == pytest.approx((1.0 + 0.5 + 0.0) / 3)
    assert float(hinge_loss([scores], False)) == pytest.approx((1.0 + 1.5 + 3.0) / 3)


def test_each_scale_weighs_the_same_however_many_scores_it_has() -> None:
    many, few = torch.full((2, 64), -1.0), torch.full((2, 1), 1.0)
    assert float(hinge_loss([many, few], True)) == pytest.approx(0.5 * 2.0)
    assert float(hinge_score([many, few])) == pytest.approx(0.0)
    assert hinge_score([many.bfloat16()]).dtype == torch.float32
