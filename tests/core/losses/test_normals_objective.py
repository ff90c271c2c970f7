"""The objective: terms by weight, a confidence that never bends the normals, skies that face the camera."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from core.errors import BadConfig
from core.losses.angular import angle
from core.losses.angular_vmf import expected_angle, kappa_from_raw, matching_temperature
from core.losses.cosine_l1 import cosine_l1_loss
from core.losses.normals_objective import NormalsObjective, facing

torch.set_num_threads(1)


def field(seed: int, size: int = 12) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return F.normalize(torch.randn((2, 3, size, size), generator=generator), dim=1)


def parts(**changes: Any) -> dict[str, Any]:
    mask = torch.ones(2, 1, 12, 12)
    mask[:, :, :, 6:] = 0.0
    rays = torch.linspace(-0.5, 0.5, 12).expand(2, 2, 12, 12)
    given = {"kappa": None, "reference": field(1), "mask": mask, "empty": 1.0 - mask, "rays": rays}
    return {**given, **changes}


def test_the_default_is_cosine_and_l1_alone() -> None:
    given = parts()
    found = NormalsObjective().losses(field(0), **given)
    assert list(found) == ["cosine_l1"]
    torch.testing.assert_close(found["cosine_l1"], cosine_l1_loss(field(0), given["reference"], given["mask"]))


def test_weights_scale_their_terms() -> None:
    once = NormalsObjective(cosine_l1=0.0, angular=1.0, edge_gain=2.0, gradient=1.0, calm=1.0)
    twice = NormalsObjective(cosine_l1=0.0, angular=2.0, edge_gain=2.0, gradient=2.0, calm=2.0)
    first, second = once.losses(field(0), **parts()), twice.losses(field(0), **parts())
    assert list(first) == ["angular", "gradient", "calm"]
    for name, value in first.items():
        assert float(value) > 0.0
        torch.testing.assert_close(second[name], 2.0 * value)


def test_confidence_teaches_the_concentration_and_never_the_direction() -> None:
    normals = field(0).requires_grad_()
    kappa = torch.full((2, 1, 12, 12), 3.0, requires_grad=True)
    objective = NormalsObjective(cosine_l1=0.0, confidence=1.0)
    objective.losses(normals, **parts(kappa=kappa))["confidence"].backward()
    assert normals.grad is None
    assert kappa.grad is not None
    assert bool((kappa.grad != 0.0).all())


def test_learnt_concentrations_are_true_on_surfaces_and_next_to_nothing_in_the_sky() -> None:
    """Descend on one concentration for the surface and one for the sky, with known errors."""
    reference = field(1)
    generator = torch.Generator().manual_seed(4)
    normals = F.normalize(reference + 0.15 * torch.randn(reference.shape, generator=generator), dim=1)
    raw = torch.zeros(2, requires_grad=True)
    given = parts(reference=reference)
    optimiser = torch.optim.Adam([raw], lr=0.1)
    for _ in range(400):
        surface, sky = kappa_from_raw(raw)
        kappa = surface * given["mask"] + sky * given["empty"]
        optimiser.zero_grad()
        objective = NormalsObjective(cosine_l1=0.0, confidence=1.0)
        objective.losses(normals, **{**given, "kappa": kappa})["confidence"].backward()
        optimiser.step()
    surface, sky = kappa_from_raw(raw).detach()
    measured = angle(normals, reference)[given["mask"][:, 0] > 0].mean()
    assert abs(math.degrees(float(expected_angle(surface))) - math.degrees(float(measured))) < 0.8
    assert math.degrees(float(expected_angle(sky))) > 85.0


def test_calm_is_nothing_for_normals_that_face_the_camera() -> None:
    given = parts()
    calm = NormalsObjective(cosine_l1=0.0, calm=1.0)
    towards = facing(given["rays"])
    assert float(calm.losses(towards, **given)["calm"]) == pytest.approx(0.0, abs=1e-5)
    # A ray to the right of the axis and below it is met from the left and from above.
    torch.testing.assert_close(towards[0, :, 0, 11], F.normalize(torch.tensor([-0.5, -0.5, 1.0]), dim=0))
    opposite = calm.losses(-towards, **given)["calm"]
    assert float(opposite) == pytest.approx(math.pi / 2.0, rel=1e-4)  # pi over half of the pixels


def test_nothing_is_asked_of_pixels_that_are_neither() -> None:
    neither = torch.zeros(2, 1, 12, 12)
    objective = NormalsObjective(angular=1.0, gradient=1.0, confidence=1.0, calm=1.0)
    kappa = torch.ones(2, 1, 12, 12)
    found = objective.losses(field(0), **parts(mask=neither, empty=neither, kappa=kappa))
    assert all(float(value) == 0.0 for value in found.values())


@pytest.mark.parametrize("settings", [{"angular": -1.0}, {"angle": 1.0}, {"calm": "much"}, {"calm": True}])
def test_odd_settings_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(BadConfig, match="objective"):
        NormalsObjective.from_json(settings)


def test_the_matching_temperature_makes_promises_true() -> None:
    kappa = torch.linspace(2.0, 40.0, 500)
    promised = expected_angle(kappa)
    assert matching_temperature(kappa, promised) == pytest.approx(1.0, rel=1e-3)
    too_sure = matching_temperature(4.0 * kappa, promised)
    assert too_sure == pytest.approx(4.0, rel=2e-2)
    assert matching_temperature(kappa[:0], promised[:0]) == 1.0
