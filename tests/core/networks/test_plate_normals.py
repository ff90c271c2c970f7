"""The normals network: unit vectors of the plate's size, that know the rays and no other image."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from core.losses.angular_vmf import share_within
from core.networks.plate_normals import NormalsWithConfidence, PlateNormalsNet

torch.set_num_threads(1)


def small(**changes: Any) -> PlateNormalsNet:
    torch.manual_seed(3)
    return PlateNormalsNet(**{"width": 8, "fine_width": 8, "detail_width": 4, **changes}).eval()


def inputs(count: int = 2, height: int = 32, width: int = 64) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(5)
    plate = torch.rand((count, 3, height, width), generator=generator)
    return plate, torch.rand((count, 2, height, width), generator=generator) - 0.5


@pytest.mark.parametrize("detail_width", [0, 4])
def test_the_answer_is_a_unit_vector_at_every_pixel(detail_width: int) -> None:
    with torch.no_grad():
        normals = small(detail_width=detail_width)(*inputs())
    assert normals.shape == (2, 3, 32, 64)
    torch.testing.assert_close(normals.norm(dim=1), torch.ones(2, 32, 64), atol=1e-5, rtol=0.0)


def test_it_stays_a_unit_vector_in_mixed_precision() -> None:
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        normals = small()(*inputs())
    assert normals.dtype == torch.float32
    torch.testing.assert_close(normals.norm(dim=1), torch.ones(2, 32, 64), atol=1e-5, rtol=0.0)


def test_an_answer_depends_on_no_other_image_of_the_batch() -> None:
    network = small()
    plate, rays = inputs(3)
    with torch.no_grad():
        together, alone = network(plate, rays), network(plate[1:2], rays[1:2])
    torch.testing.assert_close(together[1:2], alone, atol=1e-4, rtol=0.0)


@pytest.mark.parametrize("which", [0, 1], ids=["plate", "rays"])
def test_both_inputs_matter(which: int) -> None:
    network = small()
    given = list(inputs(1))
    with torch.no_grad():
        before = network(*given)
        given[which] = given[which].flip(3)
        after = network(*given)
    assert (before - after).abs().max() > 1e-3


def test_a_pixel_of_the_plate_reaches_the_full_resolution_answer() -> None:
    """The detail branch sees single pixels, which the encoder's stride 2 blurs."""
    plate, rays = inputs(1)
    other = plate.clone()
    other[0, :, 16, 32] = 1.0 - other[0, :, 16, 32]
    network = small()
    with torch.no_grad():
        change = (network(plate, rays) - network(other, rays)).abs().amax(1)[0]
    assert change[14:19, 30:35].max() > 0


def test_gradients_reach_what_learns_and_nothing_frozen() -> None:
    network = small(frozen_stages=1).train()
    network(*inputs(1))[:, 0].mean().backward()
    frozen = {name for name, parameter in network.named_parameters() if not parameter.requires_grad}
    assert frozen
    assert all(name.startswith("encoder.stem.") for name in frozen)
    without = [name for name, p in network.named_parameters() if p.requires_grad and p.grad is None]
    assert without == []


def test_confidence_comes_beside_the_same_kind_of_normals() -> None:
    network = small(confidence=True, encoder="lite2", deep_width=16, context=1)
    with torch.no_grad():
        found = network.predict(*inputs())
    assert found.kappa is not None
    assert found.kappa.shape == (2, 1, 32, 64)
    assert float(found.kappa.min()) > 0.0
    torch.testing.assert_close(found.normals.norm(dim=1), torch.ones(2, 32, 64), atol=1e-5, rtol=0.0)
    assert small().predict(*inputs()).kappa is None


def test_the_exported_form_divides_by_the_temperature() -> None:
    network = small(confidence=True)
    with torch.no_grad():
        found = network.predict(*inputs(1))
        normals, confidence = NormalsWithConfidence(network, temperature=2.5)(*inputs(1))
    assert found.kappa is not None
    torch.testing.assert_close(normals, found.normals)
    torch.testing.assert_close(confidence, share_within(found.kappa / 2.5))


def test_attention_lets_a_corner_of_the_frame_hear_of_the_opposite_one() -> None:
    """Without it the two are further apart than the encoder and the decoder reach."""
    torch.manual_seed(0)
    plate, rays = inputs(1, 64, 1024)
    other = plate.clone()
    other[..., -32:] = 1.0 - other[..., -32:]
    changes = []
    for context in (0, 1):
        network = small(context=context)
        for block in network.context:
            torch.nn.init.normal_(block.merge.weight, std=2.0)
        with torch.no_grad():
            changes.append(float((network(plate, rays) - network(other, rays))[..., :32].abs().max()))
    assert changes[0] == 0.0
    assert changes[1] > 0.0


def test_a_new_block_of_attention_changes_nothing() -> None:
    plain, attentive = small(), small(context=2)
    attentive.load_state_dict(plain.state_dict(), strict=False)
    with torch.no_grad():
        torch.testing.assert_close(plain(*inputs()), attentive(*inputs()))
