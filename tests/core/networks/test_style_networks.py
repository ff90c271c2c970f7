from __future__ import annotations

import pytest
import torch

from core.errors import BadConfig
from core.networks.dcgan import DcganDiscriminator, DcganGenerator
from core.networks.style_discriminator import StyleDiscriminator
from core.networks.style_generator import INPUTS, ModulatedConv, StyleGenerator
from core.networks.torus import double, pad, roll

WIDTHS = [8, 8, 8, 4]


def generator(**changes: object) -> StyleGenerator:
    torch.manual_seed(0)
    return StyleGenerator(5, 32, latent=8, style=8, widths=WIDTHS, **changes)  # type: ignore[arg-type]


def test_what_leaves_a_torus_comes_back_on_the_other_side() -> None:
    picture = torch.arange(16.0).reshape(1, 1, 4, 4)
    assert pad(picture, 1, True)[0, 0, 0].tolist() == [15, 12, 13, 14, 15, 12]
    assert pad(picture, 1, False)[0, 0, 0].tolist() == [0] * 6
    # Interpolation across the border: doubling commutes with moving round the torus.
    moved = double(picture.roll((1, 2), (2, 3)), True)
    assert torch.allclose(moved, double(picture, True).roll((2, 4), (2, 3)))


def test_each_picture_is_rolled_by_its_own_amount() -> None:
    pictures = torch.rand(3, 2, 4, 6)
    rolled = roll(pictures, torch.tensor([0, 1, -2]), torch.tensor([0, 5, 3]))
    for picture, result, amounts in zip(pictures, rolled, ((0, 0), (1, 5), (-2, 3)), strict=True):
        assert torch.equal(result, picture.roll(amounts, (1, 2)))


@pytest.mark.parametrize("source", INPUTS)
def test_a_torus_generator_has_no_seam(source: str) -> None:
    network = generator(source=source).eval()
    # A filter that goes round the torus does not know where the border is: the network of the rolled first input and
    # noise gives the rolled picture, by eight pixels for each of the first four.
    styles = network.styles(torch.randn(2, 8))
    plain = network.draw(styles)
    with torch.no_grad():
        if network.source is not None:
            network.source.copy_(network.source.roll(1, 3))
        else:
            network.grid.copy_(network.grid.roll(1, 3))
        for level, block in enumerate(network.blocks):
            for layer in block:  # type: ignore[attr-defined]
                layer.noise.copy_(layer.noise.roll(1 << level, 3))
    assert torch.allclose(network.draw(styles), plain.roll(8, 3), atol=1e-5)


def test_without_torus_the_border_shows() -> None:
    network = generator(torus=False).eval()
    styles = network.styles(torch.randn(1, 8))
    plain = network.draw(styles)
    with torch.no_grad():
        assert network.source is not None
        network.source.copy_(network.source.roll(1, 3))
        for level, block in enumerate(network.blocks):
            for layer in block:  # type: ignore[attr-defined]
                layer.noise.copy_(layer.noise.roll(1 << level, 3))
    assert not torch.allclose(network.draw(styles), plain.roll(8, 3), atol=1e-3)


def test_demodulation_keeps_the_size_of_features_whatever_the_style() -> None:
    torch.manual_seed(0)
    layer = ModulatedConv(16, 16, 4)
    features = torch.randn(2, 16, 32, 32)
    for strength in (0.1, 10.0):
        filtered, scales = layer(features, strength * torch.randn(2, 4))
        assert scales is not None
        assert 0.7 < float((filtered * scales).detach().std()) < 1.4


def test_demodulation_of_features_is_that_of_weights() -> None:
    torch.manual_seed(0)
    layer, features, style = ModulatedConv(3, 4, 5, torus=False), torch.randn(1, 3, 8, 8), torch.randn(1, 5)
    filtered, scales = layer(features, style)
    modulated = layer.weight[None] * layer.gain * layer.affine(style)[:, None, :, None, None]
    weights = modulated * torch.rsqrt(modulated.square().sum((2, 3, 4), keepdim=True) + 1e-8)
    assert scales is not None
    assert torch.allclose(filtered * scales, torch.nn.functional.conv2d(features, weights[0], padding=1), atol=1e-5)


def test_truncation_draws_towards_the_mean_style() -> None:
    network = generator().train()
    for _ in range(20):
        network(torch.randn(64, 8))
    network.eval()
    z = torch.randn(16, 8)
    full, half, none = (network.styles(z, psi) for psi in (1.0, 0.5, 0.0))
    assert torch.allclose(none, network.mapping.centre.expand_as(none))
    assert torch.allclose(half, 0.5 * (full + none), atol=1e-6)
    assert network.draw(half).var(0).mean() < network.draw(full).var(0).mean()


def test_noise_is_fresh_in_training_and_fixed_otherwise() -> None:
    network = generator()
    for block in network.blocks:
        for layer in block:  # type: ignore[attr-defined]
            torch.nn.init.ones_(layer.strength)
    z = torch.randn(1, 8)
    assert not torch.equal(network.train()(z), network(z))
    assert torch.equal(network.eval()(z), network(z))


def test_smaller_sizes_come_out_of_the_same_networks() -> None:
    network, critic = generator(), StyleDiscriminator(5, 32, widths=[4, 8, 8], score=8)
    for size in (8, 16, 32):
        pictures = network(torch.randn(2, 8), size)
        assert pictures.shape == (2, 5, size, size)
        assert critic(pictures).shape == (2,)


def test_a_score_depends_on_its_own_picture_only() -> None:
    torch.manual_seed(0)
    critic = StyleDiscriminator(3, 32, widths=[4, 8, 8], score=8)
    pictures = torch.randn(4, 3, 32, 32)
    assert torch.allclose(critic(pictures)[:1], critic(pictures[:1]), atol=1e-5)


def test_dcgan_is_as_published() -> None:
    network, critic = DcganGenerator(3), DcganDiscriminator(3)
    shapes = [tuple(layer.weight.shape) for layer in network.layers if isinstance(layer, torch.nn.ConvTranspose2d)]
    assert shapes == [
        (100, 1024, 4, 4), (1024, 512, 4, 4), (512, 256, 4, 4), (256, 128, 4, 4), (128, 3, 4, 4),
    ]  # fmt: skip
    norms = [sum(isinstance(layer, torch.nn.BatchNorm2d) for layer in net.layers) for net in (network, critic)]
    assert norms == [4, 3]  # not at the generator's output, not at the discriminator's input
    pictures = network(torch.randn(2, 100))
    assert pictures.shape == (2, 3, 64, 64)
    assert float(pictures.detach().abs().max()) <= 1.0
    assert critic(pictures).shape == (2,)


def test_sizes_that_fit_nothing_are_refused() -> None:
    for make in (
        lambda: StyleGenerator(3, 48),
        lambda: StyleGenerator(3, 64, widths=[8, 8]),
        lambda: StyleGenerator(3, 32, widths=WIDTHS, source="sea"),
        lambda: StyleGenerator(3, 32, widths=WIDTHS, filters=[1, 2, 3, 1]),
        lambda: StyleDiscriminator(3, 64, widths=[8]),
        lambda: DcganGenerator(3, 48),
        lambda: DcganGenerator(3, 64)(torch.randn(1, 100), 32),
    ):
        with pytest.raises(BadConfig):
            make()
