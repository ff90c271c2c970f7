from __future__ import annotations

import numpy as np
import torch

from core.losses.rerender import rerender_loss
from core.materials.ball import ball_normals, drawn_lights
from core.materials.parameters import GROUPS

LIGHTS = drawn_lights(np.random.default_rng(0), 4)
GIVEN = [torch.from_numpy(part) for part in (ball_normals(12)[0], LIGHTS.directions, LIGHTS.radiance, LIGHTS.ambient)]


def loss(found: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    normals, directions, radiance, ambient = GIVEN
    return rerender_loss(found, wanted, normals, directions, radiance, ambient, GROUPS)


def test_it_is_nothing_for_the_truth_and_grows_with_the_error() -> None:
    truth = torch.rand(6, 8, generator=torch.Generator().manual_seed(0))
    assert loss(truth, truth) == 0
    near, far = (truth + 0.05).clamp(0, 1), (truth + 0.3).clamp(0, 1)
    assert 0 < loss(near, truth) < loss(far, truth)


def test_one_wrong_group_does_not_make_up_for_another() -> None:
    # Half metal: what a darker base takes away, more gloss would give back, were they rendered together.
    truth = torch.tensor([[0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.4, 0.0]])
    both, first, second = truth.clone(), truth.clone(), truth.clone()
    both[:, 0:3] = first[:, 0:3] = 0.45
    both[:, 3:6] = second[:, 3:6] = 1.0
    assert torch.isclose(loss(both, truth), loss(first, truth) + loss(second, truth), rtol=1e-4)


def test_descent_finds_the_colour_again_in_half_precision_too() -> None:
    truth = torch.tensor([[0.7, 0.3, 0.1, 0.9, 0.9, 0.9, 0.4, 0.0]])
    raw = torch.zeros(1, 8, requires_grad=True)
    optimiser = torch.optim.Adam([raw], lr=0.1)
    with torch.autocast("cpu", torch.bfloat16):
        for _ in range(120):
            optimiser.zero_grad()
            value = loss(torch.sigmoid(raw), truth)
            value.backward()  # type: ignore[no-untyped-call]
            assert torch.isfinite(raw.grad).all()  # type: ignore[arg-type]
            optimiser.step()
    assert value.dtype == torch.float32
    assert (torch.sigmoid(raw) - truth)[0, :3].abs().max() < 0.05
