from __future__ import annotations

import torch

from core.networks.kinds import FEWEST_A_KIND, find_kinds, nearest_kind
from core.networks.style_generator import MappingNetwork, StyleGenerator


def blobs(count: int, sizes: list[int]) -> tuple[torch.Tensor, torch.Tensor]:
    """Points around `count` far corners, and which corner each belongs to."""
    generator = torch.Generator().manual_seed(3)
    corners = 50.0 * torch.randn(count, 6, generator=generator, dtype=torch.float64)
    labels = torch.repeat_interleave(torch.arange(count), torch.tensor(sizes))
    return corners[labels] + torch.randn(len(labels), 6, generator=generator, dtype=torch.float64), labels


def test_groups_that_lie_apart_are_found_small_ones_too() -> None:
    points, labels = blobs(5, [200, 100, 40, 9, 60])
    kinds = nearest_kind(points, find_kinds(points, 5, seed=7))
    for label in range(5):
        assert len(kinds[labels == label].unique()) == 1
    assert len(kinds.unique()) == 5


def test_the_same_arguments_give_the_same_centres() -> None:
    points = torch.randn(90, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    assert torch.equal(find_kinds(points, 6, seed=2), find_kinds(points, 6, seed=2))


def test_a_small_set_has_fewer_kinds_and_nothing_is_of_the_others() -> None:
    points = torch.randn(3 * FEWEST_A_KIND + 1, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    centres = find_kinds(points, 10)
    assert centres.isfinite().all(1).tolist() == 3 * [True] + 7 * [False]
    assert set(nearest_kind(points, centres).tolist()) == {0, 1, 2}
    assert set(nearest_kind(1e6 * points, centres).tolist()) <= {0, 1, 2}


def test_a_set_of_one_picture_again_and_again_has_kinds_too() -> None:
    assert nearest_kind(torch.ones(40, 3).double(), find_kinds(torch.ones(40, 3).double(), 4)).tolist() == 40 * [0]


def test_each_kind_is_drawn_as_often_as_its_share_says_and_never_without_one() -> None:
    mapping = MappingNetwork(8, 8, 1, kinds=4)
    mapping.shares.copy_(torch.tensor([0.6, 0.0, 0.05, 0.35]))
    drawn = mapping.kinds_of(torch.randn(40_000, generator=torch.Generator().manual_seed(0)))
    shares = torch.bincount(drawn, minlength=4) / len(drawn)
    assert torch.allclose(shares, mapping.shares, atol=0.01)
    assert shares[1] == 0
    asked = torch.tensor([0, 2, 3, 3])
    assert torch.equal(mapping.kinds_of(mapping.deciding(asked)), asked)
    assert mapping.kinds_of(torch.tensor([-40.0, 40.0])).tolist() == [0, 3]


def test_a_kind_decides_what_is_drawn_of_the_same_numbers() -> None:
    torch.manual_seed(0)
    generator = StyleGenerator(3, 8, latent=8, style=8, widths=(8, 8), kinds=2).eval()
    z = torch.randn(1, 9).repeat(2, 1)
    z[:, -1] = generator.mapping.deciding(torch.tensor([0, 1]))
    alike = generator(z)
    assert torch.allclose(alike[0], alike[1], atol=1e-6)  # nothing is learnt of them yet
    with torch.no_grad():
        generator.mapping.offsets[1] = 1.0
    apart = generator(z)
    assert torch.allclose(apart[0], alike[0], atol=1e-6)
    assert not torch.allclose(apart[1], alike[1], atol=1e-3)


def test_weights_without_kinds_are_taken_and_draw_the_same() -> None:
    torch.manual_seed(0)
    plain = StyleGenerator(3, 8, latent=8, style=8, widths=(8, 8)).eval()
    told = StyleGenerator(3, 8, latent=8, style=8, widths=(8, 8), kinds=5).eval()
    told.load_state_dict(plain.state_dict())
    z = torch.randn(3, 9)
    assert torch.allclose(told(z), plain(z[:, :-1]), atol=1e-6)


def test_what_a_kind_adds_goes_with_the_styles() -> None:
    torch.manual_seed(0)
    generator = StyleGenerator(3, 8, latent=8, style=8, widths=(8, 8), kinds=2).eval()
    with torch.no_grad():
        generator.shades[1] = torch.tensor([0.5, 0.0, -0.25])
    z = torch.randn(1, 9).repeat(2, 1)
    z[:, -1] = generator.mapping.deciding(torch.tensor([0, 1]))
    plain, shaded = generator(z)
    assert torch.allclose((shaded - plain).mean((1, 2)), torch.tensor([0.5, 0.0, -0.25]), atol=1e-6)
    # No truncation left: the mean of all, by their shares.
    both = generator.draw(generator.styles(z, 0.0))
    assert torch.allclose(both[0], both[1], atol=1e-6)
    assert generator.styles(z).shape == (2, 2, 11)
