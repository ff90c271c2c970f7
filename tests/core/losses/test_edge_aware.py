"""Edge-aware terms: where they weigh, what they are blind to, gradients against finite differences."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from core.losses.angular import angular_loss
from core.losses.edge_aware import edge_weighted_angular_loss, edge_weights, gradient_matching_loss


def crease(degrees: float, height: int = 8, width: int = 12) -> Tensor:
    """Facing the camera on the left half, turned by an angle on the right one."""
    t = math.radians(degrees)
    normals = torch.zeros(1, 3, height, width, dtype=torch.float64)
    normals[:, 2, :, : width // 2] = 1.0
    normals[:, 0, :, width // 2 :], normals[:, 2, :, width // 2 :] = math.sin(t), math.cos(t)
    return normals


def noise(seed: int, height: int = 8, width: int = 12) -> Tensor:
    values = torch.randn(1, 3, height, width, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
    return torch.nn.functional.normalize(values)


ALL = torch.ones(1, 1, 8, 12)


def test_pixels_beside_a_crease_weigh_more() -> None:
    weights = edge_weights(crease(15.0), ALL, gain=4.0, saturation_degrees=30.0, radius=1)
    assert weights.shape == (1, 1, 8, 12)
    row = [1.0] * 4 + [3.0] * 4 + [1.0] * 4
    torch.testing.assert_close(weights[0, 0], torch.tensor(row, dtype=torch.float64).expand(8, 12))
    steep = edge_weights(crease(90.0), ALL, gain=4.0, saturation_degrees=30.0, radius=0)
    assert steep.amax() == 5.0
    assert int((steep > 1.0).sum()) == 2 * 8


def test_rows_count_like_columns() -> None:
    weights = edge_weights(crease(20.0), ALL, radius=1)
    turned = edge_weights(crease(20.0).transpose(2, 3), ALL.transpose(2, 3), radius=1)
    torch.testing.assert_close(weights, turned.transpose(2, 3))


def test_the_rim_of_the_mask_is_no_edge() -> None:
    normals, mask = crease(0.0), ALL.clone()
    normals[..., 6:] = 0.0
    mask[..., 6:] = 0.0
    assert edge_weights(normals, mask).amax() == 1.0
    halves = crease(90.0)
    mask = ALL.clone()
    mask[..., 5] = 0.0  # the two sides do not touch inside the mask
    assert edge_weights(halves, mask, radius=0).amax() == 1.0


def test_the_weighted_loss() -> None:
    reference, prediction = crease(90.0), crease(0.0)
    # 6 of 12 columns are wrong by 90 degrees; of the 4 that weigh 5, 2 are.
    wanted = (4 * 1.0 + 2 * 5.0) * 90.0 / (8 * 1.0 + 4 * 5.0)
    found = edge_weighted_angular_loss(prediction, reference, ALL, gain=4.0, radius=1)
    assert math.degrees(found) == pytest.approx(wanted)
    plain = edge_weighted_angular_loss(prediction, reference, ALL, gain=0.0)
    assert float(plain) == pytest.approx(float(angular_loss(prediction, reference, ALL)))
    assert edge_weighted_angular_loss(prediction, reference, torch.zeros_like(ALL)) == 0.0


def test_gradient_matching_is_blind_to_an_offset_but_not_to_a_blur() -> None:
    reference = crease(60.0)
    assert float(gradient_matching_loss(reference + 0.3, reference, ALL)) == pytest.approx(0.0, abs=1e-12)
    blurred = reference.clone()
    blurred[..., 5:7] = reference.mean(dim=3, keepdim=True)
    assert float(gradient_matching_loss(blurred, reference, ALL)) > 0.01


def test_one_step_has_a_known_value() -> None:
    reference = torch.zeros(1, 3, 2, 2)
    prediction = reference.clone()
    prediction[0, 0, 0, 0] = 0.6  # one pixel, one component: 2 of the 4 pairs differ by 0.6
    all_in = torch.ones(1, 1, 2, 2)
    assert float(gradient_matching_loss(prediction, reference, all_in, scales=1)) == pytest.approx(1.2 / (3 * 4))
    # The second scale has one pixel and no pair: it does not dilute the first.
    assert float(gradient_matching_loss(prediction, reference, all_in, scales=2)) == pytest.approx(1.2 / (3 * 4))


def test_each_scale_sees_its_own_distance() -> None:
    """A single wrong pixel off the coarser grids is seen by the first scale only."""
    reference = torch.zeros(1, 3, 9, 9)
    prediction = reference.clone()
    prediction[0, 1, 3, 3] = 1.0
    all_in = torch.ones(1, 1, 9, 9)
    one = float(gradient_matching_loss(prediction, reference, all_in, scales=1))
    assert one == pytest.approx(4.0 / (3 * 2 * 9 * 8))
    assert float(gradient_matching_loss(prediction, reference, all_in, scales=3)) == pytest.approx(one / 3.0)


def test_only_pairs_inside_the_mask_count() -> None:
    reference, mask = noise(0), ALL.clone()
    mask[..., 6:] = 0.0
    prediction = reference.clone()
    prediction[..., 6:] = math.nan
    reference[..., 7:] = math.nan
    assert float(gradient_matching_loss(prediction, reference, mask)) == 0.0
    assert float(gradient_matching_loss(noise(1), noise(2), torch.zeros_like(ALL))) == 0.0


@pytest.mark.parametrize("loss", [edge_weighted_angular_loss, gradient_matching_loss])
def test_slopes_are_those_of_finite_differences(loss) -> None:  # type: ignore[no-untyped-def]
    prediction, reference, mask = noise(3, 4, 5), noise(4, 4, 5), torch.ones(1, 1, 4, 5)
    mask[0, 0, 1, 2] = 0.0
    prediction.requires_grad_(True)
    loss(prediction, reference, mask).backward()
    assert prediction.grad is not None
    assert not prediction.grad[0, :, 1, 2].any()
    h = 1e-6
    for place in ((0, 0, 0, 0), (0, 1, 2, 3), (0, 2, 3, 4)):
        ends = []
        for sign in (-1.0, 1.0):
            moved = prediction.detach().clone()
            moved[place] += sign * h
            ends.append(float(loss(moved, reference, mask)))
        assert float(prediction.grad[place]) == pytest.approx((ends[1] - ends[0]) / (2.0 * h), rel=1e-4, abs=1e-8)


@pytest.mark.parametrize("loss", [edge_weighted_angular_loss, gradient_matching_loss])
@pytest.mark.parametrize("sign", [1.0, -1.0], ids=["0", "pi"])
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
def test_gradients_are_numbers_at_0_and_pi(loss, sign: float, dtype: torch.dtype) -> None:  # type: ignore[no-untyped-def]
    reference = noise(5).to(dtype)
    prediction = (sign * reference).clone().requires_grad_(True)
    found = loss(prediction, reference, ALL.bool())
    assert found.dtype == torch.float32
    found.backward()
    assert prediction.grad is not None
    assert torch.isfinite(prediction.grad).all()
