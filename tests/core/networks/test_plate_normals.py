"""The normals network: unit vectors of the plate's size, that know the rays and no other image."""

from __future__ import annotations

import pytest
import torch

from core.networks.plate_normals import PlateNormalsNet

torch.set_num_threads(1)


def small(**changes: int) -> PlateNormalsNet:
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
